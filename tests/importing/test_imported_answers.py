"""What an imported tool takes for an answer: all that its description promises, whatever else the same place may hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.importing.test_writing import THING, answering, document, imported
from tests.scripted import World, answer, code, items, query
from unabridged.schemas.answer import Answer, Delivered

PICTURE = {"schema": {"type": "string", "format": "binary"}}
LIST = {"schema": {"type": "array", "items": THING}}
ONE = {"schema": THING}

ANSWERS: list[Any] = [
    pytest.param({"200": {"image/*": PICTURE, "application/json": ONE}}, 200, "application/json", id="a picture"),
    pytest.param({"200": {"*/*": LIST, "application/json": ONE}}, 200, "application/json", id="anything else"),
    pytest.param(
        {"200": {"application/json": ONE}, "201": {"application/hal+json": ONE}},
        201,
        "application/hal+json",
        id="by status",
    ),
    pytest.param({"200": {"application/a+json": ONE, "application/b+json": ONE}}, 200, "application/b+json", id="both"),
]


@pytest.mark.parametrize(("replies", "status", "media"), ANSWERS)
def test_an_answer_is_taken_in_each_form_that_is_described(
    replies: dict[str, Any], status: int, media: str, tmp_path: Path
) -> None:
    described = {code: {"description": "ok", "content": content} for code, content in replies.items()}
    contract = imported(document({"responses": described}, method="post"), tmp_path)
    world = World(lambda request: answer({"id": 1}, status=status, fields={"content-type": media}))
    assert isinstance(anyio.run(lambda: world.call(contract)), Delivered)


def test_of_two_forms_that_say_different_things_the_first_is_asked_for(tmp_path: Path) -> None:
    content = {**answering(THING, "application/a+json")["content"], "application/b+json": LIST}
    contract = imported(document({"responses": {"200": {"description": "ok", "content": content}}}), tmp_path)
    assert list(contract.response.media) == ["application/a+json"]


def paged(next_: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A description of things in pages, with the member `next_cursor` as it is described."""
    members = {"items": LIST["schema"], "next_cursor": next_, **more}
    schema = {"type": "object", "required": [*members], "properties": members}
    cursor = {"name": "cursor", "in": "query", "schema": {"type": "string"}}
    return document({"parameters": [cursor], "responses": {"200": answering(schema)}})


NEXT: list[Any] = [
    ({"type": "string"}, {"type": ["string", "null"]}),
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
    (
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"type": t} for t in ("string", "integer", "null")]},
    ),
]


@pytest.mark.parametrize(("described", "written"), NEXT)
def test_null_is_let_through_where_it_is_taken_for_the_end(
    described: dict[str, Any], written: dict[str, Any], tmp_path: Path
) -> None:
    contract = imported(paged(described), tmp_path)
    assert contract.response.schema is not None
    assert contract.response.schema["properties"]["next_cursor"] == written
    assert contract.response.schema["properties"]["items"] == {"type": "array"}
    assert contract.response.schema["required"] == ["items", "next_cursor"]


def test_null_is_let_through_beside_a_flag_and_is_no_way_on_where_the_flag_says_that_there_is_more(
    tmp_path: Path,
) -> None:
    contract = imported(paged({"type": "string"}, has_more={"type": "boolean"}), tmp_path)
    settled = replace(contract, policy=replace(contract.policy, unproven="flag"))

    def told(more: bool) -> Answer:
        world = World(lambda _: answer({"items": [{"id": 1}], "next_cursor": None, "has_more": more}))
        return anyio.run(lambda: world.call(settled))

    assert items(told(False)) == [{"id": 1}]
    assert code(told(True)) == "more_without_cursor"


def test_a_cursor_that_is_null_on_the_last_page_ends_the_walk(tmp_path: Path) -> None:
    contract = imported(paged({"type": "string"}), tmp_path)
    world = World(
        lambda request: answer(
            {"items": [{"id": 2}], "next_cursor": None}
            if query(request).get("cursor")
            else {"items": [{"id": 1}], "next_cursor": "b"}
        )
    )
    settled = replace(contract, policy=replace(contract.policy, unproven="flag"))
    assert items(anyio.run(lambda: world.call(settled))) == [{"id": 1}, {"id": 2}]
