"""A service that gives up: every walk stops behind the same item, whatever the size of its pages, and says that this is the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ...schemas.wire import Response
from .lists import count, relisted
from .markers import as_on, marks
from .mutant import Mutant
from .sampling import spread_over
from .sound import Sound, Turn

__all__ = ["stopping"]


def stopping(sound: Sound) -> Iterator[Mutant]:
    """Stop behind some items, evenly spread; the last one is not among them."""
    if not marks(sound.contract) or not sound.walks:
        return
    items = sum(count(sound.contract, turn) for _, turn in sound.walks[0])
    for kept in spread_over(range(1, items), 4):
        stopped = [_stopped(sound, walk, kept) for walk in sound.walks]
        outcomes = {index: response for one in stopped if one is not None for index, response in [one]}
        if len(outcomes) == len(sound.walks):
            yield Mutant(
                mutation="walk_cut",
                place="page",
                turn="every walk",
                outcomes=outcomes,
                detail=f"after {kept} of {items}",
            )


def _stopped(sound: Sound, walk: tuple[tuple[int, Turn], ...], kept: int) -> tuple[int, Response] | None:
    """The page of *walk* in which the item numbered *kept* is, cut behind it and marked as the last one, which it is not."""
    for index, turn in walk[:-1]:
        held = count(sound.contract, turn)
        if kept <= held:
            marked = as_on(sound.contract, turn, walk[-1][1])
            return None if marked is None else (index, relisted(sound.contract, marked, partial(_first, kept)))
        kept -= held
    return None


def _first(kept: int, values: Sequence[Any]) -> list[Any]:
    return list(values[:kept])
