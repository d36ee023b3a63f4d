"""What clients see and may call: one snapshot at a time, swapped whole when the tool files change.

It reads no files and calls nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from ..schemas.contract import Contract
from ..schemas.wire import Json
from .indirect import CALLING, SEARCHING, found, misspelled, stand_ins
from .instructions import INSTRUCTIONS, MANY
from .listing import CALL, SEARCH, Listing
from .pricing import input_schema, price_of
from .result import Reply
from .searching import Index

__all__ = ["Directed", "Offer", "Surface"]


@dataclass(frozen=True, slots=True)
class Directed:
    """What a call is really about: a contract, and the arguments for it."""

    contract: Contract
    arguments: Mapping[str, Json]


class Surface:
    """The tools that may be called, and how they are shown: as they are or, where their price is above a budget, by two
    tools that find and call them.

    Every tool can be called by its own name, whether it is shown or not; a client may have seen it before.
    """

    def __init__(
        self,
        contracts: Mapping[str, Contract],
        *,
        tools: Mapping[str, Contract] | None = None,
        budget: int | None = None,
        pinned: Sequence[str] = (),
        waiting: frozenset[str] = frozenset(),
    ) -> None:
        """Take *contracts* by name.

        *tools* are all that contracts may name as their ways back, also where clients may not call them.  *budget* is in
        tokens (None: show all), *pinned* are names, or patterns of names, that are shown beside the two.  *waiting* are those
        that are wanted and not served, because their definitions are not proven.
        """
        self.contracts = contracts
        self.tools = contracts if tools is None else tools
        self.waiting = waiting
        self.price = price_of(contracts.values())
        self.searched = budget is not None and self.price > budget
        beside = [one for one in contracts.values() if any(fnmatchcase(one.name, pattern) for pattern in pinned)]
        self.listing = Listing(beside, own=stand_ins(contracts)) if self.searched else Listing(contracts.values())

    @property
    def instructions(self) -> str:
        """What a model is told once."""
        return f"{MANY}\n{INSTRUCTIONS}" if self.searched else INSTRUCTIONS

    @cached_property
    def index(self) -> Index:
        """The words of all tools, looked through when the first question comes."""
        return Index(sorted(self.contracts.values(), key=lambda contract: contract.name))

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """Return the input schema of the tool *name*, None if there is no such tool."""
        if (contract := self.contracts.get(name)) is not None:
            return input_schema(contract)
        return {SEARCH: SEARCHING, CALL: CALLING}.get(name)

    def called(self, name: str, arguments: Mapping[str, Json]) -> Directed | None:
        """Return what a call of *name* with *arguments* comes to: itself, or what it asks to be called."""
        if name != CALL:
            contract = self.contracts.get(name)
            return None if contract is None else Directed(contract, arguments)
        named, within = arguments.get("name"), arguments.get("arguments", {})
        inner = self.contracts.get(named) if isinstance(named, str) else None
        if inner is None or not isinstance(within, dict) or set(arguments) - {"name", "arguments"}:
            return None
        return Directed(inner, within)

    def answered(self, name: str, arguments: Mapping[str, Json]) -> Reply | None:
        """Return what the server itself answers to *name*; None where it has no such tool."""
        match name:
            case "search_tools":
                return found(self.index, self.contracts, arguments, waiting=self.waiting)
            case "call_tool":
                return misspelled(self.index, self.contracts, arguments, waiting=self.waiting)
            case _:
                return None

    def looks_like(self, other: Surface) -> bool:
        """Whether a client would see no difference."""
        return self.searched == other.searched and self.listing.shows_the_same_as(other.listing)


class Offer:
    """What is offered now.  Whoever looks twice may see two snapshots; a call goes on with the one that it began with."""

    def __init__(self, surface: Surface) -> None:
        """Offer *surface*."""
        self._now = surface
        self._listeners: list[Callable[[], Awaitable[None]]] = []

    @property
    def now(self) -> Surface:
        """The snapshot that holds now."""
        return self._now

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """Return the input schema of the tool *name* as it is now, None if there is no such tool."""
        return self._now.input_schema(name)

    def on_change(self, tell: Callable[[], Awaitable[None]]) -> None:
        """Call *tell* whenever clients would see something else."""
        self._listeners.append(tell)

    async def change(self, surface: Surface) -> None:
        """Offer *surface* from now on."""
        before, self._now = self._now, surface
        if not surface.looks_like(before):
            for tell in self._listeners:
                await tell()
