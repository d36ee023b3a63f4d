"""Every bundled tool against every corruption of what its stand-in says: what survives is what its file says nobody can see."""

from __future__ import annotations

import pytest

from tests.mutating.catalogue import PAGE, kinds, mutated, row, spots
from tests.standins.cases import CASES, Case

pytestmark = pytest.mark.anyio

TEXT = PAGE.read_text("utf-8")
STALE = "run: uv run python -m tests.mutating.catalogue"


@pytest.mark.requirement("L12")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.tool) for case in CASES])
async def test_a_corruption_is_caught_or_its_file_says_that_nobody_can_see_it(case: Case) -> None:
    found = await mutated(case)
    assert [(one.mutation, one.place) for one in found.survivors if one.known is None] == []
    assert found.stray == (), "the file names a blind spot that is none"
    assert [(one.mutant.mutation, one.mutant.place, one.mutant.detail) for one in found.crashed] == []
    assert found.open == 0, "the stand-in answers every question"
    assert found.caught > found.silent
    assert [line for line in (row(found), *spots(found)) if line not in TEXT] == [], STALE


def test_the_page_names_every_kind_of_corruption() -> None:
    assert kinds() in TEXT, STALE
