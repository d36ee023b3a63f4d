"""How long to wait, and how often it is worth it: laws over injected randomness and an injected clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from unabridged.schemas.policy import Retry
from unabridged.tools.retry import BUDGET, Budget, backoff, earn, spend

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


def spent(budget: Budget | None, now: float, times: int) -> tuple[Budget | None, int]:
    """Try to pay *times*, and tell how often it went."""
    paid = 0
    for _ in range(times):
        budget, went = spend(budget, now)
        paid += went
    return budget, paid


@pytest.mark.requirement("G4")
def test_failures_at_once_are_worth_thirty_five_retries() -> None:
    assert spent(None, 100.0, 1000)[1] == 35


def test_a_budget_of_just_one_price_pays_once() -> None:
    assert spent(Budget(tokens=14.0, at=100.0), 100.0, 2) == (Budget(tokens=0.0, at=100.0), 1)


def test_time_earns_retries_back() -> None:
    empty, _ = spent(None, 100.0, 1000)
    assert spent(empty, 100.5, 1)[1] == 0
    assert spent(empty, 101.0, 9)[1] == 1
    assert spent(empty, 100.0 + 500 / 5, 1000)[1] == 35


def test_a_clock_that_is_set_back_neither_earns_nor_costs() -> None:
    empty, _ = spent(None, 100.0, 1000)
    after, paid = spent(empty, -5_000.0, 1)
    assert paid == 0
    assert spent(after, -4_998.0, 9)[1] == 1


def test_a_retry_that_helped_costs_nothing_and_of_a_full_budget_nothing_is_kept() -> None:
    budget, _ = spend(None, 100.0)
    assert earn(budget, 100.0, retried=True) is None
    assert earn(None, 100.0, retried=False) is None
    assert earn(budget, 100.0, retried=False) == Budget(tokens=487.0, at=100.0)


class Purse(RuleBasedStateMachine):
    """The budget beside the simplest model: every retry is paid for by what there was, came by itself, or was earned."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: bytes | None = None
        self.now, self.begun, self.paid, self.earned = 1e9, 1e9, 0, 0

    @rule(seconds=st.floats(0, 200))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def retry(self) -> None:
        budget, went = spend(BUDGET.read(self.kept), self.now)
        self.kept = BUDGET.written(budget)
        self.paid += went

    @rule(retried=st.booleans())
    def succeed(self, retried: bool) -> None:
        self.kept = BUDGET.written(earn(BUDGET.read(self.kept), self.now, retried=retried))
        self.earned += 14 if retried else 1

    @invariant()
    def no_more_is_spent_than_there_was(self) -> None:
        assert 14 * self.paid <= 500 + self.earned + 5 * (self.now - self.begun) + 1e-3
        budget = BUDGET.read(self.kept)
        assert budget is None or 0 <= budget.tokens < 500


TestPurse = Purse.TestCase
