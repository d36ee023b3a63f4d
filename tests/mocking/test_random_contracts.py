"""Laws that hold of every contract that can be written: the truth is delivered, and no lie is, beyond what the grade can see."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mocking.contracts import SIZE, contracts
from tests.mocking.mocked import Ran, ran
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.tools.mocking.faults import BY_NAME

LAW = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
COUNTS = st.sampled_from([0, 1, SIZE, SIZE + 1, 11])

WITHOUT_A_COUNT = frozenset({"cursor_null", "page_lost", "page_empty", "items_lost", "early_end"})
"""Lies that only a count, or a second walk, can show: all signals on all pages agree with one another."""


def _called(contract: Contract, items: int, *lies: str) -> Ran:
    size = None if contract.walk.page_size is not None else SIZE

    async def call() -> Ran:
        return await ran(contract, items=items, lies=lies, page_size=size)

    return anyio.run(call)


@LAW
@given(contracts(), COUNTS)
def test_the_truth_is_delivered_whole(contract: Contract, items: int) -> None:
    found = _called(contract, items)
    assert (found.outcome, found.code) == ("whole", "")


def _beyond(contract: Contract, fault: str) -> bool:
    """Whether a lie leaves no trace that the grade of *contract* could see."""
    return fault in WITHOUT_A_COUNT and contract.complete.require < Grade.DIFFERENTIAL


@pytest.mark.parametrize("fault", BY_NAME)
@settings(LAW, max_examples=10)
@given(contracts())
def test_a_lie_is_never_delivered_beyond_the_grade(fault: str, contract: Contract) -> None:
    found = _called(contract, 11, fault)
    assert found.outcome != "SILENT" or _beyond(contract, fault)
