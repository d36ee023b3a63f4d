"""What services give behind the last item: their last page once more, a page without a list, or items that no walk met."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from tests.proving.experiments import Script, lines, proposed, proven
from tests.proving.services import Service
from tests.scripted import answer, query
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Outcome, Request, Response

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(slots=True)
class Clamping(Service):
    """A service that gives its *last* page again, and by default the right one, whatever is asked for behind it."""

    last: int | None = None

    def _start(self, given: Mapping[str, str], size: int) -> int:
        last = -(-self.count // size) if self.last is None else self.last
        return max(0, min(Service._start(self, given, size), (last - 1) * size))


def asking(service: Service, size: int, **parts: Any) -> Contract:
    walk = {**service.walk(), "page_size": {"send": "query:limit", "ask": size}}
    return service.contract(**{"walk": walk, **parts})


def changing(service: Service, change: Callable[[Request, dict[str, Any]], dict[str, Any]]) -> Script:
    """*service*, but for what *change* makes of the body of each answer."""

    def changed(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return answer(change(request, body))

    return changed


def leaving_out(service: Service, way: Literal["absent", "null"], **beside: Any) -> Script:
    """*service*, but for the list, which it leaves out where it is empty."""

    def change(_: Request, body: dict[str, Any]) -> dict[str, Any]:
        if body["items"]:
            return body
        kept = {name: value for name, value in body.items() if name != "items"}
        return {**kept, **beside} if way == "absent" else {**body, "items": None}

    return changing(service, change)


# ------------------------------------------------------------------------------------------ the flag, and the last page again


@pytest.mark.parametrize("count", [3, 20, 21, 23])
@pytest.mark.parametrize("total", ["walk", None])
@pytest.mark.parametrize("kind", ["page", "offset"])
async def test_the_last_page_again_behind_a_flag_that_is_over_refutes_nothing(
    kind: Any, total: str | None, count: int
) -> None:
    service = Clamping(kind=kind, count=count, clamp=30, flag=True, total=total)
    found = await proven(service, asking(service, 7))
    assert not lines(found, "refuted")
    assert count == 3 or lines(found, "proven") == set(found.proof.lines)
    assert found.stumble is None


async def test_without_identifiers_the_last_page_is_known_by_all_that_is_in_it() -> None:
    service = Clamping(kind="page", count=23, clamp=30, flag=True, total=None)
    definition = asking(service, 7, response={"items": {"at": "/items"}})
    found = await proven(service, definition)
    assert lines(found, "proven") == set(found.proof.lines)


async def test_the_last_page_is_known_by_its_identifiers_where_it_looks_otherwise_each_time() -> None:
    service = Clamping(kind="page", count=23, clamp=30, flag=True, total=None, volatile=True)
    found = await proven(service, asking(service, 7))
    assert lines(found, "proven") == set(found.proof.lines)


@pytest.mark.requirement("L10")
@pytest.mark.parametrize("identified", [True, False])
async def test_items_behind_a_flag_that_the_walk_never_met_refute_it(*, identified: bool) -> None:
    service = Service(kind="page", count=23, clamp=30, total=None)

    def over_too_early(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "more": int(query(request)["p"]) < 2}

    items = {"at": "/items", "id": "/id"} if identified else {"at": "/items"}
    walk = {**service.walk(), "more": "/more"}
    definition = service.contract(walk=walk, response={"items": items})
    found = await proven(changing(service, over_too_early), definition)
    assert {"walk", "walk.more"} <= lines(found, "refuted")


@pytest.mark.requirement("L10")
async def test_items_without_identifiers_behind_a_single_page_refute_a_flag_that_is_over() -> None:
    service = Service(kind="page", count=9, usual=5, total=None, ignores=("size",))
    walk = {name: part for name, part in service.walk().items() if name != "page_size"} | {"more": "/more"}
    definition = service.contract(walk=walk, response={"items": {"at": "/items"}})

    def over(_: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "more": False}

    found = await proven(changing(service, over), definition)
    assert {"walk", "walk.more"} <= lines(found, "refuted")


@pytest.mark.requirement("L10")
async def test_items_behind_with_identifiers_that_came_and_other_contents_leave_the_end_open() -> None:
    """What is called the identifier counts the items of the page, and the flag is over on the first one."""
    service = Service(kind="page", count=9, usual=3, total=None, ignores=("size",))

    def numbered(_: Request, body: dict[str, Any]) -> dict[str, Any]:
        return {"items": [{**item, "id": place} for place, item in enumerate(body["items"])], "more": False}

    walk = {name: part for name, part in service.walk().items() if name != "page_size"} | {"more": "/more"}
    found = await proven(changing(service, numbered), service.contract(walk=walk))
    assert {"walk", "walk.more", "walk.end"}.isdisjoint(lines(found, "proven"))
    assert "identifiers of items that came" in found.proof.lines["walk.more"].says


# ------------------------------------------------------------------------------------------ a count, and the last page again


@pytest.mark.parametrize("count", [5, 20, 21, 23])
@pytest.mark.parametrize("total", ["walk", "remaining", "onward", "pages"])
@pytest.mark.parametrize("kind", ["page", "offset"])
async def test_the_last_page_again_behind_as_many_items_as_are_counted_is_the_end(
    kind: Any, total: str, count: int
) -> None:
    service = Clamping(kind=kind, count=count, clamp=30, total=total)
    found = await proven(service, asking(service, 7))
    assert lines(found, "proven") == set(found.proof.lines)
    assert "the last page comes again" in found.proof.lines["walk"].says
    assert found.stumble is None


async def test_a_count_that_is_not_declared_is_proposed_where_the_last_page_comes_again() -> None:
    service = Clamping(kind="page", count=23, clamp=30)
    found = await proven(service, asking(service, 7, complete={"require": "terminated"}))
    assert "walk" in lines(found, "proven")
    assert proposed(found)["complete: {require: counted, total: {at: body:/count}}"] == Grade.COUNTED


@pytest.mark.requirement("L10")
async def test_the_last_page_again_is_no_end_where_nothing_counts() -> None:
    service = Clamping(kind="page", count=23, clamp=30, total=None)
    found = await proven(service, asking(service, 7))
    assert found.proof.lines["walk"].outcome == "open"


@pytest.mark.requirement("L10")
async def test_the_last_page_again_is_no_end_where_the_total_says_more() -> None:
    service = Clamping(kind="page", count=60, clamp=30, last=3)
    found = await proven(service, asking(service, 7))
    assert {"walk", "complete.total"}.isdisjoint(lines(found, "proven"))
    assert "body:/count says 60" in found.proof.lines["walk"].says


@pytest.mark.parametrize("total", ["walk", "remaining", "onward", "pages"])
@pytest.mark.parametrize("kind", ["page", "offset"])
@pytest.mark.parametrize(("count", "ignores"), [(1, ()), (5, ("size",)), (2, ())])
async def test_page_one_again_behind_all_that_is_counted_refutes_nothing(
    kind: Any, total: str, count: int, ignores: tuple[str, ...]
) -> None:
    service = Clamping(kind=kind, count=count, clamp=30, total=total, ignores=ignores)
    found = await proven(service, asking(service, 7))
    assert "walk.send" not in lines(found, "refuted")
    assert not found.proof.lines["walk"].against
    assert found.stumble is None


async def test_what_one_page_shows_of_a_service_that_gives_it_again_takes_no_earlier_proof_away() -> None:
    service = Clamping(kind="page", count=23, clamp=30)
    earlier = await proven(service, asking(service, 7))
    service.count = 1
    later = await proven(service, replace(asking(service, 7), proof=earlier.proof))
    assert lines(later, "proven") == set(earlier.proof.lines)


@pytest.mark.requirement("L10")
@pytest.mark.parametrize(
    ("count", "total", "ignores"),
    [
        (5, "walk", ("position",)),
        (25, "walk", ("position", "size")),
        (25, "page", ("position",)),
        (5, None, ("position",)),
    ],
)
async def test_a_position_that_the_service_does_not_know_is_refuted_as_before(
    count: int, total: str | None, ignores: tuple[str, ...]
) -> None:
    service = Service(kind="page", count=count, clamp=30, total=total, ignores=ignores)
    complete = {"require": "terminated"} | ({} if total is None else {"total": {"at": "/count"}})
    found = await proven(service, asking(service, 7, complete=complete))
    assert found.proof.lines["walk.send"].outcome == "refuted"


# ------------------------------------------------------------------------------------------ a page without a list


@pytest.mark.parametrize("way", ["absent", "null"])
@pytest.mark.parametrize("count", [5, 20, 21, 23])
@pytest.mark.parametrize("kind", ["page", "offset", "keyset"])
async def test_a_page_without_a_list_behind_as_many_items_as_are_counted_is_the_end(
    kind: Any, count: int, way: Literal["absent", "null"]
) -> None:
    service = Service(kind=kind, count=count, clamp=30)
    found = await proven(leaving_out(service, way), asking(service, 7))
    assert lines(found, "proven") == set(found.proof.lines)
    assert "a page has no list" in found.proof.lines["walk"].says
    word = way if way == "absent" else f'"{way}"'
    assert proposed(found)[f"response: {{items: {{{word}: empty}}}}"] == Grade.COUNTED
    assert found.stumble is None


async def test_a_page_without_a_list_that_may_lie_behind_the_end_leaves_the_list_open() -> None:
    service = Service(kind="page", count=5, usual=10, ignores=("size",))
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(leaving_out(service, "absent"), service.contract(walk=walk))
    assert found.stumble is None
    assert {"response.items", "walk"} <= lines(found, "open")
    assert not lines(found, "refuted")


@pytest.mark.requirement("L10")
async def test_a_page_without_a_list_that_the_tool_itself_asks_for_refutes_the_list() -> None:
    service = Service(kind="page", count=23, clamp=30, total=None)
    found = await proven(leaving_out(service, "absent"), asking(service, 7))
    assert found.proof.lines["response.items"].outcome == "refuted"
    assert found.proof.lines["walk"].outcome == "open"


@pytest.mark.requirement("L10")
async def test_a_page_without_a_list_before_the_last_item_refutes_the_list() -> None:
    """Pages of the size that the tool asks for are whole; the list is lost in the middle of smaller ones."""
    service = Service(kind="page", count=23, clamp=30)

    def losing(request: Request, body: dict[str, Any]) -> dict[str, Any]:
        lost = query(request)["limit"] == "5" and query(request)["p"] == "3"
        return {"count": body["count"]} if lost else body

    found = await proven(changing(service, losing), asking(service, 7))
    assert found.proof.lines["response.items"].outcome == "refuted"
    assert "walk" not in lines(found, "proven")


async def test_an_empty_answer_without_its_list_is_mended_by_what_is_proposed() -> None:
    service = Service(kind="page", count=0, clamp=30)
    found = await proven(leaving_out(service, "absent"), asking(service, 7))
    assert found.stumble is not None
    assert proposed(found)["response: {items: {absent: empty}}"] == Grade.COUNTED


@pytest.mark.requirement("L10")
async def test_a_list_in_another_place_is_not_taken_for_an_empty_one() -> None:
    service = Service(kind="page", count=23, clamp=30)
    definition = asking(service, 7, response={"items": {"at": "/entries", "id": "/id"}})
    found = await proven(service, definition)
    assert found.proof.lines["response.items"].outcome == "refuted"
    assert not any("empty" in line for line in proposed(found))
