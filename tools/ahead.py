"""Requests that are on their way before anyone waits for them: sent ahead, collected by whoever asks, dropped when nobody will.

It knows nothing of pages: what will be asked for next is said by the exchange, and is only ever a guess.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup

from ..schemas.wire import Outcome, Request
from .admission import held_back

__all__ = ["Ahead", "sending_ahead"]


@dataclass(slots=True, eq=False)
class _Errand:
    """One request under way: *done* when it has its outcome."""

    done: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    outcome: Outcome | None = None


class Ahead:
    """Sends requests by *send*, those that are waited for here, and those that come soon in tasks of *group*."""

    def __init__(self, send: Callable[[Request], Awaitable[Outcome]], group: TaskGroup) -> None:
        self._send = send
        self._group = group
        self._errands: dict[Request, _Errand] = {}

    async def carry(self, request: Request, soon: Sequence[Request]) -> Outcome:
        """Return the outcome of *request*, sent earlier or now, while those that come *soon* are on their way."""
        errand = self._errands.pop(request, None)
        self._keep(soon)
        if errand is None:
            return await self._send(request)
        await errand.done.wait()
        if errand.outcome is None or held_back(errand.outcome):
            return await self._send(request)
        return errand.outcome

    def _keep(self, soon: Sequence[Request]) -> None:
        """Begin what is not begun, and drop what was begun and is not in *soon*: nobody will ask for it."""
        for request in self._errands.keys() - set(soon):
            self._errands.pop(request).scope.cancel()
        for request in soon:
            if request not in self._errands:
                errand = self._errands[request] = _Errand()
                self._group.start_soon(self._run, errand, request)

    async def _run(self, errand: _Errand, request: Request) -> None:
        with errand.scope:
            errand.outcome = await self._send(request)
        errand.done.set()


@asynccontextmanager
async def sending_ahead(send: Callable[[Request], Awaitable[Outcome]]) -> AsyncGenerator[Ahead]:
    """Send ahead by *send* for the length of the block; what is under way at its end is dropped."""
    async with anyio.create_task_group() as group:
        try:
            yield Ahead(send, group)
        finally:
            group.cancel_scope.cancel()
