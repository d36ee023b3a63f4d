"""Which lists in an answer may be a part: beside them stands a count, a flag, or a way to the rest.

Says only that there is a sign; what it means, and whether the list is what the answer is about, is for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..walk_names import DONE, MORE, NEXT, NEXT_LINKS, PAGES, PAGING, SIDE_LISTS, TOTALS, folded
from .naming import snake
from .outline import Member

__all__ = ["parted"]

_COUNTING: Final = frozenset({"total", "count", "counts", "num", "remaining"})
_ONWARD: Final = frozenset({"next", "cursor", "more", "continuation", "marker", "truncated", "incomplete", "partial"})
_CUT: Final = frozenset({"truncated", "incomplete", "partial", "incompleteresults", "more", "count"})
_PAGED: Final = frozenset(
    {"nextpage", "nextoffset", "perpage", "pagesize", "itemsperpage", "currentpage", "pagenumber"}
)
_KNOWN: Final = NEXT | NEXT_LINKS | MORE | DONE | PAGES | TOTALS | _CUT | _PAGED


def parted(answer: Sequence[Member]) -> Iterator[tuple[Member, Member]]:
    """Find each list in *answer* that may be a part, with the first member beside it that says so."""
    for listed in answer:
        if listed.way and "array" in listed.types:
            sign = next((one for one in answer if _is_beside(one, listed) and _says_more(one, listed)), None)
            if sign is not None:
                yield listed, sign


def _is_beside(one: Member, listed: Member) -> bool:
    """Whether they are members of one object, or of one and an object in it that speaks of pages."""
    if one is listed or not one.way or "array" in one.types:
        return False
    home = listed.way[:-1]
    return one.way[:-1] == home or (one.way[:-2] == home and len(one.way) > 1 and folded(one.way[-2]) in PAGING)


def _says_more(one: Member, listed: Member) -> bool:
    """Whether *one* counts *listed*, or leads on: by a name that is known for it, or by one made of the list's own."""
    name = folded(one.name)
    if name in _KNOWN or (name == "next" and "string" in one.types):
        return folded(listed.name) not in SIDE_LISTS and not _may_be_money(one)
    words = frozenset(snake(one.name).split("_"))
    return bool(words & (_COUNTING | _ONWARD)) and _names(words, listed)


def _may_be_money(one: Member) -> bool:
    """A bare `total` is a count only where it is whole: `total: 12.50` stands beside the lines of an invoice."""
    return folded(one.name) == "total" and not one.types & {"integer", "object"}


def _names(words: frozenset[str], listed: Member) -> bool:
    own = snake(listed.name).split("_")[-1]
    return bool(words & {own, own.removesuffix("s"), f"{own.removesuffix('ies')}y" if own.endswith("ies") else own})
