"""From what was heard to a sound conversation: the tool is called once more, offline, and each answer gets its purpose.

What is not a whole answer offline is told as it is; nothing is mutated here.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ...schemas.answer import Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.evidence import Attempt, Purpose
from ...schemas.recording import Exchange
from ...schemas.wire import Fault, Json, Outcome, Request, Response
from ..recordings.replaying import Key, Replay, key
from ..surroundings import Surroundings, Transport
from .editing import said
from .running import Heard, Noted, alone, answered, payload
from .sound import Sound, Turn, parsed

__all__ = ["Tap", "sounded"]

Open: TypeAlias = Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]


@dataclass(frozen=True, slots=True)
class _Tapped:
    transport: Transport
    exchanges: list[Exchange]

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Send *request*, and keep what came of it."""
        outcome = await self.transport.send(request, timeout=timeout)
        self.exchanges.append(Exchange(request=request, outcome=outcome))
        return outcome


@dataclass(slots=True)
class Tap:
    """Listens to the transports that a world opens, and keeps what was said."""

    inner: Open
    exchanges: list[Exchange] = field(default_factory=list[Exchange])

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Transport]:
        """Open the transport of *contract*, and listen."""
        async with self.inner(contract, environment) as transport:
            yield _Tapped(transport, self.exchanges)

    def around(self, surroundings: Surroundings) -> Surroundings:
        """The same world, listened to."""
        return replace(surroundings, open_transport=self.open)


async def sounded(
    contract: Contract,
    arguments: Mapping[str, Json],
    exchanges: Iterable[Exchange],
    *,
    at: float,
    environment: Mapping[str, str],
    whole: bool = True,
) -> Sound | Withheld:
    """Call *contract* with *arguments* on what was heard at that time (Unix time in seconds), and take it apart.

    *whole* says that nothing was left out of what was heard.
    """
    contract = alone(contract)
    heard, noted = Heard(Replay.of(map(_plainly, exchanges), whole=whole)), Noted()
    answer = await answered(contract, arguments, heard, at=at, environment=environment, observer=noted)
    match answer:
        case Withheld():
            return answer
        case Delivered():
            turns = _turns(heard.exchanges, noted.attempts)
            return Sound(
                contract=contract,
                arguments=arguments,
                turns=turns,
                payload=payload(answer),
                at=at,
                position=answer.receipt.evidence.position,
            )


def _plainly(exchange: Exchange) -> Exchange:
    return replace(exchange, outcome=_plain(exchange.outcome))


def _plain(outcome: Outcome) -> Outcome:
    match outcome:
        case Fault():
            return outcome
        case Response():
            body = parsed(outcome)
            try:
                return said(outcome, body.value) if isinstance(body.value, dict | list) else outcome
            except ValueError:  # a number beyond what Python can write: its bytes stay as they came
                return outcome


def _turns(exchanges: Iterable[Exchange], attempts: Iterable[Attempt]) -> tuple[Turn, ...]:
    """Tell of each answer that was accepted its purpose; the same answer to the same question is one turn."""
    turns: list[Turn] = []
    last: dict[Key, Response] = {}
    for exchange, attempt in zip(exchanges, attempts, strict=True):
        outcome, name = exchange.outcome, key(exchange.request)
        accepted = isinstance(outcome, Response) and attempt.finding is None
        if isinstance(outcome, Response) and accepted and not _again(outcome, last.get(name)):
            last[name] = outcome
            purpose = _purpose(attempt.purpose)
            turns.append(
                Turn(
                    purpose=purpose,
                    number=attempt.page,
                    request=exchange.request,
                    response=outcome,
                    body=parsed(outcome),
                )
            )
    return tuple(turns)


def _again(outcome: Response, last: Response | None) -> bool:
    return last is not None and (outcome.status, outcome.content) == (last.status, last.content)


def _purpose(purpose: Purpose) -> Purpose:
    return "page" if purpose == "confirm" else purpose
