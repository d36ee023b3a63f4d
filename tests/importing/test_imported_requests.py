"""What an imported tool sends: what its description says of null, of choices and of contents, and no other request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.importing.test_writing import document, parameter, parts, sent

TEXT = {"type": "string"}
NOTHING = {"type": ["string", "null"]}


def content(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return document({"requestBody": {"required": True, "content": {media: {"schema": schema}}}}, method="post")


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_null_is_no_text_that_a_parameter_could_be(place: str, tmp_path: Path) -> None:
    request = sent(document(parameter(place, NOTHING)), tmp_path, p=None)
    assert (request.url, request.headers) == ("https://pets.test/v1/pets", ())


def test_null_is_no_text_that_a_part_of_a_form_could_be(tmp_path: Path) -> None:
    properties = {"a": NOTHING, "b": TEXT, "c": {"type": ["object", "null"], "properties": {"x": TEXT}}}
    described = content("multipart/form-data", {"type": "object", "properties": properties})
    found = parts(sent(described, tmp_path, a=None, b="x", c=None))
    names = [part.get_param("name", header="content-disposition") for part in found]
    assert [(name, part.get_payload()) for name, part in zip(names, found, strict=True)] == [("b", "x"), ("c", "null")]
