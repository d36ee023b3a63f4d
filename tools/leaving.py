"""What is left of a call that nobody waits for any more: a receipt, which says whether a write may have been sent.

It is made when everything else of the call is over, at once and without waiting.  Nothing goes to whoever called.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

from ..schemas.answer import Receipt
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Outcome, Request
from .answering import refused
from .surroundings import Surroundings, Transport

__all__ = ["Wire", "abandoned"]

Opener = Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]


@dataclass(slots=True)
class Wire:
    """Opens transports, and notes how many *requests* went out and whether a write may have been seen by its service."""

    opener: Opener
    requests: int = 0
    written: bool = False

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Transport]:
        """Open a transport for *contract* that is watched."""
        async with self.opener(contract, environment) as transport:
            yield _Watched(transport, self, writes=contract.effects == "write")


@dataclass(frozen=True, slots=True)
class _Watched:
    transport: Transport
    wire: Wire
    writes: bool

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        before = self.wire.written
        self.wire.requests += 1
        self.wire.written = before or self.writes
        outcome = await self.transport.send(request, timeout=timeout)
        if isinstance(outcome, Fault) and outcome.sent == "never":
            self.wire.written = before
        return outcome


def abandoned(contract: Contract, surroundings: Surroundings, wire: Wire, *, identity: str, started: float) -> Receipt:
    """Write the receipt of a call that was cancelled."""
    receipt = refused(contract, _finding(wire), identity=identity, at=started).receipt
    return replace(receipt, requests=wire.requests, elapsed=surroundings.now() - started)


def _finding(wire: Wire) -> Finding:
    message = "the caller cancelled the call"
    if wire.written:
        return Finding(code="outcome_unknown", message=f"the request was sent, and then {message}", have="cancelled")
    return Finding(code="cancelled", message=message)
