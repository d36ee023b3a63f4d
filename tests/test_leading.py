"""A link to the next page that leaves out the question leads to other items, and is not followed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.validators.leading import forgotten

pytestmark = pytest.mark.anyio
BASE = "https://desk.test/tasks"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


TASKS: list[Json] = [{"id": number, "done": number % 2 == 0} for number in range(40)]


def script(kept: str = "") -> Any:
    """A service whose next link holds the number of the page, and of the rest only what is *kept*."""

    def listing(request: Request) -> Outcome:
        given = query(request)
        page, size = int(given.get("page", 1)), int(given.get("per_page", 10))
        found = [one for one in TASKS if "done" not in given or str(one["done"]).lower() == given["done"]]  # type: ignore[index, call-overload]  # our own
        more = f"{BASE}?page={page + 1}&per_page={size}{kept}" if page * size < len(found) else None
        return answer({"tasks": found[(page - 1) * size : page * size], "next": more})

    return listing


def tool(kind: str = "next_url", **request: Any) -> Any:
    return contract(
        input={"type": "object", "properties": {"done": {"type": "boolean"}}},
        request={"url": BASE, "query": {"done": "{input.done}"}, **request},
        response={"items": {"at": "/tasks", "id": "/id"}},
        walk={
            "kind": kind,
            "next": "/next",
            "page_size": {"send": "query:per_page", "ask": 7},
            "end": {"next": {"value": "continue", "null": "end"}},
        },
        complete={"require": "terminated"},
    )


@pytest.mark.requirement("L18")
async def test_a_link_that_forgets_the_filter_of_the_caller_is_refused() -> None:
    world = World(script())
    assert code(await world.call(tool(), done=True)) == "query_lost"
    assert len(world.sent) == 1


async def test_without_a_filter_the_same_link_is_followed() -> None:
    assert len(items(await World(script()).call(tool()))) == 40


async def test_what_is_strict_is_asked_of_every_page() -> None:
    world = World(script())
    told = await world.call(tool(strict={"query:done": "{input.done}"}), done=True)
    assert len(items(told)) == 20


async def test_a_link_that_keeps_the_filter_is_followed() -> None:
    assert len(items(await World(script("&done=true")).call(tool(), done=True))) == 20


@pytest.mark.parametrize(
    ("asked", "link", "lost"),
    [
        ("?q=a", "?page=2", "q"),
        ("?q=a&page=1", "?page=2", "q"),
        ("?q=a&sort=b", "?q=a&offset=10", "sort"),
        ("/?q=a", "?page=2", "q"),
        ("?q=a", "", "q"),
        ("?filter[state]=open", "?page[number]=2", "filter[state]"),
        ("?q=a", "?q=a&page=2", ""),
        ("?Q=a", "?q=a&page=2", ""),
        ("?q=", "?page=2", ""),
        ("?ids=1&ids=2", "?ids[0]=1&ids[1]=2&page=2", ""),
        ("?ids[]=1", "?ids=1&page=2", ""),
        ("?per_page=7", "?page=2", ""),
        ("?q=a", "?page=2&per_page=all", "q"),
        ("?q=a", "?page_info=eyJx", ""),
        ("?q=a", "?after=", ""),
        ("?q=a", "/2?page=2", ""),
        ("?q=a", "?q=b&page=2", ""),
    ],
)
def test_a_question_is_lost_only_where_nothing_else_can_hold_it(asked: str, link: str, lost: str) -> None:
    found = forgotten(BASE + asked, BASE + link, ["per_page"])
    assert (None if found is None else found.where) == (f"query:{lost}" if lost else None)
