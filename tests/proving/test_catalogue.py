"""The bundled tools against stand-ins of their true shapes: what people wrote with care is proven, and nothing that is whole only in appearance."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from tests.standins.cases import CASES, ENVIRONMENT, Case, pointed, resized
from tests.standins.shape import Lie, Standin
from tests.standins.wire import serving
from unabridged.schemas.contract import Contract
from unabridged.schemas.walk import Single, Stream
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import read
from unabridged.tools.proving.prove import Proven, prove, unfit
from unabridged.tools.surroundings import surroundings

pytestmark = pytest.mark.anyio

COUNT = 23
DECEIVING = (Lie.EARLY_END, Lie.SAME_CURSOR, Lie.PAGE_2_REPEATS, Lie.PAGE_2_LOST_ONE, Lie.SAME_CUT)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@cache
def contracts() -> dict[str, Contract]:
    return {contract.name: contract for contract in read(tuple(bundled().values())).contracts}


def walked(case: Case) -> bool:
    contract = contracts()[case.tool]
    return unfit(contract) is None and not contract.claim.single and not isinstance(contract.walk, Single | Stream)


WALKED = [case for case in CASES if walked(case)]


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


async def proven(case: Case, count: int, lie: Lie | None = None) -> Proven:
    standin = Standin(shape=case.shape(), count=count, lie=lie, forever=True)
    around = replace(surroundings(ENVIRONMENT), sleep=at_once, random=lambda: 0.5)
    async with serving(standin) as origin:
        contract = resized(pointed(contracts()[case.tool], origin), 7, 5)
        return await prove(contract, case.arguments, surroundings=around, requests=60)


@pytest.mark.parametrize("case", WALKED, ids=lambda case: case.tool)
async def test_what_a_bundled_tool_says_is_proven_where_there_are_pages(case: Case) -> None:
    found = await proven(case, COUNT)
    outcomes = {place: said.outcome for place, said in found.proof.lines.items()}
    assert "refuted" not in outcomes.values(), found.proof.lines
    if found.log.whole is not None and len(found.log.whole.sheets) > 1:
        assert set(outcomes.values()) == {"proven"}, found.proof.lines
    assert found.requests <= 40


@pytest.mark.parametrize("lie", DECEIVING, ids=lambda lie: lie.name)
@pytest.mark.parametrize("case", WALKED, ids=lambda case: case.tool)
async def test_of_a_service_that_lies_no_walk_is_proven_that_misses_something(case: Case, lie: Lie) -> None:
    found = await proven(case, COUNT, lie)
    said = found.proof.lines.get("walk")
    assert said is None or said.outcome != "proven" or len(found.log.known or ()) == COUNT, found.proof.lines
