"""Answers that hold one thing: one body, and nothing to walk."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["single"]


def _asked(_heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(0, 1)


def single(answer: dict[str, Json], *, error: Json) -> Shape:
    """Make the shape of one *answer*, which is the whole body."""

    def page(_turn: Turn) -> Said:
        return said(answer)

    return Shape(record=lambda _index: answer, asked=_asked, page=page, error=error, paged=False)
