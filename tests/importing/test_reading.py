"""From bytes to a description: every form and version of a document, however sloppy, and what is no document at all."""

from __future__ import annotations

import codecs
import json
from typing import Any

import pytest

from tests.importing.specs import openapi, operation, read, reasons, swagger
from unabridged.tools.importing.description import Description
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import NotADescription

WRITTEN = """\
openapi: 3.0.3
info: {title: Desk, version: 2024-01-01}
paths:
  /tickets:
    get:
      operationId: list
      responses:
        200:
          description: Fine.
"""


def ids(description: Description) -> list[str]:
    return [one.id for one in description.operations]


@pytest.mark.parametrize(
    "content",
    [
        WRITTEN.encode(),
        WRITTEN.replace("\n", "\r\n").encode(),
        codecs.BOM_UTF8 + WRITTEN.encode(),
        WRITTEN.encode("utf-16"),
        b"%YAML 1.2\n---\n" + WRITTEN.encode(),
        WRITTEN.encode() + b"---\nanother: document\n",
        WRITTEN.replace("    get:", "\t\tget:")
        .replace("      op", "\t\t\top")
        .replace("      res", "\t\t\tres")
        .encode(),
        WRITTEN.replace("Fine.", "!!str Fine.").encode(),
        WRITTEN.replace("Desk", "D\N{LATIN SMALL LETTER E WITH ACUTE}sk").encode("latin-1"),
    ],
)
def test_sloppy_yaml_is_read(content: bytes) -> None:
    description = describe(content)
    assert ids(description) == ["list"]
    assert [one.status for one in description.operations[0].replies] == ["200"]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(openapi({"operationId": "list"})).encode(),
        codecs.BOM_UTF8 + json.dumps(openapi({"operationId": "list"})).encode(),
        json.dumps(openapi({"operationId": "list", "x-large": 10**400})).encode(),
        json.dumps(openapi({"operationId": "list", "x-half": "\ud800"})).encode(),
        json.dumps(openapi({"operationId": "list", "x-endless": float("inf")})).encode(),
        json.dumps(openapi({"operationId": "list"})).replace("Desk", "Desk\t").encode(),
        b"{openapi: 3.0.3, paths: {/tickets: {get: {operationId: list}}},}",
    ],
)
def test_sloppy_json_is_read(content: bytes) -> None:
    assert ids(describe(content)) == ["list"]


def test_names_are_the_text_that_stands_there() -> None:
    written = (
        WRITTEN
        + "        404: {description: None.}\n        4XX: {description: None.}\nx-on: {on: 1, 2024-01-01: 2, 1.0: 3, ~: 4}\n"
    )
    description = describe(written.encode())
    assert [one.status for one in description.operations[0].replies] == ["200", "404", "4XX"]
    assert description.extensions["x-on"] == {"on": 1, "2024-01-01": 2, "1.0": 3, "~": 4}


def test_a_path_that_stands_twice_keeps_both_its_halves() -> None:
    halves = WRITTEN + "  /tickets:\n    post:\n      operationId: create\n"
    assert ids(describe(halves.encode())) == ["list", "create"]


def test_merge_keys_and_aliases_are_followed() -> None:
    written = (
        WRITTEN.replace("    get:", "    get: &get")
        + "    put:\n      <<: *get\n      operationId: replace\n    patch: *get\n"
    )
    assert ids(describe(written.encode())) == ["list", "replace", "list"]


MERGED = [
    pytest.param("put:\n      <<: *common\n      operationId: one\n", ["tenant"], id="in a block"),
    pytest.param("put: {<<: *common, operationId: one}\n", ["tenant"], id="in one line"),
    pytest.param(
        "put:\n      operationId: one\n      <<: [*common, *more]\n", ["tenant"], id="of a list, the first stands"
    ),
    pytest.param("put:\n      <<: *common\n      parameters: []\n", [], id="under what is said itself"),
    pytest.param('put:\n      "<<": *common\n      operationId: one\n', [], id="quoted, it is a name like any other"),
]


@pytest.mark.parametrize(("put", "names"), MERGED)
def test_what_a_merge_key_brings_in_is_part_of_the_operation(put: str, names: list[str]) -> None:
    common = "x-common: &common {parameters: [{name: tenant, in: query, required: true, schema: {type: string}}]}\n"
    more = "x-more: &more {parameters: []}\n"
    (found,) = describe(f"{common}{more}openapi: 3.0.0\npaths:\n  /x:\n    {put}".encode()).operations
    assert [one.name for one in found.parameters] == names


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0", "3.1.1", "3.2.0"])
def test_every_version_of_openapi_3_is_read(version: str) -> None:
    description = read(openapi(version=version))
    assert (description.version, len(description.operations)) == (version, 1)


@pytest.mark.parametrize(("said", "version"), [(2.0, "2.0"), ("2.0", "2.0"), (2, "2.0")])
def test_swagger_2_is_read_however_its_version_is_written(said: Any, version: str) -> None:
    assert read({**swagger(), "swagger": said}).version == version


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "found no object"),
        (b"[]", "found no object"),
        (b"hello", "found no object"),
        (b"{}", "neither `openapi` nor `swagger`"),
        (b'{"openapi": "4.0.0", "paths": {}}', "found version 4.0.0"),
        (b'{"swagger": "1.2", "apis": []}', "found version 1.2"),
        (b'{"openapi": "3.1.0", "webhooks": {}}', "nothing to import"),
        (b"openapi: 3.0.3\npaths:\n", "nothing to import"),
        (b"{: [", "neither on line 1"),
        (b"a: b: c", "neither on line 1"),
        (b"\x00\x01\x02", "neither"),
        (b"<!doctype html><html></html>", "found no object"),
        (b"[" * 100_000, "levels"),
        (b'{"a":' * 100_000, "levels"),
        (b"- " * 100_000, "levels"),
        (b'{"openapi": "3.0.0", "paths": ' + b"[" * 500 + b"]" * 500 + b"}", "levels"),
    ],
)
def test_what_is_no_description_is_refused_in_one_sentence(content: bytes, says: str) -> None:
    with pytest.raises(NotADescription, match=says) as caught:
        describe(content)
    assert "\n" not in str(caught.value)


def test_what_is_said_to_be_json_must_be_json() -> None:
    with pytest.raises(NotADescription, match="expected JSON"):
        describe(WRITTEN.encode(), is_json=True)


def test_aliases_count_each_time() -> None:
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    with pytest.raises(NotADescription, match="aliases count each time"):
        describe(b"a0: &a0 lol\n" + laughs.encode())


def test_an_anchor_inside_itself_is_nothing() -> None:
    written = WRITTEN + "x-self: &self {inner: *self}\n"
    assert describe(written.encode()).extensions["x-self"] == {"inner": None}


def test_what_stands_beside_the_operations_is_kept() -> None:
    document = openapi(
        {"x-own": 1, "x-both": "operation"},
        item={"x-item": 2, "x-both": "item", "summary": "Tickets."},
        externalDocs={"url": "https://desk.example/docs"},
    )
    document["x-top"] = 3
    document["info"] = {"title": " Desk ", "description": "All of it.", "x-info": 4}
    description = read(document)
    assert (description.title, description.description, description.docs) == (
        "Desk",
        "All of it.",
        "https://desk.example/docs",
    )
    assert description.extensions == {"x-info": 4, "x-top": 3}
    assert description.operations[0].extensions == {"x-item": 2, "x-own": 1, "x-both": "operation"}
    assert description.operations[0].summary == "Tickets."


def test_a_description_of_a_megabyte_is_cut() -> None:
    assert len(operation(openapi({"description": "a" * 1_000_000})).description) == 10_001


def test_webhooks_are_nothing_that_can_be_called() -> None:
    description = read(openapi(version="3.1.0", webhooks={"created": {"post": {"responses": {}}}}))
    assert [one.method for one in description.operations] == ["GET"]


@pytest.mark.parametrize(
    ("item", "pointer"),
    [
        ("nothing", "#/paths/~1tickets"),
        (["get"], "#/paths/~1tickets"),
        (None, "#/paths/~1tickets"),
        ({"get": "nothing"}, "#/paths/~1tickets/get"),
        ({"get": {"parameters": [{"in": "query"}]}}, "#/paths/~1tickets/get"),
        ({"get": {"parameters": ["page"]}}, "#/paths/~1tickets/get"),
        ({"get": {"parameters": [{"name": "a", "in": "somewhere"}]}}, "#/paths/~1tickets/get"),
        ({"$ref": "#/nowhere"}, "#/paths/~1tickets"),
        ({"$ref": "#/paths/~1tickets"}, "#/paths/~1tickets"),
    ],
)
def test_a_broken_operation_is_left_out_and_the_others_are_not(item: Any, pointer: str) -> None:
    document = openapi(path="/sound")
    document["paths"]["/tickets"] = item
    assert [one.path for one in read(document).operations] == ["/sound"]
    assert list(reasons(document)) == [pointer]
