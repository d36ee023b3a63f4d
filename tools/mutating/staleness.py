"""Age: an answer from a cache that is older than the contract allows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Final

from ...schemas.location import Location
from ...schemas.wire import Json, Response
from ...validators.freshness import timestamp
from .editing import changed, with_field
from .mutant import Mutant
from .sound import Sound, Turn

__all__ = ["staleness"]

_UNITS: Final = (1, 10**3, 10**6, 10**9)  # in a second


def staleness(sound: Sound) -> Iterator[Mutant]:
    """Make every page older than it may be, where the contract bounds its age."""
    fresh = sound.contract.complete.fresh
    if fresh is None:
        return
    too_old = fresh.max_age + 60
    for index, turn in sound.pages:
        aged = with_field(turn.response, "age", str(int(too_old)))
        yield Mutant(mutation="too_old", place="header:age", turn=turn.name, outcomes={index: aged})
        made = formatdate(turn.response.received_at - too_old, usegmt=True)
        dated = with_field(turn.response, "date", made)
        yield Mutant(mutation="too_old", place="header:date", turn=turn.name, outcomes={index: dated})
        stated = None if fresh.at is None else _stated(turn, fresh.at, turn.response.received_at - too_old)
        if stated is not None:
            yield Mutant(mutation="too_old", place=str(fresh.at), turn=turn.name, outcomes={index: stated})


def _stated(turn: Turn, place: Location, moment: float) -> Response | None:
    """State *moment* at *place*, in the form of the time that stands there; None where there is none."""
    found = turn.reads(place) if "*" not in place.path.split("/") else None
    return None if found is None or timestamp(found) is None else changed(turn, place, _like(found.value, moment))


def _like(value: Json, moment: float) -> Json:
    """Write *moment* (Unix time in seconds) as *value* writes a time: a number of some unit, or a date.

    >>> _like("2026-01-01T00:00:00Z", 0.0), _like(1767225600123, 1.0), _like("1767225600", 2.0)
    ('1970-01-01T00:00:00Z', 1000, '2')
    """
    if isinstance(value, str) and not value.replace(".", "", 1).isdecimal():
        return datetime.fromtimestamp(moment, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    number = float(value) if isinstance(value, int | float | str) else 0.0
    unit = next((unit for unit in _UNITS if number / unit <= 1e11), _UNITS[-1])  # as `timestamp` tells them apart
    stated = int(moment * unit)
    return str(stated) if isinstance(value, str) else stated
