"""What the mock showed that the engine did not see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocking.mocked import catalogue, ran
from tests.scripted import World, answer, code, contract, query
from unabridged.schemas.wire import Json, Outcome, Request

pytestmark = pytest.mark.anyio


async def test_the_schema_of_an_item_may_refer_to_its_own_definitions() -> None:
    thing = {"type": "object", "required": ["id"]}
    schema: dict[str, Any] = {"$ref": "#/$defs/thing", "$defs": {"thing": thing}}
    found = await ran(contract(response={"items": {"at": "/tickets", "id": "/id", "schema": schema}}), items=3)
    assert (found.outcome, found.code) == ("whole", "")


@pytest.mark.parametrize("fault", ["items_lost", "page_lost", "early_end"])
async def test_a_second_walk_comes_in_other_pages_also_where_the_service_gives_smaller_ones(fault: str) -> None:
    contract = next(one for one in catalogue() if one.name == "notion_list_users")
    found = await ran(contract, items=23, lies=[fault], page_size=5)  # asked for 100 and for 97
    assert (found.outcome, found.told > 0) == ("refused", True)


async def test_what_can_be_reached_can_be_reached_for_an_empty_list_too() -> None:
    walk = {"kind": "cursor", "next": "/next", "send": "query:after", "end_on_empty": {"documented": "an empty list"}}
    found = await ran(contract(walk=walk, complete={"require": "terminated"}), items=0)
    assert (found.outcome, found.code) == ("whole", "")


async def test_a_second_walk_in_the_same_pages_again_is_not_believed() -> None:
    def pages_of_two(request: Request) -> Outcome:
        start = int(query(request).get("after", "0"))
        tickets: list[Json] = [{"id": number} for number in range(start, min(start + 2, 5))]
        return answer({"tickets": tickets, "next": str(start + 2) if start + 2 < 5 else None})

    walk = {"kind": "cursor", "next": "/next", "send": "query:after", "page_size": {"send": "query:size", "ask": 9}}
    complete = {"require": "differential", "differential": {"page_size": 7}}
    service = World(pages_of_two)
    assert code(await service.call(contract(walk=walk, complete=complete))) == "unproven"
    assert {query(request)["size"] for request in service.sent} == {"9", "1"}
