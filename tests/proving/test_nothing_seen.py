"""What was not seen proves nothing: an empty collection, a trial without an answer, a recording that lacks what is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from tests.proving.experiments import proven
from tests.proving.services import Service
from tests.scripted import World, answer, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.prove import Proven, prove
from unabridged.tools.recordings.replaying import Replay
from unabridged.tools.surroundings import Transport

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _from_a_recording(service: Any, tool: Contract) -> Proven:
    """What a recording of one call shows, and nothing else."""
    called = (await proven(service, tool)).log.trials["written"].exchanges

    def open_replay(contract: Contract, environment: Mapping[str, str]) -> AbstractAsyncContextManager[Transport]:
        return Replay.of(called).open(contract, environment)

    around = replace(World(service).surroundings(), open_transport=open_replay)
    return await prove(tool, {}, surroundings=around, requests=60, source="recording")


def _outcome(found: Proven, place: str) -> str:
    return found.proof.lines[place].outcome


# ------------------------------------------------------------------------------------------ a census


@pytest.mark.parametrize(("count", "outcome"), [(0, "open"), (1, "open"), (2, "proven")])
@pytest.mark.requirement("L10")
async def test_a_census_of_fewer_than_two_items_is_not_proven(count: int, outcome: str) -> None:
    service = Service(kind="offset", total=None, count=count)

    def counting(request: Request) -> Outcome:
        return answer({"n": count}) if request.url.startswith("https://desk.test/count") else service(request)

    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    found = await proven(counting, service.contract(complete={"require": "censused", "census": census}))
    assert _outcome(found, "complete.census") == outcome


# ------------------------------------------------------------------------------------------ one answer


def _single(count: int) -> tuple[Any, Contract]:
    """A service that gives all items at once, and one item to whoever asks for a page of one."""
    licensed = {"kind": "single", "absence": {"documented": "https://desk.test/docs"}}
    tool = Service(total=None).contract(walk=licensed, complete={"require": "documented_absence"})

    def listing(request: Request) -> Outcome:
        size = 1 if "limit" in query(request) else count
        return answer({"items": [{"id": number} for number in range(min(size, count))]})

    return listing, tool


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.requirement("L10")
async def test_that_one_answer_is_all_is_not_proven_by_an_answer_with_hardly_anything(count: int) -> None:
    found = await proven(*_single(count))
    assert _outcome(found, "walk") == "open"
    assert "give arguments under which there are several" in found.proof.lines["walk"].says


@pytest.mark.requirement("L10")
async def test_that_one_answer_is_all_is_not_proven_by_an_empty_answer_to_who_asks_for_less() -> None:
    """One of the names is a filter here, and nothing passes it."""
    listing, tool = _single(5)

    def filtering(request: Request) -> Outcome:
        filtered: Outcome = answer({"items": []}) if "top" in query(request) else listing(request)
        return filtered

    found = await proven(filtering, tool)
    assert _outcome(found, "walk") == "open"


@pytest.mark.requirement("L10")
async def test_that_one_answer_is_all_is_not_proven_by_a_recording_in_which_nobody_asked_for_less() -> None:
    listing, tool = _single(5)
    assert _outcome(await proven(listing, tool), "walk") == "refuted"
    found = await _from_a_recording(listing, tool)
    assert _outcome(found, "walk") == "open"
    assert "not_recorded" in found.proof.lines["walk"].says


# ------------------------------------------------------------------------------------------ the first page


@pytest.mark.parametrize(("status", "outcome"), [(503, "open"), (429, "open"), (400, "proven"), (404, "proven")])
@pytest.mark.requirement("L10")
async def test_that_nothing_lies_before_the_first_page_is_not_proven_by_a_failure(status: int, outcome: str) -> None:
    service = Service(kind="page")

    def failing(request: Request) -> Outcome:
        return answer({"no": "page"}, status=status) if query(request).get("p") == "0" else service(request)

    assert _outcome(await proven(failing, service.contract()), "walk.start") == outcome


@pytest.mark.requirement("L10")
async def test_where_a_walk_begins_is_found_out_although_the_first_call_failed() -> None:
    service, asked = Service(kind="page", first=1, total=None, flag=True), 0

    def failing(request: Request) -> Outcome:
        nonlocal asked
        asked += 1
        return answer({}, status=503) if asked <= 4 else service(request)

    found = await proven(failing, service.contract(walk={**service.walk(), "start": 0}))
    assert not found.log.trials["written"].sheets
    assert _outcome(found, "walk.start") == "refuted"


# ------------------------------------------------------------------------------------------ the identifier


@pytest.mark.requirement("L10")
async def test_identifiers_that_begin_anew_on_each_page_are_not_proven() -> None:
    def numbering(request: Request) -> Outcome:
        given = query(request)
        start, size = int(given.get("p", 0)), int(given.get("limit", 10))
        came = range(start, min(start + size, 25))
        rows: list[Json] = [{"id": row, "name": f"item {number}"} for row, number in enumerate(came)]
        return answer({"items": rows, "count": 25})

    found = await proven(numbering, Service(kind="offset").contract())
    assert _outcome(found, "response.items.id") == "open"


@pytest.mark.requirement("L10")
async def test_identifiers_that_come_again_on_a_later_page_for_other_items_are_not_proven() -> None:
    def numbering(request: Request) -> Outcome:
        given = query(request)
        start, size = int(given.get("p", 0)), int(given.get("limit", 10))
        came = range(start, min(start + size, 30))
        rows: list[Json] = [{"id": number % 20, "name": f"item {number}"} for number in came]
        return answer({"items": rows, "count": 30})

    found = await proven(numbering, Service(kind="offset").contract())
    assert _outcome(found, "response.items.id") == "open"
    assert "items that differ" in found.proof.lines["response.items.id"].says


# ------------------------------------------------------------------------------------------ behind the end


@pytest.mark.parametrize(
    ("status", "outcome"), [(503, "open"), (429, "open"), (400, "proven"), (404, "proven"), (200, "proven")]
)
@pytest.mark.requirement("L10")
async def test_an_end_is_not_proven_where_what_lies_behind_it_was_not_answered(status: int, outcome: str) -> None:
    """Pages are of one size, and nothing but the flag says that it is over."""
    service = Service(kind="offset", flag=True, total=None)

    def failing(request: Request) -> Outcome:
        behind = int(query(request).get("p", 0)) >= service.count
        return answer({"items": []}, status=status) if behind else service(request)

    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(failing, service.contract(walk=walk))
    assert {_outcome(found, place) for place in ("walk", "walk.more", "walk.end")} == {outcome}


async def test_an_end_that_another_witness_confirms_needs_nothing_behind_it() -> None:
    service = Service(kind="offset", flag=True)

    def failing(request: Request) -> Outcome:
        behind = int(query(request).get("p", 0)) >= service.count
        return answer({}, status=503) if behind else service(request)

    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(failing, service.contract(walk=walk))
    assert _outcome(found, "walk") == "proven"
    found = await proven(failing, service.contract())
    assert {_outcome(found, place) for place in ("walk", "walk.more", "walk.end")} == {"proven"}


# ------------------------------------------------------------------------------------------ between the pages


@pytest.mark.parametrize("status", [503, 429, 400, 200])
@pytest.mark.requirement("L10")
async def test_a_key_is_not_proven_where_what_lies_between_the_pages_was_not_answered(status: int) -> None:

    def listing(request: Request) -> Outcome:
        after = int(query(request).get("p", -1))
        left: list[Json] = [{"id": number} for number in range(10) if number > after]
        return answer({"items": left[:9], "more": len(left) > 9})

    def failing(request: Request) -> Outcome:
        behind_the_last_but_one = query(request).get("p") == "7"
        return answer({"items": []}, status=status) if behind_the_last_but_one else listing(request)

    walk = {"kind": "keyset", "key": "/id", "send": "query:p", "more": "/more"}
    tool = Service().contract(walk=walk, complete={"require": "terminated"})
    assert _outcome(await proven(listing, tool), "walk.key") == "proven"
    found = await proven(failing, tool)
    assert (_outcome(found, "walk.key"), _outcome(found, "walk")) == ("open", "open")


def _keyed(groups: list[int], *, total: bool) -> tuple[Any, Contract]:
    """A listing of items with these keys in pages of two, where the key is sent in the body of the request."""
    every: list[dict[str, Json]] = [{"id": number, "group": group} for number, group in enumerate(groups)]

    def listing(request: Request) -> Outcome:
        sent: dict[str, Any] = {} if request.body is None else json.loads(request.body.content)
        left: list[Json] = [item for item in every if int(str(item["group"])) > sent.get("after", 0)]
        counting: dict[str, Json] = {"count": len(every)} if total else {}
        return answer({"items": left[:2], "more": len(left) > 2, **counting})

    walk = {"kind": "keyset", "key": "/group", "send": "body:/after", "more": "/more"}
    complete = {"require": "counted", "total": {"at": "/count"}} if total else {"require": "terminated"}
    request: dict[str, Any] = {"method": "POST", "url": "https://desk.test/items", "body": {}}
    return listing, Service().contract(request=request, walk=walk, complete=complete)


@pytest.mark.requirement("L10")
async def test_a_key_is_not_proven_where_nobody_asked_what_lies_between_the_pages() -> None:
    found = await proven(*_keyed([1, 2, 2, 3, 4, 5, 6], total=False))
    assert len(found.log.known or ()) == 6
    assert {_outcome(found, place) for place in ("walk", "walk.key")} == {"open"}
    assert "was not asked" in found.proof.lines["walk.key"].says


async def test_of_a_key_nothing_need_be_asked_between_the_pages_where_as_many_came_as_there_are() -> None:
    found = await proven(*_keyed([1, 2, 3, 4, 5, 6, 7], total=True))
    assert {_outcome(found, place) for place in ("walk", "walk.key")} == {"proven"}


# ------------------------------------------------------------------------------------------ the second walk


@pytest.mark.requirement("L10")
async def test_a_recording_that_is_walked_once_more_is_no_second_walk() -> None:
    """The service knows no position, and its items look otherwise each time: page two is page one again."""
    asked = 0

    def listing(request: Request) -> Outcome:
        nonlocal asked
        asked += 1
        more = query(request).get("p") in (None, "0")
        rows: list[Json] = [{"name": f"item {number}", "seen": asked} for number in range(3)]
        return answer({"items": rows, "next": "1" if more else None})

    walk = {"kind": "cursor", "next": "/next", "send": "query:p"}
    tool = Service().contract(response={"items": {"at": "/items"}}, walk=walk, complete={"require": "terminated"})
    assert _outcome(await proven(listing, tool), "walk.send") == "open"
    found = await _from_a_recording(listing, tool)
    assert {_outcome(found, "walk.send"), _outcome(found, "walk")} == {"open"}
    assert "again" not in found.log.trials


@pytest.mark.requirement("L10")
async def test_a_second_walk_that_failed_is_not_told_as_a_collection_that_changes() -> None:
    service, asked = Service(ignores=("size",), total=None), 0

    def failing(request: Request) -> Outcome:
        nonlocal asked
        asked += request.url.endswith("limit=10") and "p" not in query(request)
        return answer({}, status=503) if asked > 1 else service(request)

    found = await proven(failing, service.contract())
    assert found.log.trials["again"].code == "unavailable"
    assert _outcome(found, "walk") == "open"
    assert "changes" not in found.proof.lines["walk"].says
    assert "unavailable" in found.proof.lines["walk"].says


# ------------------------------------------------------------------------------------------ one answer, and a census


@pytest.mark.requirement("L10")
@pytest.mark.parametrize(("count", "outcome"), [(4, "proven"), (5, "open")])
async def test_that_one_answer_is_all_is_proven_by_a_census_that_says_as_many(count: int, outcome: str) -> None:
    def listing(request: Request) -> Outcome:
        items: list[Json] = [{"id": number, "name": f"item {number}"} for number in range(4)]
        return answer({"n": count}) if request.url.startswith("https://desk.test/count") else answer({"items": items})

    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    tool = Service(total=None).contract(walk={"kind": "single"}, complete={"require": "censused", "census": census})
    found = await proven(listing, tool)
    assert _outcome(found, "walk") == outcome
    assert _outcome(found, "complete.census") == ("proven" if outcome == "proven" else "refuted")
