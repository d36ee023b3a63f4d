"""How long to wait, and how often it is worth it: laws over injected randomness and an injected clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unabridged.schemas.policy import Retry
from unabridged.tools.retry import RetryBudget, backoff

CHANCE = st.floats(0, 1, exclude_max=True)


@pytest.mark.requirement("G5")
@given(st.integers(1, 2000), CHANCE, st.floats(0, 60), st.floats(0, 60))
def test_a_wait_is_a_chance_of_a_ceiling_that_doubles_up_to_a_cap(
    failures: int, chance: float, base: float, cap: float
) -> None:
    wait = backoff(Retry(base=base, cap=cap), failures, lambda: chance)
    assert 0 <= wait <= cap
    assert wait <= base * 2.0 ** min(failures - 1, 60)


@pytest.mark.requirement("G6")
@given(st.integers(1, 20), CHANCE, st.floats(0, 1e6))
def test_a_wait_is_never_shorter_than_the_service_asks(failures: int, chance: float, asked: float) -> None:
    assert backoff(Retry(), failures, lambda: chance, asked) >= asked


@pytest.mark.requirement("G4")
def test_failures_at_once_are_worth_thirty_five_retries() -> None:
    budget = RetryBudget(clock=lambda: 0.0)
    assert sum(budget.spend() for _ in range(1000)) == 35


def test_time_earns_retries_back() -> None:
    now = [0.0]
    budget = RetryBudget(clock=lambda: now[0])
    while budget.spend():
        pass
    now[0] = 0.5
    assert not budget.spend()
    now[0] = 1.0
    assert budget.spend()


def test_a_retry_that_helped_costs_nothing_and_no_success_earns_more_than_there_was() -> None:
    budget = RetryBudget(clock=lambda: 0.0)
    assert budget.spend()
    budget.earn(retried=True)
    budget.earn(retried=False)
    assert budget.tokens == budget.most
