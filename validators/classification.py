"""What kind of response is this?  The contract's acceptors first, then what HTTP says by itself.

An ordered, closed classifier: the first line that matches decides.  It looks at status and body together, because a
status of 200 may carry an error and a status of 404 an ordinary answer.  No I/O.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ..schemas.expectation import Acceptor, Class, Expectation, Mapped
from ..schemas.location import Location
from ..schemas.wire import Keyed, State
from .holding import holds
from .reading import ABSENT, Message, field, read
from .reading import integer as count

__all__ = ["classify", "declared"]

_TRANSIENT = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_AUTH = frozenset({401, 403, 407})


def _declared(expectation: Expectation, message: Message) -> Class | None:
    return "sound" if message.response.status in expectation.status else None


def _throttled(expectation: Expectation, message: Message) -> Class | None:
    status = message.response.status
    spent = count(field(message.response.headers, "x-ratelimit-remaining")) == 0
    told = bool(field(message.response.headers, "retry-after").value)
    return "rate_limited" if status == 429 or (status == 403 and (spent or told)) else None


def _by_status(expectation: Expectation, message: Message) -> Class | None:
    match message.response.status:
        case status if status in _TRANSIENT:
            return "transient"
        case status if status in _AUTH:
            return "auth"
        case 404 | 410:
            return "not_found"
        case status if 400 <= status < 500:
            return "rejected"
        case _:
            return None


# draft-ietf-httpapi-idempotency-key-header-07, 2.7: 409 while the first request is processed, 422 for another payload
def _being_done(expectation: Expectation, message: Message) -> Class | None:
    return "in_progress" if message.response.status == 409 else None


def _of_another_payload(expectation: Expectation, message: Message) -> Class | None:
    return "key_reused" if message.response.status == 422 else None


Rule: TypeAlias = Callable[[Expectation, Message], Class | None]

RULES: Mapping[Keyed | None, tuple[Rule, ...]] = {
    None: (_declared, _throttled, _by_status),
    "ours": (_declared, _throttled, _being_done, _by_status),  # a key of ours never had another payload
    "callers": (_declared, _throttled, _being_done, _of_another_payload, _by_status),
}
"""What HTTP says by itself, by whose idempotency key travelled with the request."""


def _matches(acceptor: Acceptor, message: Message) -> bool:
    when = acceptor.when
    if when.at is not None and when.at.source == "body" and message.body is ABSENT:
        return False  # what cannot be read says nothing: not JSON is a fault of its own
    return (when.status is None or message.response.status in when.status) and holds(when, message)


def _named(mapped: Mapped, message: Message) -> Class:
    found = read(message, mapped.from_)
    if found.state is State.ABSENT:  # an error without its reason is no error that the file knows
        return mapped.map.get("absent", "transient")
    value = found.value
    word = value if isinstance(value, str) else json.dumps(value)
    return mapped.map.get(word, mapped.map.get("*", "fatal"))


def declared(expectation: Expectation, message: Message) -> tuple[Class, tuple[Location, ...]] | None:
    """Name the class that the contract's own lines give *message*, and the places that say how long to wait."""
    for acceptor in expectation.classify:
        if _matches(acceptor, message):
            named = _named(acceptor.as_, message) if isinstance(acceptor.as_, Mapped) else acceptor.as_
            return named, acceptor.wait
    return None


def classify(
    expectation: Expectation, message: Message, *, keyed: Keyed | None = None
) -> tuple[Class | None, tuple[Location, ...]]:
    """Name the class of *message*, and the places that say how long to wait; None where no line matches.

    *keyed* tells whose idempotency key travelled with the request.
    """
    if (said := declared(expectation, message)) is not None:
        return said
    by_status: Iterator[Class | None] = (rule(expectation, message) for rule in RULES[keyed])
    return next((kind for kind in by_status if kind is not None), None), ()
