"""The world that calls happen in: everything that is not a pure function of contract and arguments."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from ..schemas.answer import Receipt
from ..schemas.contract import Contract
from ..schemas.wire import Outcome, Request
from .flights import Flights
from .keeping import MemoryStore, Store
from .liveness import Mark
from .observer import Observer, Silent
from .shelf import MemoryShelf, Shelf
from .upstreams import Upstreams

__all__ = ["Surroundings", "Transport", "surroundings"]


def _forget(_: Receipt) -> None:
    """Keep nothing of a call that was cancelled."""


class Transport(Protocol):
    """Whatever sends one request and tells what came of it; raises nothing but cancellation."""

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - bounds one attempt, reported as a value
        """Send *request*, for *timeout* seconds at most."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The world that a call happens in.

    *clock* is monotonic, *now* is Unix time, both in seconds; *random* gives [0, 1); *identify* gives new identifiers.
    *tools* are all that may be named by another one (a fallback, a tool that refines a query).  *shelf* holds what
    outlives a call; *places* what bounds the calls of this process where a file declares no bound.
    *mark* is how other processes tell whether this one is still at what it began.
    *store* is where whole answers are kept, and *flights* are the calls that others may share while they are under way.
    *abandoned* takes the receipt of a call that was cancelled; it must be quick, and not raise.
    """

    open_transport: Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]
    environment: Mapping[str, str]
    random: Callable[[], float]
    identify: Callable[[], str]
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    observer: Observer = field(default_factory=Silent)
    tools: Mapping[str, Contract] = field(default_factory=dict[str, Contract])
    shelf: Shelf = field(default_factory=lambda: MemoryShelf(clock=time.time))
    places: Shelf = field(default_factory=lambda: MemoryShelf(clock=time.time))
    mark: Mark = field(default_factory=Mark)
    store: Store = field(default_factory=lambda: MemoryStore(now=time.time))
    flights: Flights = field(default_factory=Flights)
    abandoned: Callable[[Receipt], None] = _forget


def surroundings(environment: Mapping[str, str] | None = None, *, version: str = "0") -> Surroundings:
    """The real world: the network, the system's clock and randomness, and the process's environment unless another is given."""
    return Surroundings(
        open_transport=Upstreams(version=version).open,
        environment=os.environ if environment is None else environment,
        random=secrets.SystemRandom().random,
        identify=lambda: secrets.token_hex(10),
    )
