"""How long a service asks to wait: every form that it may say it in, and everything that is no advice."""

from __future__ import annotations

from dataclasses import replace

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


TODAY = 1_763_740_000.0  # Fri, 21 Nov 2025 15:46:40 GMT
DAY = 86_400.0


def asked_today(fields: dict[str, str], body: Json = None) -> float | None:
    response = replace(answer(body, status=429, fields=fields), received_at=TODAY)
    return pushback(Message(response, Found(state_of(body), body)), (location("body:/reset"),))


@pytest.mark.requirement("G32")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f"{TODAY + 30:.0f}", 30.0),
        (f"{TODAY + 30:.3f}", 30.0),
        (f"{(TODAY + 30) * 1e3:.0f}", 30.0),
        (f"{(TODAY + 30) * 1e6:.0f}", 30.0),
        (f"{(TODAY + 30) * 1e9:.0f}", 30.0),
        (f"{TODAY - 30:.0f}", None),
        (f"{(TODAY - 30) * 1e3:.0f}", None),
        ("2025-11-21T15:47:10Z", 30.0),
        (f"{DAY:.0f}", DAY),
        (f"{DAY + 1:.0f}", None),
        (f"{TODAY + DAY:.0f}", DAY),
        (f"{TODAY + DAY + 1:.0f}", None),
        (f"{(TODAY + 2 * DAY) * 1e3:.0f}", None),
        ("1e400", None),
        ("999999999", None),
        ("99999999999", None),
        ("99999999999999999999", None),
        ("9999-12-31T23:59:59Z", None),
        ("0", 0.0),
        ("-5", None),
    ],
)
def test_a_reset_is_a_wait_or_a_moment_in_any_unit_within_a_day(said: str, expected: float | None) -> None:
    assert asked_today({"x-ratelimit-remaining": "0", "x-ratelimit-reset": said}) == expected


@pytest.mark.requirement("G32")
@pytest.mark.parametrize(("seconds", "expected"), [("86400", DAY), ("86401", None), ("999999999", None)])
def test_a_quota_that_comes_back_in_more_than_a_day_asks_for_no_rest(seconds: str, expected: float | None) -> None:
    assert asked_today({"ratelimit": f'"month";r=0;t={seconds}'}) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (f"{2 * DAY:.0f}", 2 * DAY),
        ("99999999", 366 * DAY),
        ("99999999999999999999", 366 * DAY),
        ("1" + "0" * 30, 366 * DAY),
        (f"{TODAY + 30:.0f}", 30.0),
    ],
)
def test_a_long_wait_that_retry_after_asks_for_is_taken_at_its_word(said: str, expected: float) -> None:
    assert asked_today({"retry-after": said}) == expected


def test_a_moment_at_a_place_that_the_contract_names_may_be_in_milliseconds() -> None:
    assert asked_today({}, {"reset": int((TODAY + 30) * 1e3)}) == 30.0
    assert asked_today({}, {"reset": int(2 * DAY)}) == 2 * DAY
