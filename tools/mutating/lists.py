"""The list of items of one answer, and the answer with another list: in one place, in columns, or as the events of a stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.wire import Json, Response
from .editing import put, said
from .events import events_of, of_events
from .sound import Turn

__all__ = ["Relist", "count", "relisted"]

Relist: TypeAlias = "Callable[[Sequence[Any]], list[Any]]"
"""What becomes of a list; it must do the same to every list of one length."""


def count(contract: Contract, turn: Turn) -> int:
    """How many items *turn*'s answer holds; 0 where it holds no list."""
    items = contract.response.items
    if not turn.walks or items is None:
        return 0
    if (events := events_of(contract, turn)) is not None:
        return max(0, len(events) - 1) if items.at == "" else 0
    lists = [held for pointer in _pointers(items) if (held := turn.holds(pointer)) is not None]
    return len(lists[0]) if lists else 0


def relisted(contract: Contract, turn: Turn, relist: Relist) -> Response:
    """Say *turn*'s answer with another list of items, and everything else as it was."""
    items = contract.response.items or Items()
    if (events := events_of(contract, turn)) is not None:
        return of_events(turn.response, [*relist(events[:-1]), events[-1]])
    body: Json = turn.body.value
    for pointer in _pointers(items):
        held = turn.holds(pointer)
        body = body if held is None else put(body, pointer, relist(held))
    return said(turn.response, body)


def merged(
    contract: Contract, turn: Turn, other: Turn, relist: Callable[[Sequence[Any], Sequence[Any]], list[Any]]
) -> Response:
    """Say *turn*'s answer with a list that is made of its own and that of *other*."""
    items = contract.response.items or Items()
    body: Json = turn.body.value
    for pointer in _pointers(items):
        own, theirs = turn.holds(pointer), other.holds(pointer)
        if own is not None and theirs is not None:
            body = put(body, pointer, relist(own, theirs))
    return said(turn.response, body)


def _pointers(items: Items) -> list[str]:
    return [items.at] if items.columns is None else [column.at for column in items.columns.values()]
