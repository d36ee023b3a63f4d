"""Items: one lost, one doubled, one exchanged with another page's, and one that became another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...schemas.blindness import MutationName
from ...schemas.expectation import Items
from ...schemas.location import Location
from ...schemas.wire import Json
from .editing import changed
from .lists import count, merged, relisted
from .mutant import Mutant
from .places import inside
from .sampling import MOST_PAGES, spread_over
from .sound import Sound, Turn

__all__ = ["another", "items"]


def items(sound: Sound) -> Iterator[Mutant]:
    """Take the first item, the middle one and the last one of every page, and lose, double, exchange and change it."""
    for walk in sound.walks:
        for place, (index, turn) in spread_over(list(enumerate(walk)), MOST_PAGES):
            held = count(sound.contract, turn)
            for position in spread_over(range(held), 3):
                yield from _lost_or_doubled(sound, index, turn, position)
                yield from _changed(sound, index, turn, position)
                other = walk[place - 1][1] if place else walk[-1][1]
                if other is not turn and count(sound.contract, other) > position:
                    yield _mutant(
                        "item_exchanged",
                        index,
                        turn,
                        position,
                        merged(sound.contract, turn, other, partial(_with_that_of, position)),
                    )


def _lost_or_doubled(sound: Sound, index: int, turn: Turn, position: int) -> Iterator[Mutant]:
    lost = relisted(sound.contract, turn, partial(_without, position))
    yield _mutant("item_lost", index, turn, position, lost)
    doubled = relisted(sound.contract, turn, partial(_doubled, position))
    yield _mutant("item_doubled", index, turn, position, doubled)


def _mutant(mutation: MutationName, index: int, turn: Turn, position: int, response: Any) -> Mutant:
    return Mutant(
        mutation=mutation, place="items", turn=turn.name, outcomes={index: response}, detail=f"item {position + 1}"
    )


def _without(position: int, values: Sequence[Any]) -> list[Any]:
    return [*values[:position], *values[position + 1 :]]


def _doubled(position: int, values: Sequence[Any]) -> list[Any]:
    return [*values[: position + 1], *values[position:]]


def _with_that_of(position: int, own: Sequence[Any], theirs: Sequence[Any]) -> list[Any]:
    return [*own[:position], theirs[position], *own[position + 1 :]]


def _changed(sound: Sound, index: int, turn: Turn, position: int) -> Iterator[Mutant]:
    """Give one item an identifier that no item has: another item stands where it stood."""
    held = sound.contract.response.items or Items()
    for pointer in held.id or ():
        every = inside(held, pointer)
        if every is None:
            continue
        where = Location("body", every.path.replace("/*", f"/{position}", 1))
        found = turn.reads(where)
        other = another(found.value)
        response = None if other is None else changed(turn, where, other)
        if response is not None:
            yield _mutant("item_substituted", index, turn, position, response)


def another(value: Json) -> Json:
    """Return another value of the same kind, which no service would have given; None where there is none."""
    match value:
        case bool():
            return None
        case int():
            return value + 900_000_001
        case str():
            return value + "0"
        case _:
            return None
