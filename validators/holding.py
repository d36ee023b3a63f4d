"""Does a condition of the contract hold in a message?  Vetoes, classifiers, marks of a stream and settling reads ask this.

It reads places and compares; what follows from it is the business of whoever asks.  No I/O.
"""

from __future__ import annotations

import json

from ..schemas.condition import UNSET, Argument, Condition, Mark, When
from ..schemas.wire import Json, State
from .reading import Found, Message, equal, found_in, read

__all__ = ["holds", "matches"]


def _text(value: Json) -> str | None:
    match value:
        case str():
            return value
        case bool() | None | list() | dict():
            return None
        case number:
            return json.dumps(number)


def matches(value: Json, wanted: Json | Argument) -> bool:
    """Compare *value* with what a condition wants; an argument is compared as text too, as it went out.

    >>> matches(42, "42"), matches(42, Argument("42")), matches(True, Argument("true"))
    (False, True, False)
    """
    if not isinstance(wanted, Argument):
        return equal(value, wanted)
    return equal(value, wanted.value) or (_text(value) is not None and _text(value) == _text(wanted.value))


def holds(condition: Condition | When | Mark, message: Message) -> bool:
    """Say whether *condition* holds; at a place with `*`, whether it holds for any one element."""
    if condition.at is None:
        return True
    if "*" in condition.at.path.split("/"):
        return any(_satisfies(condition, found) for found in found_in(message, condition.at))
    return _satisfies(condition, read(message, condition.at))


def _satisfies(condition: Condition | When | Mark, found: Found) -> bool:
    value, there = found.value, found.state is not State.ABSENT
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
    written = (
        condition.is_ is UNSET or (there and matches(value, condition.is_)),
        condition.not_ is UNSET or not (there and matches(value, condition.not_)),
        condition.state is None or found.state.value in condition.state,
        condition.gt is None or (number is not None and number > condition.gt),
        condition.lt is None or (number is not None and number < condition.lt),
        condition.nonempty is None
        or condition.nonempty == (found.state is State.VALUE and isinstance(value, str | list | dict)),
    )
    return all(written)
