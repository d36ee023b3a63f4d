"""Listening to an experiment: every request and its outcome, within a budget, and no request twice where once is enough.

It stands between the engine and a transport and changes nothing of what either says.  It never sends more than it may.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from ...schemas.contract import Contract
from ...schemas.recording import Exchange
from ...schemas.wire import Fault, Outcome, Request
from ..recordings.replaying import Replay, key
from ..surroundings import Transport

__all__ = ["Budget", "Open", "Tap"]

Open: TypeAlias = Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]


@dataclass(slots=True)
class Budget:
    """How many requests may still be sent, and until when on the monotonic *clock*."""

    requests: int
    until: float
    clock: Callable[[], float]
    spent: int = 0

    def take(self) -> bool:
        """Take one request out of the budget; False where there is none left."""
        if self.spent >= self.requests or self.clock() >= self.until:
            return False
        self.spent += 1
        return True


@dataclass(slots=True)
class Tap:
    """Opens transports that are listened to: *heard* is all that was said, in order.

    What *known* holds is answered from there: it was asked a moment ago by another part of the same experiment.
    """

    inner: Open
    budget: Budget
    known: Replay
    heard: list[Exchange] = field(default_factory=list[Exchange])

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Transport]:
        """Open a transport of *contract* and listen to it."""
        async with self.inner(contract, environment) as transport:
            yield _Listening(self, transport)


@dataclass(frozen=True, slots=True)
class _Listening:
    tap: Tap
    inner: Transport

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Send *request*, or say again what came of it."""
        outcome = await self._outcome(request, timeout)
        self.tap.heard.append(Exchange(request=request, outcome=outcome))
        return outcome

    async def _outcome(self, request: Request, timeout: float) -> Outcome:  # noqa: ASYNC109 - as above
        if key(request) in self.tap.known.outcomes:
            return await self.tap.known.send(request, timeout=timeout)
        if not self.tap.budget.take():
            detail = "the experiment may not ask for more"
            return Fault(kind="admission", code="page_budget", sent="never", detail=detail)
        return await self.inner.send(request, timeout=timeout)
