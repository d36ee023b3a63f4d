"""A number that stands on the first page only is found, tried and settled as such."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proving.experiments import lines, proposed, proven, rewriting
from tests.proving.services import Service
from tests.scripted import query
from unabridged.schemas.claim import Grade
from unabridged.schemas.wire import Request

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def once(request: Request, body: dict[str, Any]) -> None:
    if "p" in query(request) and query(request)["p"] != "0":
        del body["count"]


@pytest.mark.parametrize("kind", ["cursor", "offset"])
async def test_a_total_that_stands_on_the_first_page_only_is_proposed_as_such(kind: Any) -> None:
    service = Service(kind=kind)
    listing = rewriting(service, once)
    found = await proven(listing, service.contract())
    assert "complete.total" in lines(found, "refuted")
    assert 'complete: {require: counted, total: {at: body:/count, "on": first}}' in proposed(found)

    found = await proven(listing, service.contract(complete={"require": "documented_absence"}))
    line = 'complete: {require: counted, total: {at: body:/count, "on": first}}'
    assert proposed(found)[line] == Grade.COUNTED


@pytest.mark.parametrize("scope", ["walk", "onward"])
async def test_on_a_first_page_all_items_and_what_is_left_from_there_on_are_the_same(scope: str) -> None:
    service = Service(kind="cursor")
    total = {"at": "/count", "on": "first", "scope": scope}
    found = await proven(rewriting(service, once), service.contract(complete={"total": total}))
    assert "complete.total" in lines(found, "proven")
    assert found.proof.count == scope


async def test_a_total_on_the_first_page_is_settled_also_where_all_pages_have_one_size() -> None:
    service = Service(kind="cursor", ignores=("size",))
    found = await proven(
        rewriting(service, once), service.contract(complete={"total": {"at": "/count", "on": "first"}})
    )
    assert "complete.total" in lines(found, "proven")
    assert "as many as body:/count says" in found.proof.lines["walk"].says


@pytest.mark.parametrize("counts", ["page", "remaining", "pages", "estimate"])
async def test_a_number_on_the_first_page_that_counts_something_else_is_refuted(counts: str) -> None:
    service = Service(kind="cursor", total=counts)
    total = {"at": "/count", "on": "first"}
    found = await proven(rewriting(service, once), service.contract(complete={"total": total}))
    assert "complete.total" in lines(found, "refuted")
