"""Thousands of simulated calls, each replayable by its seed: whole, or refused with a reason, and nothing else."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any, cast

import pytest

from tests.simulation import Run, simulate
from unabridged.schemas.answer import Delivered
from unabridged.schemas.codes import CODES
from unabridged.schemas.wire import Json

pytestmark = pytest.mark.anyio

SEEDS = int(os.environ.get("UNABRIDGED_SEEDS", "4000"))


def by_id(rows: Json) -> list[Any]:
    """The rows in one order: what is claimed is the set, and two lies together can turn the order around."""
    return sorted(cast("list[Any]", rows), key=lambda row: int(row["id"]))


def wrong(run: Run) -> str | None:
    """What is wrong with *run*, in words; None where it kept every promise."""
    receipt = run.answered.receipt
    asked = Counter((attempt.purpose, attempt.page) for attempt in receipt.evidence.attempts)
    if isinstance(run.answered, Delivered):
        if by_id(run.delivered) != by_id(run.truth):
            return "delivered something else than the truth"
    elif not run.told and run.world.time < 50:
        return f"refused a sound service: {run.answered.verdict.findings[0]}"
    elif (
        run.answered.verdict.findings[0].code not in CODES or run.answered.verdict.findings[0].code == "internal_error"
    ):
        return f"refused without a reason: {run.answered.verdict.findings[0]}"
    if run.world.time > 60.001:
        return f"outlived its deadline: {run.world.time}"
    if max(asked.values(), default=0) > 3:
        return f"asked too often: {asked}"
    return None


@pytest.mark.requirement("G40", "G45")
async def test_every_simulated_call_is_whole_or_refused_with_a_reason() -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(SEEDS):
        run = await simulate(seed)
        assert (said := wrong(run)) is None, f"seed {seed} ({run.kind}, {run.count} rows, lies: {run.told}): {said}"
        outcomes["lied to, whole" if run.delivered is not None and run.told else type(run.answered).__name__] += 1
    assert min(outcomes["lied to, whole"], outcomes["Delivered"], outcomes["Withheld"]) > SEEDS // 50, outcomes
