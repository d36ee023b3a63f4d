"""Calling a tool in a world that is made of answers: no network, a clock that only waits move, and no chance.

It knows nothing of mutants.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from ...schemas.answer import Answer, Delivered
from ...schemas.contract import Contract
from ...schemas.evidence import Attempt, Page
from ...schemas.recording import Exchange
from ...schemas.wire import Json, Outcome, Request
from ..call import call
from ..keeping import MemoryStore
from ..observer import Observer, Silent
from ..recordings.replaying import Replay, key
from ..shelf import MemoryShelf
from ..surroundings import Surroundings

__all__ = ["Heard", "Noted", "Wider", "alone", "answered", "payload"]


def alone(contract: Contract) -> Contract:
    """*contract* by itself: one request at a time, and nobody else is asked, neither another tool, a memory, nor a person."""
    policy = replace(
        contract.policy,
        in_flight=1,
        breaker=None,
        pace=None,
        concurrency=None,
        recover=(),
        fallback=(),
        cache=None,
        degrade=None,
        unproven="flag",
    )
    return replace(contract, policy=policy, approval=None, review=())


@dataclass(slots=True)
class _Clock:
    started: float
    passed: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def now(self) -> float:
        return self.started + self.passed


@dataclass(slots=True)
class Noted:
    """An observer that keeps the attempts."""

    attempts: list[Attempt] = field(default_factory=list[Attempt])

    def attempted(self, attempt: Attempt) -> None:
        """Keep *attempt*."""
        self.attempts.append(attempt)

    def turned(self, page: Page) -> None:
        """Let a page pass."""


@dataclass(slots=True)
class Heard:
    """A replay that keeps what was sent and what came of it."""

    replay: Replay
    exchanges: list[Exchange] = field(default_factory=list[Exchange])

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Send *request* to the replay."""
        outcome = await self.replay.send(request, timeout=timeout)
        self.exchanges.append(Exchange(request=request, outcome=outcome))
        return outcome

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Heard]:
        """Give itself as the transport."""
        yield self


@dataclass(frozen=True, slots=True)
class Wider:
    """A replay that asks *beyond* where it does not know the question."""

    replay: Replay
    beyond: Callable[[Request], Outcome]

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Give what was said, or what would be."""
        known = key(request) in self.replay.outcomes
        return await self.replay.send(request, timeout=timeout) if known else self.beyond(request)

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Wider]:
        """Give itself as the transport."""
        yield self


async def answered(
    contract: Contract,
    arguments: Mapping[str, Json],
    upstream: Replay | Heard | Wider,
    *,
    at: float,
    environment: Mapping[str, str],
    observer: Observer | None = None,
) -> Answer:
    """Call *contract* where *upstream* is all that answers and it is *at* (Unix time in seconds)."""
    clock = _Clock(at)
    around = Surroundings(
        open_transport=upstream.open,
        environment=environment,
        random=lambda: 0.5,
        identify=lambda: "mutating",
        clock=lambda: clock.passed,
        now=clock.now,
        sleep=clock.sleep,
        observer=observer or Silent(),
        shelf=MemoryShelf(clock=clock.now),
        places=MemoryShelf(clock=clock.now),
        store=MemoryStore(now=clock.now),
    )
    return await call(contract, arguments, surroundings=around)


def payload(delivered: Delivered) -> bytes:
    """Take the bytes out of *delivered*, and close it."""
    try:
        return b"".join(delivered.payload.chunks())
    finally:
        delivered.payload.close()
