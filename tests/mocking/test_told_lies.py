"""What the log calls a lie was one: what is true is told as the truth, and a count that stands in a link can be wrong too."""

from __future__ import annotations

import pytest

from tests.mocking.mocked import catalogue, ran
from tests.standins.cases import resized
from unabridged.schemas.contract import Contract

pytestmark = pytest.mark.anyio


def named(name: str) -> Contract:
    return resized(next(contract for contract in catalogue() if contract.name == name), 3, 4)


@pytest.mark.parametrize("fault", ["early_end", "late_end"])
async def test_a_page_that_says_nothing_of_the_end_is_no_lie_about_it(fault: str) -> None:
    """Crossref gives a cursor on every page, the last one too; only an empty page is the end."""
    found = await ran(named("crossref_search_works"), items=11, lies=[fault])
    assert (found.outcome, found.told) == ("whole", 0)


@pytest.mark.parametrize("fault", ["total_off", "total_missing"])
async def test_a_count_that_stands_in_a_link_can_be_wrong_and_missing(fault: str) -> None:
    """GitHub counts by the last page of pages of one item; where there is no such link, one item is all that there is."""
    found = await ran(named("github_list_releases"), items=11, lies=[fault])
    assert (found.outcome, found.code, found.told > 0) == ("refused", "census_mismatch", True)
