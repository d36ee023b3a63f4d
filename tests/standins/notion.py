"""Notion: POST with `start_cursor`; `has_more` false and `next_cursor` null at the end; GET with the same words in the query."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["LIST"]

ERROR: Json = {
    "object": "error",
    "status": 500,
    "code": "internal_server_error",
    "message": "Unexpected error occurred.",
}


def _record(index: int) -> Record:
    return {"object": "page", "id": f"59833787-2cf9-4fdf-8782-{index:012d}"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    sent = {**heard.query, **heard.body}
    cursor = str(sent.get("start_cursor", "fe2cc560-0"))
    return Asked(int(cursor.removeprefix("fe2cc560-")), int(str(sent.get("page_size", "100"))))


def _page(turn: Turn) -> Said:
    body: dict[str, Json] = {"object": "list", "results": list(turn.items), "type": "page_or_data_source"}
    body["has_more"] = turn.following is not None
    body["next_cursor"] = None if turn.following is None else f"fe2cc560-{turn.following}"
    match turn.signal:
        case "missing":
            del body["has_more"], body["next_cursor"]
        case "torn":
            body["has_more"] = True
            del body["next_cursor"]
        case "whole":
            pass
    return said(body)


LIST = Shape(record=_record, asked=_asked, page=_page, error=ERROR)
