"""Pages: removed, repeated, emptied, halved, or with the items of another page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

from .lists import count, merged, relisted
from .mutant import Mutant
from .sampling import MOST_PAGES, spread_over
from .sound import Sound, Turn

__all__ = ["pages"]

_Pair: TypeAlias = tuple[tuple[int, Turn], tuple[int, Turn]]


def pages(sound: Sound) -> Iterator[Mutant]:
    """Do to every page of every walk what a service, a cache or a proxy may do to a whole page."""
    for walk in sound.walks:
        pairs = spread_over(list(pairwise(walk)), MOST_PAGES)
        yield from _removed(pairs)
        yield from _exchanged(sound, pairs)
    for index, turn in sound.pages:
        yield from _shortened(sound, index, turn)


def _removed(pairs: Iterable[_Pair]) -> Iterator[Mutant]:
    for (index, turn), (next_index, following) in pairs:
        removed = {index: following.response}
        yield Mutant(mutation="page_removed", place="page", turn=turn.name, outcomes=removed)
        repeated = {next_index: turn.response}
        yield Mutant(mutation="page_repeated", place="page", turn=following.name, outcomes=repeated)


def _exchanged(sound: Sound, pairs: Iterable[_Pair]) -> Iterator[Mutant]:
    """Two pages that came in each other's place, as they are; and a page that holds the items of the one before it."""
    for (index, turn), (next_index, following) in pairs:
        exchanged = {index: following.response, next_index: turn.response}
        yield Mutant(mutation="pages_exchanged", place="page", turn=turn.name, outcomes=exchanged)
        if count(sound.contract, turn) and count(sound.contract, following) and turn.response.content:
            content = merged(sound.contract, following, turn, lambda _, earlier: list(earlier))
            yield Mutant(
                mutation="items_of_another_page",
                place="items",
                turn=following.name,
                outcomes={next_index: content},
            )


def _shortened(sound: Sound, index: int, turn: Turn) -> Iterator[Mutant]:
    held = count(sound.contract, turn)
    if held:
        emptied = {index: relisted(sound.contract, turn, lambda items: [])}
        yield Mutant(mutation="page_emptied", place="items", turn=turn.name, outcomes=emptied)
    if held > 1:
        halved = {index: relisted(sound.contract, turn, lambda items: list(items[: len(items) // 2]))}
        yield Mutant(mutation="page_halved", place="items", turn=turn.name, outcomes=halved)
