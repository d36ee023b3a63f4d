"""A service that refuses the page behind the last one: an end where something counts what came, and else perhaps a wall."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proving.experiments import Script, lines, proposed, proven
from tests.proving.services import Service
from tests.scripted import answer, query
from unabridged.schemas.claim import Grade
from unabridged.schemas.wire import Outcome, Request
from unabridged.tools.proving.prove import Proven

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _first(service: Service, request: Request) -> tuple[int, int]:
    """The number of the first item of the page that is asked for, and the size of the page."""
    given = query(request)
    size = min(service.clamp, int(given.get("limit", service.usual)))
    place = int(given.get("p", 0))
    return ((place - service.first) * size if service.kind == "page" else place), size


def refusing(service: Service, status: int) -> Script:
    """*service*, but for the pages that hold nothing."""

    def refused(request: Request) -> Outcome:
        start, _ = _first(service, request)
        return service(request) if 0 <= start < service.count else answer({"no": "page"}, status=status)

    return refused


def walled(service: Service, *, wall: int, cut: bool) -> Script:
    """*service*, but nobody gets beyond item *wall*: a page that reaches beyond it is *cut* or refused."""

    def guarded(request: Request) -> Outcome:
        start, size = _first(service, request)
        if start < 0 or start >= wall or (not cut and start + size > wall):
            return answer({"error": "too deep"}, status=400)
        return service(request)

    service.window = wall
    return guarded


def asking(service: Service, size: int, **parts: Any) -> Any:
    walk = {**service.walk(), "page_size": {"send": "query:limit", "ask": size}}
    return service.contract(walk=walk, **parts)


def _open(found: Proven, *places: str) -> bool:
    return set(places).isdisjoint(lines(found, "proven"))


# ------------------------------------------------------------------------------------------ an end that is counted


@pytest.mark.parametrize("count", [20, 21, 23])
@pytest.mark.parametrize("status", [400, 404, 416, 422])
@pytest.mark.parametrize("kind", ["page", "offset"])
async def test_a_refusal_behind_as_many_items_as_the_total_says_is_the_end(kind: Any, status: int, count: int) -> None:
    service = Service(kind=kind, count=count, clamp=30)
    found = await proven(refusing(service, status), asking(service, 7), requests=40)
    assert lines(found, "proven") == set(found.proof.lines)
    assert "twice with pages of different sizes" in found.proof.lines["walk"].says
    assert found.stumble is None


@pytest.mark.parametrize("total", ["walk", "remaining", "onward", "pages"])
async def test_whatever_counts_all_that_came_makes_it_the_end(total: str) -> None:
    service = Service(kind="page", count=23, clamp=30, total=total)
    found = await proven(refusing(service, 404), asking(service, 7))
    assert lines(found, "proven") == set(found.proof.lines)


async def test_a_count_that_is_not_declared_makes_it_the_end_and_is_proposed() -> None:
    service = Service(kind="page", count=23, clamp=30)
    found = await proven(refusing(service, 404), asking(service, 7, complete={"require": "terminated"}))
    assert "walk" in lines(found, "proven")
    assert proposed(found)["complete: {require: counted, total: {at: body:/count}}"] == Grade.COUNTED


@pytest.mark.parametrize("count", [20, 21])
async def test_in_pages_of_one_size_the_total_is_the_witness(count: int) -> None:
    service = Service(kind="page", count=count, usual=7, ignores=("size",))
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}

    def refused(request: Request) -> Outcome:
        start = (int(query(request)["p"]) - 1) * 7
        return service(request) if 0 <= start < count else answer({}, status=404)

    found = await proven(refused, service.contract(walk=walk))
    assert "as many as body:/count says, in pages of one size" in found.proof.lines["walk"].says


# ------------------------------------------------------------------------------------------ a refusal that may be a wall


@pytest.mark.parametrize("cut", [True, False])
@pytest.mark.parametrize("wall", [20, 21])
@pytest.mark.requirement("L10")
async def test_a_refusal_proves_no_end_where_nothing_counts(*, wall: int, cut: bool) -> None:
    service = Service(kind="offset", count=60, clamp=30, total=None)
    found = await proven(walled(service, wall=wall, cut=cut), asking(service, 7))
    assert found.proof.lines["walk"].outcome == "open"
    assert "refused (request_rejected), and nothing counts as many" in found.proof.lines["walk"].says


@pytest.mark.parametrize("wall", [20, 21])
@pytest.mark.requirement("L10")
async def test_a_refusal_proves_no_end_where_the_total_says_more(wall: int) -> None:
    service = Service(kind="offset", count=60, clamp=30)
    found = await proven(walled(service, wall=wall, cut=True), asking(service, 7))
    assert _open(found, "walk", "complete.total")
    assert "body:/count says 60" in found.proof.lines["walk"].says


@pytest.mark.parametrize(("wall", "size"), [(20, 7), (21, 7), (20, 10), (12, 6), (4, 2)])
@pytest.mark.requirement("L10")
async def test_a_total_that_counts_up_to_a_wall_is_found_out_by_pages_that_reach_beyond_it(
    wall: int, size: int
) -> None:
    """The total says no more than the wall lets through; where a page reaches beyond the wall, it is refused."""
    service = Service(kind="offset", count=wall, clamp=30)
    found = await proven(walled(service, wall=wall, cut=False), asking(service, size))
    assert _open(found, "walk", "complete.total")


@pytest.mark.parametrize("status", [402, 403, 409, 429, 503])
@pytest.mark.requirement("L10")
async def test_another_failure_behind_the_last_page_is_no_end(status: int) -> None:
    service = Service(kind="page", count=23, clamp=30)
    found = await proven(refusing(service, status), asking(service, 7))
    assert _open(found, "walk")


@pytest.mark.requirement("L10")
async def test_a_count_of_the_page_does_not_make_a_refusal_the_end() -> None:
    service = Service(kind="page", count=7, clamp=30, total="page")
    found = await proven(refusing(service, 404), asking(service, 7, complete={"require": "terminated"}))
    assert _open(found, "walk")
