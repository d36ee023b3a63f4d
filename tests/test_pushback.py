"""How long a service asks to wait: every form that it may say it in, and everything that is no advice."""

from __future__ import annotations

import pytest

from tests.scripted import answer
from unabridged.schemas.location import location
from unabridged.schemas.wire import Json
from unabridged.validators.pushback import pushback
from unabridged.validators.reading import Found, Message, state_of

NOW = 1_000_000.0  # when the scripted answers were received: Mon, 12 Jan 1970 13:46:40 GMT


def asked(fields: dict[str, str], body: Json = None, places: tuple[str, ...] = ()) -> float | None:
    message = Message(answer(body, status=429, fields=fields), Found(state_of(body), body))
    return pushback(message, tuple(location(place) for place in places))


SAID: list[tuple[dict[str, str], Json, float | None]] = [
    ({"retry-after": "7"}, None, 7.0),
    ({"retry-after": "0"}, None, 0.0),
    ({"retry-after": "1.5"}, None, 1.5),
    ({"retry-after": "Mon, 12 Jan 1970 13:47:10 GMT"}, None, 30.0),
    ({"retry-after": "Mon, 12 Jan 1970 13:00:00 GMT"}, None, 0.0),
    ({"retry-after-ms": "250"}, None, 0.25),
    ({}, {"retry_after": 3}, 3.0),
    ({}, {"retry_after_ms": 1500}, 1.5),
    ({}, {"error": {"retry_after_ms": 500}}, 0.5),
    ({"retry-after": "2"}, {"retry_after_ms": 9000}, 9.0),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"}, None, 40.0),
    ({"x-ratelimit-remaining": "5", "x-ratelimit-reset": "40"}, None, None),
    ({"ratelimit": '"default";r=0;t=30'}, None, 30.0),
    ({"ratelimit": '"burst";r=5;t=10, "daily";r=0;t=60'}, None, 60.0),
    ({"ratelimit": '"default";r=10;t=30'}, None, None),
    ({"ratelimit": "limit=100, remaining=0, reset=12"}, None, 12.0),
    ({"retry-after": "-1"}, None, None),
    ({"retry-after": "soon"}, None, None),
    ({"retry-after": ""}, None, None),
    ({"retry-after": "99999999999999999999"}, None, 366 * 86400.0),
    ({"retry-after": "99999999"}, None, 366 * 86400.0),
    ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, None, 366 * 86400.0),
    ({"retry-after": "\u0663"}, None, None),
    ({}, {"retry_after": True}, None),
    ({}, {"retry_after": "later"}, None),
    ({}, [1], None),
]


@pytest.mark.parametrize(("fields", "body", "expected"), SAID)
def test_every_form_is_understood_and_garbage_is_nothing(
    fields: dict[str, str], body: Json, expected: float | None
) -> None:
    assert asked(fields, body) == expected


def test_a_place_that_the_contract_names_is_read_too() -> None:
    assert asked({"x-wait": "4"}, None, ("header:X-Wait",)) == 4.0
    assert asked({}, {"wait_ms": 300}, ("body:/wait_ms",)) == 0.3


def test_a_unix_time_is_a_moment_and_not_a_wait() -> None:
    message = Message(
        answer(None, fields={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1700000030"}), Found(state_of(None))
    )
    assert pushback(message) == 366 * 86400.0  # fifty years from the clock of the scripted answer
