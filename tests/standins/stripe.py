"""Stripe: a keyset, newest first; `has_more` stands in every list, a total in none."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["LIST"]

ERROR: Json = {"error": {"type": "api_error", "message": "An error occurred while processing your request."}}


def _record(index: int) -> Record:
    return {"id": f"cus_{99_999 - index:05d}", "object": "customer", "created": 1_700_000_000 - index}


def _asked(heard: Heard, records: Sequence[Record]) -> Asked:
    after = heard.query.get("starting_after")
    start = 0 if after is None else 1 + next(i for i, record in enumerate(records) if record["id"] == after)
    return Asked(start, min(int(heard.query.get("limit", "10")), 100))


def _page(turn: Turn) -> Said:
    body: dict[str, Json] = {"object": "list", "url": turn.heard.path, "has_more": turn.following is not None}
    body["data"] = list(turn.items)
    match turn.signal:
        case "missing":
            del body["has_more"]
        case "torn":  # the continuation of a keyset is the last record, so a page without records tears it
            body |= {"has_more": True, "data": []}
        case "whole":
            pass
    return said(body)


LIST = Shape(record=_record, asked=_asked, page=_page, error=ERROR, addressed=True)
