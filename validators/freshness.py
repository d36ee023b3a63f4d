"""How old an answer is (RFC 9111, 4.2.3), and whether that is too old for the contract.  No clock: times are parameters."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..schemas.completeness import Freshness
from ..schemas.verdict import Finding
from .reading import Found, Message, field, integer, read

__all__ = ["age", "stale", "timestamp", "too_old"]


def timestamp(found: Found) -> float | None:
    """Read a time: RFC 3339, an HTTP date, or Unix seconds or milliseconds.  A time without zone is UTC.

    >>> from ..schemas.wire import State
    >>> timestamp(Found(State.VALUE, "2026-01-01T00:00:00Z"))
    1767225600.0
    """
    match found.value:
        case bool():
            return None
        case int() | float() as number:
            return number / 1000 if number > 1e11 else float(number)
        case str() as text:
            return _date(text)
        case _:
            return None


def _date(text: str) -> float | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def age(message: Message, fresh: Freshness | None = None) -> float | None:
    """Reckon the age of *message* in seconds when it was received; None where nothing tells it.

    The stated time counts where the contract names its place; Age, and Date against our clock, can only make it older.
    """
    response = message.response
    stated = timestamp(read(message, fresh.at)) if fresh and fresh.at else None
    if fresh and fresh.at and stated is None:
        return None
    ages = [response.received_at - stated] if stated is not None else []
    aged = integer(field(response.headers, "age"))  # RFC 9111, 5.1
    dated = timestamp(field(response.headers, "date"))
    apparent = response.received_at - dated if dated is not None else None
    corrected = aged + response.elapsed if aged is not None else None
    ages += [value for value in (apparent, corrected) if value is not None]
    return max(0.0, *ages) if ages else None


def stale(message: Message, fresh: Freshness) -> Finding | None:
    """Find that *message* is older than *fresh* allows, or that its age cannot be known."""
    return too_old(fresh, age(message, fresh))


def too_old(fresh: Freshness, seconds: float | None) -> Finding | None:
    """Find that an age of *seconds* is more than *fresh* allows, or that there is none."""
    where = str(fresh.at) if fresh.at else "header:date"
    if seconds is None:
        return Finding(code="stale", message="the answer does not say how old it is", where=where, have="absent")
    if seconds <= fresh.max_age:
        return None
    return Finding(
        code="stale", message="the answer is too old", where=where, have=int(seconds), expected=int(fresh.max_age)
    )
