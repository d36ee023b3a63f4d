"""What an imported tool sends: what its description says of null, of choices and of contents, and no other request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.importing.test_writing import document, imported, made, parameter, parts, sent
from tests.scripted import World, answer
from unabridged.schemas.answer import Withheld

TEXT = {"type": "string"}
NOTHING = {"type": ["string", "null"]}


def content(media: str, schema: dict[str, Any]) -> dict[str, Any]:
    return document({"requestBody": {"required": True, "content": {media: {"schema": schema}}}}, method="post")


@pytest.mark.parametrize("place", ["query", "header", "cookie"])
def test_null_is_no_text_that_a_parameter_could_be_and_is_refused(place: str, tmp_path: Path) -> None:
    world = World(lambda request: answer({}))
    tool = imported(document(parameter(place, NOTHING)), tmp_path)
    found = anyio.run(lambda: world.call(tool, p=None))
    assert isinstance(found, Withheld)
    assert "is null or empty" in str(found)
    assert world.sent == []


def test_null_is_no_text_that_a_part_of_a_form_could_be(tmp_path: Path) -> None:
    properties = {"a": NOTHING, "b": TEXT, "c": {"type": ["object", "null"], "properties": {"x": TEXT}}}
    described = content("multipart/form-data", {"type": "object", "properties": properties})
    found = parts(sent(described, tmp_path, a=None, b="x", c=None))
    names = [part.get_param("name", header="content-disposition") for part in found]
    assert [(name, part.get_payload()) for name, part in zip(names, found, strict=True)] == [("b", "x"), ("c", "null")]


BY_CODE = {
    "type": "object",
    "required": ["grant", "code"],
    "properties": {"grant": {"type": "string", "enum": ["code"]}, "code": TEXT},
}
BY_PASSWORD = {
    "type": "object",
    "required": ["grant", "user"],
    "properties": {"grant": {"type": "string", "enum": ["password"]}, "user": TEXT},
}
WHOLE = {"type": "object", "required": ["grant"], "properties": {"scope": TEXT}}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@pytest.mark.parametrize("media", FORMS)
@pytest.mark.parametrize("schema", [{"oneOf": [BY_CODE, BY_PASSWORD]}, {**WHOLE, "anyOf": [BY_CODE, BY_PASSWORD]}])
def test_a_form_of_alternatives_takes_the_members_of_each(schema: dict[str, Any], media: str, tmp_path: Path) -> None:
    described = content(media, schema)
    request = sent(described, tmp_path, grant="password", user="me")
    assert request.body is not None
    assert request.body.media.startswith(media)
    assert all(word in request.body.content for word in (b"grant", b"password", b"user"))
    contract = imported(described, tmp_path)
    assert contract.input.get("required", []) == schema.get("required", [])
    assert "anyOf" in contract.input["properties"]["grant"]


@pytest.mark.parametrize("media", FORMS)
@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "additionalProperties": TEXT}])
def test_a_form_that_must_be_sent_and_does_not_say_what_is_in_it_is_left_out(
    schema: dict[str, Any], media: str
) -> None:
    (skipped,) = made(content(media, schema)).skipped
    assert skipped.reason == f"its {media} body does not say what is in it"


def test_bytes_of_any_media_type_are_sent_as_bytes(tmp_path: Path) -> None:
    request = sent(content("*/*", {"type": "string", "format": "binary"}), tmp_path, body="aGk=")
    assert request.body is not None
    assert (request.body.media, request.body.content) == ("application/octet-stream", b"hi")


NAMED_BY_CALLERS: list[dict[str, Any]] = [
    {"type": "object", "additionalProperties": TEXT},
    {"oneOf": [TEXT, {"type": "object", "properties": {"a": TEXT}}]},
    {"type": ["string", "object"]},
]


@pytest.mark.parametrize("schema", NAMED_BY_CALLERS)
@pytest.mark.parametrize("place", ["query", "cookie"])
def test_an_object_whose_members_would_be_parameters_is_never_sent_as_one_text(
    schema: dict[str, Any], place: str
) -> None:
    """OpenAPI 3.1, 4.8.12.4: `form` with explode."""
    says = "lets the caller choose the names of parameters"
    (skipped,) = made(document(parameter(place, schema))).skipped
    assert skipped.reason == f"its parameter `p` {says}"
    (tool,) = made(document(parameter(place, schema, required=False))).tools
    assert "input" not in tool.tool
    assert "`p` is left out: the caller would choose the names of parameters." in tool.notes


@pytest.mark.parametrize("name", ["Range", "Cookie"])
def test_an_operation_that_needs_a_header_that_no_tool_writes_is_left_out(name: str) -> None:
    asked = {"parameters": [{"name": name, "in": "header", "required": True, "schema": TEXT}]}
    (skipped,) = made(document(asked)).skipped
    assert skipped.reason == f"it needs the header `{name}`, which no tool can write"


def test_a_parameter_that_stands_in_a_path_twice_is_one_argument(tmp_path: Path) -> None:
    described = document(
        {"parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}]}, path="/a/{id}/b/{id}"
    )
    assert sent(described, tmp_path, id="7").url == "https://pets.test/v1/a/7/b/7"


def test_a_parameter_is_json_whatever_the_parameters_of_its_media_type(tmp_path: Path) -> None:
    asked = {
        "name": "p",
        "in": "query",
        "required": True,
        "content": {"application/json; charset=utf-8": {"schema": TEXT}},
    }
    assert sent(document({"parameters": [asked]}), tmp_path, p="a").url.endswith("?p=%22a%22")


def test_a_part_of_a_form_has_the_media_type_that_is_said(tmp_path: Path) -> None:
    properties = {"rows": TEXT, "meta": {"type": "object", "properties": {"a": TEXT}}, "note": TEXT}
    said = {"rows": {"contentType": "text/csv"}, "meta": {"contentType": "application/vnd.a+json"}}
    described = content("multipart/form-data", {"type": "object", "properties": properties})
    described["paths"]["/pets"]["post"]["requestBody"]["content"]["multipart/form-data"]["encoding"] = said
    found = parts(sent(described, tmp_path, rows="a,b", meta={"a": "b"}, note="c"))
    assert [part.get("content-type") for part in found] == ["text/csv", "application/vnd.a+json", None]
    assert [part.get_payload() for part in found] == ["a,b", '{"a":"b"}', "c"]


@pytest.mark.parametrize(("style", "parts_sent"), [("multi", ["a", "b"]), ("csv", None), ("pipes", None)])
def test_a_list_in_a_part_of_a_form_is_repeated_or_left_out(
    style: str, parts_sent: list[str] | None, tmp_path: Path
) -> None:
    """Swagger 2.0, `collectionFormat`: with `csv`, the default, a list is one part."""
    tags: dict[str, Any] = {"name": "tags", "in": "formData", "type": "array", "items": TEXT, "collectionFormat": style}
    operation = {
        "operationId": "it",
        "consumes": ["multipart/form-data"],
        "parameters": [tags, {"name": "note", "in": "formData", "type": "string"}],
        "responses": {"200": {"description": "ok", "schema": {"type": "object", "required": ["id"]}}},
    }
    described = {"swagger": "2.0", "host": "pets.test", "info": {"title": "Pets"}, "paths": {"/": {"post": operation}}}
    if parts_sent is not None:
        assert [part.get_payload() for part in parts(sent(described, tmp_path, tags=["a", "b"]))] == parts_sent
        return
    (tool,) = made(described).tools
    assert list(tool.tool["request"]["multipart"]) == ["note"]
    assert any(note.startswith("`tags` is left out: a list in the style") for note in tool.notes)
    tags["required"] = True
    assert "its body needs `tags`" in made(described).skipped[0].reason
