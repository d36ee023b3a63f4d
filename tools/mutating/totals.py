"""Totals: one too many, one too few, none, and as many as one page holds; on one page, or on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...schemas.blindness import MutationName
from ...schemas.location import Location
from ...schemas.wire import Json, Outcome
from ...validators.reading import integer
from .editing import changed
from .lists import count
from .mutant import Mutant
from .sampling import MOST_PAGES, spread_over
from .sound import Sound, Turn

__all__ = ["miscounts", "totals"]


def totals(sound: Sound) -> Iterator[Mutant]:
    """State every count that the contract believes wrong."""
    total, census = sound.contract.complete.total, sound.contract.complete.census
    if total is not None and total.exact:
        for walk in sound.walks:
            yield from _wrong(sound, total.at, walk)
    if census is not None:
        asked = [(index, turn) for index, turn in enumerate(sound.turns) if turn.purpose.startswith("census")]
        yield from _wrong(sound, census.at, tuple(asked))


def _wrong(sound: Sound, place: Location, turns: tuple[tuple[int, Turn], ...]) -> Iterator[Mutant]:
    first = next(iter(sound.walk()), None)
    held = 0 if first is None else count(sound.contract, first[1])
    for mutation in _KINDS:
        told = {
            index: response for index, turn in turns if (response := _told(turn, place, mutation, held)) is not None
        }
        if len(told) > 1:
            yield Mutant(mutation=mutation, place=str(place), turn="every page", outcomes=told)
        for index, response in spread_over(list(told.items()), MOST_PAGES):
            yield Mutant(mutation=mutation, place=str(place), turn=sound.turns[index].name, outcomes={index: response})


_KINDS: Final[tuple[MutationName, ...]] = ("total_one_more", "total_one_less", "total_zero", "total_of_a_page")


def miscounts(stated: int | None, *, held: int) -> Iterator[tuple[MutationName, int]]:
    """Yield each other number that a count may state instead, where the first page holds *held* items."""
    if stated is None:
        return
    for mutation, new in zip(_KINDS, (stated + 1, stated - 1, 0, held), strict=True):
        if new >= 0 and new != stated:
            yield mutation, new


def _told(turn: Turn, place: Location, mutation: MutationName, held: int) -> Outcome | None:
    """Say another number at *place*, as a number or as a text as it was; None where that cannot be, or is the same."""
    found = turn.reads(place)
    new = dict(miscounts(integer(found), held=held)).get(mutation)
    if new is None:
        return None
    value: Json = str(new) if isinstance(found.value, str) else new
    return changed(turn, place, value)
