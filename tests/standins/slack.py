"""Slack's Web API: `ok` in every body, `response_metadata.next_cursor` that is "" at the end, no total anywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["CHANNELS", "HISTORY", "MEMBERS"]

ERROR: Json = {"ok": False, "error": "internal_error"}


def _record(index: int) -> Record:
    return {"id": f"C{index:08d}", "ts": f"1700000000.{index:06d}", "name": f"channel-{index}"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    cursor = heard.query.get("cursor", "") or "dGVhbQ-0"
    return Asked(int(cursor.removeprefix("dGVhbQ-")), int(heard.query.get("limit", "100")))


def _page(kind: str) -> Callable[[Turn], Said]:
    def page(turn: Turn) -> Said:
        body: dict[str, Json] = {"ok": True, kind: list(turn.items)}
        cursor = "" if turn.following is None else f"dGVhbQ-{turn.following}"
        match turn.signal:
            case "missing":
                pass
            case "torn":
                body |= {"has_more": True, "response_metadata": {}}
            case "whole":
                body["response_metadata"] = {"next_cursor": cursor}
        return said(body)

    return page


def _history_page(turn: Turn) -> Said:
    # conversations.history says `has_more` too, and leaves `response_metadata` out of the last page
    body: dict[str, Json] = {"ok": True, "messages": list(turn.items), "pin_count": 0}
    if turn.signal != "missing":
        body["has_more"] = turn.following is not None or turn.signal == "torn"
    if turn.following is not None and turn.signal == "whole":
        body["response_metadata"] = {"next_cursor": f"dGVhbQ-{turn.following}"}
    return said(body)


CHANNELS = Shape(record=_record, asked=_asked, page=_page("channels"), error=ERROR, largest=999)
MEMBERS = Shape(record=_record, asked=_asked, page=_page("members"), error=ERROR, largest=999)
HISTORY = Shape(record=_record, asked=_asked, page=_history_page, error=ERROR, largest=999)
