"""Every bundled tool against a stand-in that speaks as its API does: sound answers are delivered, lies never are."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest

from tests.standins.cases import CASES, Case, resized
from tests.standins.limits import LIMITS
from tests.standins.running import Ran, run
from tests.standins.shape import OF_ANY_ANSWER, Lie
from unabridged.schemas.contract import Contract
from unabridged.server.listing import servable
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import Catalog, read
from unabridged.tools.reaching import reachable

pytestmark = pytest.mark.anyio

RECORDS, SIZE, OTHER_SIZE = 11, 3, 4  # the design's fault table: 11 records in pages of 3
OWN_FAULT = ("internal_error", "definition_error", "not_configured", "invalid_arguments", "unreachable", "unproven")
DOCUMENT = (Path(__file__).parent.parent / "docs" / "catalogue.md").read_text(encoding="utf-8")


@cache
def catalog() -> Catalog:
    return read(tuple(bundled().values()))


@cache
def contracts() -> dict[str, Contract]:
    return {contract.name: contract for contract in catalog().contracts}


def _paged(case: Case) -> bool:
    return case.shape().paged


def _lies() -> list[object]:
    return [
        pytest.param(case, lie, forever, id=f"{case.tool}-{lie.name.lower()}-{'forever' if forever else 'once'}")
        for case in CASES
        for lie in (Lie if _paged(case) else OF_ANY_ANSWER)
        for forever in (False, True)
    ]


def _counts() -> list[object]:
    """No record, one, exactly a page, one more than a page, and 250."""
    return [
        pytest.param(case, count, id=f"{case.tool}-{count}")
        for case in CASES
        if _paged(case)
        for count in ("0", "1", "a page", "a page and 1", "250")
    ]


def _number(contract: Contract, count: str) -> int:
    size = 2_000 if contract.walk.page_size is None else contract.walk.page_size.ask
    return {"a page": size, "a page and 1": size + 1}.get(count) or int(count) if count[0].isalpha() else int(count)


def test_the_bundled_files_have_no_problem() -> None:
    assert [str(problem) for problem in catalog().problems] == []


def test_every_bundled_tool_has_a_stand_in_and_every_stand_in_a_tool() -> None:
    assert Counter(case.tool for case in CASES) == Counter(contracts().keys())


def test_every_bundled_tool_can_be_served_and_can_reach_the_grade_that_it_requires() -> None:
    _, faults = servable(catalog().contracts)
    weak = [contract.name for contract in catalog().contracts if reachable(contract) < contract.complete.require]
    assert (faults, weak) == ({}, [])


@pytest.mark.requirement("L7", "G20", "G21")
@pytest.mark.parametrize(("case", "lie", "forever"), _lies())
async def test_a_lie_is_refused_or_mended_and_never_delivered(case: Case, lie: Lie, forever: bool) -> None:
    contract = resized(contracts()[case.tool], SIZE, OTHER_SIZE)
    ran = await run(
        contract, case, count=RECORDS if _paged(case) else 1, lie=lie, forever=forever, largest=_largest(contract)
    )
    assert ran.told, "the lie was not told, so nothing was tried"
    assert ran.code not in OWN_FAULT
    assert ran.outcome != "SILENT" or (case.tool, lie) in LIMITS


@pytest.mark.requirement("L7", "G45")
@pytest.mark.parametrize(("case", "count"), _counts())
async def test_a_sound_answer_is_delivered_whole(case: Case, count: str) -> None:
    contract = contracts()[case.tool]
    assert _facts(await run(contract, case, count=_number(contract, count))) == ("whole", "", contract.complete.require)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.tool) for case in CASES if not _paged(case)])
async def test_one_sound_thing_is_delivered(case: Case) -> None:
    contract = contracts()[case.tool]
    assert _facts(await run(contract, case, count=1)) == ("whole", "", contract.complete.require)


@pytest.mark.requirement("L7")
@pytest.mark.parametrize("case", [pytest.param(case, id=case.tool) for case in CASES if _paged(case)])
async def test_at_any_page_size_and_length_a_lie_is_never_delivered_and_the_truth_always_is(case: Case) -> None:
    chance = Random(case.tool)  # the same draws on every run
    for _ in range(6):
        count, (size, other) = chance.randint(0, 30), chance.sample(range(1, 9), 2)
        contract = resized(contracts()[case.tool], size, other)
        largest = size if contract.walk.page_size is None else None
        sound = await run(contract, case, count=count, largest=largest)
        assert sound.outcome == "whole", f"{count} records in pages of {size} and {other}: {sound.code}"
        lie, forever = chance.choice(list(Lie)), chance.random() < 0.5
        lied = await run(contract, case, count=count, lie=lie, forever=forever, largest=largest)
        assert lied.outcome != "SILENT" or (case.tool, lie) in LIMITS, (
            f"{lie} at {count} in pages of {size} and {other}"
        )


@pytest.mark.parametrize(("tool", "lie"), sorted(LIMITS, key=str))
async def test_what_is_said_to_be_beyond_a_tool_is_beyond_it(tool: str, lie: Lie) -> None:
    case = next(case for case in CASES if case.tool == tool)
    contract = resized(contracts()[tool], SIZE, OTHER_SIZE)
    ran = await run(contract, case, count=RECORDS, lie=lie, forever=True, largest=_largest(contract))
    assert ran.outcome == "SILENT"


def _largest(contract: Contract) -> int | None:
    """Where a contract cannot ask for a page size, the stand-in chooses the small one."""
    return SIZE if contract.walk.page_size is None else None


def _facts(ran: Ran) -> tuple[str, str, object]:
    return ran.outcome, ran.code, ran.grade


def test_the_document_names_every_tool_with_its_grade() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z_]+) \| ([a-z_]+) \|", DOCUMENT, re.MULTILINE)
    assert sorted(rows) == sorted(
        (contract.name, contract.claim.kind, str(contract.complete.require)) for contract in contracts().values()
    )


def test_the_document_reports_on_every_lie() -> None:
    rows = re.findall(r"^\| ([^|`]+) \| \d+, \d+, \d+ \| \d+, \d+, \d+ \|$", DOCUMENT, re.MULTILINE)
    assert rows == [lie.value for lie in Lie]


def test_the_document_names_every_limit() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (page 2 [^|]+|end said [^|]+) \|$", DOCUMENT, re.MULTILINE)
    assert sorted(rows) == sorted((tool, lie.value) for tool, lie in LIMITS)
