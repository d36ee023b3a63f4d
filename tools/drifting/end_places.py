"""Where a service says how a walk goes on, and what may stand there by the contract's own table.

What stands there changes with the size of the collection, and says nothing of the service.  Nothing is read or judged here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.proof import JsonType
from ...schemas.walk import Continue, Cursor, Link, NextUrl, Scroll
from ...validators.ending import more_table, next_table
from .relying import reliance

__all__ = ["EndPlaces", "Stands", "end_places"]

Stands: TypeAlias = JsonType | Literal["absent"]
"""What stands at a place: a value of some type, or nothing."""

_STANDS: Final[Mapping[str, tuple[Stands, ...]]] = {
    "absent": ("absent",),
    "null": ("null",),
    "empty": ("string", "array", "object"),
    "true": ("boolean",),
    "false": ("boolean",),
}
_SAYING: Final[tuple[Stands, ...]] = ("string", "integer", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPlaces:
    """The *places* of the envelope that say how the walk goes on, or how much there is, and what the contract lets them be.

    *relied* are the other places that it relies on, and *locked* those that must be there whatever a table says.
    """

    places: Mapping[str, frozenset[Stands]]
    relied: frozenset[str]
    locked: frozenset[str]

    def reach(self, pointer: str) -> bool:
        """Whether *pointer* is one of the places, or around one, or inside one."""
        return any(_touch(pointer, place) for place in self.places)

    def let(self, pointer: str, stands: Stands) -> bool:
        """Whether the contract lets this *stand* at *pointer*, which is one of the places, or around one or inside one."""
        if not self.reach(pointer) or (stands == "absent" and pointer in self.locked):
            return False
        if stands in ("absent", "null") and any(_is_in(other, pointer) for other in self.relied):
            return False
        return all(_lets(pointer, stands, place, known) for place, known in self.places.items())


def _lets(pointer: str, stands: Stands, place: str, known: frozenset[Stands]) -> bool:
    if pointer == place:
        return stands in known
    if _is_in(place, pointer):  # through a null parent everything is null
        return stands == "object" or (stands in ("absent", "null") and stands in known)
    return True


def _touch(one: str, other: str) -> bool:
    return one == other or _is_in(one, other) or _is_in(other, one)


def _is_in(inner: str, outer: str) -> bool:
    return inner.startswith(f"{outer}/")


def end_places(contract: Contract) -> EndPlaces:
    """Find the places in the body of *contract*'s answers that say how its walk goes on, or how much there is."""
    places = {place.path: stands for place, stands in _places(contract) if place.source == "body"}
    others = (one for one in reliance(contract)[0] if not any(one == place or _is_in(place, one) for place in places))
    locked = frozenset(contract.proof.shape.required) if contract.proof is not None else frozenset[str]()
    return EndPlaces(places=places, relied=frozenset(others), locked=locked)


def _places(contract: Contract) -> Iterator[tuple[Location, frozenset[Stands]]]:
    walk, total = contract.walk, contract.complete.total
    if walk.more is not None:
        yield walk.more, _stands(more_table(walk))
    if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll):
        yield walk.next, _stands(next_table(walk)) | _beside(walk)
    if total is not None:
        yield total.at, frozenset(("absent",) if total.on == "first" else ())


def _beside(walk: Cursor | NextUrl | Link | Continue | Scroll) -> frozenset[Stands]:
    """What a way to continue may be beside its table: all of one piece, or nothing where something else says the end."""
    pieces: tuple[Stands, ...] = ("object",) if isinstance(walk, Continue) else ()
    nothing: tuple[Stands, ...] = ("absent", "null") if walk.more is not None or walk.end_on_empty is not None else ()
    return frozenset((*pieces, *nothing))


def _stands(table: Mapping[str, str]) -> frozenset[Stands]:
    return frozenset(one for state in table for one in _STANDS.get(state, _SAYING))
