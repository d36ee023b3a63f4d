"""The legs of one call: the same tool again with other arguments, tools that help to write them, the tool at another place.

Each leg is taken down with what came of it, and so is one that could not be gone.  Which leg comes next is not known here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..schemas.answer import Answer, Delivered, Tried, Withheld
from ..schemas.contract import Contract
from ..schemas.policy import Ask, Fallback, Mirror, Recover
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from ..validators import strict_json
from .binding import with_defaults
from .once import Trip
from .rewriting import Unwritten, passed_on, rewritten

__all__ = ["Journey", "Once"]


class Once(Protocol):
    """Asks one contract once, until a time on the monotonic clock."""

    def __call__(self, contract: Contract, arguments: Mapping[str, Json], *, until: float) -> Awaitable[Answer]:
        """Ask *contract* with *arguments*."""
        ...


@dataclass(slots=True, kw_only=True)
class Journey:
    """The legs of one call of *contract* so far; *arguments* are the caller's."""

    contract: Contract
    arguments: Mapping[str, Json]
    trip: Trip
    once: Once
    legs: list[Tried] = field(default_factory=list[Tried])

    @property
    def _asked(self) -> Mapping[str, Json]:
        """What was asked: the caller's arguments, and the tool's own defaults for the others."""
        return with_defaults(self.contract, self.arguments)

    async def leg(
        self,
        way: str,
        contract: Contract,
        arguments: Mapping[str, Json],
        *,
        until: float,
        changed: tuple[str, ...] = (),
    ) -> Answer:
        """Ask *contract* with *arguments*, and take down what came of it."""
        answer = await self.once(contract, arguments, until=until)
        if until < self.trip.deadline:
            answer = _in_its_share(answer)
        finding = answer.verdict.findings[0] if isinstance(answer, Withheld) else None
        spent = answer.receipt
        self._take_down(way, contract, finding, requests=spent.requests, elapsed=spent.elapsed, changed=changed)
        return answer

    async def with_others(
        self, way: str, contract: Contract, step: Recover, *, until: float, refusal: Withheld
    ) -> Answer:
        """Ask *contract* with the arguments that *step* writes; *refusal* stands where that cannot be done."""
        told = await self._told(way, step.ask, until=until)
        if told is None:
            return refusal
        written = rewritten(step.with_, self._asked, told)
        if isinstance(written, Unwritten):
            return self._not_gone(way, contract, refusal, Finding(code="data_missing", message=written.says))
        kept = {name: value for name, value in self.arguments.items() if name not in step.drop}
        arguments = {**kept, **written}
        changed = _changed(self.arguments, arguments)
        if not changed:
            same = replace(refusal.verdict.findings[0], message="the arguments are the same, and were refused before")
            return self._not_gone(way, contract, refusal, same)
        return await self.leg(way, contract, arguments, until=until, changed=changed)

    async def _told(self, way: str, asks: Mapping[str, Ask], *, until: float) -> Mapping[str, Json] | None:
        """Ask the tools that a step wants to hear first; None where one of them gives no whole answer."""
        told: dict[str, Json] = {}
        for name, ask in asks.items():
            contract = self.trip.surroundings.tools.get(ask.tool)
            arguments = rewritten(ask.with_, self._asked, told)
            if contract is None or isinstance(arguments, Unwritten):
                return None
            answer = await self.leg(f"{way}: ask {name}", contract, arguments, until=until)
            if not isinstance(answer, Delivered):
                return None
            told[name] = _value(answer)
        return told

    async def elsewhere(
        self, way: str, contract: Contract, fallback: Fallback, *, until: float, refusal: Withheld
    ) -> Answer:
        """Ask another tool, or this one at a mirror; *refusal* stands where that cannot be done."""
        tools = self.trip.surroundings.tools
        there = _mirrored(contract, fallback.mirror) if fallback.mirror else tools.get(fallback.tool or "")
        if there is None:
            return refusal
        with_ = fallback.with_
        arguments = passed_on(there, self.arguments) if with_ is None else rewritten(with_, self._asked, {})
        if isinstance(arguments, Unwritten):
            return self._not_gone(way, there, refusal, Finding(code="invalid_arguments", message=arguments.says))
        return await self.leg(way, there, arguments, until=until)

    def _not_gone(self, way: str, contract: Contract, refusal: Withheld, why: Finding) -> Withheld:
        self._take_down(way, contract, why)
        return refusal

    def _take_down(
        self,
        way: str,
        contract: Contract,
        finding: Finding | None,
        *,
        requests: int = 0,
        elapsed: float = 0.0,
        changed: tuple[str, ...] = (),
    ) -> None:
        tried = Tried(
            way=way,
            tool=contract.name,
            provider=contract.provider.name,
            finding=finding,
            requests=requests,
            elapsed=elapsed,
            changed=changed,
        )
        self.legs.append(tried)


def _changed(before: Mapping[str, Json], after: Mapping[str, Json]) -> tuple[str, ...]:
    """Name the arguments that are others, or there no longer."""
    absent = object()
    return tuple(sorted(name for name in {*before, *after} if before.get(name, absent) != after.get(name, absent)))


def _in_its_share(answer: Answer) -> Answer:
    """Say of a leg that ran out of time whose time that was: not the call's, of which some is kept for other ways."""
    if isinstance(answer, Delivered) or answer.verdict.findings[0].code != "deadline_exceeded":
        return answer
    first, *others = answer.verdict.findings
    message = "the time of this way has passed; what is left of the call's is kept for others"
    findings = (replace(first, message=message), *others)
    verdict = replace(answer.verdict, findings=findings)
    return Withheld(verdict=verdict, receipt=replace(answer.receipt, findings=findings))


def _value(answer: Delivered) -> Json:
    """Read a whole answer that another tool is to use, with every number as it came."""
    try:
        parsed = strict_json.parse(b"".join(answer.payload.chunks()))
        return None if isinstance(parsed, Finding) else parsed.value
    finally:
        answer.payload.close()


def _mirrored(contract: Contract, mirror: Mirror) -> Contract:
    """The same contract at another place; the credential of the first one stays where it belongs."""
    provider = replace(
        contract.provider,
        name=mirror.name,
        base_url=mirror.base_url,
        auth=mirror.auth,
        network=mirror.network or contract.provider.network,
    )
    return replace(contract, provider=provider)
