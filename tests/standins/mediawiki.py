"""MediaWiki: a `continue` object to lay over the query, absent at the end; `batchcomplete` on every page of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["BACKLINKS", "CATEGORY"]

ERROR: Json = {"error": {"code": "internal_api_error_DBQueryError", "info": "A database query error has occurred."}}


def _record(index: int) -> Record:
    return {"pageid": 22_939 + index, "ns": 0, "title": f"Page {index}"}


def _asked(prefix: str) -> Callable[[Heard, Sequence[Record]], Asked]:
    def asked(heard: Heard, _records: Sequence[Record]) -> Asked:
        place = heard.query.get(f"{prefix}continue", "page|0").partition("|")[2]
        return Asked(int(place), int(heard.query.get(f"{prefix}limit", "10")))

    return asked


def _page(prefix: str, kind: str) -> Callable[[Turn], Said]:
    def page(turn: Turn) -> Said:
        body: dict[str, Json] = {"batchcomplete": True}
        if turn.following is not None and turn.signal == "whole":
            body["continue"] = {f"{prefix}continue": f"page|{turn.following}", "continue": "-||"}
        if turn.signal == "torn":
            body["continue"] = {}
        return said({**body, "query": {kind: list(turn.items)}})

    return page


CATEGORY = Shape(record=_record, asked=_asked("cm"), page=_page("cm", "categorymembers"), error=ERROR, largest=500)
BACKLINKS = Shape(record=_record, asked=_asked("bl"), page=_page("bl", "backlinks"), error=ERROR, largest=500)


_EXTRACT: Json = {"pageid": 22939, "ns": 0, "title": "Physics", "extract": "Physics is the study of matter."}
PAGE: dict[str, Json] = {"batchcomplete": True, "query": {"pages": [_EXTRACT]}}
