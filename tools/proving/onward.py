"""What beside the items says that there is another page: a flag that the contract declares, or what has a name that APIs give to such.

Whether the contract reads it or not; the items themselves are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from ...schemas.completeness import Completeness
from ...schemas.contract import Contract
from ...schemas.location import Location, steps_of
from ...schemas.verdict import Finding
from ...schemas.wire import Json, State
from ...validators.ending import Broken, Decision, Ends, GoesOn, decide, has_channel
from ...validators.reading import ABSENT, is_chosen, of_fields, read
from ..looking import signals_of
from ..progress import Progress
from ..shapes import is_list, is_object
from ..walk_names import DONE, LINKS, MORE, NEXT, NEXT_IN, NEXT_LINKS, PAGES, PAGING, folded
from .envelope import beside
from .shaping import named
from .trial import Sheet

__all__ = ["sign_of_another_page"]

_MORE: Final = MORE | {"more", "truncated"}
_DONE: Final = DONE | {"last", "lastpage", "done"}
_OF_THE_LAST_ITEM: Final = frozenset({"endcursor", "aftercursor", "iterator"})
"""Cursors that stand on the last page, too; so does `cursors.after`."""
_NEXT: Final = (NEXT | NEXT_LINKS | {"nextpage", "nextoffset", "nextskip"}) - _OF_THE_LAST_ITEM
_NEXT_IN: Final = NEXT_IN - {("cursors", "after")}
_WAYS: Final = frozenset({"href", "url", "uri", "link", "after", "cursor", "page", "number", "offset", "token"})
"""What leads on in an object that is called `next`."""
_RELATIONS: Final = ("rel", "relation")
_PREFIX: Final = re.compile(r"\Ax?(wp|paging|pagination)?")
"""What header fields put before such a name."""
_YES: Final = frozenset({"true", "yes", "y"})
_NO: Final = frozenset({"false", "no", "n"})


@dataclass(frozen=True, slots=True)
class _Member:
    """What stands at *place*, in steps whose names are folded (*way*); *beside*: in the object that holds the items."""

    place: Location
    way: tuple[str, ...]
    beside: bool
    value: Json

    @property
    def name(self) -> str:
        return self.way[-1]


def sign_of_another_page(sheet: Sheet, contract: Contract) -> str | None:
    """Say what beside the items of *sheet* says that there is another page; None where nothing does.

    A cursor may stand beside the end, so that none counts where a flag says that it is over.
    """
    declared = _declared(sheet, contract)
    if isinstance(declared, GoesOn) or (isinstance(declared, Broken) and declared.code == "more_without_cursor"):
        return f"{contract.walk.more or 'the continuation'} says that there is more"
    if read(sheet.message, Location("link", "next")).state is State.VALUE:
        return "the Link header names a next page"
    members = [*_members(sheet, contract), *_fields(sheet)]
    signs = [*_flags(members), *_pages(members, sheet.count)]
    over = contract.walk.more is not None and isinstance(declared, Ends)
    if not over and not any(_says(member, more=_NO, done=_YES) for member in members):
        signs += [(member.place, "leads to a next page") for member in members if _leads_on(member)]
    return next((f"{named(place, [sheet], contract)} {says}" for place, says in signs), None)


def _declared(sheet: Sheet, contract: Contract) -> Decision | None:
    """What the flag or the continuation that the contract declares says, by its own table; None where it declares neither."""
    shown = signals_of(replace(contract, complete=Completeness()), sheet.message, Progress(), count=sheet.count)
    if (contract.walk.more is None and not has_channel(contract.walk)) or isinstance(shown, Finding):
        return None
    return decide(contract.walk, None, shown)


def _members(sheet: Sheet, contract: Contract) -> Iterator[_Member]:
    items, body = contract.response.items, sheet.message.body
    listed = "" if items is None else items.at
    for place, value in () if body is ABSENT else beside(body.value, listed):
        if place:
            way = tuple(map(folded, steps_of(place)))
            around = place.rpartition("/")[0] == listed.rpartition("/")[0]
            yield _Member(Location("body", place), way, around, value)


def _fields(sheet: Sheet) -> Iterator[_Member]:
    for place, value in of_fields(sheet.message.response.headers):
        steps = (place.path, *steps_of(place.inside or ""))
        yield _Member(place, tuple(_PREFIX.sub("", folded(step)) for step in steps), False, value)


def _flags(members: list[_Member]) -> Iterator[tuple[Location, str]]:
    for member in members:
        if _says(member, more=_YES, done=_NO):
            yield member.place, f"is {str(member.value).lower()}"


def _says(member: _Member, *, more: frozenset[str], done: frozenset[str]) -> bool:
    """Whether *member* is a flag for more that reads as one of *more*, or one for the end that reads as one of *done*."""
    words = (more if member.name in _MORE else frozenset[str]()) | (done if member.name in _DONE else frozenset[str]())
    return isinstance(member.value, bool | str) and str(member.value).lower() in words


def _pages(members: list[_Member], count: int) -> Iterator[tuple[Location, str]]:
    for member in members:
        number = _number(member.value)
        of_this_page = member.name == "pagecount" and number == count
        if member.name in PAGES and number > 1 and not of_this_page:
            yield member.place, f"says {number}"


def _number(value: Json) -> int:
    if isinstance(value, str):
        return int(value) if re.fullmatch(r"[0-9]{1,9}", value) else 0
    return value if isinstance(value, int) else 0


def _leads_on(member: _Member) -> bool:
    """Whether this is the way to the next page: by its own name, or by that of the object that it is in."""
    if member.name in LINKS and is_list(member.value):
        return _holds_next(member.value)
    *home, name = member.way
    if not _is_given(member.value):
        return False
    if name in _NEXT or tuple(member.way[-2:]) in _NEXT_IN:
        return True
    if home and name in _WAYS and (home[-1] == "next" or home[-1] in _NEXT):
        *home, name = home
    speaks_of_pages = not home or home[-1] in PAGING or member.beside
    return name in _NEXT or (name == "next" and speaks_of_pages)


def _holds_next(links: list[Json]) -> bool:
    """Whether one of several links is that of the next page."""
    following = [link for link in links if any(is_chosen(link, word, "next") for word in _RELATIONS)]
    return any(_is_given(link.get(way)) for link in following if is_object(link) for way in _WAYS)


def _is_given(value: object) -> bool:
    """Whether *value* is a text or a number, and not one that stands for none."""
    return isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip() not in ("", "0", "-1")
