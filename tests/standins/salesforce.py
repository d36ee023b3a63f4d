"""Salesforce SOQL: `done`, `totalSize`, and `nextRecordsUrl`, a path to the query locator, which is absent at the end."""

from __future__ import annotations

from collections.abc import Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["QUERY"]

ERROR: Json = [{"message": "An unexpected error occurred.", "errorCode": "UNKNOWN_EXCEPTION"}]


def _record(index: int) -> Record:
    identifier = f"001RM00000{index:08d}"
    url = f"/services/data/v66.0/sobjects/Account/{identifier}"
    return {"attributes": {"type": "Account", "url": url}, "Id": identifier, "Name": f"Account {index}"}


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    _, _, locator = heard.path.partition("/query/")
    return Asked(int(locator.partition("-")[2]) if locator else 0)


def _page(turn: Turn) -> Said:
    body: dict[str, Json] = {"totalSize": turn.total, "done": turn.following is None, "records": list(turn.items)}
    if turn.following is not None:
        body["nextRecordsUrl"] = f"/services/data/v66.0/query/01gRO0000016PIAYA2-{turn.following}"
    match turn.signal:
        case "missing":
            body = {"totalSize": turn.total, "records": list(turn.items)}
        case "torn":
            body.pop("nextRecordsUrl", None)
        case "whole":
            pass
    return said(body)


QUERY = Shape(record=_record, asked=_asked, page=_page, error=ERROR, largest=2_000)
