"""What services give behind the last item: their last page once more, or items that no walk met."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.proving.experiments import Script, lines, proven
from tests.proving.services import Service
from tests.scripted import answer, query
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
