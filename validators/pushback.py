"""How long the service asks to wait: Retry-After in both forms, its kin, rate-limit fields, and words in the body.

Returns seconds, or None where nothing readable is said; garbage, negative numbers and quotas that stay spent for more than
a day are nothing.  No clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..schemas.location import Location
from ..schemas.wire import Response, State
from .freshness import timestamp
from .reading import ABSENT, Found, Message, field, read

__all__ = ["exhausted", "pushback"]

_LONGEST = 366 * 86400.0  # a longer wait is as good as this one: nobody waits for it
_FARTHEST = 86400.0  # what a field of quotas says beyond that is a mistake, or nothing to wait for
_EPOCH = 1_000_000_000.0  # numbers above are Unix times (2001 and later), below are seconds to wait
_UNITS = (1.0, 1e3, 1e6, 1e9)  # that Unix times are written in, to the second

_USUAL = (
    Location("header", "retry-after"),
    Location("header", "retry-after-ms"),
    Location("body", "/retry_after"),
    Location("body", "/retry_after_ms"),
    Location("body", "/error/retry_after_ms"),
)
_REFUSALS = frozenset({429, 503})  # RFC 6585, 4; RFC 9110, 15.6.4
_RESETS = tuple(
    Location("header", name)
    for name in ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset-after")
)
_REMAINING = tuple(
    Location("header", name) for name in ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
)

_SPENT = re.compile(r"\b(?:r|remaining)=0(?!\d)")  # draft-ietf-httpapi-ratelimit-headers-10, and -06 and earlier
_RESET = re.compile(r"\b(?:t|reset)=(\d{1,9})\b")


def _number(found: Found) -> float | None:
    match found.value:
        case bool():
            return None
        case int() | float() as number:
            return float(number)
        case str() as text if text.isascii() and len(text) < 32 and text.strip().replace(".", "", 1).isdecimal():
            return float(text)
        case _:
            return None


def _wait(message: Message, found: Found) -> float | None:
    seconds = _number(found)
    if seconds is None and found.state is State.VALUE:  # RFC 9110, 10.2.3: an HTTP-date
        moment = timestamp(found) if isinstance(found.value, str) else None
        return None if moment is None else max(0.0, moment - message.response.received_at)
    if seconds is not None and seconds > _EPOCH:
        return _until(seconds, message.response.received_at)
    return seconds


def _until(moment: float, now: float) -> float:
    """Reckon the seconds until a Unix time, in the unit that makes it near to *now*.

    >>> _until(1_700_000_030_000, 1_700_000_000)
    30.0
    """
    read = [moment / unit - now for unit in _UNITS if moment / unit > _EPOCH]
    return next((seconds for seconds in read if abs(seconds) <= _LONGEST), read[0])


def _sane(seconds: float | None) -> float | None:
    return min(seconds, _LONGEST) if seconds is not None and seconds >= 0.0 else None


def _asked(message: Message, place: Location) -> float | None:
    if place.path.endswith(("_ms", "-ms")):
        milliseconds = _number(read(message, place))
        return None if milliseconds is None else milliseconds / 1000
    return _wait(message, read(message, place))


def _limited(message: Message) -> Iterator[float]:
    """The resets of every quota that is spent, in both drafts of the RateLimit field."""
    value = field(message.response.headers, "ratelimit").value
    quotas = value.split(",") if isinstance(value, str) and "remaining=" not in value else [value]
    for quota in quotas:
        if isinstance(quota, str) and _SPENT.search(quota) and (reset := _RESET.search(quota)):
            yield float(reset[1])


def _resets(message: Message) -> Iterator[float]:
    """When each quota that is spent comes back, if that is soon."""
    spent = any(_number(read(message, place)) == 0 for place in _REMAINING)
    told = [_asked(message, place) for place in _RESETS] if spent else []
    yield from (wait for wait in (*told, *_limited(message)) if wait is not None and wait <= _FARTHEST)


def pushback(message: Message, places: tuple[Location, ...] = ()) -> float | None:
    """Read the longest wait that *message* asks for, at *places* named by the contract and at the usual ones.

    A place whose name ends in `ms` holds milliseconds, any other seconds, a date, or a Unix time (in whatever unit).
    """
    asked = (_asked(message, place) for place in (*places, *_USUAL))
    return _longest((*asked, *_resets(message)))


def exhausted(response: Response) -> float | None:
    """Read for how long *response* says in its header that nobody is to ask: a quota that is spent, or a refusal's own wait.

    A good answer may have taken the last of a quota; its Retry-After would speak of something else.
    """
    message = Message(response, ABSENT)
    refusal = response.status in _REFUSALS
    if not refusal and not any("limit" in name for name, _ in response.headers):
        return None
    told = [_asked(message, place) for place in _USUAL[:2]] if refusal else []
    return _longest((*told, *_resets(message)))


def _longest(waits: Iterable[float | None]) -> float | None:
    return max((seconds for wait in waits if (seconds := _sane(wait)) is not None), default=None)
