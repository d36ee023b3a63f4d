"""A second proof of the same tool: it replaces what it speaks of, and takes nothing else away."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.proof import Proof, Settled
from unabridged.schemas.provenance import Provenance
from unabridged.schemas.wire import Outcome, Request, Response
from unabridged.server.experimenting import keep
from unabridged.tools.doubting import doubt, refuted, unsettled
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


# ------------------------------------------------------------------------------------------ what speaks against a line


FILTERED: dict[str, Any] = {
    "input": {"type": "object", "properties": {"status": {"type": "string"}}},
    "request": {"url": "https://desk.test/items", "query": {"status": "{input.status}"}},
}
ANY: dict[str, str] = {}
NEW = {"status": "new"}
OLD = {"status": "old"}


def _filtering(usual: Any, **others: Any) -> Any:
    """A service that is another one for each status."""

    def serving(request: Request) -> Outcome:
        outcome: Outcome = others.get(query(request).get("status", ""), usual)(request)
        return outcome

    return serving


def _rewritten(service: Service, **members: Any) -> Any:
    """*service*, with *members* in each body instead of its own."""

    def serving(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        return answer({**json.loads(outcome.content), **members})

    return serving


async def _asked(
    service: Any, tool: Contract, given: dict[str, str], proof: Proof | None = None, *, days: float = 0
) -> Proven:
    around = replace(World(service).surroundings(), now=lambda: 1_000_000.0 + days * DAY)
    return await prove(replace(tool, proof=proof), given, surroundings=around, requests=60)


@pytest.mark.parametrize("count", [0, 1, 9])
@pytest.mark.requirement("L10")
async def test_a_total_that_ignores_the_filter_takes_the_proof_of_an_experiment_without_one_away(count: int) -> None:
    tool = Service(kind="offset").contract(**FILTERED)
    service = _filtering(Service(kind="offset"), new=_rewritten(Service(kind="offset", count=count), count=25))
    first = await _asked(service, tool, ANY)
    assert _outcomes(first.proof) == {"proven"}
    again = await _asked(service, tool, NEW, first.proof, days=3)
    assert {place for place, line in again.proof.lines.items() if line.outcome == "open"} >= {"walk", "complete.total"}
    assert not {"walk", "complete.total"} & set(again.kept)
    assert f"{count} items came" in again.proof.lines["walk"].says
    assert again.proof.count is None


@pytest.mark.requirement("L10")
async def test_a_line_that_was_taken_away_is_proven_again_by_what_showed_it_before() -> None:
    tool = Service(kind="offset").contract(**FILTERED)
    service = _filtering(Service(kind="offset"), new=_rewritten(Service(kind="offset", count=9), count=25))
    first = await _asked(service, tool, ANY)
    between = await _asked(service, tool, NEW, first.proof)
    assert _outcomes((await _asked(service, tool, ANY, between.proof)).proof) == {"proven"}


AGAINST: dict[str, tuple[Any, str]] = {
    "other items with the same identifier": (Service(volatile=True, ignores=("position",)), "response.items.id"),
    "an end that is not there": (Service(end="absent"), "walk.end"),
    "a page that leads nowhere and to itself": (Service(ignores=("position",)), "walk.next"),
}


@pytest.mark.parametrize("name", AGAINST)
@pytest.mark.requirement("L10")
async def test_what_was_seen_against_a_line_takes_its_proof_away(name: str) -> None:
    service, place = AGAINST[name]
    tool = Service().contract(**FILTERED)
    first = await _asked(Service(), tool, ANY)
    again = await _asked(service, tool, NEW, first.proof)
    assert (again.proof.lines[place].outcome, again.proof.lines[place].against) == ("open", True)
    assert place not in again.kept


@pytest.mark.parametrize(("count", "outcome"), [(0, "open"), (1, "open"), (9, "refuted")])
@pytest.mark.requirement("L10")
async def test_a_census_that_ignores_the_filter_takes_its_own_proof_away(count: int, outcome: str) -> None:
    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    parts = {**FILTERED, "complete": {"require": "censused", "census": census}}
    tool = Service(kind="keyset", total=None).contract(**parts)
    listing = _filtering(Service(kind="keyset", total=None), new=Service(kind="keyset", total=None, count=count))

    def serving(request: Request) -> Outcome:
        outcome: Outcome = answer({"n": 25}) if request.url.startswith("https://desk.test/count") else listing(request)
        return outcome

    first = await _asked(serving, tool, ANY)
    assert first.proof.lines["complete.census"].outcome == "proven"
    again = await _asked(serving, tool, NEW, first.proof)
    assert again.proof.lines["complete.census"].outcome == outcome


@pytest.mark.requirement("L10")
async def test_lists_in_what_was_proven_to_be_one_thing_take_that_away() -> None:
    tool = replace(_one_thing(), provenance={"claim": Provenance(source="openapi", ambiguous=("all",))})
    first = await prove(tool, {"name": "ada"}, surroundings=World(_person).surroundings())
    assert first.proof.lines["claim"].outcome == "proven"
    listing = World(lambda _: answer({"name": "bob", "posts": [1, 2]}))
    again = await prove(replace(tool, proof=first.proof), {"name": "bob"}, surroundings=listing.surroundings())
    assert again.proof.lines["claim"].outcome == "open"


async def test_a_collection_that_changes_speaks_against_nothing() -> None:
    tool = Service(kind="offset").contract(**FILTERED)
    first = await _asked(Service(kind="offset"), tool, ANY)
    changing = _rewritten(Service(kind="offset", count=9, moving=True), count=25)
    again = await _asked(changing, tool, NEW, first.proof)
    assert again.log.moves
    assert again.log.short is not None
    assert not any(line.against for line in again.proof.lines.values())
    assert "walk" in again.kept


@pytest.mark.requirement("L10")
async def test_a_sentence_of_an_earlier_proof_keeps_its_date() -> None:
    tool = Service().contract(**FILTERED)
    first = await _asked(Service(), tool, ANY)
    again = await _asked(Service(count=0), tool, NEW, first.proof, days=3)
    once_more = await _asked(Service(count=0), tool, OLD, again.proof, days=5)
    assert once_more.proof.lines["walk"].at == again.proof.lines["walk"].at == first.proof.proven_at
    assert once_more.proof.lines["walk"].says == first.proof.lines["walk"].says


# ------------------------------------------------------------------------------------------ refutations

OBEYS = Service()
IGNORES = Service(ignores=("size",))


@pytest.mark.requirement("L10")
async def test_other_arguments_do_not_lift_a_refutation() -> None:
    tool = Service().contract(**FILTERED)
    first = await _asked(IGNORES, tool, NEW)
    again = await _asked(OBEYS, tool, ANY, first.proof, days=3)
    line = again.proof.lines["walk.page_size"]
    assert (line.outcome, line.at, line.says) == (
        "refuted",
        first.proof.proven_at,
        first.proof.lines["walk.page_size"].says,
    )
    assert again.kept == ("walk.page_size",)
    assert list(line.under.values()) == [("status",)]
    known = replace(tool, proof=again.proof)
    assert refuted(known) == ("walk.page_size",)
    finding = doubt(known, 1_000_000.0)
    assert finding is not None
    assert "the same arguments (with status)" in finding.message
    assert again.proof.until > first.proof.until


@pytest.mark.requirement("L10")
async def test_the_same_arguments_lift_a_refutation() -> None:
    tool = Service().contract(**FILTERED)
    first = await _asked(IGNORES, tool, NEW)
    between = await _asked(OBEYS, tool, ANY, first.proof)
    again = await _asked(OBEYS, tool, NEW, between.proof)
    assert _outcomes(again.proof) == {"proven"}
    assert again.kept == ()


@pytest.mark.requirement("L10")
async def test_each_of_the_arguments_that_refuted_a_line_must_show_that_it_is_true() -> None:
    tool = Service().contract(**FILTERED)
    proof = (await _asked(IGNORES, tool, NEW)).proof
    proof = (await _asked(IGNORES, tool, OLD, proof)).proof
    assert len(proof.lines["walk.page_size"].under) == 2
    proof = (await _asked(OBEYS, tool, NEW, proof)).proof
    assert proof.lines["walk.page_size"].outcome == "refuted"
    proof = (await _asked(OBEYS, tool, ANY, proof)).proof
    assert proof.lines["walk.page_size"].outcome == "refuted"
    proof = (await _asked(OBEYS, tool, OLD, proof)).proof
    assert _outcomes(proof) == {"proven"}


@pytest.mark.requirement("L10")
async def test_the_same_arguments_under_which_nothing_is_seen_lift_nothing() -> None:
    tool = Service().contract(**FILTERED)
    first = await _asked(IGNORES, tool, NEW)
    again = await _asked(Service(count=0), tool, NEW, first.proof)
    assert again.proof.lines["walk.page_size"].outcome == "refuted"


@pytest.mark.requirement("L10")
async def test_no_day_ends_a_refutation() -> None:
    tool = Service().contract(**FILTERED)
    first = await _asked(IGNORES, tool, NEW)
    again = await _asked(Service(count=0), tool, NEW, first.proof, days=31)
    assert again.kept == ("walk.page_size",)
    assert again.proof.lines["walk.page_size"].outcome == "refuted"
    assert holds(again.proof, 1_000_000.0 + 32 * DAY)
    assert again.proof.lines["walk.next"].outcome == "open"
    assert "walk" not in again.kept


@pytest.mark.parametrize(("known", "outcome"), [(1, "proven"), (2, "refuted")])
async def test_a_lock_that_does_not_say_under_which_arguments_is_lifted_where_it_knows_one_only(
    known: int, outcome: str
) -> None:
    tool = Service().contract(**FILTERED)
    first = (await _asked(IGNORES, tool, NEW)).proof
    old = Settled(outcome="refuted", by="page sizes")
    lock = replace(first, lines={**first.lines, "walk.page_size": old}, asked=(*first.asked, "another")[:known])
    again = await _asked(OBEYS, tool, NEW, lock)
    assert again.proof.lines["walk.page_size"].outcome == outcome


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
