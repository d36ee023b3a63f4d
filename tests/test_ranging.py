"""A `Content-Range` beside an answer: a part is no whole, a page may be one, and the complete length counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.wire import Json, Outcome, Request

pytestmark = pytest.mark.anyio
ROWS: list[Json] = [{"id": number} for number in range(96)]
LICENCE = {"documented": "https://desk.test/docs"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def script(unit: str = "", *, status: int = 200, most: int = 40, known: bool = True) -> Any:
    """Rows as PostgREST gives them, *most* of them at a time."""

    def listing(request: Request) -> Outcome:
        given = query(request)
        start = int(given.get("offset", 0))
        part = ROWS[start : start + min(most, int(given.get("limit", most)))]
        first_last = f"{start}-{start + len(part) - 1}" if part else "*"
        said = f"{unit}{first_last}/{len(ROWS) if known else '*'}"
        return answer(part, status=status, fields={"content-range": said})

    return listing


def tool(**parts: Any) -> Any:
    whole: dict[str, Any] = {
        "response": {"items": {"at": "", "id": "/id"}},
        "walk": {"kind": "single", "absence": LICENCE},
        "complete": {"require": "documented_absence"},
    }
    return contract(**{**whole, **parts})


@pytest.mark.parametrize(("status", "declared"), [(200, [200]), (206, [200, 206])])
async def test_one_answer_that_says_it_is_a_part_is_refused_whatever_status_is_declared(
    status: int, declared: list[int]
) -> None:
    told = tool(response={"items": {"at": "", "id": "/id"}, "status": declared})
    assert code(await World(script(status=status)).call(told)) == "partial_response"


@pytest.mark.parametrize("unit", ["", "items ", "bytes "])
async def test_one_answer_that_says_it_is_all_is_delivered(unit: str) -> None:
    assert len(items(await World(script(unit, most=96)).call(tool()))) == 96


async def test_one_answer_whose_length_nobody_knows_is_as_good_as_its_licence() -> None:
    assert len(items(await World(script(known=False, most=96)).call(tool()))) == 96


async def test_the_first_few_may_be_a_part() -> None:
    first = tool(claim={"first": 5}, request={"url": "/rows", "query": {"limit": 5}})
    assert len(items(await World(script()).call(first))) == 5


WALK = {"kind": "offset", "send": "query:offset", "page_size": {"send": "query:limit", "ask": 25}}
TOTAL = {"require": "counted", "total": {"at": "header:Content-Range"}}


@pytest.mark.parametrize("status", [200, 206])
async def test_pages_are_parts_and_the_complete_length_counts_them(status: int) -> None:
    told = tool(response={"items": {"at": "", "id": "/id"}, "status": [200, 206]}, walk=WALK, complete=TOTAL)
    assert len(items(await World(script(status=status)).call(told))) == 96


async def test_a_complete_length_that_is_not_known_is_no_total() -> None:
    told = tool(walk=WALK, complete=TOTAL)
    assert code(await World(script(known=False)).call(told)) == "total_missing"


async def test_a_part_of_the_bytes_of_a_page_is_refused() -> None:
    told = tool(walk=WALK, complete=TOTAL)
    assert code(await World(script("bytes ")).call(told)) == "partial_response"


CURSOR: dict[str, Any] = {"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after"}


@pytest.mark.requirement("G20")
@pytest.mark.parametrize("claim", ["all", {"first": 50}])
async def test_a_walk_that_ends_where_the_service_says_that_there_is_more_is_refused(claim: Any) -> None:
    ending = answer({"tickets": ROWS[:3], "more": False, "next": None}, fields={"content-range": "items 0-2/11"})
    told = contract(claim=claim, walk=CURSOR, complete={"require": "terminated"})
    assert code(await World(lambda _: ending).call(told)) == "partial_response"


async def test_the_first_few_of_a_walk_end_where_there_are_as_many() -> None:
    ending = answer({"tickets": ROWS[:3], "more": False, "next": None}, fields={"content-range": "items 0-2/11"})
    told = contract(claim={"first": 3}, walk=CURSOR, complete={"require": "terminated"})
    assert len(items(await World(lambda _: ending).call(told))) == 3
