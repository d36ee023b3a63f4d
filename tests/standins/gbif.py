"""GBIF: offset pages with `count` and `endOfRecords`."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["SEARCH"]

ERROR: Json = {"error": "Internal Server Error", "status": 500}


def _record(index: int) -> Record:
    return {"key": 5_000_000 + index, "scientificName": f"Species {index}", "rank": "SPECIES"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(int(heard.query.get("offset", "0")), int(heard.query.get("limit", "20")))


def _page(turn: Turn) -> Said:
    body: dict[str, Json] = {"offset": turn.start, "limit": turn.size, "endOfRecords": turn.following is None}
    body |= {"count": turn.total, "results": list(turn.items), "facets": []}
    match turn.signal:
        case "missing":
            del body["endOfRecords"], body["count"]
        case "torn":
            body |= {"endOfRecords": False, "results": []}
        case "whole":
            pass
    return said(body)


SEARCH = Shape(record=_record, asked=_asked, page=_page, error=ERROR, addressed=True, largest=300)
