"""What an imported tool takes for an answer: all that its description promises, whatever else the same place may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.importing.test_writing import THING, answering, document, imported
from tests.scripted import World, answer
from unabridged.schemas.answer import Delivered

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
