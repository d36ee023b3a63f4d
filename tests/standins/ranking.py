"""Answers that hold a ranking: one body with a list in it, nearest first, and nothing to walk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["ranking"]


def _asked(_heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(0)


def ranking(record: Callable[[int], Record], body: Callable[[list[Json]], Json], *, error: Json) -> Shape:
    """Make the shape of a ranked answer: *record* makes the n-th nearest, *body* puts the list into its place."""

    def page(turn: Turn) -> Said:
        return said(body(list(turn.items)))

    return Shape(record=record, asked=_asked, page=page, error=error, paged=False)
