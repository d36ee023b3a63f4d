"""GitHub's REST API: issues by an opaque cursor in the Link header, other lists by page number with `rel="last"`, search.

The issues of a repository come with `rel="next"` alone; pulls and releases still name their last page.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["ISSUES", "PAGED", "SEARCH"]

ERROR: Json = {"message": "Server Error", "documentation_url": "https://docs.github.com/rest", "status": "500"}


def _record(index: int) -> Record:
    return {"id": 1_000 + index, "node_id": f"I_kwDO{index:06d}", "number": index + 1, "title": f"Issue {index + 1}"}


def _size(heard: Heard) -> int:
    return min(int(heard.query.get("per_page", "30")), 100)


def _asked_by_cursor(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(int(heard.query.get("after", "cursor-0").removeprefix("cursor-")), _size(heard))


def _asked_by_page(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked((int(heard.query.get("page", "1")) - 1) * _size(heard), _size(heard))


def _relation(turn: Turn, name: str, **changes: str | int) -> str:
    query = urlencode({**turn.heard.query, **changes})
    return f'<{turn.heard.origin}/repositories/1300192{turn.heard.path.removeprefix("/repos/octocat/hello")}?{query}>; rel="{name}"'


def _linked(turn: Turn, value: Json, relations: list[str]) -> Said:
    return said(value, headers={"link": ", ".join(relations)} if relations else None)


def _issues_page(turn: Turn) -> Said:
    number = turn.start // turn.size + 1
    relations = [_relation(turn, "prev", before=f"cursor-{turn.start}", page=number - 1)] if turn.start else []
    if turn.following is not None and turn.signal == "whole":
        relations.insert(0, _relation(turn, "next", after=f"cursor-{turn.following}", page=number + 1))
    if turn.signal == "torn":
        relations.append(_relation(turn, "last", page=number + 1))
    return _linked(turn, list(turn.items), relations)


def _numbered(turn: Turn) -> list[str]:
    number, last = turn.start // turn.size + 1, -(-turn.total // turn.size)
    relations = [_relation(turn, "prev", page=number - 1)] if number > 1 else []
    if turn.signal == "missing" or last <= 1:
        return []
    if turn.following is not None and turn.signal == "whole":
        relations.append(_relation(turn, "next", page=turn.following // turn.size + 1))
    if number < last:
        relations.append(_relation(turn, "last", page=last))
    return [*relations, *([_relation(turn, "first", page=1)] if number > 1 else [])]


def _paged(turn: Turn) -> Said:
    return _linked(turn, list(turn.items), _numbered(turn))


def _search_page(turn: Turn) -> Said:
    if turn.start >= 1_000:
        return said({"message": "Only the first 1000 search results are available"}, status=422)
    body: dict[str, Json] = {"total_count": turn.total, "incomplete_results": False, "items": list(turn.items)}
    if turn.signal != "whole":
        body["incomplete_results"] = True  # what GitHub says when a search ran out of time
    return _linked(turn, body, _numbered(turn))


def _count(heard: Heard, records: Sequence[Record]) -> Said | None:
    whole = heard.path == "/repos/octocat/hello"
    return said({"id": 1300192, "full_name": "octocat/hello", "open_issues_count": len(records)}) if whole else None


ISSUES = Shape(record=_record, asked=_asked_by_cursor, page=_issues_page, error=ERROR, aside=_count)
PAGED = Shape(record=_record, asked=_asked_by_page, page=_paged, error=ERROR)
SEARCH = Shape(record=_record, asked=_asked_by_page, page=_search_page, error=ERROR, addressed=True)
