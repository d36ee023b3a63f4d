"""How a walk goes on: from a page that is known to be sound, the position of the next one.

One function a kind, gathered in `following`.  A position is how to ask and a key to recognise it by; loops are found by
the set of keys.  What the end looks like is not known here (`validators/ending.py`).  No I/O.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never
from urllib.parse import quote, urljoin, urlsplit

from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Offset, Page, Scroll, Single, Step, Stream, WalkKind
from ..schemas.wire import Json, State
from ..validators.reading import Found, Message, at, read
from .draft import Draft, follow, lay

__all__ = ["Position", "Walked", "ask", "first", "following", "numbered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How to ask for a page: values to lay over the tool's request, a URL to follow, or a request of its own."""

    key: str
    changes: tuple[tuple[Location, Json], ...] = ()
    url: str | None = None
    step: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """Where a walk stands after one more page: its *message*, its *items*, and how much came in all.

    *url* is the one that the page was asked at; *received* counts items and *number* counts pages, this one included.
    """

    message: Message
    items: list[Json]
    url: str
    received: int
    number: int


Next: TypeAlias = Position | Finding | None


def first(walk: WalkKind) -> tuple[tuple[Location, Json], ...]:
    """What the first page is asked with, beyond the tool's own request."""
    sized = () if walk.page_size is None else ((walk.page_size.send, _asked(walk)),)
    match walk:
        case Offset() | Page():
            return (*sized, (walk.send, walk.start))
        case _:
            return sized


def _asked(walk: WalkKind) -> int:
    size = walk.page_size
    return 0 if size is None else size.ask if size.max is None else min(size.ask, size.max)


def ask(draft: Draft, position: Position | None) -> Draft:
    """Write the request for *position*; the first page (None) is *draft* itself."""
    if position is None:
        return draft
    if position.step is not None:
        draft = stepped(draft, position.step)
    if position.url is not None:
        draft = follow(draft, position.url)
    for target, value in position.changes:
        draft = lay(draft, target, value)
    return draft


def stepped(draft: Draft, step: Step) -> Draft:
    """Write a walk's own request (open, continue, close), already bound to absolute URL and arguments."""
    query = tuple((name, value if isinstance(value, str) else json.dumps(value)) for name, value in step.query.items())
    return replace(
        draft,
        method=step.method,
        url=step.url,
        query=query,
        headers=draft.headers + tuple((name.lower(), value) for name, value in step.headers.items()),
        body=step.body,
        has_body=step.body is not None,
        form=None,
        raw=None,
        strict=(),
    )


def following(walk: WalkKind, walked: Walked) -> Next:
    """Find the position behind *walked*; None where this page gives none, a finding where it gives a wrong one."""
    match walk:
        case Single() | Stream():
            return None
        case Cursor():
            return _by_cursor(walk, read(walked.message, walk.next))
        case NextUrl() | Link():
            return _by_url(read(walked.message, walk.next), walked.url)
        case Keyset():
            return _by_key(walk, walked)
        case Offset():
            return numbered(walk, walk.start + walked.received)
        case Page():
            return numbered(walk, walk.start + walked.number)
        case Continue():
            return _by_object(walk, read(walked.message, walk.next))
        case Scroll():
            return _by_scroll(walk, read(walked.message, walk.next), walked.number)
        case _:
            assert_never(walk)


def _key(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _usable(found: Found) -> bool:
    return found.state in (State.VALUE, State.TRUE)


def _by_cursor(walk: Cursor, found: Found) -> Next:
    return Position(key=_key(found.value), changes=((walk.send, found.value),)) if _usable(found) else None


_URL = "%/:=&?~#+!$,;'@()*[]"  # RFC 3986, 2: what may stand in a URL as it is; the rest some services forget to encode


def _by_url(found: Found, base: str) -> Next:
    if not _usable(found):
        return None
    if not isinstance(found.value, str):
        return Finding(code="foreign_url", message="the next URL is not a string", have=type(found.value).__name__)
    url = quote(urljoin(base, found.value), safe=_URL)
    here, there = urlsplit(base), urlsplit(url)
    if (here.scheme, here.netloc.lower()) != (there.scheme, there.netloc.lower()):
        return Finding(code="foreign_url", message="the next URL leads to another origin")
    return Position(key=url, url=url)


def _by_key(walk: Keyset, walked: Walked) -> Next:
    if not walked.items:
        return None
    found = at(walked.items[-1], walk.key)
    if found.state in (State.ABSENT, State.NULL, State.EMPTY):
        return Finding(
            code="id_missing",
            message="the last item has no key to continue from",
            where=f"item:{walk.key}",
            have=found.state.value,
        )
    return Position(key=_key(found.value), changes=((walk.send, found.value),))


def numbered(walk: Offset | Page, number: int) -> Position:
    """The position of a page that can be addressed up front."""
    return Position(key=str(number), changes=((walk.send, number),))


def _by_object(walk: Continue, found: Found) -> Next:
    if not _usable(found):
        return None
    if not isinstance(found.value, dict):
        return Finding(code="cursor_missing", message="the continuation is not an object", where=str(walk.next))
    place = "" if walk.send == "query" else "/"
    changes = tuple((Location(walk.send, place + name), value) for name, value in found.value.items())
    return Position(key=_key(found.value), changes=changes)


def _by_scroll(walk: Scroll, found: Found, number: int) -> Next:
    if not _usable(found):
        return None
    # The id may legally stay the same from page to page, so the key counts the pages too.
    return Position(key=f"{number} {_key(found.value)}", changes=((walk.send, found.value),), step=walk.step)
