"""Drift in the shape of answers: fields that came or went, and values that have another type now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, TypeAlias

from ...schemas.location import choice, unescaped
from ...schemas.proof import JsonType, Seen, Shape
from .drift import Comparison, Drift, drift
from .end_places import Stands
from .sighting import Sighting

__all__ = ["appeared_fields", "changed_types", "vanished_fields"]

Side: TypeAlias = Literal["envelope", "items"]
_SIDES: Final[tuple[Side, ...]] = ("envelope", "items")
_ENOUGH: Final = 3
"""Places that must have been seen before it is said that a field was in all, or in none, of them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A field of the envelope or of the items, and what it was."""

    comparison: Comparison
    side: Side
    pointer: str

    @property
    def where(self) -> str:
        """The place as a tool file writes it."""
        items = self.comparison.contract.response.items
        return (
            f"body:{self.pointer}" if self.side == "envelope" else f"body:{items.at if items else ''}/*{self.pointer}"
        )

    def breaks(self, seen: Sequence[Sighting]) -> bool:
        """Whether the contract refuses such answers: it speaks of this place, and of those that were *seen* none is delivered."""
        spoken_of = self.comparison.spoken_of[0 if self.side == "envelope" else 1]
        return self.pointer in spoken_of and all(one.refused for one in seen)

    @property
    def ebbs(self) -> bool:
        """Whether it says how a walk goes on: such a place comes and goes with the size of the collection."""
        return self.side == "envelope" and self.comparison.end_places.reach(self.pointer)

    def may_be(self, stands: Stands) -> bool:
        """Whether the contract's own table lets this stand there."""
        return self.side == "envelope" and self.comparison.end_places.let(self.pointer, stands)

    def showing(self, shows: Callable[[Mapping[str, Seen]], bool]) -> tuple[list[Sighting], int]:
        """The calls whose answers show something, and how many there are that could."""
        could = [one for one in self.comparison.after if self._tells(one)]
        return [one for one in could if shows(_fields(one.shape or Shape(), self.side))], len(could)

    def lacking(self) -> tuple[list[Sighting], int]:
        """The calls whose answers lack it: a refusal says so where the page that it refused left no shape."""
        could = [one for one in self.comparison.after if one.missing == self.where or self._tells(one)]
        return [one for one in could if one.missing == self.where or self._lacks(one)], len(could)

    def _tells(self, sighting: Sighting) -> bool:
        return _tells(sighting, self.side, _parent(self.pointer))

    def _lacks(self, sighting: Sighting) -> bool:
        return _lacks(self.pointer, _fields(sighting.shape or Shape(), self.side))


def vanished_fields(comparison: Comparison) -> Iterator[Drift]:
    """Find fields that were in every answer, or every item, and are missing in some now."""
    for place, known in _known(comparison):
        if known.seen < known.of or known.of < _ENOUGH or place.may_be("absent"):
            continue
        seen, of = place.lacking()
        if seen:
            breaks = place.breaks(seen)
            says = "it was always there, and is missing" + ("; the contract relies on it" if breaks else "")
            edit = f"unabridged prove {comparison.contract.name}"
            yield drift("field_vanished", place.where, says, seen, of, breaking=breaks, edit=edit)


def appeared_fields(comparison: Comparison) -> Iterator[Drift]:
    """Find fields that were never there before, the topmost of each branch."""
    for side in _SIDES if comparison.shape is not None else ():
        known = _fields(comparison.shape or Shape(), side)
        if max((one.of for one in known.values()), default=0) < _ENOUGH:
            continue
        now = {pointer for one in comparison.after if one.shape is not None for pointer in _fields(one.shape, side)}
        for pointer in sorted(now - known.keys()):
            place = _Place(comparison, side, pointer)
            if not place.ebbs and (not _parent(pointer) or _has_within(_parent(pointer), known)):
                seen, of = place.showing(partial(_has, pointer))
                shut = _parent(pointer) in comparison.closed[_SIDES.index(side)] and all(one.refused for one in seen)
                says = "it was never there before" + ("; the contract lets no other names stand there" if shut else "")
                yield drift("field_appeared", place.where, says, seen, of, breaking=shut)


def changed_types(comparison: Comparison) -> Iterator[Drift]:
    """Find values that have a type now which they never had."""
    for place, known in _known(comparison):
        for kind in sorted(_new_types(place, known)):
            seen, of = place.showing(partial(_is_of, place.pointer, kind))
            said = f"it was {' or '.join(known.types)}, and is {kind}"
            edit = f"unabridged prove {comparison.contract.name}"
            yield drift("type_changed", place.where, said, seen, of, breaking=place.breaks(seen), edit=edit)


def _new_types(place: _Place, known: Seen) -> set[JsonType]:
    shapes = (one.shape for one in place.comparison.after if one.shape is not None)
    now: set[JsonType] = {kind for shape in shapes for kind in _types(_fields(shape, place.side), place.pointer)}
    new: set[JsonType] = {
        kind for kind in now if kind not in known.types and not (kind == "integer" and "number" in known.types)
    }
    return {kind for kind in new if not place.may_be(kind)}


def _known(comparison: Comparison) -> Iterator[tuple[_Place, Seen]]:
    if comparison.shape is None:
        return
    for side in _SIDES:
        for pointer, known in _fields(comparison.shape, side).items():
            yield _Place(comparison, side, pointer), known


def _fields(shape: Shape, side: Side) -> Mapping[str, Seen]:
    return shape.envelope if side == "envelope" else shape.items


def _types(fields: Mapping[str, Seen], pointer: str) -> tuple[JsonType, ...]:
    return fields[pointer].types if pointer in fields else ()


def _has(pointer: str, fields: Mapping[str, Seen]) -> bool:
    return pointer in fields


def _is_of(pointer: str, kind: str, fields: Mapping[str, Seen]) -> bool:
    return kind in _types(fields, pointer)


def _lacks(pointer: str, fields: Mapping[str, Seen]) -> bool:
    """Whether *pointer* is missing somewhere where what it is in is an object, or a list: a branch that went is told once."""
    parent = _parent(pointer)
    if parent and (parent not in fields or fields[parent].types != (_holder(pointer),)):
        return False
    of = fields[parent].seen if parent else max((one.of for one in fields.values()), default=0)
    return (fields[pointer].seen if pointer in fields else 0) < of


def _holder(pointer: str) -> JsonType:
    """What the last step of *pointer* is a step into: elements are chosen of a list (`[rel=next]`)."""
    return "object" if choice(unescaped(pointer.rpartition("/")[2])) is None else "array"


def _tells(sighting: Sighting, side: Side, parent: str) -> bool:
    """Whether *sighting* shows what is inside *parent*: a sketch does not look into everything."""
    fields = _fields(sighting.shape or Shape(), side)
    return bool(fields) and (not sighting.sketched or not parent or _has_within(parent, fields))


def _has_within(parent: str, fields: Mapping[str, Seen]) -> bool:
    return any(pointer.startswith(f"{parent}/") for pointer in fields)


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]
