"""The lies of the demo's desk: each is what real services have done, written as one function from question to answer.

A lie says what goes over the wire and when; sending it is `desk.py`.  No lie knows who asks: a client that
takes it for the truth, and one that does not, get the same bytes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from .tickets import PAGE, TICKETS, Envelope, Ticket, envelope

__all__ = ["LIES", "Ask", "Lie", "Reply", "reply"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request for a page: the tickets that match, the index where the page begins, and how often it was asked.

    *attempt* counts from 0, for each client, path and page.  *stall* is how long an overloaded desk keeps a client
    waiting, in seconds.
    """

    tickets: Sequence[Ticket]
    start: int
    attempt: int
    stall: float
    now: datetime
    size: int = PAGE

    @property
    def first(self) -> bool:
        """Whether the desk is in its bad moment: every other attempt, so that a recovery can be watched again."""
        return self.attempt % 2 == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The bytes to send after *wait* seconds; *close* ends the connection after them."""

    raw: bytes
    wait: float = 0.0
    close: bool = False


Lie: TypeAlias = Callable[[Ask], Reply]

JSON: Final = "application/json"


def _message(status: str, fields: dict[str, str], content: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("ascii") + content


def reply(page: Envelope, *, status: str = "200 OK", wait: float = 0.0, **fields: str) -> Reply:
    """Answer with *page* as JSON, properly framed; *fields* are further header fields (`retry_after` for Retry-After)."""
    content = json.dumps(page, ensure_ascii=False).encode()
    named = {name.replace("_", "-").title(): value for name, value in fields.items()}
    head = {"Content-Type": JSON, "Content-Length": str(len(content)), **named}
    return Reply(raw=_message(status, head, content), wait=wait)


def _honest(ask: Ask) -> Envelope:
    return envelope(ask.tickets, ask.start, ask.now, size=ask.size)


def _with_meta(ask: Ask, **changes: object) -> Envelope:
    page = _honest(ask)
    return page | {"meta": page["meta"] | changes}


# ------------------------------------------------------------------------- the desk on a good day, and overloaded


def calm(ask: Ask) -> Reply:
    """No lie at all."""
    return reply(_honest(ask))


def _cut_search(ask: Ask) -> Envelope:
    return _honest(ask) | {"tickets": list(ask.tickets[:3]), "meta": {}}


def overload(ask: Ask) -> Reply:
    """The search runs into the desk's own time limit, and what it has by then goes out as a success."""
    if ask.first and ask.start == 0:
        return reply(_cut_search(ask), wait=ask.stall)
    return calm(ask)


def never_recovers(ask: Ask) -> Reply:
    """The same, whenever and however often it is asked."""
    return reply(_cut_search(ask), wait=ask.stall / 8)


def hangs(ask: Ask) -> Reply:
    """The desk keeps the client waiting and then hangs up without a word."""
    return Reply(raw=b"", wait=ask.stall, close=True) if ask.first and ask.start == 0 else calm(ask)


def rate_limited(ask: Ask) -> Reply:
    """Too many requests; come back in a second."""
    if ask.first and ask.start == 0:
        return reply({"error": "rate_limited"}, status="429 Too Many Requests", retry_after="1")
    return calm(ask)


# ------------------------------------------------------------------------------------------ lies about the end


def marker_missing(ask: Ask) -> Reply:
    """The second page comes without the block that says whether there is more."""
    return reply(_honest(ask) | {"meta": {}}) if ask.first and ask.start == 4 else calm(ask)


def early_end(ask: Ask) -> Reply:
    """The first page says that it is the last, beside a count of eleven."""
    return reply(_with_meta(ask, has_more=False, after_cursor=None))


def cursor_loop(ask: Ask) -> Reply:
    """The second page's cursor leads to the second page."""
    return reply(_with_meta(ask, after_cursor="c4")) if ask.start == 4 else calm(ask)


def error_in_success(ask: Ask) -> Reply:
    """The second page is an error, sent as HTTP 200 with an empty list."""
    return reply({"error": "search_timeout", "tickets": []}) if ask.first and ask.start == 4 else calm(ask)


def login_page(ask: Ask) -> Reply:
    """A proxy in between sends its login page, HTTP 200."""
    if not (ask.first and ask.start == 0):
        return calm(ask)
    content = b"<!doctype html><title>Sign in</title><form action=/login method=post></form>"
    head = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content))}
    return Reply(raw=_message("200 OK", head, content))


def partial_content(ask: Ask) -> Reply:
    """The first page is marked as a part, although no part was asked for, and nothing else says so."""
    if not (ask.first and ask.start == 0):
        return calm(ask)
    page = _with_meta(ask, has_more=False, after_cursor=None) | {"count": 4}
    return reply(page, status="206 Partial Content", content_range="tickets 0-3/11")


# ------------------------------------------------------------------------------------ lies about what is in it


def repeated_page(ask: Ask) -> Reply:
    """The second page holds the first page's tickets, so that even the count adds up to eleven."""
    return reply(_honest(ask) | {"tickets": list(ask.tickets[:4])}) if ask.start == 4 else calm(ask)


def lost_page(ask: Ask) -> Reply:
    """The second page is empty, and the cursor goes on."""
    return reply(_honest(ask) | {"tickets": []}) if ask.start == 4 else calm(ask)


def duplicate(ask: Ask) -> Reply:
    """A ticket that was written meanwhile pushes the last one of the first page onto the second."""
    return reply(_honest(ask) | {"tickets": list(ask.tickets[3:8])}) if ask.start == 4 else calm(ask)


def total_drift(ask: Ask) -> Reply:
    """A ticket is deleted during the walk: all that follow move up, and one of them is never seen."""
    if ask.start == 0:
        return calm(ask)
    left = tuple(ask.tickets[:1]) + tuple(ask.tickets[2:])
    return reply(envelope(left, ask.start, ask.now, size=ask.size))


def comments_cut(ask: Ask) -> Reply:
    """Every ticket is there; of the comments, only the first ones."""
    page = _honest(ask)
    cut = [
        ticket | {"comments": ticket["comments"][:1], "comments_cut": len(ticket["comments"]) > 1}
        for ticket in page["tickets"]
    ]
    return reply(page | {"tickets": cut})


def stale(ask: Ask) -> Reply:
    """A cache gives out how things were three days ago, when nothing was solved yet."""
    days = timedelta(days=3)
    page = envelope(
        [ticket | {"status": "open"} for ticket in ask.tickets], ask.start, ask.now, size=ask.size, age=days
    )
    return reply(page, age=str(int(days.total_seconds())))


# ---------------------------------------------------------------------------------------- lies below the content


def gzip_cut(ask: Ask) -> Reply:
    """The content was compressed, cut, and then framed correctly."""
    if not (ask.first and ask.start == 0):
        return calm(ask)
    squeeze = zlib.compressobj(wbits=31)
    whole = squeeze.compress(json.dumps(_honest(ask)).encode()) + squeeze.flush()
    part = whole[: len(whole) // 2]
    head = {"Content-Type": JSON, "Content-Encoding": "gzip", "Content-Length": str(len(part))}
    return Reply(raw=_message("200 OK", head, part))


def body_cut(ask: Ask) -> Reply:
    """The connection ends in the middle of the promised bytes."""
    return Reply(raw=calm(ask).raw[:-200], close=True) if ask.first and ask.start == 0 else calm(ask)


def surplus(ask: Ask) -> Reply:
    """Behind the first page stands an answer to somebody else's question, which the next request will read."""
    if not (ask.first and ask.start == 0):
        return calm(ask)
    others = [{"id": 900 + number, "subject": "Another customer's ticket", "status": "open"} for number in range(2)]
    foreign = {"tickets": others, "count": 2, "meta": {"has_more": False, "after_cursor": None}}
    return Reply(raw=calm(ask).raw + reply(foreign).raw)


LIES: Final[tuple[Lie, ...]] = (
    calm,
    overload,
    hangs,
    rate_limited,
    marker_missing,
    early_end,
    lost_page,
    error_in_success,
    partial_content,
    repeated_page,
    duplicate,
    total_drift,
    comments_cut,
    stale,
    cursor_loop,
    login_page,
    gzip_cut,
    body_cut,
    surplus,
    never_recovers,
)
"""Every lie, in the order in which the demo tells them.  Its function's name is the first part of its path."""

assert len(TICKETS) == 11  # noqa: S101 - several lies are written for eleven tickets
