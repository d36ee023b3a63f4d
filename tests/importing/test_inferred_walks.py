"""From what is inferred of an operation to every item of a service that answers as it is described, or to a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.importing.described import array, concluded, listed, number, operation, text
from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.importing.description import Operation
from unabridged.tools.importing.inference import Inferred

pytestmark = pytest.mark.anyio

COUNT = 7
TICKETS: list[Json] = [{"id": one, "title": f"ticket {one}"} for one in range(1, COUNT + 1)]
SIZE = number("Items per page.", maximum=3)
FLAG = {"type": "boolean"}
URL = {"type": ["string", "null"], "format": "uri"}
LAST = text("An object ID that defines your place in the list.")

Script = Callable[[Request], Outcome]


def tool(found: Inferred, **policy: Any) -> Contract:
    """The tool that a file with nothing but *found* makes."""
    return contract(
        claim=found.claim,
        response={"items": found.items},
        walk=found.walk,
        complete=found.complete,
        provenance=found.provenance,
        policy=policy,
    )


def part(start: int, size: int = 3) -> list[Json]:
    return TICKETS[start : start + size]


def by_cursor(request: Request) -> Outcome:
    start = int(query(request).get("pageToken", 0))
    following = str(start + 3) if start + 3 < COUNT else None
    return answer({"tickets": part(start), "nextPageToken": following})


def by_url(request: Request) -> Outcome:
    start = int(query(request).get("from", 0))
    following = f"https://desk.test/tickets?from={start + 3}" if start + 3 < COUNT else None
    return answer({"tickets": part(start), "next_url": following})


def by_offset(request: Request) -> Outcome:
    return answer({"tickets": part(int(query(request)["offset"])), "total": COUNT})


def by_page(request: Request) -> Outcome:
    return answer({"tickets": part((int(query(request)["page"]) - 1) * 3), "total_pages": 3})


def by_page_from_0(request: Request) -> Outcome:
    page = int(query(request)["page"])
    return answer({"tickets": part(page * 3), "has_more": page < 2})


def by_last_item(request: Request) -> Outcome:
    start = int(query(request).get("starting_after", 0))
    return answer({"tickets": part(start), "has_more": start + 3 < COUNT})


def by_link(request: Request) -> Outcome:
    page = int(query(request).get("page", 1))
    link = {"link": f'<https://desk.test/tickets?page={page + 1}>; rel="next"'} if page < 3 else {}
    return answer(part((page - 1) * 3), fields=link)


def at_once(request: Request) -> Outcome:
    return answer({"tickets": TICKETS, "total": COUNT})


def cut(request: Request) -> Outcome:
    return answer({"tickets": TICKETS[:5], "total": COUNT})


def bare(request: Request) -> Outcome:
    return answer(TICKETS[:5])


SERVED: Mapping[str, tuple[Operation, Script]] = {
    "cursor": (operation(listed(nextPageToken=text()), query={"pageToken": text(), "pageSize": SIZE}), by_cursor),
    "next_url": (operation(listed(next_url=URL), query={"limit": SIZE}), by_url),
    "offset": (operation(listed(total=number()), query={"offset": number(), "limit": SIZE}), by_offset),
    "page": (operation(listed(total_pages=number()), query={"page": number(default=1)}), by_page),
    "page from 0": (operation(listed(has_more=FLAG), query={"page": number(default=0)}), by_page_from_0),
    "keyset": (operation(listed(has_more=FLAG), query={"starting_after": LAST}), by_last_item),
    "single": (operation(listed(total=number())), at_once),
}


@pytest.mark.parametrize("name", SERVED)
async def test_an_inferred_walk_is_refused_until_it_is_proven(name: str) -> None:
    described, script = SERVED[name]
    world = World(script)
    assert code(await world.call(tool(concluded(described)))) == "definition_unproven"
    assert world.sent == []


@pytest.mark.parametrize("name", SERVED)
async def test_an_inferred_walk_brings_every_item(name: str) -> None:
    described, script = SERVED[name]
    assert items(await World(script).call(tool(concluded(described), unproven="flag"))) == TICKETS


NOT_WHOLE: Mapping[str, tuple[Operation, Script, str]] = {
    "a Link field that is absent at the end, which nobody licensed": (
        operation(array(), headers={"Link": text()}, query={"page": number()}),
        by_link,
        "cursor_missing",
    ),
    "a list of which nothing else is said": (operation(array()), bare, "unproven"),
    "fewer than the total says": (operation(listed(total=number())), cut, "total_mismatch"),
    "pages without an end": (
        operation(array(), query={"offset": number()}),
        lambda request: answer(part(int(query(request)["offset"]))),
        "unexpected_empty_page",
    ),
    "a count that counts the page": (
        operation(listed(count=number()), query={"offset": number()}),
        lambda request: answer({"tickets": part(int(query(request)["offset"]), 3), "count": 3}),
        "unexpected_empty_page",
    ),
}


@pytest.mark.parametrize("name", NOT_WHOLE)
async def test_what_cannot_be_told_from_a_part_is_refused_even_where_guesses_are_allowed(name: str) -> None:
    described, script, reason = NOT_WHOLE[name]
    assert code(await World(script).call(tool(concluded(described), unproven="flag"))) == reason
