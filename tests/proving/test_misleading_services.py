"""Services whose answers mislead an experiment: what they show is never proven, what is true of them is never refuted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.proving.experiments import Script, lines, proposed, proven, rewriting
from tests.proving.services import Service
from tests.scripted import answer, query
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.trial import shares

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# ------------------------------------------------------------------------------------------ a key that is shared


def in_groups(*, page: int, sizable: bool) -> Script:
    """Ten items in groups of three, and a listing of those whose group is greater than `p`."""
    every: list[dict[str, Json]] = [{"id": number, "group": number // 3 + 1} for number in range(10)]

    def listing(request: Request) -> Outcome:
        given = query(request)
        size = min(page, int(given.get("limit", page))) if sizable else page
        left: list[Json] = [item for item in every if int(str(item["group"])) > int(given.get("p", 0))]
        return answer({"items": [*left[:size]], "more": len(left) > size})

    return listing


@pytest.mark.parametrize("sizable", [True, False])
async def test_a_key_that_items_share_is_refuted_and_nothing_is_proven_of_the_walk(sizable: bool) -> None:
    walk: dict[str, Any] = {"kind": "keyset", "key": "/group", "send": "query:p", "more": "/more"}
    if sizable:
        walk["page_size"] = {"send": "query:limit", "ask": 4}
    definition = Service().contract(walk=walk, complete={"require": "terminated"})
    found = await proven(in_groups(page=4, sizable=sizable), definition)
    assert found.proof.lines["walk.key"].outcome == "refuted"
    assert {"walk", "walk.more", "walk.end"}.isdisjoint(lines(found, "proven"))
    assert not any("past_end" in line for line in proposed(found))


@pytest.mark.parametrize("spread", [2, 3])
async def test_a_key_that_only_items_of_different_pages_share_is_refuted_by_what_lies_between_the_pages(
    spread: int,
) -> None:
    """The last item of a page shares its key with the next one, which no page holds."""
    groups = [number // (spread + 1) * spread + min(number % (spread + 1), spread - 1) for number in range(13)]
    every: list[dict[str, Json]] = [{"id": number, "group": group} for number, group in enumerate(groups, 1)]

    def listing(request: Request) -> Outcome:
        after = int(query(request).get("p", -1))
        left: list[Json] = [item for item in every if int(str(item["group"])) > after]
        return answer({"items": [*left[:spread]], "more": len(left) > spread})

    walk: dict[str, Any] = {"kind": "keyset", "key": "/group", "send": "query:p", "more": "/more"}
    found = await proven(listing, Service().contract(walk=walk, complete={"require": "terminated"}))
    assert found.log.known is not None
    assert len(found.log.known) == 13 - 12 // (spread + 1)
    assert not any(shares(sheet, "/group") for sheet in found.log.trials["whole"].sheets)
    assert "walk.key" in lines(found, "refuted")
    assert {"walk", "walk.more", "walk.end"}.isdisjoint(lines(found, "proven"))


async def test_items_that_look_otherwise_each_time_are_not_taken_for_items_between_the_pages() -> None:
    service = Service(kind="keyset", ignores=("size",), volatile=True, total=None)
    found = await proven(service, service.contract(response={"items": {"at": "/items"}}))
    assert "walk.key" not in lines(found, "refuted")


async def test_a_key_of_each_items_own_is_proven_whatever_the_order_of_the_items() -> None:
    """Some services find the place by the key of the last item, and sort by something else."""
    service = Service(kind="offset", total=None, flag=True)

    def number(name: int) -> int:
        return (name * 7) % 25

    def keyed(request: Request) -> Outcome:
        after = query(request).get("p")
        place = 0 if after is None else next(n for n in range(25) if number(n) == int(after)) + 1
        size = min(10, int(query(request).get("limit", 10)))
        part: list[Json] = [{"id": number(n)} for n in range(place, min(place + size, 25))]
        return answer({"items": part, "more": place + size < 25})

    walk = {**service.walk(), "kind": "keyset", "key": "/id"}
    found = await proven(keyed, service.contract(walk=walk))
    assert "walk.key" in lines(found, "proven")


@pytest.mark.parametrize("kind", ["keyset", "cursor"])
async def test_pages_that_begin_with_the_last_item_of_the_page_before_are_called_so(kind: Any) -> None:
    """Of pages of one item, page 2 is page 1 then, and the service knows the parameter all the same."""
    service = Service(kind=kind, total=None, flag=True)

    def inclusive(request: Request) -> Outcome:
        given = query(request)
        start, size = int(given.get("p", 0)), int(given.get("limit", 10))
        part: list[Json] = [{"id": number} for number in range(start, min(start + size, 25))]
        more = start + size < 25
        return answer({"items": part, "more": more, "next": str(start + size - 1) if more else None})

    found = await proven(inclusive, service.contract())
    assert found.proof.lines["walk.send"].outcome == "refuted"
    assert "page 2 begins with the last item of page 1" in found.proof.lines["walk.send"].says


# ------------------------------------------------------------------------------------------ pages of one size


@pytest.mark.parametrize(
    ("service", "witness"),
    [
        (Service(kind="cursor", ignores=("size",), total="walk"), "as many as body:/count says"),
        (Service(kind="cursor", ignores=("size",), total=None), "the end is marked explicitly"),
        (Service(kind="offset", ignores=("size",), total=None), "behind them a page is empty"),
        (Service(kind="link", ignores=("size",), total=None), "the file names the documentation"),
    ],
    ids=["total", "mark", "empty", "licence"],
)
async def test_a_walk_in_pages_of_one_size_is_proven_by_another_witness_that_is_named(
    service: Service, witness: str
) -> None:
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(service, service.contract(walk=walk))
    assert found.proof.lines["walk"].outcome == "proven"
    assert witness in found.proof.lines["walk"].says


async def test_a_walk_in_pages_of_one_size_whose_end_is_only_a_gap_stays_open() -> None:
    service = Service(kind="cursor", ignores=("size",), total=None, end="absent")
    found = await proven(service, service.contract())
    assert found.proof.lines["walk"].outcome == "open"
    assert "one size" in found.proof.lines["walk"].says


async def test_a_walk_in_pages_of_two_sizes_says_so() -> None:
    service = Service(kind="cursor", total=None)
    found = await proven(service, service.contract())
    assert "twice with pages of different sizes" in found.proof.lines["walk"].says


# ------------------------------------------------------------------------------------------ the first page


@pytest.mark.parametrize("refuses", [True, False])
async def test_pages_that_begin_before_the_first_leave_the_parameter_alone_and_the_right_start_is_proposed(
    refuses: bool,
) -> None:
    service = Service(kind="page", first=0, count=11, clamp=5)

    def strict(request: Request) -> Outcome:
        return answer({}, status=400) if refuses and int(query(request).get("p", 0)) < 0 else service(request)

    found = await proven(strict, service.contract(walk={**service.walk(), "start": 1}))
    assert "walk.start" in lines(found, "refuted")
    assert "walk.send" not in lines(found, "refuted")
    assert "walk" not in lines(found, "proven")
    assert proposed(found)["walk: {start: 0}"] is not None


async def test_a_position_is_not_refuted_where_the_first_number_and_the_page_size_are_both_rejected() -> None:
    service = Service(kind="page", flag=True, total=None)

    def strict(request: Request) -> Outcome:
        given = query(request)
        wrong = given.get("p") == "0" or int(given.get("limit", 1)) > 50
        return answer({}, status=400) if wrong else service(request)

    walk = {**service.walk(), "start": 0, "page_size": {"send": "query:limit", "ask": 100}}
    found = await proven(strict, service.contract(walk=walk))
    assert lines(found, "refuted") == set()
    assert "page size" in found.proof.lines["walk.send"].says


async def test_what_comes_for_a_page_that_the_tool_never_asks_for_says_nothing_of_its_items() -> None:
    service = Service(kind="page")

    def polite(request: Request) -> Outcome:
        return answer({"message": "there is no such page"}) if query(request)["p"] == "0" else service(request)

    found = await proven(polite, service.contract())
    assert lines(found, "refuted") == set()
    assert {"response.items", "walk.start"} <= lines(found, "proven")


@pytest.mark.parametrize("count", [25, 7])
async def test_items_that_look_otherwise_each_time_are_not_taken_for_items_before_the_first_page(count: int) -> None:
    """The service gives page 1 for page 0, and what nobody can know again was never met before."""
    service = Service(kind="page", count=count, volatile=True, ignores=("size",), flag=True, total=None)
    found = await proven(service, service.contract(response={"items": {"at": "/items"}}))
    assert {"walk.start", "walk"} <= lines(found, "open")
    assert not any("start" in line for line in proposed(found))


# ------------------------------------------------------------------------------------------ a collection that shrinks


@pytest.mark.parametrize("kept", [4, 6])
async def test_a_flag_is_not_refuted_by_a_collection_that_became_smaller_between_two_walks(kept: int) -> None:
    service, asked = Service(kind="page", first=0, ignores=("size",), flag=True, total=None), 0

    def shrinking(request: Request) -> Outcome:
        nonlocal asked
        asked += 1
        return replace(service, count=25 if asked <= kept else 24)(request)

    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(shrinking, service.contract(walk=walk))
    assert found.log.moves
    assert lines(found, "refuted") == set()
    assert "walk.more" in lines(found, "open")


async def test_a_census_is_not_refuted_by_a_collection_that_changes() -> None:
    service, asked = Service(kind="page", first=0, ignores=("size",), flag=True, total=None), 0

    def shrinking(request: Request) -> Outcome:
        nonlocal asked
        if request.url.endswith("/count"):
            return answer({"n": 24})
        asked += 1
        return replace(service, count=25 if asked <= 4 else 24)(request)

    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = await proven(shrinking, service.contract(walk=walk, complete={"require": "censused", "census": census}))
    assert found.log.moves
    assert "complete.census" in lines(found, "open")


# ------------------------------------------------------------------------------------------ pages counted as items


@pytest.mark.parametrize("first", [0, 1])
async def test_a_parameter_that_counts_pages_and_is_sent_a_number_of_items_is_refuted(first: int) -> None:
    """Item 4 is asked for, and page 4 comes, which holds nothing."""
    service = Service(kind="page", first=first, usual=4, ignores=("size",), count=7, flag=True, total=None)
    found = await proven(service, service.contract(walk={"kind": "offset", "send": "query:p", "more": "/more"}))
    assert "walk.send" in lines(found, "refuted")
    assert {"walk", "walk.more", "walk.end"}.isdisjoint(lines(found, "proven"))


async def test_an_empty_page_behind_the_last_one_speaks_against_nothing() -> None:
    """There is more, says the service of each page that is full, and takes it back on the next."""
    service = Service(kind="offset", usual=4, ignores=("size",), count=4, total=None)
    listing = rewriting(service, lambda request, body: body.update(more=len(body["items"]) == 4))
    found = await proven(listing, service.contract(walk={"kind": "offset", "send": "query:p", "more": "/more"}))
    assert lines(found, "refuted") == set()
    assert {"walk", "walk.send", "walk.more", "walk.end"} <= lines(found, "open")


# ------------------------------------------------------------------------------------------ a size that is not obeyed


@pytest.mark.parametrize(("place", "pages"), [({"next": "/nope"}, 1), ({"send": "query:nope"}, 2)])
async def test_a_page_size_is_not_refuted_where_the_walk_stops_behind_the_first_page(
    place: dict[str, str], pages: int
) -> None:
    service = Service()

    def stopping(request: Request) -> Outcome:
        return service(request) if "nope" not in query(request) else answer({"items": [], "next": None, "count": 25})

    found = await proven(stopping, service.contract(walk={**service.walk(), **place}))
    assert len(found.log.trials["ones"].marks) == 1
    assert len(found.log.trials["ones"].sheets) == pages
    assert "walk.page_size" in lines(found, "proven")


@pytest.mark.parametrize(("there", "outcome"), [(7, "open"), (35, "refuted")])
@pytest.mark.requirement("L10")
async def test_a_limit_of_the_whole_answer_is_no_page_size_though_everything_fits_one_page(
    there: int, outcome: str
) -> None:
    """`$top` of OData: where it stands there is no next page, and without it there is one behind ten items."""

    def listing(request: Request) -> Outcome:
        given = query(request)
        start = int(given.get("p", 0))
        end = min(there, start + int(given.get("limit", there)))
        more = end > start + 10
        left = f"https://desk.test/items?p={start + 10}&limit={end - start - 10}"
        rows: list[Json] = [{"id": number} for number in range(start, min(end, start + 10))]
        return answer({"items": rows, "next": left if more else None, "count": there})

    service = Service(kind="next_url", total=None)
    found = await proven(listing, service.contract(walk={**service.walk(), "page_size": LIMIT}))
    settled = found.proof.lines["walk.page_size"]
    assert (settled.outcome, "it limits the whole answer" in settled.says) == (outcome, True)


LIMIT = {"send": "query:limit", "ask": 100}


async def test_of_a_page_size_that_is_not_obeyed_no_largest_page_is_proposed() -> None:
    service = Service(kind="cursor", ignores=("size",), usual=4)
    walk = {**service.walk(), "page_size": {"send": "query:limit", "ask": 4}}
    found = await proven(service, service.contract(walk=walk))
    assert "walk.page_size" in lines(found, "refuted")
    assert found.proof.sizes.clamp is None
    assert [line for line in proposed(found) if "page_size" in line] == ["walk: {page_size: null}"]
