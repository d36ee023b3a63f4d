"""The ways back to a whole answer: other arguments, then other providers, in the order of the file.

A whole answer comes from one of them, under its own contract; no way ever adds to what another one brought.  Each that was
gone stands in the receipt.  Where no way leads to an answer, the tool's own refusal is what is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeGuard

import orjson

from ..schemas.answer import Answer, Delivered, Tried, Withheld
from ..schemas.contract import Contract
from ..schemas.policy import Ask, Fallback, Mirror, Recover
from ..schemas.wire import Json
from .once import Trip
from .rewriting import Unwritten, known, rewritten

__all__ = ["FINAL", "Once", "recovered"]


class Once(Protocol):
    """Asks one contract once, until a time on the monotonic clock."""

    def __call__(self, contract: Contract, arguments: Mapping[str, Json], *, until: float) -> Awaitable[Answer]:
        """Ask *contract* with *arguments*."""
        ...


FINAL = frozenset(
    {"invalid_arguments", "request_rejected", "not_found", "too_large", "outcome_unknown", "generation_refused"}
    | {"approval_unavailable", "approval_declined", "internal_error"}
    | {"not_applied", "write_in_progress", "idempotency_conflict", "idempotency_mismatch"}
)
"""Codes that speak of the call and not of the service: nobody else is asked, unless a fallback names the code itself."""

_UNSETTLED = frozenset({"outcome_unknown", "not_applied", "write_in_progress"})
"""What may have taken effect, or still may: no other way is gone, whatever the file says, and this is what is told."""


async def recovered(contract: Contract, arguments: Mapping[str, Json], trip: Trip, once: Once) -> Answer:
    """Call *contract*, and go its ways back, one after the other, until one leads to a whole answer."""
    policy = contract.policy
    if not policy.recover and not policy.fallback:
        return await once(contract, arguments, until=trip.deadline)
    journey = _Journey(arguments=arguments, trip=trip, once=once)
    answer = own = await journey.leg("first", contract, arguments, until=trip.deadline - _reserved(contract, trip, 0))
    for number, step in enumerate(policy.recover, 1):
        if _goes_on(answer, contract) and _code(answer) in step.on:
            answer = await journey.other_arguments(f"recover {number}", contract, step, refusal=answer)
    reason = _code(answer) if isinstance(answer, Withheld) else ""
    for number, fallback in enumerate(policy.fallback, 1):
        if _goes_on(answer, contract) and _elsewhere(contract, fallback, reason):
            until = trip.deadline - _reserved(contract, trip, number)
            answer = await journey.elsewhere(f"fallback {number}", contract, fallback, until=until, refusal=answer)
    told = own if _goes_on(answer, contract) else answer
    return replace(told, receipt=replace(told.receipt, tried=tuple(journey.legs) if len(journey.legs) > 1 else ()))


def _goes_on(answer: Answer, contract: Contract) -> TypeGuard[Withheld]:
    """Whether another way may be gone: there is no answer yet, and no write that may have taken effect."""
    return isinstance(answer, Withheld) and not (contract.effects == "write" and _code(answer) in _UNSETTLED)


def _code(answer: Withheld) -> str:
    return answer.verdict.findings[0].code


def _elsewhere(contract: Contract, fallback: Fallback, code: str) -> bool:
    """Whether *fallback* may be asked after a refusal with *code*."""
    if contract.effects == "write" and not fallback.equivalent:
        return False
    if code == "not_found" and contract.claim.kind == "generation":  # the model is gone, which no caller can mend
        return not fallback.on or code in fallback.on
    return code in fallback.on if fallback.on else code not in FINAL


def _reserved(contract: Contract, trip: Trip, gone: int) -> float:
    """How many seconds are kept for the fallbacks that were not asked yet: one attempt each, and never more than their share."""
    due = len(contract.policy.fallback) - gone
    return due * min(contract.policy.attempt_timeout, trip.left() / (due + 1)) if due > 0 else 0.0


@dataclass(slots=True, kw_only=True)
class _Journey:
    """The legs of one call, each with what came of it."""

    arguments: Mapping[str, Json]
    trip: Trip
    once: Once
    legs: list[Tried] = field(default_factory=list[Tried])

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
        self.legs.append(_tried(way, contract, answer, changed))
        return answer

    async def other_arguments(self, way: str, contract: Contract, step: Recover, *, refusal: Withheld) -> Answer:
        """Ask *contract* again with the arguments that *step* writes; *refusal* stands where they cannot be had."""
        until = self.trip.deadline - _reserved(contract, self.trip, 0)
        told = await self._told(way, step.ask, until=until)
        if told is None:
            return refusal
        kept = {name: value for name, value in self.arguments.items() if name not in step.drop}
        written = rewritten(step.with_, self.arguments, told)
        if isinstance(written, Unwritten):
            return refusal
        arguments = {**kept, **written}
        changed = tuple(
            sorted(name for name in {*kept, *written, *step.drop} if arguments.get(name) != self.arguments.get(name))
        )
        return await self.leg(way, contract, arguments, until=until, changed=changed)

    async def _told(self, way: str, asks: Mapping[str, Ask], *, until: float) -> Mapping[str, Json] | None:
        """Ask the tools that a step wants to hear first; None where one of them gives no whole answer."""
        told: dict[str, Json] = {}
        for name, ask in asks.items():
            contract = self.trip.surroundings.tools.get(ask.tool)
            arguments = rewritten(ask.with_, self.arguments, told)
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
        """Ask another tool, or this one at a mirror."""
        there = (
            _mirrored(contract, fallback.mirror)
            if fallback.mirror
            else self.trip.surroundings.tools.get(fallback.tool or "")
        )
        if there is None:
            return refusal
        arguments = (
            known(there, self.arguments) if fallback.with_ is None else rewritten(fallback.with_, self.arguments, {})
        )
        if isinstance(arguments, Unwritten):
            return refusal
        return await self.leg(way, there, arguments, until=until)


def _tried(way: str, contract: Contract, answer: Answer, changed: tuple[str, ...]) -> Tried:
    return Tried(
        way=way,
        tool=contract.name,
        provider=contract.provider.name,
        finding=answer.verdict.findings[0] if isinstance(answer, Withheld) else None,
        requests=answer.receipt.requests,
        elapsed=answer.receipt.elapsed,
        changed=changed,
    )


def _value(answer: Delivered) -> Json:
    """Read a whole answer that another tool is to use."""
    try:
        value: Json = orjson.loads(b"".join(answer.payload.chunks()))
        return value
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
