"""Zendesk Support, as its API reference shows it: cursor pagination where `page[size]` is sent, offset pagination otherwise.

Tickets, users and comments speak alike; search always speaks in offset pages and stops at 1,000.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["COMMENTS", "SEARCH", "TICKETS", "USERS"]

ERROR: Json = {"error": "InternalError", "description": "An unexpected error occurred"}


def _record(kind: str) -> Callable[[int], Record]:
    def record(index: int) -> Record:
        return {"id": 35_436 + index, "url": f"https://acme.zendesk.com/api/v2/{kind}/{35_436 + index}.json"}

    return record


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    if "page[size]" not in heard.query:
        return _asked_by_page(heard, _records)
    after = heard.query.get("page[after]", "cursor-0")
    return Asked(int(after.removeprefix("cursor-")), int(heard.query["page[size]"]))


def _asked_by_page(heard: Heard, _records: Sequence[Record]) -> Asked:
    size = min(int(heard.query.get("per_page", "100")), 100)
    return Asked((int(heard.query.get("page", "1")) - 1) * size, size)


def _page(kind: str) -> Callable[[Turn], Said]:
    def page(turn: Turn) -> Said:
        if "page[size]" not in turn.heard.query:
            return _offset_page(kind, turn)
        empty = not turn.items and turn.following is None
        ahead = turn.following if turn.following is not None else turn.start + len(turn.items)
        url = f"{turn.heard.origin}{turn.heard.path}?page%5Bsize%5D={turn.size}&page%5Bafter%5D=cursor-{ahead}"
        meta: dict[str, Json] = {
            "has_more": turn.following is not None,
            "after_cursor": None if empty else f"cursor-{ahead}",
        }
        meta["before_cursor"] = None if empty else f"cursor-{turn.start}"
        links: dict[str, Json] = {"prev": None, "next": None if empty else url}
        match turn.signal:
            case "missing":
                return said({kind: list(turn.items), "meta": {}, "links": {}})
            case "torn":
                return said({kind: list(turn.items), "meta": {"has_more": True}, "links": {"prev": None}})
            case "whole":
                return said({kind: list(turn.items), "meta": meta, "links": links})

    return page


def _offset_page(kind: str, turn: Turn) -> Said:
    number = turn.start // turn.size + 1
    rest = {name: value for name, value in turn.heard.query.items() if name not in ("page", "per_page")}
    url = f"{turn.heard.origin}{turn.heard.path}?{urlencode({**rest, 'per_page': turn.size})}&page="
    ahead = None if turn.following is None else turn.following // turn.size + 1
    body: dict[str, Json] = {kind: list(turn.items), "count": turn.total}
    body["next_page"] = None if ahead is None or turn.signal == "torn" else f"{url}{ahead}"
    body["previous_page"] = None if number == 1 else f"{url}{number - 1}"
    if turn.signal == "missing":
        del body["next_page"]
    return said(body)


def _search_page(turn: Turn) -> Said:
    if turn.start >= 1_000:
        return said(
            {"error": "invalid", "description": "Invalid search: Requested response size is too large"}, status=422
        )
    return _offset_page("results", turn)


def _cursored(kind: str) -> Shape:
    return Shape(record=_record(kind), asked=_asked, page=_page(kind), error=ERROR)


TICKETS = _cursored("tickets")
USERS = _cursored("users")
COMMENTS = _cursored("comments")
SEARCH = Shape(record=_record("tickets"), asked=_asked_by_page, page=_search_page, error=ERROR)
