"""Contracts as tools: what clients of every revision see, and what is left out so that the others are seen at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator, meta
from mcp_types.methods import serialize_server_result

from tests.served import contract, service
from tests.talking import ROOT
from tests.test_result import TICKETS, delivered, withheld
from unabridged.schemas.claim import Claim
from unabridged.schemas.codes import CODES
from unabridged.schemas.contract import Contract
from unabridged.schemas.expectation import Expectation
from unabridged.schemas.operation import Operation
from unabridged.schemas.verdict import Finding
from unabridged.server.instructions import INSTRUCTIONS
from unabridged.server.listing import REVISIONS, Listing, lint, servable, tool
from unabridged.server.pricing import input_schema
from unabridged.server.result import reply
from unabridged.server.surface import Surface


def with_input(**schema: object) -> Contract:
    return replace(TICKETS, input=schema)


# ------------------------------------------------------------------------------------------- one tool


def test_a_contract_is_shown_with_its_own_words() -> None:
    shown = tool(TICKETS)
    assert {name: shown[name] for name in ("name", "title", "description", "inputSchema", "annotations")} == {
        "name": "tickets",
        "title": "Tickets",
        "description": "All tickets of the desk.",
        "inputSchema": {"type": "object", "properties": {"status": {"type": "string"}, "since": {"type": "string"}}},
        "annotations": {
            "title": "Tickets",
            "readOnlyHint": True,
            "destructiveHint": False,
            "idempotentHint": True,
            "openWorldHint": True,
        },
    }


@pytest.mark.requirement("M9")
@pytest.mark.parametrize(("method", "idempotent"), [("POST", False), ("PATCH", False), ("PUT", True), ("DELETE", True)])
def test_a_write_says_so_and_whether_it_is_idempotent(method: Any, idempotent: bool) -> None:
    hints = tool(replace(TICKETS, effects="write", request=Operation(url="/x", method=method)))["annotations"]
    assert (hints["readOnlyHint"], hints["destructiveHint"], hints["idempotentHint"]) == (False, True, idempotent)


def test_a_tool_without_arguments_takes_an_empty_object() -> None:
    assert input_schema(replace(TICKETS, input={})) == {"type": "object"}


def test_the_fields_of_an_item_are_named_and_not_prescribed() -> None:
    assert tool(TICKETS)["outputSchema"]["properties"]["items"] == {
        "type": "array",
        "description": "Each has: id, subject",
    }


@pytest.mark.requirement("M1")
@pytest.mark.parametrize("kind", ["all", "one"])
def test_both_outcomes_fit_the_one_output_schema(kind: Any) -> None:
    promise = replace(TICKETS, claim=Claim(kind))
    schema = tool(promise)["outputSchema"]
    assert meta.is_valid(schema)
    whole = delivered() if kind == "all" else delivered(b'{"id":7}', None)
    for answer in (whole, withheld(Finding(code="total_mismatch", message="3 of 11", have=3, expected=11))):
        assert Draft202012Validator(schema).is_valid(json.loads(reply(promise, answer).envelope))


@pytest.mark.requirement("M1")
def test_the_documented_envelopes_fit_the_output_schema() -> None:
    page = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", page, re.DOTALL)]
    answers = [example for example in examples if "proof" in example or "error" in example]
    assert [answer["status"] for answer in answers][:2] == ["complete", "failed"]
    check = Draft202012Validator(tool(TICKETS)["outputSchema"])
    assert all(check.is_valid(answer) for answer in answers if "items" in answer or "error" in answer)
    assert examples[1]["error"]["fix"] == CODES["total_mismatch"].fix


@pytest.mark.parametrize(
    "wrong", [{}, {"status": "complete"}, {"status": "complete", "items": []}, {"status": "failed"}, {"items": []}]
)
def test_nothing_between_the_two_outcomes_fits(wrong: Mapping[str, object]) -> None:
    assert not Draft202012Validator(tool(TICKETS)["outputSchema"]).is_valid(wrong)


# ------------------------------------------------------------------------------------------- what cannot be shown


def test_a_sound_contract_has_no_faults() -> None:
    assert [lint(promise) for promise in service().offer.now.contracts.values()] == [[]] * 7


FAULTS = {
    "a name that hosts reject": (replace(TICKETS, name="my.tool"), "name: expected 1 to 64"),
    "a name that is too long": (replace(TICKETS, name="x" * 65), "name: expected 1 to 64"),
    "no description": (replace(TICKETS, description=""), "description: expected 1 to 4096"),
    "a description that hosts cut": (replace(TICKETS, description="x" * 4097), "found 4097"),
    "an input that is no object": (with_input(type="array"), "`type: object` at the root"),
    "a root anyOf": (with_input(anyOf=[{"required": ["a"]}]), "`anyOf` at the root"),
    "an argument name that hosts reject": (with_input(properties={"a b$c": {}}), "found 'a b$c'"),
    "properties that are no object": (with_input(properties=[]), "expected `properties` to be an object"),
    "a remote reference": (with_input(properties={"a": {"$ref": "https://example.com/x"}}), "would be fetched"),
    "a bad header annotation": (with_input(properties={"a": {"type": "object", "x-mcp-header": "A"}}), "x-mcp-header"),
    "a header annotation twice": (
        with_input(properties={n: {"type": "string", "x-mcp-header": "A"} for n in "ab"}),
        "duplicates property",
    ),
    "an argument that is no schema": (with_input(properties={"a": 7}), "does not allow this tool"),
    "a value that is no JSON": (with_input(properties={"a": {"default": object()}}), "not JSON"),
    "a title that is no text": (replace(TICKETS, title=7), "MCP 2025-06-18 does not allow this tool"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the fault
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_contract_that_some_client_could_not_take_is_named_with_its_fault(name: str) -> None:
    promise, part = FAULTS[name]
    assert any(part in reason for reason in lint(promise)), lint(promise)
    assert servable([promise, contract("good")]) == ((contract("good"),), {promise.name: lint(promise)})


@pytest.mark.requirement("L2")
def test_a_bad_tool_is_left_out_and_the_others_are_served() -> None:
    good, bad = contract("good"), replace(with_input(type="array"), name="bad")
    served, faults = servable([good, bad])
    assert served == (good,)
    assert list(faults) == ["bad"]


# ------------------------------------------------------------------------------------------- the list


@pytest.mark.parametrize("revision", REVISIONS)
def test_every_revision_gets_all_tools_sorted_by_name(revision: str) -> None:
    content, cursor = Listing([contract("b", effects="write"), contract("a")]).page(None)
    tools = json.loads(content)
    assert ([shown["name"] for shown in tools], cursor) == (["a", "b"], None)
    sent = {"tools": tools, "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    assert serialize_server_result("tools/list", revision, sent)["tools"] == tools


def test_many_tools_come_in_pages_and_each_comes_once() -> None:
    listing = Listing([contract(f"t{number:04}") for number in range(25)], page=10)
    names: list[str] = []
    cursor: str | None = None
    while True:
        content, cursor = listing.page(cursor)
        names += [shown["name"] for shown in json.loads(content)]
        if cursor is None:
            break
    assert names == [f"t{number:04}" for number in range(25)]


@pytest.mark.parametrize("cursor", ["", "10", "cGFnZTo5", "cGFnZTow", "nonsense"])
def test_a_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    with pytest.raises(KeyError):
        Listing([contract(f"t{number}") for number in range(25)], page=10).page(cursor)


def test_an_empty_list_is_a_list() -> None:
    assert Listing([]).page(None) == (b"[]", None)


def test_the_schema_of_a_tool_is_found_by_name() -> None:
    surface = Surface({"tickets": TICKETS})
    assert surface.input_schema("tickets") == input_schema(TICKETS)
    assert surface.input_schema("nobody") is None


def test_the_instructions_are_short_and_name_every_part_of_the_envelope() -> None:
    assert len(INSTRUCTIONS) < 3000
    for part in (
        "items",
        "data",
        "proof",
        "claim",
        "grade",
        "count",
        "FAILED",
        "error.fix",
        "error.retry.safe",
        "too_large",
    ):
        assert part in INSTRUCTIONS


def test_the_expectation_without_items_names_nothing() -> None:
    assert tool(replace(TICKETS, response=Expectation()))["outputSchema"]["properties"]["items"] == {"type": "array"}
