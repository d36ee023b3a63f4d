"""Every bundled tool against the mock of it: the truth is delivered whole, and of the lies only those that nobody can see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.mocking.mocked import Ran, catalogue, ran
from tests.standins.cases import resized
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.mocking.faults import BY_NAME
from unabridged.tools.mocking.honouring import honoured
from unabridged.tools.mocking.mock import Settings

pytestmark = pytest.mark.anyio

ITEMS, SIZE, OTHER_SIZE = 11, 3, 4
UNSEEN: Mapping[str, Sequence[str]] = {
    # A keyset goes on from the last item of a page, and Stripe states no total: what is lost in between leaves no trace.
    "page_lost": (
        "stripe_list_charges",
        "stripe_list_customers",
        "stripe_list_invoices",
        "stripe_list_subscriptions",
    ),
    # The count of another tool is an ordinary member of this one thing, and nothing contradicts it.
    "total_off": ("github_show_repository",),
    "total_missing": ("github_show_repository",),
}
"""What no contract of these APIs can see; docs/catalogue.md says why."""
UNSEEN_ONCE: Mapping[str, Sequence[str]] = {**UNSEEN, "items_lost": UNSEEN["page_lost"]}
"""The same for a lie that is told once: the probe behind the end is then told the truth."""
NOBODY = ("nested_cut", "changed_midway", "answer_lost")
"""Lies that concern no bundled tool: none declares lists inside items or a revision, and none writes."""
HARMLESS = ("late_end", "stale", "behind", "slow")
"""Lies after which an answer may be right all the same."""


def _counts() -> list[object]:
    return [
        pytest.param(contract, count, id=f"{contract.name}-{count}")
        for contract in catalogue()
        for count in (("none", "one", "page", "page and one", "53") if _lists(contract) else ("one",))
    ]


def _lists(contract: Contract) -> bool:
    return not contract.claim.single and contract.claim.kind != "top_k"


def _number(contract: Contract, count: str) -> int:
    page = 20 if contract.walk.page_size is None else contract.walk.page_size.ask
    return {"none": 0, "one": 1, "page": page, "page and one": page + 1, "53": 53}[count]


@pytest.mark.requirement("L17")
@pytest.mark.parametrize(("contract", "count"), _counts())
async def test_the_truth_is_delivered_whole(contract: Contract, count: str) -> None:
    found = await ran(contract, items=_number(contract, count), beside=catalogue())
    assert (found.outcome, found.code) == ("whole", "")


async def test_a_gated_search_of_which_nothing_is_near_is_refused() -> None:
    gated = [contract for contract in catalogue() if contract.complete.gate is not None]
    nothing = [await ran(contract, items=0) for contract in gated]
    some = [await ran(contract, items=50) for contract in gated]
    assert gated
    assert {found.code for found in nothing} == {"low_relevance"}
    assert {found.outcome for found in some} == {"whole"}


async def test_a_query_that_says_so_finds_nothing_near() -> None:
    contract = next(contract for contract in catalogue() if contract.name == "pinecone_search")
    assert (await ran(contract, items=20, arguments={"text": "something irrelevant"})).code == "low_relevance"


async def test_every_bundled_tool_can_be_mocked() -> None:
    found = await honoured(catalogue(), Settings())
    assert (len(found.contracts), dict(found.left_out)) == (len(catalogue()), {})


async def _lied_to(fault: str) -> dict[str, Ran]:
    told: dict[str, Ran] = {}
    for contract in catalogue():
        size = SIZE if contract.walk.page_size is None else None
        small = resized(contract, SIZE, OTHER_SIZE)
        found = await ran(small, items=ITEMS, lies=[fault], beside=catalogue(), page_size=size)
        if found.told:
            told[contract.name] = found
    return told


@pytest.mark.requirement("L17")
@pytest.mark.parametrize("fault", BY_NAME)
async def test_a_lie_is_refused_or_harmless_and_never_delivered_unseen(fault: str) -> None:
    told = await _lied_to(fault)
    assert bool(told) != (fault in NOBODY)
    assert sorted(name for name, one in told.items() if one.outcome == "SILENT") == sorted(UNSEEN.get(fault, ()))
    assert not [name for name, one in told.items() if one.code in ("internal_error", "definition_error")]


@pytest.mark.parametrize("fault", [name for name in BY_NAME if name not in HARMLESS])
async def test_a_lie_that_is_told_once_in_a_while_is_mended_or_refused(fault: str) -> None:
    for contract in catalogue()[::7]:
        small = resized(contract, SIZE, OTHER_SIZE)
        size = SIZE if contract.walk.page_size is None else None
        found = await ran(small, items=ITEMS, lies=[fault], rate=0.3, seed=5, beside=catalogue(), page_size=size)
        assert found.outcome != "SILENT" or contract.name in UNSEEN_ONCE.get(fault, ())


async def test_a_write_that_must_be_seen_is_seen_unless_the_service_is_behind() -> None:
    contract = next(contract for contract in catalogue() if contract.name == "pinecone_query")
    arguments: dict[str, Json] = {"vector": [0.5], "min_lsn": 70_000}
    assert (await ran(contract, items=5, arguments=arguments)).outcome == "whole"
    assert (await ran(contract, items=5, arguments=arguments, lies=["behind"])).code == "not_yet_visible"
