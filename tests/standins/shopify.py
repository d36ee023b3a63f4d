"""Shopify's GraphQL Admin API: a Relay connection, a count with its precision in the same answer, errors beside data."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unabridged.schemas.wire import Json

from .shape import Asked, Record, Shape, Turn
from .wire import Heard, Said, said

__all__ = ["CUSTOMERS", "ORDERS", "PRODUCTS"]

ERROR: Json = {"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}


def _record(kind: str) -> Callable[[int], Record]:
    def record(index: int) -> Record:
        return {"id": f"gid://shopify/{kind}/{index + 1}", "title": f"{kind} {index + 1}"}

    return record


def _asked(heard: Heard, _records: Sequence[Record]) -> Asked:
    variables = heard.body.get("variables")
    sent = variables if isinstance(variables, dict) else {}
    return Asked(int(str(sent.get("after") or "eyJ-0").removeprefix("eyJ-")), int(str(sent.get("first", "10"))))


def _page(kind: str) -> Callable[[Turn], Said]:
    def page(turn: Turn) -> Said:
        ahead = turn.following if turn.following is not None else turn.start + len(turn.items)
        info: dict[str, Json] = {"hasNextPage": turn.following is not None}
        info["endCursor"] = f"eyJ-{ahead}" if turn.items or turn.following is not None else None
        match turn.signal:
            case "missing":
                info = {}
            case "torn":
                info = {"hasNextPage": True}
            case "whole":
                pass
        connection: dict[str, Json] = {"nodes": list(turn.items), "pageInfo": info}
        data: dict[str, Json] = {kind: connection, f"{kind}Count": {"count": turn.total, "precision": "EXACT"}}
        return said({"data": data, "extensions": {"cost": {"requestedQueryCost": 12}}})

    return page


PRODUCTS = Shape(record=_record("Product"), asked=_asked, page=_page("products"), error=ERROR, largest=250)
ORDERS = Shape(record=_record("Order"), asked=_asked, page=_page("orders"), error=ERROR, largest=250)
CUSTOMERS = Shape(record=_record("Customer"), asked=_asked, page=_page("customers"), error=ERROR, largest=250)
