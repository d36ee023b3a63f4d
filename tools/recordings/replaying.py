"""Answering from a recording instead of the network: each request gets the outcome that it had.

A request that was sent several times gets its outcomes in their order, and the last one again after that, unless some were
left out of the recording.  One that was never recorded gets a fault that says so.  It never opens a socket, and time passes only on the clock that it is given.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from ...schemas.contract import Contract
from ...schemas.recording import Exchange
from ...schemas.wire import Fault, Headers, Outcome, Request

__all__ = ["Key", "Replay", "boundary_of", "key"]

Key: TypeAlias = tuple[str, str, Headers, bytes]

_BOUNDARY = re.compile(r"multipart/form-data; boundary=(?P<boundary>[0-9A-Za-z]+)\Z")


def key(request: Request) -> Key:
    """What makes two requests the same question: method, URL, header and content.

    The header does not count where a key of idempotency travels in it, which is another one each time, and neither does what
    stands between the parts of a form: it is made of them, and of those that were redacted it would be another.
    """
    headers = () if request.keyed else request.headers
    content, boundary = b"" if request.body is None else request.body.content, boundary_of(request)
    return (
        request.method,
        request.url,
        headers,
        content if boundary is None else content.replace(boundary.encode(), b""),
    )


def boundary_of(request: Request) -> str | None:
    """Return what stands between the parts of the form that *request* sends; None where it sends no such form."""
    found = None if request.body is None else _BOUNDARY.match(request.body.media)
    return None if found is None else found["boundary"]


async def _at_once(_seconds: float) -> None:
    """Let no time pass."""


@dataclass(slots=True)
class Replay:
    """A transport of recorded exchanges; one object serves one call.

    *sleep* is told how many seconds each outcome took.  Where what was recorded is not *whole*, no outcome is given twice: the
    one that was left out may have been another.
    """

    outcomes: Mapping[Key, list[Outcome]]
    sleep: Callable[[float], Awaitable[None]] = _at_once
    whole: bool = True
    asked: dict[Key, int] = field(default_factory=lambda: defaultdict[Key, int](int))

    @classmethod
    def of(
        cls,
        exchanges: Iterable[Exchange],
        sleep: Callable[[float], Awaitable[None]] = _at_once,
        *,
        whole: bool = True,
    ) -> Replay:
        """Replay *exchanges*, in their order."""
        outcomes: dict[Key, list[Outcome]] = {}
        for exchange in exchanges:
            outcomes.setdefault(key(exchange.request), []).append(exchange.outcome)
        return cls(outcomes, sleep, whole)

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        """Give the next outcome of *request*."""
        asked = key(request)
        known, number = self.outcomes.get(asked, []), self.asked[asked]
        if not known or (number >= len(known) and not self.whole):
            return Fault(
                kind="forbidden", code="not_recorded", sent="never", detail="the recording holds no such request"
            )
        self.asked[asked] = number + 1
        outcome = known[min(number, len(known) - 1)]
        await self.sleep(outcome.elapsed)
        return outcome

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Replay]:
        """Give itself as the transport of *contract*, whatever the environment."""
        yield self
