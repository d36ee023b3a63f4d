"""Conditions that compare with what the caller said: the thing that was asked for, and no other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted import World, answer, code, content, contract, items
from unabridged.schemas.answer import Delivered
from unabridged.schemas.condition import UNSET, Argument, Condition
from unabridged.schemas.contract import Contract
from unabridged.schemas.location import Location
from unabridged.schemas.wire import Json
from unabridged.tools.supposing import supposed
from unabridged.tools.template import MISSING, Scope

pytestmark = pytest.mark.anyio


def one(response: dict[str, Any], **properties: Json) -> Contract:
    given = properties or {"id": {"type": "string"}}
    return contract(
        claim="one",
        input={"type": "object", "properties": given, "additionalProperties": False},
        response={"schema": {"type": "object"}, **response},
        walk={"kind": "single"},
        complete={},
    )


ASKED_FOR = one({"veto": [{"at": "/id", "not": "{input.id}", "code": "data_missing"}]}, id={})


@pytest.mark.parametrize(
    ("asked", "came", "same"),
    [
        ("42", "42", True),
        ("42", 42, True),
        (42, "42", True),
        (42, 42.0, True),
        ("4.50", 4.5, False),
        ("true", True, False),
        ("null", None, False),
        ("43", 42, False),
        ([1], [1], True),
        ([1], ["1"], False),
    ],
)
async def test_the_object_must_be_the_one_that_was_asked_for(asked: Json, came: Json, same: bool) -> None:
    answered = await World(lambda request: answer({"id": came})).call(ASKED_FOR, id=asked)
    assert same if isinstance(answered, Delivered) else (not same and code(answered) == "data_missing")


async def test_an_object_without_the_identifier_is_not_the_one() -> None:
    assert code(await World(lambda request: answer({"name": "x"})).call(ASKED_FOR, id="42")) == "data_missing"


async def test_a_condition_whose_argument_is_not_given_does_not_apply() -> None:
    assert content(await World(lambda request: answer({"id": 7})).call(ASKED_FOR)) == b'{"id": 7}'


async def test_an_acceptor_and_a_nested_rule_compare_with_arguments_too() -> None:
    classified = one({"classify": [{"when": {"at": "/state", "is": "gone-{input.id}"}, "as": "not_found"}]})
    assert code(await World(lambda request: answer({"state": "gone-9"})).call(classified, id="9")) == "not_found"
    assert isinstance(await World(lambda request: answer({"state": "gone-9"})).call(classified, id="8"), Delivered)
    nested = contract(
        input={"type": "object", "properties": {"desk": {"type": "string"}}, "additionalProperties": False},
        response={"items": {"at": "/tickets"}, "nested": [{"at": "/tickets/*/desk", "must": "{input.desk}"}]},
        complete={},
    )
    body: Json = {"tickets": [{"desk": 1}, {"desk": 2}], "more": False, "next": None}
    world = World(lambda request: answer(body))
    assert code(await world.call(nested, desk="1")) == "nested_truncated"
    assert isinstance(await world.call(nested), Delivered)


@pytest.mark.parametrize(
    ("template", "given", "filled"),
    [
        ("{input.id}", {"id": "x"}, Argument("x")),
        ("v-{input.id}", {"id": 7}, "v-7"),
        ({"a": ["{input.id}"]}, {"id": 7}, {"a": [7]}),
        ({"a": ["{input.id}"]}, {}, MISSING),
        ("{input.id}", {}, MISSING),
        ("{nobody}", {}, "{nobody}"),
        (False, {}, False),
    ],
)
def test_templates_in_conditions_are_filled(template: Json, given: dict[str, Json], filled: object) -> None:
    condition = Condition(at=Location("body", "/x"), is_=template)
    found = supposed(condition, Scope(input=given, variables={}, names=frozenset({"id"})))
    assert (found.is_ if isinstance(found, Condition) else found) == filled
    assert not isinstance(found, Condition) or found.not_ is UNSET


@pytest.mark.parametrize(
    ("asked", "obeys", "comes"),
    [({"status": "open"}, True, 6), ({"status": "open"}, False, None), ({}, False, 11), ({"status": "gone"}, True, 0)],
)
async def test_a_filter_that_the_service_ignores_is_noticed_where_the_items_show_it(
    asked: dict[str, Json], obeys: bool, comes: int | None
) -> None:
    rows: list[Json] = [{"id": number, "status": "closed" if number % 2 else "open"} for number in range(11)]
    chosen = [
        row
        for number, row in enumerate(rows)
        if "status" not in asked or (number % 2 == 0 and asked["status"] == "open")
    ]
    sent = chosen if obeys else rows
    told = contract(
        input={"type": "object", "properties": {"status": {"type": "string"}}},
        request={"url": "https://desk.test/tickets", "query": {"status": "{input.status}"}},
        response={
            "items": {"at": "/tickets", "id": "/id"},
            "veto": [{"at": "body:/tickets/*/status", "not": "{input.status}"}],
        },
        walk={"kind": "single"},
        complete={"require": "counted", "total": {"at": "/count"}},
    )
    found = await World(lambda _: answer({"tickets": sent, "count": len(sent)})).call(told, **asked)
    if comes is None:
        assert code(found) == "partial_flag"
    else:
        assert len(items(found)) == comes
