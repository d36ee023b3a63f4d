"""GitLab's REST API: offset pages whose next number and total stand in header fields; no total beyond 10,000."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["LIST"]

ERROR: Json = {"message": "500 Internal Server Error"}


def _record(index: int) -> Record:
    return {"id": 90_000 + index, "iid": index + 1, "title": f"Issue {index + 1}", "state": "opened"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    size = min(int(heard.query.get("per_page", "20")), 100)
    return Asked((int(heard.query.get("page", "1")) - 1) * size, size)


def _page(turn: Turn) -> Said:
    number = turn.start // turn.size + 1
    ahead = "" if turn.following is None else str(turn.following // turn.size + 1)
    headers = {"x-page": str(number), "x-per-page": str(turn.size), "x-prev-page": str(number - 1 or "")}
    if turn.signal == "whole":
        headers["x-next-page"] = ahead
    if turn.signal != "missing" and turn.total <= 10_000:
        headers |= {"x-total": str(turn.total), "x-total-pages": str(-(-turn.total // turn.size))}
    return said(list(turn.items), headers=headers)


LIST = Shape(record=_record, asked=_asked, page=_page, error=ERROR)
