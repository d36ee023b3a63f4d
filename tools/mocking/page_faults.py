"""Lies about a list: where it ends, how to go on, what is in it, and how many there are.

Each bends a turn before it is said, so that everything else on the page stays as a sound service has it.
"""

from __future__ import annotations

from dataclasses import replace

from ...schemas.expectation import Items
from ...schemas.location import steps_of
from ...schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Offset, Page, Scroll
from ...schemas.wire import Json
from .plain import Ask, say
from .sheet import laid
from .stock import far_away
from .wire import Said

__all__ = [
    "behind",
    "changed_midway",
    "cursor_loop",
    "cursor_missing",
    "cursor_null",
    "early_end",
    "items_duplicated",
    "items_lost",
    "late_end",
    "low_scores",
    "nested_cut",
    "page_empty",
    "page_lost",
    "page_repeated",
    "stale",
    "total_missing",
    "total_off",
]

_OLD = 3 * 86_400.0  # seconds


def _leads_on(ask: Ask) -> bool:
    """Whether the service itself gives the way to the next page."""
    return isinstance(ask.contract.walk, Cursor | NextUrl | Link | Continue | Scroll)


def _middle(ask: Ask) -> bool:
    """Whether this is a page behind the first, with items on it."""
    return ask.kind == "page" and ask.turn.start > 0 and bool(ask.turn.items)


def cursor_missing(ask: Ask) -> Said | None:
    """The way to the next page is left out, although there is one."""
    if not _leads_on(ask) or ask.kind != "page" or ask.turn.following is None:
        return None
    return say(ask, replace(ask.turn, signal="missing"))


def cursor_null(ask: Ask) -> Said | None:
    """The way to the next page is null, although there is one."""
    walk = ask.contract.walk
    if not isinstance(walk, Cursor | NextUrl | Continue | Scroll) or walk.next.source != "body":
        return None
    return None if ask.kind != "page" or ask.turn.following is None else say(ask, replace(ask.turn, signal="null"))


def cursor_loop(ask: Ask) -> Said | None:
    """The way to the next page leads to the same page again."""
    if not _leads_on(ask) or ask.kind != "page" or ask.turn.following is None:
        return None
    return say(ask, replace(ask.turn, signal="same"))


def page_repeated(ask: Ask) -> Said | None:
    """Every later page holds the items of the first."""
    return say(ask, replace(ask.turn, items=ask.held[: len(ask.turn.items)])) if _middle(ask) else None


def page_lost(ask: Ask) -> Said | None:
    """The second page is left out, and the walk goes on behind it; the total stays."""
    turn, there = ask.turn, len(ask.stock.items)
    if ask.kind != "page" or there <= 2 * turn.size or turn.size == 0:
        return None
    if _leads_on(ask):
        return say(ask, replace(turn, following=2 * turn.size)) if turn.start == 0 and turn.following else None
    walk = ask.contract.walk
    shifted = turn.start == turn.size if isinstance(walk, Keyset) else turn.start >= turn.size
    if not shifted or not isinstance(walk, Keyset | Offset | Page):
        return None
    start = turn.start + turn.size
    items = ask.held[start : start + turn.size]
    behind_it = start + len(items)
    return say(ask, replace(turn, items=items, following=behind_it if behind_it < there else None))


def page_empty(ask: Ask) -> Said | None:
    """Every later page holds no items, and the walk goes on behind it."""
    return say(ask, replace(ask.turn, items=())) if _middle(ask) else None


def items_lost(ask: Ask) -> Said | None:
    """On every later page one item is missing; the total stays."""
    items = ask.turn.items
    return say(ask, replace(ask.turn, items=(*items[:1], *items[2:]))) if _middle(ask) and len(items) > 1 else None


def items_duplicated(ask: Ask) -> Said | None:
    """Every later page begins with the last item of the page before it, in the place of its own first."""
    before = ask.held[ask.turn.start - 1 : ask.turn.start]
    return say(ask, replace(ask.turn, items=(*before, *ask.turn.items[1:]))) if _middle(ask) else None


def early_end(ask: Ask) -> Said | None:
    """The first page says that it is the last; the total stays."""
    told = ask.contract.walk.more is not None or _leads_on(ask)
    if ask.kind != "page" or not told or ask.turn.following is None or ask.turn.start > 0:
        return None
    return say(ask, replace(ask.turn, following=None))


def late_end(ask: Ask) -> Said | None:
    """The last page says that there is more, and behind it there is nothing."""
    told = ask.contract.walk.more is not None or _leads_on(ask)
    if ask.kind != "page" or not told or ask.turn.following is not None or not ask.turn.items:
        return None
    return say(ask, replace(ask.turn, following=len(ask.stock.items)))


def _counts(ask: Ask) -> bool:
    """Whether this answer says how many there are."""
    total, purpose = ask.contract.complete.total, ask.match.route.purpose
    listed = ask.kind in ("page", "stream") and total is not None
    return listed or purpose == "census" or any(one.route.purpose == "census" for one in ask.beside)


def total_off(ask: Ask) -> Said | None:
    """The total is one too high."""
    return say(ask, replace(ask.turn, off=1)) if _counts(ask) else None


def total_missing(ask: Ask) -> Said | None:
    """The total is left out."""
    return say(ask, replace(ask.turn, uncounted=True)) if _counts(ask) else None


# --------------------------------------------------------------------------------- what an answer is worth


def stale(ask: Ask) -> Said | None:
    """A cache gives out how things were three days ago."""
    fresh = ask.contract.complete.fresh
    return say(ask, replace(ask.turn, age=_OLD if fresh is None else max(_OLD, 2 * fresh.max_age)))


def low_scores(ask: Ask) -> Said | None:
    """Nothing that came is near to what was asked."""
    if ask.contract.complete.gate is None or ask.kind != "page" or not ask.turn.items:
        return None
    return say(ask, replace(ask.turn, items=tuple(far_away(ask.contract, item) for item in ask.turn.items)))


def behind(ask: Ask) -> Said | None:
    """The service answers from a state before the write that must be seen."""
    return None if ask.contract.complete.lsn is None else say(ask, replace(ask.turn, revision=1))


def changed_midway(ask: Ask) -> Said | None:
    """The collection changes during the walk, and its revision says so."""
    if not ask.contract.walk.stable or not _middle(ask):
        return None
    return say(ask, replace(ask.turn, revision=ask.turn.start))


def nested_cut(ask: Ask) -> Said | None:
    """A list inside an item is cut, and says so."""
    rule = next(iter(ask.contract.response.nested), None)
    inside = f"{(ask.contract.response.items or Items()).at}/*"
    if rule is None or ask.kind != "page" or not ask.turn.items or not rule.at.path.startswith(inside):
        return None
    wrong: Json = not rule.must if isinstance(rule.must, bool) else None
    first = laid(ask.turn.items[0], steps_of(rule.at.path.removeprefix(inside)), wrong)
    return say(ask, replace(ask.turn, items=(first, *ask.turn.items[1:])))
