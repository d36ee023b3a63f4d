"""OpenAlex: `meta.next_cursor` is a cursor on every page that holds records, and null on the empty page behind them."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["LIST"]

ERROR: Json = {"error": "Internal server error", "message": "Something went wrong."}


def _record(index: int) -> Record:
    return {"id": f"https://openalex.org/W{2_000_000 + index}", "display_name": f"Work {index}"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    cursor = heard.query["cursor"]
    return Asked(0 if cursor == "*" else int(cursor.removeprefix("IlsxNjA5-")), int(heard.query.get("per_page", "25")))


def _page(turn: Turn) -> Said:
    ahead = turn.following if turn.following is not None else turn.start + turn.size
    meta: dict[str, Json] = {"count": turn.total, "db_response_time_ms": 12, "page": None, "per_page": turn.size}
    ended = turn.following is None and (not turn.items or turn.start + turn.size < turn.total)
    meta["next_cursor"] = None if ended else f"IlsxNjA5-{ahead}"
    if turn.signal != "whole":
        del meta["next_cursor"]
    return said({"meta": meta, "results": list(turn.items), "group_by": []})


LIST = Shape(record=_record, asked=_asked, page=_page, error=ERROR)
