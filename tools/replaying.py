"""Answering from a recording instead of the network: each request gets the outcome that it had.

A request that was sent several times gets its outcomes in their order, and the last one again after that.  One that was
never recorded gets a fault that says so.  It never opens a socket.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.recording import Exchange
from ..schemas.wire import Fault, Outcome, Request

__all__ = ["Key", "Replay", "key"]

Key: TypeAlias = tuple[str, str, bytes]


def key(request: Request) -> Key:
    """What makes two requests the same question: method, URL and content."""
    return request.method, request.url, b"" if request.body is None else request.body.content


@dataclass(slots=True)
class Replay:
    """A transport of recorded exchanges; one object serves one call."""

    outcomes: Mapping[Key, list[Outcome]]
    asked: dict[Key, int] = field(default_factory=lambda: defaultdict[Key, int](int))

    @classmethod
    def of(cls, exchanges: Iterable[Exchange]) -> Replay:
        """Replay *exchanges*, in their order."""
        outcomes: dict[Key, list[Outcome]] = {}
        for exchange in exchanges:
            outcomes.setdefault(key(exchange.request), []).append(exchange.outcome)
        return cls(outcomes)

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Give the next outcome of *request*."""
        known = self.outcomes.get(key(request))
        if not known:
            return Fault(
                kind="forbidden", code="not_recorded", sent="never", detail="the recording holds no such request"
            )
        number = self.asked[key(request)]
        self.asked[key(request)] = number + 1
        return known[min(number, len(known) - 1)]

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Replay]:
        """Give itself as the transport of *contract*, whatever the environment."""
        yield self
