"""Crossref: a cursor that stays the same while it scrolls, a total on every page, an empty page behind the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["works"]

ERROR: Json = {"status": "failed", "message-type": "exception", "message": {"name": "class java.lang.Exception"}}
CURSOR = "DnF1ZXJ5VGhlbkZldGNoBgAAAAAPJrd"


def _record(index: int) -> Record:
    return {"DOI": f"10.5555/{index:08d}", "title": [f"Work {index}"], "type": "journal-article"}


def _scroll() -> Callable[[Heard, Sequence[Record]], Asked]:
    position = 0

    def asked(heard: Heard, _records: Sequence[Record]) -> Asked:
        nonlocal position  # the place is kept on the server: that is why the cursor may stay the same
        size = int(heard.query.get("rows", "20"))
        start = 0 if heard.query["cursor"] == "*" else position
        position = start + size
        return Asked(start, size)

    return asked


def _page(turn: Turn) -> Said:
    if turn.following is None and turn.start + turn.size < turn.total:
        return _page(replace(turn, items=[], following=turn.total))  # an empty page is its only way to say the end
    query: Json = {"start-index": 0, "search-terms": None}
    message: dict[str, Json] = {"facets": {}, "next-cursor": CURSOR, "total-results": turn.total}
    message |= {"items": list(turn.items), "items-per-page": turn.size, "query": query}
    if turn.signal != "whole":
        del message["next-cursor"]
    return said({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": message})


def works() -> Shape:
    """Make the shape anew: it remembers where its scroll stands."""
    return Shape(record=_record, asked=_scroll(), page=_page, error=ERROR, addressed=True, largest=1_000)


WORK: dict[str, Json] = {"status": "ok", "message-type": "work", "message": {"DOI": "10.5555/12345678"}}
