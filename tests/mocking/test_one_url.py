"""Several tools of one URL: what the richest of their contracts describes is what they are all given."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mocking.mocked import ran
from tests.scripted import contract
from unabridged.schemas.contract import Contract
from unabridged.tools.mocking.honouring import honoured
from unabridged.tools.mocking.mock import Settings

pytestmark = pytest.mark.anyio

_WALK: dict[str, Any] = {
    "walk": {"kind": "cursor", "next": "body:/next", "send": "query:after"},
    "response": {"items": {"at": "/items", "id": "/id"}},
}
STRONG = contract(
    name="strong",
    walk=_WALK["walk"],
    complete={"require": "counted", "total": {"at": "body:/total"}},
    response={
        "schema": {"type": "object", "required": ["items", "total"]},
        "items": {"at": "/items", "id": "/id", "schema": {"type": "object", "required": ["id", "name", "price"]}},
    },
)
WEAK = contract(name="weak", complete={}, **_WALK)
ELSEWHERE = contract(name="elsewhere", complete={}, **{**_WALK, "response": {"items": {"at": "/data", "id": "/uid"}}})


@pytest.mark.parametrize("contracts", [(STRONG, WEAK), (WEAK, STRONG)], ids=["strong first", "weak first"])
async def test_a_weaker_contract_of_the_same_url_is_honoured_by_the_richer_one(contracts: tuple[Contract, ...]) -> None:
    found = await honoured(contracts, Settings(items=11))
    assert dict(found.left_out) == {}
    told = [await ran(one, items=11, page_size=4, beside=contracts) for one in contracts]
    assert [(one.outcome, one.code) for one in told] == [("whole", ""), ("whole", "")]
    assert told[0].value == told[1].value


async def test_a_contract_that_contradicts_that_of_another_tool_is_left_out_with_its_name() -> None:
    found = await honoured((STRONG, ELSEWHERE), Settings(items=11))
    assert [one.name for one in found.contracts] == ["strong"]
    assert "answered as those of strong" in found.left_out["elsewhere"]
