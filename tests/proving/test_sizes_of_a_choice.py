"""A service that takes only some page sizes, as a list to choose from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proving.experiments import Script, outcomes, proven
from tests.proving.services import Service
from tests.scripted import answer, query
from unabridged.schemas.wire import Outcome, Request
from unabridged.tools.proving.prove import Proven

pytestmark = pytest.mark.anyio


async def _chosen(*sizes: int, count: int = 95, requests: int = 40, **parts: Any) -> Proven:
    service = Service(kind="page", count=count, clamp=1000, **parts)

    def choosing(request: Request) -> Outcome:
        size = int(query(request).get("limit", 10))
        return service(request) if size in sizes else answer({"detail": "limit"}, status=422)

    return await proven(choosing, service.contract(), requests=requests)


def _size(found: Proven) -> tuple[str, str]:
    line = found.proof.lines["walk.page_size"]
    return line.outcome, line.says


async def test_where_1_and_2_are_refused_a_usual_size_is_found_and_walked() -> None:
    found = await _chosen(5, 10, 20, 50)
    assert _size(found) == ("proven", "asked for 10, 10 came, asked for 20, 20 came; 1, 2, 96 refused")
    assert found.log.trials["another"].variant.size == 20
    assert "twice with pages of different sizes" in found.proof.lines["walk"].says
    assert set(outcomes(found).values()) == {"proven"}


async def test_without_a_total_the_second_walk_proves_it_too() -> None:
    found = await _chosen(10, 50, total=None, flag=True)
    assert _size(found)[0] == "proven"
    assert found.log.agrees


async def test_a_size_that_is_too_small_for_a_second_walk_shows_that_the_size_is_obeyed() -> None:
    found = await _chosen(5, 10)
    assert _size(found)[0] == "proven"
    assert "another" not in found.log.trials


@pytest.mark.requirement("L10")
async def test_where_no_other_size_is_taken_the_line_stays_open_and_says_which_were_refused() -> None:
    found = await _chosen(10)
    assert _size(found) == ("open", "asked for 10, 10 came; 1, 2, 96, 20, 25, 50, 100, 5 refused")
    assert "another" not in found.log.trials
    assert found.requests <= 40


async def test_a_failure_of_the_service_is_no_refusal_of_a_size() -> None:
    service = Service(kind="page", count=95)

    def failing(request: Request) -> Outcome:
        return service(request) if query(request).get("limit") == "10" else answer({}, status=503)

    found = await proven(failing, service.contract())
    assert _size(found) == ("open", "asked for 10, 10 came")
    assert not found.log.offered


# ------------------------------------------------------------------------------------------ the largest page


def _strict(service: Service, largest: int) -> Script:
    """*service*, which refuses larger pages instead of making them smaller."""

    def strict(request: Request) -> Outcome:
        wanted = int(query(request).get("limit", 10))
        return service(request) if wanted <= largest else answer({"detail": "limit"}, status=400)

    return strict


def _asked(found: Proven) -> list[int | None]:
    return [trial.variant.size for trial in found.log.offered]


@pytest.mark.parametrize("count", [23, 84])
async def test_the_largest_page_of_the_file_is_asked_for_at_once_and_nothing_below_it(count: int) -> None:
    service = Service(kind="page", count=count, clamp=1000)
    size = {"send": "query:limit", "ask": 7, "max": 500}
    tool = service.contract(walk={**service.walk(), "page_size": size})
    found = await proven(_strict(service, 500), tool, requests=40)
    assert _asked(found) == [500]
    assert set(outcomes(found).values()) == {"proven"}
    assert found.proof.sizes.clamp == 500


async def test_the_largest_page_is_looked_for_when_all_that_a_line_needs_was_asked() -> None:
    service = Service(kind="page", count=84, clamp=1000)
    tool = service.contract(walk={**service.walk(), "page_size": {"send": "query:limit", "ask": 7, "max": 500}})
    found = await proven(_strict(service, 60), tool, requests=60)
    names = list(found.log.trials)
    assert names.index("one page of 60 items") > names.index("before") > names.index("another")
    assert found.proof.sizes.clamp == 60
    assert set(outcomes(found).values()) == {"proven"}
    tight = await proven(_strict(service, 60), tool, requests=40)
    assert set(outcomes(tight).values()) == {"proven"}
