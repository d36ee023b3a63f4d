"""Time that passes only when nobody has anything else to do: many calls at once, with their waits, in no time and in one order."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import anyio
import anyio.lowlevel

from tests.scripted import Script
from unabridged.schemas.answer import Answer
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.call import call
from unabridged.tools.shelf import MemoryShelf, Shelf
from unabridged.tools.surroundings import Surroundings

__all__ = ["Timeline"]

_QUIET = 40  # turns of the event loop after which everybody waits for time to pass
_START = 1_000_000.0


@dataclass(slots=True)
class Timeline:
    """A service that takes *cost* seconds for each request, and callers that share its time.

    *begun* and *under_way* tell what was sent when, and what is being answered; *most* the most there was of it at once.
    """

    script: Script
    cost: float = 0.1
    shelf: Shelf | None = None
    time: float = 0.0
    begun: list[float] = field(default_factory=list[float])
    under_way: int = 0
    most: int = 0
    events: list[str] = field(default_factory=list[str])
    _sleepers: list[tuple[float, int, anyio.Event]] = field(default_factory=list[tuple[float, int, anyio.Event]])
    _numbers: Callable[[], int] = field(default_factory=lambda: count().__next__)

    def __post_init__(self) -> None:
        if self.shelf is None:
            self.shelf = MemoryShelf(clock=self.now)

    def now(self) -> float:
        return _START + self.time

    async def sleep(self, seconds: float) -> None:
        self.events.append(f"wait {seconds:g}")
        await self._pass(seconds)

    async def _pass(self, seconds: float) -> None:
        awake = anyio.Event()
        heappush(self._sleepers, (self.time + seconds, self._numbers(), awake))
        await awake.wait()

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.begun.append(self.time)
        self.events.append(f"send for {timeout:g}")
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self._pass(min(self.cost, timeout))
            if self.cost > timeout:
                return Fault(kind="timeout", code="attempt_timeout", sent="maybe", detail="late", elapsed=timeout)
            return self.script(request)
        finally:
            self.under_way -= 1

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Timeline]:
        yield self

    def surroundings(self) -> Surroundings:
        assert self.shelf is not None
        return Surroundings(
            open_transport=self.open,
            environment={},
            random=lambda: 0.5,
            identify=lambda: f"holder {self._numbers()}",
            clock=lambda: self.time,
            now=self.now,
            sleep=self.sleep,
            shelf=self.shelf,
            places=MemoryShelf(clock=self.now),
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[anyio.abc.TaskGroup]:
        """Let time pass while the block runs, and until all tasks of its group are done."""
        async with anyio.create_task_group() as clock:
            clock.start_soon(self._tick)
            async with anyio.create_task_group() as group:
                yield group
            clock.cancel_scope.cancel()

    async def _tick(self) -> None:
        while True:
            for _ in range(_QUIET):
                await anyio.lowlevel.checkpoint()
            if self._sleepers:
                until, _, awake = heappop(self._sleepers)
                self.time = max(self.time, until)
                awake.set()

    async def calls(
        self, contract: Contract, times: int, *, surroundings: Surroundings | None = None, **arguments: Json
    ) -> list[Answer]:
        """Call *contract* that often at once, and return the answers in the order of the calls."""
        around = surroundings or self.surroundings()
        answers: dict[int, Answer] = {}

        async def one(number: int) -> None:
            answers[number] = await call(contract, arguments, surroundings=around)

        async with self.running() as group:
            for number in range(times):
                group.start_soon(one, number)
        return [answers[number] for number in range(times)]
