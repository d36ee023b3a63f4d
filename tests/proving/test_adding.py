"""A second proof of the same tool: it replaces what it speaks of, and takes nothing else away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.proof import Proof
from unabridged.schemas.wire import Outcome, Request
from unabridged.server.experimenting import keep
from unabridged.tools.doubting import unsettled
from unabridged.tools.proof import holds, lock_of, read_lock
from unabridged.tools.proving.log import Log
from unabridged.tools.proving.prove import Proven, prove

pytestmark = pytest.mark.anyio

DAY = 86_400.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _proven(service: Any, tool: Contract, proof: Proof | None = None, *, days: float = 0) -> Proven:
    around = World(service).surroundings()
    later = replace(around, now=lambda: 1_000_000.0 + days * DAY)
    return await prove(replace(tool, proof=proof), {}, surroundings=later, requests=60)


def _outcomes(proof: Proof) -> set[str]:
    return {line.outcome for line in proof.lines.values()}


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.requirement("L10")
async def test_an_experiment_that_shows_nothing_takes_no_proof_away_and_prolongs_none(count: int) -> None:
    tool = Service().contract(provenance={"walk.next": {"source": "openapi"}})
    first = await _proven(Service(), tool)
    assert _outcomes(first.proof) == {"proven"}
    again = await _proven(Service(count=count), tool, first.proof, days=3)
    assert _outcomes(again.proof) == {"proven"}
    assert {"walk", "walk.next"} <= set(again.kept)
    assert again.proof.until == first.proof.until
    assert again.proof.sizes == first.proof.sizes
    assert again.proof.count == first.proof.count
    assert set(first.proof.observations) <= set(again.proof.observations)
    assert unsettled(replace(tool, proof=again.proof), 1_000_000.0 + 3 * DAY) == ()


async def test_what_is_proven_again_lasts_anew() -> None:
    tool = Service().contract()
    first = await _proven(Service(), tool)
    again = await _proven(Service(), tool, first.proof, days=3)
    assert again.kept == ()
    assert again.proof.until > first.proof.until


@pytest.mark.requirement("L10")
async def test_a_refutation_replaces_a_proof() -> None:
    tool = Service().contract()
    first = await _proven(Service(), tool)
    again = await _proven(Service(ignores=("size",)), tool, first.proof, days=3)
    assert again.proof.lines["walk.page_size"].outcome == "refuted"


@pytest.mark.requirement("L10")
async def test_a_proof_that_has_run_out_is_not_kept() -> None:
    tool = Service().contract()
    first = await _proven(Service(), tool)
    assert not holds(first.proof, 1_000_000.0 + 31 * DAY)
    again = await _proven(Service(count=0), tool, first.proof, days=31)
    assert again.kept == ()
    assert again.proof.lines["walk.next"].outcome == "open"


async def test_a_proof_of_another_definition_is_not_kept() -> None:
    tool = Service().contract()
    first = await _proven(Service(), tool)
    again = await _proven(Service(count=0), tool, replace(first.proof, subject="another"), days=3)
    assert again.kept == ()
    assert again.proof == (await _proven(Service(count=0), tool, days=3)).proof


# ------------------------------------------------------------------------------------------ the shape


def _one_thing() -> Contract:
    return Service().contract(
        claim="one",
        input={"type": "object", "properties": {"name": {"type": "string"}}},
        request={"url": "https://desk.test/people", "query": {"name": "{input.name}"}},
        response={},
        walk={"kind": "single"},
        complete={},
    )


def _person(request: Request) -> Outcome:
    name = query(request)["name"]
    return answer({} if name == "nil" else {"name": name, **({"nick": "x"} if name != "eve" else {})})


@pytest.mark.parametrize(
    ("names", "locked"),
    [
        (("ada", "ada", "ada", "ada"), set[str]()),
        (("ada", "bob", "ada"), set[str]()),
        (("ada", "bob", "joe"), {"/name", "/nick"}),
        (("ada", "bob", "eve", "joe"), {"/name"}),
        (("ada", "bob", "eve", "eve", "joe", "joe"), {"/name"}),
        (("ada", "bob", "joe", "nil"), set[str]()),
    ],
)
@pytest.mark.requirement("L11")
async def test_the_same_answer_once_more_is_not_one_more_answer(names: tuple[str, ...], locked: set[str]) -> None:
    tool = _one_thing()
    for name in names:
        around = World(_person).surroundings()
        tool = replace(tool, proof=(await prove(tool, {"name": name}, surroundings=around)).proof)
    assert tool.proof is not None
    assert set(tool.proof.shape.required) == locked


async def test_a_field_that_was_missing_in_the_same_answer_later_is_not_required_any_more() -> None:
    tool = Service().contract()
    first = await _proven(Service(), tool)
    assert "/count" in first.proof.shape.required
    again = await _proven(Service(total=None), tool, first.proof)
    assert "/count" not in again.proof.shape.required
    assert {"/items", "/next"} <= set(again.proof.shape.required)
    once_more = await _proven(Service(), tool, again.proof)
    assert "/count" not in once_more.proof.shape.required


# ------------------------------------------------------------------------------------------ the file


def test_experiments_with_tools_of_one_file_that_end_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    proof = Proof(subject="s", proven_at="1970-01-01T00:00:00Z", until="1971-01-01T00:00:00Z")
    file = tmp_path / "desk.yaml"

    def keeping(name: str) -> None:
        tool = Service().contract(name=name)
        keep(Proven(contract=tool, proof=proof, log=Log(contract=tool, pages=1), requests=0), file)

    names = {f"list_{number}" for number in range(40)}
    with ThreadPoolExecutor(8) as together:
        list(together.map(keeping, names))
    assert set(read_lock(lock_of(file)).tools) == names
