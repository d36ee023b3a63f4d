"""A service that refuses the page size that the file asks for: which does it take, and what follows from walks in pages of it?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.proving.experiments import outcomes, proposed, proven
from tests.proving.services import Service
from tests.scripted import answer, query
from unabridged.schemas.claim import Grade
from unabridged.schemas.wire import Outcome, Request
from unabridged.tools.proving.prove import Proven

pytestmark = pytest.mark.anyio

REFUSED: Outcome = answer({"message": "limit cannot be so high"}, status=400)


def _rejecting(request: Request) -> Outcome:
    return REFUSED


def _taking(service: Service, takes: Callable[[int], bool], refused: Outcome = REFUSED) -> Callable[[Request], Outcome]:
    """*service*, which refuses a size that it does not take; asked for none, it gives its usual one."""

    def choosing(request: Request) -> Outcome:
        given = query(request).get("limit")
        return service(request) if given is None or takes(int(given)) else refused

    return choosing


async def _proven(
    service: Service, takes: Callable[[int], bool], *, ask: int = 50, requests: int = 40, **parts: Any
) -> Proven:
    walk = service.walk()
    asking = {**walk, "page_size": {**walk["page_size"], "ask": ask}}
    return await proven(_taking(service, takes), service.contract(walk=asking, **parts), requests=requests)


def _size(found: Proven) -> tuple[str, str]:
    line = found.proof.lines["walk.page_size"]
    return line.outcome, line.says


# ------------------------------------------------------------------------------------------ a largest size


@pytest.mark.parametrize("kind", ["cursor", "next_url", "link", "keyset", "offset", "page"])
async def test_a_size_below_the_one_that_is_refused_is_found_and_walked(kind: Any) -> None:
    service = Service(kind=kind, count=47, usual=20, clamp=1000)
    found = await _proven(service, lambda size: size <= 20)
    assert set(outcomes(found).values()) == {"proven"}
    assert proposed(found)["walk: {page_size: {ask: 20, max: 20}}"] == Grade.COUNTED
    assert found.proof.sizes.clamp == 20
    assert found.requests <= 40


async def test_the_line_says_what_is_obeyed_and_what_is_refused() -> None:
    found = await _proven(Service(kind="offset", count=47, usual=20, clamp=1000), lambda size: size <= 20)
    assert _size(found)[0] == "proven"
    assert "asked for 1, 1 came" in _size(found)[1]
    assert "never more than 20 a page; 50, " in _size(found)[1]
    assert _size(found)[1].endswith(" refused")


@pytest.mark.parametrize("most", [1, 2, 3, 10, 19, 24, 25, 26, 30, 33, 49])
async def test_the_largest_size_is_found_with_few_requests(most: int) -> None:
    service = Service(kind="offset", count=137, usual=min(most, 20), clamp=1000)
    found = await _proven(service, lambda size: size <= most, requests=80)
    assert f"walk: {{page_size: {{ask: {most}, max: {most}}}}}" in proposed(found)
    assert len(found.log.offered) <= 10


@pytest.mark.parametrize("most", [100, 200, 250, 500, 999, 1000, 5000])
async def test_a_large_size_is_found_as_well(most: int) -> None:
    found = await _proven(Service(kind="offset", count=137, clamp=10_000), lambda size: size <= most, ask=10_000)
    assert _size(found)[0] == "proven"
    assert any(line.startswith(f"walk: {{page_size: {{ask: {most}") for line in proposed(found))


async def test_the_walk_and_every_other_line_are_settled_with_the_size_that_is_taken() -> None:
    service = Service(kind="page", count=47, usual=20, clamp=1000)
    found = await _proven(service, lambda size: size <= 20, ask=50)
    assert found.log.whole is not None
    assert (found.log.whole.variant.size, found.log.whole.came, len(found.log.whole.marks)) == (20, 20, 47)
    assert "twice with pages of different sizes" in found.proof.lines["walk"].says
    assert found.log.trials["before"].sheets


async def test_other_proposals_are_tried_with_the_size_that_is_taken() -> None:
    service = Service(kind="offset", count=47, usual=20, clamp=1000)
    found = await _proven(service, lambda size: size <= 20, complete={"require": "terminated"})
    assert proposed(found)["complete: {require: counted, total: {at: body:/count}}"] == Grade.COUNTED


async def test_a_size_is_proposed_also_where_the_collection_is_too_large_to_be_walked() -> None:
    found = await _proven(Service(kind="offset", count=5000, usual=20, clamp=10_000), lambda size: size <= 20)
    assert found.proof.lines["walk"].outcome == "open"
    assert proposed(found)["walk: {page_size: {ask: 20, max: 20}}"] is None


@pytest.mark.parametrize("kind", ["page", "keyset", "offset"])
async def test_a_size_is_proposed_also_where_nobody_can_say_how_the_end_reads(kind: Any) -> None:
    found = await _proven(Service(kind=kind, count=47, usual=20, clamp=1000, total=None), lambda size: size <= 20)
    assert proposed(found)["walk: {page_size: {ask: 20, max: 20}}"] is None


async def test_with_the_line_that_is_proposed_the_tool_delivers_and_is_proven() -> None:
    service = Service(kind="offset", count=47, usual=20, clamp=1000)
    first = await _proven(service, lambda size: size <= 20)
    walk = service.walk()
    mended = {**walk, "page_size": {**walk["page_size"], "ask": 20, "max": 20}}
    second = await proven(_taking(service, lambda size: size <= 20), service.contract(walk=mended), requests=40)
    assert (first.stumble is None, second.stumble is None) == (False, True)
    assert second.whole
    assert not any("page_size" in line for line in proposed(second))


async def test_where_less_than_a_page_is_there_a_size_is_found_nevertheless() -> None:
    found = await _proven(Service(kind="offset", count=3, usual=20, clamp=1000), lambda size: size <= 20)
    assert _size(found)[0] == "proven"
    assert "walk: {page_size: {ask: 20, max: 20}}" in proposed(found)


# ------------------------------------------------------------------------------------------ other rules


async def test_where_only_some_sizes_are_taken_the_largest_of_them_below_is_walked() -> None:
    found = await _proven(Service(kind="page", count=95, usual=10, clamp=1000), lambda size: size in (5, 10, 20))
    assert _size(found)[0] == "proven"
    assert found.log.whole is not None
    assert found.log.whole.variant.size == 20
    assert found.log.trials["another"].came == 10
    assert "twice with pages of different sizes" in found.proof.lines["walk"].says


async def test_where_the_size_is_refused_because_it_is_too_small_the_usual_one_is_walked() -> None:
    found = await _proven(Service(kind="page", count=95, usual=20, clamp=1000), lambda size: size >= 10, ask=5)
    assert _size(found)[0] == "proven"
    assert found.log.whole is not None
    assert found.log.whole.variant.size == 20
    assert proposed(found)["walk: {page_size: {ask: 20}}"] == Grade.COUNTED


async def test_a_size_that_is_taken_and_not_obeyed_is_refuted() -> None:
    service = Service(kind="offset", count=47, usual=10, ignores=("size",))
    found = await _proven(service, lambda size: size <= 20)
    assert _size(found)[0] == "refuted"
    assert "the service does not obey it" in _size(found)[1]


@pytest.mark.requirement("L10")
async def test_only_where_no_size_is_taken_the_parameter_is_refuted() -> None:
    found = await _proven(Service(kind="offset", count=47, usual=20), lambda size: False)
    assert _size(found)[0] == "refuted"
    assert _size(found)[1].startswith("the service answers without it, and refuses ")
    assert "walk: {page_size: null}" in proposed(found)
    assert found.log.known is not None
    assert len(found.log.known) == 47
    assert found.proof.sizes.clamp is None


@pytest.mark.requirement("L10")
async def test_where_smaller_sizes_are_not_answered_nothing_is_said_of_the_parameter() -> None:
    service = Service(kind="offset", count=47, usual=20)
    script = _taking(service, lambda size: False)

    def failing(request: Request) -> Outcome:
        return answer({}, status=503) if query(request).get("limit") not in (None, "50") else script(request)

    walk = service.walk()
    asking = {**walk, "page_size": {**walk["page_size"], "ask": 50}}
    found = await proven(failing, service.contract(walk=asking), requests=40)
    assert _size(found)[0] == "open"
    assert not any("page_size" in line for line in proposed(found))


async def test_a_census_that_is_refused_says_nothing_of_the_size() -> None:
    service = Service(kind="offset", count=25, clamp=1000)

    def refusing(request: Request) -> Outcome:
        return REFUSED if request.url.endswith("/count") else service(request)

    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    contract = service.contract(complete={"require": "censused", "census": census})
    found = await proven(refusing, contract, requests=40)
    assert _size(found)[0] == "proven"
    assert "refused" not in _size(found)[1]


async def test_a_service_that_rejects_everything_is_not_asked_for_other_sizes() -> None:
    found = await proven(_rejecting, Service(kind="offset").contract())
    assert not found.log.offered
    assert found.requests <= 6
    assert found.proof.lines == {}


async def test_no_size_is_looked_for_where_the_file_sends_none() -> None:
    service = Service(kind="offset", count=25)
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(_rejecting, service.contract(walk=walk))
    assert not found.log.offered


# ------------------------------------------------------------------------------------------ the first page


async def test_items_that_came_from_page_1_on_show_their_identifiers() -> None:
    service = Service(kind="page", count=73, clamp=1000)

    def from_one(request: Request) -> Outcome:
        return REFUSED if query(request)["p"] == "0" else service(request)

    found = await proven(from_one, service.contract(walk={**service.walk(), "start": 0}))
    identifier = found.proof.lines["response.items.id"]
    assert (identifier.outcome, identifier.says) == ("proven", "73 items, each with one of its own")
