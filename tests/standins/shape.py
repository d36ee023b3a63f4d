"""How a stand-in is made: one API's shape, a number of records, and the lies that it is told to tell.

A shape says where a request stands in the collection and how a page is written down; `Standin` cuts the pages and
bends them.  Nothing here knows one API from another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Literal

from unabridged.schemas.wire import Json

from .wire import Heard, Said, said

__all__ = ["OF_ANY_ANSWER", "Asked", "Lie", "Record", "Shape", "Standin", "Turn", "nothing"]

Record = dict[str, Json]


class Lie(Enum):
    """What a page can get wrong while it looks right; the first twelve are those of the design's fault table."""

    MARK_MISSING_ON_PAGE_1 = "cursor/has_more missing on page 1"
    MARK_MISSING_ON_PAGE_2 = "cursor/has_more missing on page 2"
    EARLY_END = "end said on page 1, total intact"
    MORE_WITHOUT_CURSOR = "has_more true, cursor missing"
    SAME_CURSOR = "same cursor for ever"
    CURSOR_CYCLE = "cursor cycle A-B-A"
    PAGE_2_EMPTY = "page 2 lost its records"
    PAGE_2_REPEATS = "page 2 repeats page 1"
    ERROR_IN_200 = "page 2 is 200 with an error"
    EMPTY_OBJECT = "page 2 is 200 {}"
    CUT_BODY = "body cut short of its length"
    LOGIN_PAGE = "200 text/html login page"
    PAGE_2_LOST_ONE = "page 2 lost one record"
    EARLY_END_ON_PAGE_2 = "end said on page 2, total intact"
    SAME_CUT = "end said after 3 records, whatever was asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a request stands: the index of the first record, and how many records it asks for (None: not said)."""

    start: int
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One page before it is written down.

    *following* is the index at which the next page starts, None at the end.  *signal*: `whole` as the API has it,
    `missing` without any sign of whether there is more, `torn` with a sign that there is more and no way to get it.
    """

    items: Sequence[Json]
    start: int
    size: int
    total: int
    following: int | None
    heard: Heard
    signal: Literal["whole", "missing", "torn"] = "whole"


def nothing(_heard: Heard, _records: Sequence[Record]) -> Said | None:
    """Answer nothing aside from the pages."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How one API speaks.

    *record* makes the n-th record, *asked* finds the position in a request, *page* writes a page, *error* is the API's
    own error (sent with status 200 by the lie of that name).  *aside* answers what is not a page: a count, a snapshot.
    *addressed* is for positions that the client works out (keyset, offset, page number): there, a stuck server serves
    the same place again.  *largest* is the most that the API gives at once.  What is not *paged* is one answer, which is
    its own page 2.
    """

    record: Callable[[int], Record]
    asked: Callable[[Heard, Sequence[Record]], Asked]
    page: Callable[[Turn], Said]
    error: Json
    aside: Callable[[Heard, Sequence[Record]], Said | None] = nothing
    addressed: bool = False
    largest: int = 100
    paged: bool = True


@dataclass(slots=True, kw_only=True)
class Standin:
    """A shape with *count* records that tells *lie*: once, then the truth, or (*forever*) whenever it applies.

    *largest* overrides how many records it gives at once.  *heard* keeps every request, *told* counts the lies.
    """

    shape: Shape
    count: int
    lie: Lie | None = None
    forever: bool = False
    largest: int | None = None
    heard: list[Heard] = field(default_factory=list[Heard])
    told: int = 0

    @property
    def records(self) -> list[Record]:
        """The whole collection."""
        return [self.shape.record(index) for index in range(self.count)]

    def __call__(self, heard: Heard) -> Said:
        """Answer one request."""
        self.heard.append(heard)
        records = self.records
        if (aside := self.shape.aside(heard, records)) is not None:
            return aside
        asked = self.shape.asked(heard, records)
        size = min(asked.size or 100_000, self.largest or self.shape.largest)
        lie = self.lie if self._due(asked.start, size) else None
        self.told += lie is not None
        return _spoken(self.shape, _turn(records, asked.start, size, heard), records, lie)

    def _due(self, start: int, size: int) -> bool:
        if self.lie is None or (self.told and not self.forever):
            return False
        return _applies(self.lie, start, size) if self.shape.paged else self.lie in OF_ANY_ANSWER


OF_ANY_ANSWER = (Lie.ERROR_IN_200, Lie.EMPTY_OBJECT, Lie.CUT_BODY, Lie.LOGIN_PAGE)


def _applies(lie: Lie, start: int, size: int) -> bool:
    match lie:
        case Lie.MARK_MISSING_ON_PAGE_1 | Lie.EARLY_END | Lie.SAME_CUT | Lie.CUT_BODY | Lie.LOGIN_PAGE:
            return start == 0
        case Lie.SAME_CURSOR:
            return start >= size
        case Lie.CURSOR_CYCLE:
            return start == 2 * size
        case _:
            return start == size


def _turn(records: Sequence[Record], start: int, size: int, heard: Heard) -> Turn:
    ahead = start + size
    following = ahead if ahead < len(records) else None
    items = records[start:ahead]
    return Turn(items=items, start=start, size=size, total=len(records), following=following, heard=heard)


def _spoken(shape: Shape, turn: Turn, records: Sequence[Record], lie: Lie | None) -> Said:
    match lie:
        case Lie.ERROR_IN_200:
            return said(shape.error)
        case Lie.EMPTY_OBJECT:
            return said({})
        case Lie.LOGIN_PAGE:
            return Said(content=b"<!doctype html><title>Sign in</title>", headers={"content-type": "text/html"})
        case Lie.CUT_BODY:
            whole = shape.page(turn)
            return replace(whole, cut=len(whole.content) // 2)
        case _:
            return shape.page(_bent(turn, records, lie, addressed=shape.addressed))


def _bent(turn: Turn, records: Sequence[Record], lie: Lie | None, *, addressed: bool) -> Turn:
    match lie:
        case Lie.MARK_MISSING_ON_PAGE_1 | Lie.MARK_MISSING_ON_PAGE_2:
            return replace(turn, signal="missing")
        case Lie.EARLY_END | Lie.EARLY_END_ON_PAGE_2:
            return replace(turn, following=None)
        case Lie.SAME_CUT:
            return replace(turn, items=turn.items[:3], following=None)
        case Lie.MORE_WITHOUT_CURSOR:
            return replace(turn, signal="torn")
        case Lie.SAME_CURSOR | Lie.CURSOR_CYCLE if addressed:
            return replace(turn, items=records[turn.size : 2 * turn.size], following=turn.start + turn.size)
        case Lie.SAME_CURSOR | Lie.CURSOR_CYCLE:
            return replace(turn, following=turn.size)
        case Lie.PAGE_2_EMPTY:
            return replace(turn, items=[])
        case Lie.PAGE_2_REPEATS:
            return replace(turn, items=records[: turn.size])
        case Lie.PAGE_2_LOST_ONE:
            return replace(turn, items=[*turn.items[:1], *turn.items[2:]])
        case _:
            return turn
