"""HubSpot CRM: `paging` is absent from the last page; search states `total` and stops at 10,000."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["LIST", "SEARCH"]

ERROR: Json = {
    "status": "error",
    "message": "internal error",
    "correlationId": "a43683b0",
    "category": "INTERNAL_ERROR",
}


def _record(index: int) -> Record:
    return {"id": str(501 + index), "properties": {"email": f"person{index}@example.com"}, "archived": False}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(int(heard.query.get("after", "0")), int(heard.query.get("limit", "10")))


def _asked_by_search(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(int(str(heard.body.get("after") or "0")), int(str(heard.body.get("limit", "10"))))


def _paging(turn: Turn) -> dict[str, Json]:
    if turn.signal == "torn":
        return {"paging": {"next": {"link": "?after="}}}
    if turn.following is None or turn.signal == "missing":
        return {}
    after = str(turn.following)
    return {"paging": {"next": {"after": after, "link": f"{turn.heard.origin}{turn.heard.path}?after={after}"}}}


def _page(turn: Turn) -> Said:
    return said({"results": list(turn.items), **_paging(turn)})


def _search_page(turn: Turn) -> Said:
    if turn.start >= 10_000:
        return said({"status": "error", "category": "VALIDATION_ERROR"}, status=400)
    return said({"total": turn.total, "results": list(turn.items), **_paging(turn)})


LIST = Shape(record=_record, asked=_asked, page=_page, error=ERROR)
SEARCH = Shape(record=_record, asked=_asked_by_search, page=_search_page, error=ERROR, largest=200)
