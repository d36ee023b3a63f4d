"""The closed end table: what the signals of one page say about more pages.

Three answers: it goes on, it ends (and how much that end is worth), or it is broken.  A state that the table does not
list is never an end.  No I/O; the same function steps a walk and judges it afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ..schemas.claim import Grade
from ..schemas.completeness import Total
from ..schemas.evidence import Page as PageFacts
from ..schemas.evidence import Reading
from ..schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Page, Scroll, Single, Stream, WalkKind
from ..schemas.wire import State

__all__ = [
    "Broken",
    "Decision",
    "Ends",
    "GoesOn",
    "Signals",
    "decide",
    "has_channel",
    "more_table",
    "next_table",
    "signals",
]


@dataclass(frozen=True, slots=True)
class GoesOn:
    """There is more."""


@dataclass(frozen=True, slots=True)
class Ends:
    """It is over; *grade* is what this end alone is worth, *says* is the reason in words."""

    grade: Grade
    says: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The signals contradict each other or one is missing; *place* names the one."""

    code: str
    says: str
    place: str | None = None


Decision: TypeAlias = GoesOn | Ends | Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What one page shows: the two markers where declared, whether it is empty, and how the counts stand.

    *received* counts the items up to and including this page; *number* counts pages from 1.  *total* is reckoned to the
    whole walk whatever its scope, but for the scopes `pages` and `page`.  *ended* is
    what ended a stream, in the contract's words.
    """

    more: Reading | None
    next: Reading | None
    empty: bool
    received: int
    number: int
    total: int | None
    ended: str | None = None


_MORE: Mapping[str, str] = {"true": "continue", "false": "end"}
_NEXT: Mapping[str, str] = {"value": "continue", "null": "end"}
_NEXT_BESIDE_MORE: Mapping[str, str] = {"value": "continue"}


def signals(page: PageFacts, received: int) -> Signals:
    """The signals of a *page* that is already kept, *received* items into the walk."""
    return Signals(
        more=page.more,
        next=page.next,
        empty=page.count == 0,
        received=received,
        number=page.number,
        total=page.total,
        ended=page.ended,
    )


def has_channel(walk: WalkKind) -> bool:
    """Say whether the service itself gives the way to continue (a cursor, a URL), so that it can be seen alive."""
    return isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll)


def more_table(walk: WalkKind) -> Mapping[str, str]:
    """Return what each state of the flag means, as the contract says it or by default."""
    return walk.end.more or _MORE


def next_table(walk: WalkKind) -> Mapping[str, str]:
    """Return what each state of the way to continue means; beside a flag only one that is given means something."""
    return walk.end.next or (_NEXT if walk.more is None else _NEXT_BESIDE_MORE)


def _meaning(table: Mapping[str, str], reading: Reading) -> str | None:
    if reading.state is State.VALUE and reading.text is not None and reading.text in table:
        return table[reading.text]
    return table.get(reading.state.value)


def decide(walk: WalkKind, total: Total | None, signals: Signals) -> Decision:
    """Read *signals* by the walk's table."""
    if isinstance(walk, Stream):
        return _by_mark(signals)
    if signals.more is not None:
        return _by_flag(walk, signals, signals.more)
    if signals.empty and walk.end_on_empty is not None:
        return _ends_empty(walk, total, signals)
    if signals.next is not None:
        return _by_cursor(walk, signals.next)
    return _by_count(walk, total, signals)


def _by_mark(signals: Signals) -> Decision:
    if signals.ended is None:
        return Broken("end_marker_missing", "no event ended the stream", "walk.terminal")
    return Ends(Grade.TERMINATED, f"it ended with {signals.ended}")


def _ends_empty(walk: WalkKind, total: Total | None, signals: Signals) -> Decision:
    """Take the licence, or what the service says beside it, whichever is stronger."""
    counts_items = total is not None and total.exact and total.scope not in ("pages", "page")
    if counts_items and signals.total is not None and signals.received < signals.total:
        return Broken("unexpected_empty_page", f"an empty page after {signals.received} of {signals.total} items")
    said = _by_cursor(walk, signals.next) if signals.next is not None else _by_count(walk, total, signals)
    licensed = Ends(Grade.DOCUMENTED_ABSENCE, "an empty page, documented as the end")
    return said if isinstance(said, Ends) and said.grade > licensed.grade else licensed


def _by_flag(walk: WalkKind, signals: Signals, more: Reading) -> Decision:
    match _meaning(more_table(walk), more):
        case "continue":
            return _goes_on(walk, signals)
        case "end" if isinstance(walk, Keyset) and signals.empty and signals.number > 1:
            # Behind the last item there was said to be more, and an empty answer cannot take that back.
            return Broken("unexpected_empty_page", "the page before said that there is more, and nothing came")
        case "end":
            return _flag_ends(walk, signals, more)
        case _:
            return Broken("end_marker_missing", f"the marker is {more.state.value}", str(walk.more))


def _goes_on(walk: WalkKind, signals: Signals) -> Decision:
    if isinstance(walk, Single):
        return Broken("more_without_cursor", "there is more, and the contract knows no way to continue", str(walk.more))
    if signals.next is not None and _meaning(walk.end.next or _NEXT_BESIDE_MORE, signals.next) != "continue":
        return Broken(
            "more_without_cursor", f"there is more, and the cursor is {signals.next.state.value}", _next_place(walk)
        )
    if signals.empty and not has_channel(walk) and not isinstance(walk, Page):
        return Broken("more_without_cursor", "there is more, and the page is empty, so nothing to continue from")
    return GoesOn()


def _flag_ends(walk: WalkKind, signals: Signals, more: Reading) -> Decision:
    cursor = signals.next
    if cursor is not None and _trails(walk, cursor):
        return Broken("cursor_after_end", "the end is marked, and a cursor is given", _next_place(walk))
    if more.state is State.ABSENT:
        return Ends(Grade.DOCUMENTED_ABSENCE, f"{walk.more} is absent, documented as the end")
    return Ends(Grade.TERMINATED, f"{walk.more} says that it is over")


def _trails(walk: WalkKind, cursor: Reading) -> bool:
    """Whether a *cursor* beside the end mark contradicts it."""
    there = cursor.state is State.VALUE and not walk.trailing_cursor
    return there and _meaning(walk.end.next or _NEXT_BESIDE_MORE, cursor) != "end"


def _by_cursor(walk: WalkKind, reading: Reading) -> Decision:
    match _meaning(walk.end.next or _NEXT, reading):
        case "continue":
            return GoesOn()
        case "end" if reading.state is State.ABSENT:
            return Ends(Grade.DOCUMENTED_ABSENCE, f"{_next_place(walk)} is absent, documented as the end")
        case "end":
            return Ends(Grade.TERMINATED, f"{_next_place(walk)} is {reading.state.value}, declared as the end")
        case _:
            return Broken("cursor_missing", f"the cursor is {reading.state.value}", _next_place(walk))


def _by_count(walk: WalkKind, total: Total | None, signals: Signals) -> Decision:
    if total is not None and total.exact and signals.total is not None:
        match total.scope:
            case "walk" | "onward" | "remaining":
                if signals.received >= signals.total:
                    return Ends(Grade.TERMINATED, "as many items came as the total says")
            case "pages":
                if signals.number >= signals.total:
                    return Ends(Grade.TERMINATED, "as many pages came as the service announced")
            case "page":
                pass
    return _uncounted(walk, signals)


def _uncounted(walk: WalkKind, signals: Signals) -> Decision:
    if isinstance(walk, Single):
        licensed = walk.absence is not None
        says = "one answer, documented as unpaged" if licensed else "one answer, and nothing says that it is all"
        return Ends(Grade.DOCUMENTED_ABSENCE if licensed else Grade.NONE, says)
    if signals.empty:
        return Broken("unexpected_empty_page", "the page is empty, and that is not declared as the end")
    return GoesOn()


def _next_place(walk: WalkKind) -> str | None:
    match walk:
        case Cursor() | NextUrl() | Link() | Continue() | Scroll():
            return str(walk.next)
        case _:
            return None
