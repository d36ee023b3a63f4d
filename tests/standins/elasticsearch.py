"""Elasticsearch: a point in time, `search_after`, an exact total if asked for, shard counts; an expired snapshot is a 404."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["EXPIRED", "SEARCH"]

ERROR: Json = {"error": {"type": "search_phase_execution_exception", "reason": "all shards failed"}, "status": 503}
_CAUSE: Json = {"type": "search_context_missing_exception", "reason": "No search context found for id [462]"}
EXPIRED: Json = {
    "error": {"root_cause": [_CAUSE], "type": "search_phase_execution_exception", "reason": "all shards failed"},
    "status": 404,
}
PIT = "46ToAwMDaWR5BXV1aWQyKwZub2RlXzMAAAAAAAAAACoBYwADaWR4"


def _record(index: int) -> Record:
    source: Json = {"message": f"event {index}"}
    return {"_index": "logs", "_id": f"doc-{index}", "_score": None, "_source": source, "sort": [index]}


def _aside(heard: Heard, _records: Sequence[Record]) -> Said | None:
    if heard.path.endswith("/_pit"):
        return said({"succeeded": True, "num_freed": 1}) if heard.method == "DELETE" else said({"id": PIT})
    pit = heard.body.get("pit")
    if not (isinstance(pit, dict) and pit.get("id") == PIT):
        return said(EXPIRED, status=404)
    return None


def _asked(heard: Heard, records: Sequence[Record]) -> Asked:
    after = heard.body.get("search_after")
    start = 0 if after is None else 1 + next(i for i, record in enumerate(records) if record["sort"] == after)
    return Asked(start, int(str(heard.body.get("size", "10"))))


def _page(turn: Turn) -> Said:
    total: dict[str, Json] = {"value": turn.total, "relation": "eq"}
    hits: dict[str, Json] = {"total": total, "max_score": None, "hits": list(turn.items)}
    shards: dict[str, Json] = {"total": 5, "successful": 5, "skipped": 0, "failed": 0}
    body: dict[str, Json] = {"pit_id": PIT, "took": 3, "timed_out": False, "_shards": shards, "hits": hits}
    match turn.signal:
        case "missing":
            del hits["total"]
        case "torn":  # shards that failed: fewer hits, and they say so
            shards |= {"successful": 4, "failed": 1}
            hits["hits"] = list(turn.items)[:1]
        case "whole":
            pass
    return said(body)


SEARCH = Shape(record=_record, asked=_asked, page=_page, error=ERROR, aside=_aside, addressed=True, largest=10_000)
