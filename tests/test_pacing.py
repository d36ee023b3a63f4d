"""The pace as a machine: no burst above what is declared, turns in order, and no request before the service's own moment."""

from __future__ import annotations

from itertools import pairwise
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scripted import answer
from unabridged.schemas.policy import Pace
from unabridged.tools.pacing import DEBT, HOLD, Debt, held, hold, take
from unabridged.validators.pushback import exhausted

NOW = 1e9
ROUNDING = 1e-4  # of moments that are a number of some 1e9 seconds
PACES = st.builds(
    Pace,
    requests=st.sampled_from([0.5, 1.0, 3.0, 10.0]),
    per=st.sampled_from([1.0, 60.0]),
    burst=st.sampled_from([1, 2, 7]),
)


def turns(pace: Pace, gaps: list[float], *, patience: float = 1e9) -> list[float]:
    """When each request may go that comes *gaps* seconds after the one before; kept as bytes in between."""
    kept, now, times = None, NOW, list[float]()
    for gap in gaps:
        now += gap
        debt, wait = take(DEBT.read(kept), pace, patience=patience, now=now)
        kept = DEBT.written(debt)
        if wait <= patience:
            times.append(now + wait)
    return times


@pytest.mark.requirement("G32")
@settings(deadline=None)
@given(PACES, st.lists(st.floats(0, 30), max_size=60))
def test_in_no_stretch_of_time_are_more_sent_than_burst_and_rate_allow(pace: Pace, gaps: list[float]) -> None:
    burst, rate = pace.burst, pace.requests / pace.per
    times = turns(pace, gaps)
    for first, begin in enumerate(times):
        for count, end in enumerate(times[first:], 1):
            assert count <= burst + (end - begin) * rate + ROUNDING


@pytest.mark.requirement("G32")
@settings(deadline=None)
@given(PACES, st.lists(st.sampled_from([0.0, 0.0, 0.1, 0.33, 1.0, 20.0]), min_size=12, max_size=60))
def test_no_more_are_sent_in_any_window_than_is_declared(pace: Pace, gaps: list[float]) -> None:
    most = ceil(pace.requests) + pace.burst - 1
    times = turns(pace, gaps)
    for first, begin in enumerate(times):
        window = [time for time in times[first:] if time - begin < pace.per - ROUNDING]
        assert len(window) <= most


def test_without_a_burst_requests_go_one_by_one() -> None:
    times = turns(Pace(requests=4, per=1), [0.0] * 5)
    assert [time - NOW for time in times] == pytest.approx([0, 0.25, 0.5, 0.75, 1.0])


@given(PACES, st.lists(st.floats(0, 30), max_size=60))
def test_turns_come_in_the_order_of_arrival_and_none_later_than_needed(pace: Pace, gaps: list[float]) -> None:
    times = turns(pace, gaps)
    assert times == sorted(times)
    assert all(later - earlier <= pace.per / pace.requests + 30.01 for earlier, later in pairwise(times))


def test_a_burst_goes_at_once_and_the_rest_at_the_pace() -> None:
    times = turns(Pace(requests=2, per=1, burst=3), [0.0] * 6)
    assert [time - NOW for time in times] == pytest.approx([0, 0, 0, 0.5, 1.0, 1.5])


def test_whoever_cannot_wait_takes_no_turn() -> None:
    assert len(turns(Pace(requests=1, burst=1), [0.0] * 50, patience=2.5)) == 3
    debt, _ = take(Debt(seconds=10.0, at=NOW), Pace(requests=1), patience=2.5, now=NOW)
    assert debt == Debt(seconds=10.0, at=NOW)


def test_a_clock_that_is_set_back_costs_no_more_than_what_was_owed() -> None:
    pace = Pace(requests=1, burst=1)
    debt, _ = take(None, pace, patience=9.0, now=NOW)
    _, wait = take(debt, pace, patience=9.0, now=NOW - 86_400)
    assert wait == pytest.approx(1.0)


# ------------------------------------------------------------------------------------------- the service's own moment


def test_nobody_asks_before_the_moment_that_was_named() -> None:
    kept = hold(None, 30.0, NOW)
    assert held(kept, NOW + 29) == pytest.approx(1.0)
    assert held(kept, NOW + 30) == 0
    assert held(None, NOW) == 0


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 60)), min_size=1, max_size=20))
def test_the_latest_moment_counts(said: list[tuple[float, float]]) -> None:
    kept, now, latest = None, NOW, 0.0
    for gap, seconds in said:
        now += gap
        kept = HOLD.read(HOLD.written(hold(kept, seconds, now)))
        latest = max(latest, now + seconds)
    assert held(kept, now) == pytest.approx(max(0.0, latest - now), abs=0.01)


def test_a_mistaken_field_closes_a_provider_for_a_day_at_most() -> None:
    assert held(hold(None, 1e9, NOW), NOW) == 86_400


def test_a_clock_that_is_set_back_does_not_hold_for_ever() -> None:
    assert held(hold(None, 30.0, NOW), NOW - 86_400) == 0


SAID: list[tuple[dict[str, str], float | None]] = [
    ({}, None),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"}, 40.0),
    ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "40"}, None),
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000000040"}, None),  # of 2001, and it is 1970
    ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999999999999"}, None),
    ({"ratelimit": '"default";r=0;t=30'}, 30.0),
    ({"ratelimit": '"default";r=1;t=30'}, None),
    ({"ratelimit": "limit=100, remaining=0, reset=12"}, 12.0),
    ({"retry-after": "30"}, None),  # beside a good answer it is no advice about the next request
]


@pytest.mark.requirement("G32")
@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_says_how_long_nobody_is_to_ask(status: int) -> None:
    assert exhausted(answer({}, status=status, fields={"retry-after": "30"})) == 30.0
    assert exhausted(answer({}, status=status, fields={"retry-after-ms": "300"})) == 0.3
    assert exhausted(answer({}, status=404, fields={"retry-after": "30"})) is None


@pytest.mark.requirement("G32")
@pytest.mark.parametrize(("fields", "expected"), SAID)
def test_a_good_answer_that_took_the_last_of_a_quota_says_so(fields: dict[str, str], expected: float | None) -> None:
    assert exhausted(answer({}, fields=fields)) == expected
