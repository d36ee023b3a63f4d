"""Hacker News by Algolia: page numbers from 0, `nbHits` and whether it is exact, nothing behind 1,000 hits."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["SEARCH"]

ERROR: Json = {"message": "Internal error", "status": 500}


def _record(index: int) -> Record:
    return {"objectID": str(40_000_000 - index), "title": f"Story {index}", "_tags": ["story"]}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    size = int(heard.query.get("hitsPerPage", "20"))
    return Asked(int(heard.query.get("page", "0")) * size, size)


def _page(turn: Turn) -> Said:
    pages = -(-min(turn.total, 1_000) // turn.size)
    number = turn.start // turn.size
    body: dict[str, Json] = {
        "exhaustive": {"nbHits": True, "typo": True},
        "exhaustiveNbHits": True,
        "exhaustiveTypo": True,
    }
    items = list(turn.items) if turn.start < 1_000 else []
    body |= {"hits": items, "hitsPerPage": turn.size, "nbHits": turn.total, "page": number}
    body["nbPages"] = number + 1 if turn.following is None else pages
    body |= {"params": "advancedSyntax=true", "processingTimeMS": 4, "query": turn.heard.query.get("query", "")}
    match turn.signal:
        case "missing":
            del body["nbHits"], body["nbPages"]
        case "torn":
            body |= {"hits": []}
        case "whole":
            pass
    return said(body)


SEARCH = Shape(record=_record, asked=_asked, page=_page, error=ERROR, addressed=True, largest=1_000)
