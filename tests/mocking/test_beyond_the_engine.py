"""What the mock shows that the engine does not see yet: each of these is expected to fail until it is mended."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocking.mocked import catalogue, ran
from tests.scripted import contract

pytestmark = pytest.mark.anyio


@pytest.mark.xfail(reason="`violation(each=True)` wraps the schema, so that `#/$defs` leads nowhere", strict=True)
async def test_the_schema_of_an_item_may_refer_to_its_own_definitions() -> None:
    thing = {"type": "object", "required": ["id"]}
    schema: dict[str, Any] = {"$ref": "#/$defs/thing", "$defs": {"thing": thing}}
    found = await ran(contract(response={"items": {"at": "/tickets", "id": "/id", "schema": schema}}), items=3)
    assert (found.outcome, found.code) == ("whole", "")


@pytest.mark.xfail(reason="a second walk in pages of the same size is believed to be in pages of another", strict=True)
@pytest.mark.parametrize("fault", ["items_lost", "page_lost", "early_end"])
async def test_a_second_walk_proves_nothing_where_the_service_gives_smaller_pages_both_times(fault: str) -> None:
    contract = next(one for one in catalogue() if one.name == "notion_list_users")
    found = await ran(contract, items=23, lies=[fault], page_size=5)  # asked for 100 and for 97
    assert (found.outcome, found.told > 0) == ("refused", True)


@pytest.mark.xfail(reason="an empty first page ends by its licence alone, whatever `reachable` says", strict=True)
async def test_what_can_be_reached_can_be_reached_for_an_empty_list_too() -> None:
    walk = {"kind": "cursor", "next": "/next", "send": "query:after", "end_on_empty": {"documented": "an empty list"}}
    found = await ran(contract(walk=walk, complete={"require": "terminated"}), items=0)
    assert (found.outcome, found.code) == ("whole", "")
