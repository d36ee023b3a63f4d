"""Europe PMC: `nextCursorMark`, which is the mark that was sent once nothing is left; `hitCount` on every page."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["SEARCH"]

ERROR: Json = {"version": "6.9", "errCode": 500, "errMsg": "Internal error"}


def _record(index: int) -> Record:
    return {"id": str(30_000_000 + index), "source": "MED", "title": f"Article {index}"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    mark = heard.query.get("cursorMark", "*")
    return Asked(0 if mark == "*" else int(mark.removeprefix("AoIIQF-")), int(heard.query.get("pageSize", "25")))


def _page(turn: Turn) -> Said:
    sent = turn.heard.query.get("cursorMark", "*")
    left = turn.following is not None or (bool(turn.items) and turn.start + turn.size >= turn.total)
    ahead = turn.following if turn.following is not None else turn.start + turn.size
    body: dict[str, Json] = {
        "version": "6.9",
        "hitCount": turn.total,
        "nextCursorMark": f"AoIIQF-{ahead}" if left else sent,
    }
    if turn.signal != "whole":
        del body["nextCursorMark"]
    return said({**body, "resultList": {"result": list(turn.items)}})


SEARCH = Shape(record=_record, asked=_asked, page=_page, error=ERROR, largest=1_000)
