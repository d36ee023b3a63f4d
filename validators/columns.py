"""Items whose members come side by side, one list for each member, put together again.

Lists that are not of one length belong to different items; nothing is paired by guessing.  No I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..schemas.expectation import Column
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from .reading import ABSENT, Found, Message, at

__all__ = ["Zipped", "side_by_side"]


@dataclass(frozen=True, slots=True)
class Zipped:
    """The *items*, and from which list in the body each of their members came (*places*, as pointers)."""

    items: list[Json]
    places: Mapping[str, str]


def side_by_side(columns: Mapping[str, Column], message: Message) -> Zipped | Finding:
    """Put the items of *message* together from their *columns*."""
    lists: dict[str, list[Json]] = {}
    for name, column in columns.items():
        found = ABSENT if message.body is ABSENT else at(message.body.value, column.at)
        if _left_out(column, found):
            continue
        if not isinstance(found.value, list):
            state = found.state.value if found.state in (State.ABSENT, State.NULL) else "not a list"
            said = f"the column `{name}` is {state}"
            return Finding(code="items_missing", message=said, where=f"body:{column.at}", have=state)
        lists[name] = found.value
    if len({len(values) for values in lists.values()}) > 1:
        return _uneven(columns, {name: len(values) for name, values in lists.items()})
    items: list[Json] = [dict(zip(lists, members, strict=True)) for members in zip(*lists.values(), strict=True)]
    return Zipped(items, {name: columns[name].at for name in lists})


def _left_out(column: Column, found: Found) -> bool:
    """Whether the contract allows that there is no such column."""
    absent = found.state is State.ABSENT and column.absent == "omit"
    return absent or (found.state is State.NULL and column.null == "omit")


def _uneven(columns: Mapping[str, Column], lengths: Mapping[str, int]) -> Finding:
    short = min(lengths, key=lengths.__getitem__)
    return Finding(
        code="columns_uneven",
        message=f"the column `{short}` is shorter than others",
        where=f"body:{columns[short].at}",
        have=lengths[short],
        expected=max(lengths.values()),
    )
