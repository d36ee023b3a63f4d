"""Equal calls at one time are one flight: one asks, and all who are aboard get its answer, each in its own time.

A flight belongs to none of them.  Whoever leaves leaves the others alone; with the last one, the flight ends.  It knows
nothing of what is asked, and never decides which calls are equal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self, TypeAlias

import anyio
from anyio.abc import TaskGroup

from ..schemas.answer import Answer, Delivered, Payload
from ..schemas.evidence import Attempt, Page
from .observer import Observer

__all__ = ["Flights", "Landed", "Missed"]

Fly: TypeAlias = Callable[[Observer], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Landed:
    """The answer of a flight, to be handed on by this passenger.

    *first* is the name of the passenger who was the first to be handed it, None for that one itself.
    """

    answer: Answer
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """The passenger's own time was up before the flight landed."""


class Flights:
    """The flights of one process.  Outside of `async with`, everyone flies alone."""

    def __init__(self) -> None:
        self._group: TaskGroup | None = None
        self._under_way: dict[str, _Flight] = {}

    async def __aenter__(self) -> Self:
        self._group = await anyio.create_task_group().__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        group.cancel_scope.cancel()
        if isinstance(error, Exception):  # it is the caller's own, and must not come out as one of a group
            await group.__aexit__(None, None, None)
        else:
            await group.__aexit__(kind, error, trace)

    async def join(
        self, route: str, fly: Fly, *, passenger: str, observer: Observer, seconds: float
    ) -> Landed | Missed:
        """Go aboard the flight on *route*, or begin one with *fly*, and wait for it.

        Who finds a flight under way waits *seconds* at most; who begins one waits as long as *fly* takes.  Raises what
        *fly* raises.
        """
        if self._group is None:
            return Landed(await fly(observer))
        flight = self._under_way.get(route)
        began = flight is None
        if flight is None:
            flight = self._under_way[route] = _Flight(fly)
            self._group.start_soon(self._fly, route, flight)
        with self._aboard(route, flight, observer), anyio.move_on_after(None if began else seconds):
            await flight.landed.wait()
            return flight.handed_to(passenger) or Landed(await fly(observer))
        return Missed()

    def depart(self) -> None:
        """Let nobody aboard any more of what is under way: something was written, and what comes may be of before."""
        self._under_way.clear()

    @contextmanager
    def _aboard(self, route: str, flight: _Flight, observer: Observer) -> Generator[None]:
        flight.watch.tell(observer)
        flight.aboard += 1
        try:
            yield
        finally:
            flight.watch.observers.remove(observer)
            flight.aboard -= 1
            if flight.aboard == 0:
                self._forget(route, flight)
                flight.scope.cancel()
                flight.clear()

    async def _fly(self, route: str, flight: _Flight) -> None:
        try:
            with flight.scope:
                flight.land(await flight.fly(flight.watch))
        except Exception as error:  # it is raised for everyone aboard
            flight.error = error
        finally:
            self._forget(route, flight)
            flight.landed.set()

    def _forget(self, route: str, flight: _Flight) -> None:
        if self._under_way.get(route) is flight:
            del self._under_way[route]


@dataclass(slots=True)
class _Watch:
    """Tells everyone aboard what happens, and whoever comes late what has happened so far."""

    observers: list[Observer] = field(default_factory=list[Observer])
    seen: list[Attempt | Page] = field(default_factory=list["Attempt | Page"])

    def tell(self, observer: Observer) -> None:
        """Tell *observer* everything, from now on and up to now."""
        for event in self.seen:
            _told(observer, event)
        self.observers.append(observer)

    def attempted(self, attempt: Attempt) -> None:
        """Tell everyone of an attempt that is over."""
        self._happened(attempt)

    def turned(self, page: Page) -> None:
        """Tell everyone of a page that is in."""
        self._happened(page)

    def _happened(self, event: Attempt | Page) -> None:
        self.seen.append(event)
        for observer in self.observers:
            _told(observer, event)


def _told(observer: Observer, event: Attempt | Page) -> None:
    match event:
        case Attempt():
            observer.attempted(event)
        case Page():
            observer.turned(event)


@dataclass(slots=True, eq=False)
class _Flight:
    """One call under way, how many wait for it, and how many still read its answer."""

    fly: Fly
    watch: _Watch = field(default_factory=_Watch)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    landed: anyio.Event = field(default_factory=anyio.Event)
    aboard: int = 0
    reading: int = 0
    answer: Answer | None = None
    error: Exception | None = None
    first: str | None = None

    def land(self, answer: Answer) -> None:
        """Take the answer in."""
        self.answer = answer
        self.clear()

    def handed_to(self, passenger: str) -> Landed | None:
        """Hand the answer to *passenger*; None where the flight was broken off from outside."""
        if self.error is not None:
            raise self.error
        if self.answer is None:
            return None
        first, self.first = self.first, self.first or passenger
        if not isinstance(self.answer, Delivered):
            return Landed(self.answer, first)
        self.reading += 1
        return Landed(replace(self.answer, payload=_Share(self.answer.payload, self)), first)

    def clear(self) -> None:
        """Close the payload once nobody waits for it and nobody reads it."""
        if isinstance(self.answer, Delivered) and self.aboard == self.reading == 0:
            self.answer.payload.close()


@dataclass(slots=True, eq=False)
class _Share:
    """A payload that others read as well; closed when the last of them closes it."""

    payload: Payload
    flight: _Flight
    closed: bool = False

    @property
    def count(self) -> int | None:
        return self.payload.count

    @property
    def size(self) -> int:
        return self.payload.size

    def chunks(self) -> Iterator[bytes]:
        return self.payload.chunks()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.flight.reading -= 1
            self.flight.clear()
