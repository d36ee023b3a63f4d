"""A header that is JSON (`X-Pagination: {"total": 37}`): places inside it are read, corrupted and mocked like those of a body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from tests.mutating.speaking import spoken
from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.location import hideable, location
from unabridged.schemas.wire import Json, Outcome, Request, Response, State
from unabridged.tools.mutating.mutations import mutants
from unabridged.validators.reading import ABSENT, Message, read

pytestmark = pytest.mark.anyio
ROWS: list[Json] = [{"id": number} for number in range(37)]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def listing(request: Request) -> Outcome:
    number, size = int(query(request).get("page", 1)), int(query(request)["page_size"])
    pages = -(-len(ROWS) // size)
    said = {
        "total": len(ROWS),
        "total_pages": pages,
        "page": number,
        **({"next_page": number + 1} if number < pages else {}),
    }
    return told(request, json.dumps(said))


def told(request: Request, said: str | None) -> Outcome:
    number, size = int(query(request).get("page", 1)), int(query(request)["page_size"])
    return answer(ROWS[(number - 1) * size : number * size], fields={} if said is None else {"x-pagination": said})


def tool(total: Mapping[str, Any], require: str = "counted", **walk: Any) -> Any:
    size = {"send": "query:page_size", "ask": 10}
    return contract(
        response={"items": {"at": "", "id": "/id"}},
        walk={"kind": "page", "send": "query:page", "page_size": size, **walk},
        complete={"require": require, "total": total},
    )


COUNTED = tool({"at": "header:X-Pagination:/total"})
BY_PAGES = tool({"at": "header:X-Pagination:/total_pages", "scope": "pages"}, "terminated")
BY_CURSOR = tool(
    {"at": "header:X-Pagination:/total"},
    kind="cursor",
    next="header:X-Pagination:/next_page",
    absence={"documented": "https://desk.test/docs", "liveness": "required"},
    end={"next": {"value": "continue", "absent": "end"}},
)


@pytest.mark.parametrize("promise", [COUNTED, BY_PAGES, BY_CURSOR])
async def test_what_a_header_of_json_counts_and_leads_to_is_as_good_as_in_a_body(promise: Any) -> None:
    assert len(items(await World(listing).call(promise))) == 37


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (None, "total_missing"),
        ("", "total_missing"),
        ("{}", "total_missing"),
        ('{"total": null}', "total_missing"),
        ('{"total": "many"}', "total_missing"),
        ('{"total": 37', "total_missing"),
        ('{"total": 37}, {"total": 37}', "total_missing"),
        ('{"total": 37, "total": 38}', "total_missing"),
        ('{"total": 36}', "total_mismatch"),
        ('{"total": 38}', "unexpected_empty_page"),
    ],
)
async def test_a_header_that_says_something_else_is_no_proof(said: str | None, why: str) -> None:
    assert code(await World(partial(told, said=said)).call(COUNTED)) == why


async def test_its_numbers_are_corrupted_in_their_place_and_nothing_beside_them() -> None:
    sound = await spoken(COUNTED, listing)
    made = [mutant for mutant in mutants(sound) if mutant.mutation == "total_one_more" and len(mutant.outcomes) == 1]
    assert {mutant.place for mutant in made} == {"header:x-pagination:/total"}
    outcome = made[-1].outcomes[max(made[-1].outcomes)]
    assert isinstance(outcome, Response)
    said = json.loads(dict(outcome.headers)["x-pagination"])
    assert (said["total"], said["total_pages"]) == (38, 4)


@pytest.mark.parametrize("said", ['{"total": 37, "next_page": 2', "next: 2", '{"next_page": {"no": 2}}'])
async def test_a_way_on_that_cannot_be_read_is_no_end(said: str) -> None:
    assert code(await World(partial(told, said=said)).call(BY_CURSOR)) is not None


@pytest.mark.parametrize("text", ["header:X-Pagination:/total", "header:x-pagination:/meta/a~1b"])
def test_such_a_place_is_written_as_it_is_read(text: str) -> None:
    assert str(location(text)) == text.lower()
    assert location(str(location(text))) == location(text)


@pytest.mark.parametrize("text", ["header:X:", "header:X:total", "header:X:/a/*", "header::/total", "header:X Y:/a"])
def test_what_names_no_place_in_a_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a location such as|a JSON Pointer"):
        location(text)


def test_a_whole_header_is_hidden_and_never_a_part_of_it() -> None:
    with pytest.raises(ValueError, match="header:Name"):
        hideable("header:X-Pagination:/total")


@pytest.mark.parametrize(
    ("said", "state", "value"),
    [
        ('{"total": 37}', State.VALUE, 37),
        ('{"total": "37"}', State.VALUE, "37"),
        ('{"total": false}', State.FALSE, False),
        ('{"total": null}', State.NULL, None),
        ('{"other": 1}', State.ABSENT, None),
        ("[1]", State.ABSENT, None),
        ("", State.EMPTY, ""),
        ("caf\u00e9", State.VALUE, "caf\u00e9"),
        ("\udc80", State.VALUE, "\udc80"),
    ],
)
def test_what_stands_in_a_header_of_json(said: str, state: State, value: Json) -> None:
    outcome = answer([], fields={"x-pagination": said})
    found = read(Message(outcome, ABSENT), location("header:X-Pagination:/total"))
    assert (found.state, found.value) == (state, value)
