"""How old an answer is (RFC 9111, 4.2.3), and whether that is too old for the contract.  No clock: times are parameters."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..schemas.completeness import Freshness
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import State
from .reading import ABSENT, Found, Message, field, integer, read, spread

__all__ = ["age", "stale", "timestamp", "too_old"]


def timestamp(found: Found) -> float | None:
    """Read a time: RFC 3339, an HTTP date, a day or a month, or Unix seconds down to nanoseconds, as number or text.

    A time without zone is UTC, a day or a month is its beginning: where words leave it open, the oldest is meant.

    >>> from ..schemas.wire import State
    >>> timestamp(Found(State.VALUE, "2026-01-01T00:00:00Z"))
    1767225600.0
    """
    match found.value:
        case bool():
            return None
        case int() | float() as number:
            return _unix(number)
        case str() as text:
            return _unix(float(text)) if _NUMBER.fullmatch(text) else _date(text)
        case _:
            return None


_NUMBER = re.compile(r"\d{9,19}(?:\.\d{1,9})?")  # shorter ones are dates without hyphens
_MONTH = re.compile(r"\d{4}-\d{2}")
_FINER = 1e11  # seconds: the year 5138; more can only be a finer unit
_FINEST = _FINER * 1e9  # nanoseconds
_AHEAD = 86_400.0  # seconds; a day that has begun in the east is not yet here, and nothing honest is further ahead


def _unix(number: float) -> float | None:
    if number > _FINEST:
        return None
    while number > _FINER:
        number /= 1000
    return float(number)


def _date(text: str) -> float | None:
    text = f"{text}-01" if _MONTH.fullmatch(text) else text
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, OverflowError):
            continue
    return None


def age(message: Message, fresh: Freshness | None = None) -> float | None:
    """Reckon the age of *message* in seconds when it was received; None where nothing tells it.

    The oldest of the stated times counts where the contract names their place; Age, and Date against our clock, can only
    make it older.
    """
    response = message.response
    ages = [] if fresh is None or fresh.at is None else _stated(message, fresh.at)
    if ages is None:
        return None
    aged = integer(field(response.headers, "age"))  # RFC 9111, 5.1
    dated = timestamp(field(response.headers, "date"))
    apparent = response.received_at - dated if dated is not None else None
    corrected = aged + response.elapsed if aged is not None else None
    ages += [value for value in (apparent, corrected) if value is not None]
    return max(0.0, *ages) if ages else None


def _stated(message: Message, place: Location) -> list[float] | None:
    """The ages that are stated at *place*, which may be several; None where one of them cannot be read."""
    times = [timestamp(one) for one in _found(message, place)]
    ages = [message.response.received_at - moment for moment in times if moment is not None]
    return None if len(ages) < len(times) or min(ages, default=0.0) < -_AHEAD else ages


def _found(message: Message, place: Location) -> list[Found]:
    """What stands at *place*: in a stream in every event of the name, though the one that ends it need say nothing."""
    if place.source != "event":
        return [one for _, one in spread(message, place)] if "*" in place.path else [read(message, place)]
    last = f"event {len(message.events or ())}:"
    said = [one for where, one in spread(message, place) if one.state is not State.ABSENT or not where.startswith(last)]
    return said or ([] if place.parameter == "*" else [ABSENT])  # a name that never comes may be misspelt


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
