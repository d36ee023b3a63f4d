"""Jira: v3 search by `nextPageToken` (absent on the last page, `isLast` beside it), v2 search by `startAt` and `total`."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["PROJECTS", "V2", "V3"]

ERROR: Json = {"errorMessages": ["Internal server error"], "errors": {}}


def _record(index: int) -> Record:
    return {"id": str(10_000 + index), "key": f"ED-{index + 1}", "fields": {"summary": f"Issue {index + 1}"}}


def _asked_by_token(heard: Heard, _records: Sequence[Record]) -> Asked:
    token = str(heard.body.get("nextPageToken") or heard.query.get("nextPageToken", "CAEaAggB-0"))
    size = heard.body.get("maxResults") or heard.query.get("maxResults", "50")
    return Asked(int(token.removeprefix("CAEaAggB-")), int(str(size)))


def _asked_by_offset(heard: Heard, _records: Sequence[Record]) -> Asked:
    return Asked(int(heard.query.get("startAt", "0")), int(heard.query.get("maxResults", "50")))


def _v3_page(turn: Turn) -> Said:
    body: dict[str, Json] = {"issues": list(turn.items)}
    if turn.signal != "missing":
        body["isLast"] = turn.following is None and turn.signal == "whole"
    if turn.following is not None and turn.signal == "whole":
        body["nextPageToken"] = f"CAEaAggB-{turn.following}"
    return said(body)


def _v2_page(turn: Turn) -> Said:
    body: dict[str, Json] = {"startAt": turn.start, "maxResults": turn.size, "total": turn.total}
    if turn.signal != "whole":
        del body["total"]
    ended = turn.following is None and turn.start + turn.size < turn.total  # no issues is its only way to say the end
    return said({**body, "issues": [] if ended or turn.signal == "torn" else list(turn.items)})


def _projects_page(turn: Turn) -> Said:
    body: dict[str, Json] = {"startAt": turn.start, "maxResults": turn.size, "total": turn.total}
    body |= {"isLast": turn.following is None, "values": list(turn.items)}
    match turn.signal:
        case "missing":
            del body["isLast"]
        case "torn":
            body |= {"isLast": False, "values": []}
        case "whole":
            pass
    return said(body)


V3 = Shape(record=_record, asked=_asked_by_token, page=_v3_page, error=ERROR)
V2 = Shape(record=_record, asked=_asked_by_offset, page=_v2_page, error=ERROR, addressed=True)
PROJECTS = Shape(record=_record, asked=_asked_by_offset, page=_projects_page, error=ERROR, addressed=True, largest=50)
