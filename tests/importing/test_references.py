"""Where a `$ref` leads: inside the document, into files beside it, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.importing.specs import openapi, operation, read, reasons

NAMED = {"type": "string", "minLength": 1}


def with_schema(schema: Any, **more: Any) -> dict[str, Any]:
    parameter = {"name": "q", "in": "query", "schema": schema}
    return openapi({"parameters": [parameter], "responses": {}}, **more)


def schema_of(document: Any, base: Path | None = None) -> Any:
    return operation(document, base).parameters[0].schema


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/a~1b",
        "#/components/schemas/a%7E1b",
        "#/components/schemas/Alias",
        "#/components/schemas/Holder/properties/name",
        "#/components/schemas/HolderAlias/properties/name",
        "#/components/schemas/List/allOf/0",
        "#named",
        "Plain",
    ],
)
def test_a_reference_into_the_document_is_followed(reference: str) -> None:
    schemas = {
        "a/b": NAMED,
        "Plain": NAMED,
        "Alias": {"$ref": "#/components/schemas/a~1b"},
        "Holder": {"properties": {"name": NAMED}},
        "HolderAlias": {"$ref": "#/components/schemas/Holder"},
        "List": {"allOf": [NAMED]},
        "Anchored": {"$anchor": "named", **NAMED},
    }
    assert schema_of(with_schema({"$ref": reference}, components={"schemas": schemas})) == NAMED


def test_every_kind_of_part_may_be_a_reference() -> None:
    components: dict[str, Any] = {
        "parameters": {"One": {"name": "q", "in": "query"}},
        "requestBodies": {"One": {"content": {"application/json": {}}}},
        "responses": {"One": {"description": "Fine.", "headers": {"Total": {"$ref": "#/components/headers/One"}}}},
        "headers": {"One": {"schema": {"type": "integer"}}},
        "securitySchemes": {
            "One": {"$ref": "#/components/securitySchemes/Two"},
            "Two": {"type": "http", "scheme": "basic"},
        },
    }
    said: dict[str, Any] = {
        "parameters": [{"$ref": "#/components/parameters/One"}],
        "requestBody": {"$ref": "#/components/requestBodies/One"},
        "responses": {"200": {"$ref": "#/components/responses/One"}},
        "security": [{"One": []}],
    }
    found = operation(openapi(said, components=components))
    assert found.parameters[0].name == "q"
    assert found.payloads[0].media == "application/json"
    assert found.replies[0].headers == {"Total": {"type": "integer"}}
    assert read(openapi(said, components=components)).schemes["One"].kind == "basic"


def test_a_path_item_may_be_a_reference_with_more_beside_it() -> None:
    components = {
        "pathItems": {"Tickets": {"get": {"operationId": "list"}, "parameters": [{"name": "q", "in": "query"}]}}
    }
    document = openapi(version="3.1.0", components=components)
    document["paths"] = {"/tickets": {"$ref": "#/components/pathItems/Tickets", "post": {"operationId": "create"}}}
    found = read(document).operations
    assert [(one.id, one.pointer, len(one.parameters)) for one in found] == [
        ("list", "#/paths/~1tickets/get", 1),
        ("create", "#/paths/~1tickets/post", 1),
    ]


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("#/components/schemas/None", "nothing stands where"),
        ("#/info/title/deeper", "nothing stands where"),
        ("#nobody", "no `$anchor`"),
        ("https://desk.example/schemas.json#/Named", "nothing is fetched"),
        ("//desk.example/schemas.json", "nothing is fetched"),
        ("file:///etc/passwd", "nothing is fetched"),
        ("/etc/passwd", "outside"),
        ("../outside.json", "outside"),
        ("inside/../../outside.json", "outside"),
        ("%2e%2e/outside.json", "outside"),
        ("link.json", "outside"),
        ("missing.json", "no file"),
        (".", "no file"),
        ("loop.json", "no file"),
        ("a" * 5_000, "cannot be read"),
        ("http://[", "nothing is fetched"),
        ("//[", "nothing is fetched"),
        ("broken.json", "neither"),
        ("#/components/schemas/Loop", "itself"),
        ("#/components/schemas/Round", "itself"),
    ],
)
def test_a_reference_that_cannot_be_followed_leaves_its_operation_out(reference: str, why: str, tmp_path: Path) -> None:
    base = tmp_path / "spec"
    base.mkdir()
    (tmp_path / "outside.json").write_text(json.dumps(NAMED))
    (base / "link.json").symlink_to(tmp_path / "outside.json")
    (base / "loop.json").symlink_to(base / "loop.json")
    (base / "broken.json").write_text("{: [")
    schemas = {
        "Loop": {"$ref": "#/components/schemas/Loop"},
        "Round": {"$ref": "#/components/schemas/About"},
        "About": {"$ref": "#/components/schemas/Round"},
    }
    document = with_schema({"$ref": reference}, components={"schemas": schemas})
    document["paths"]["/sound"] = {"get": {"operationId": "sound"}}
    found = reasons(document, base)
    assert list(found) == ["#/paths/~1tickets/get"]
    assert why in found["#/paths/~1tickets/get"]
    assert [one.id for one in read(document, base).operations] == ["sound"]


def test_files_beside_the_document_are_read_relative_to_each_other(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "ticket.yaml").write_text(
        "type: object\nproperties:\n  name: {$ref: 'parts/name.json#/Name'}\n"
    )
    (tmp_path / "schemas" / "parts").mkdir()
    (tmp_path / "schemas" / "parts" / "name.json").write_text(json.dumps({"Name": {"$ref": "#/Short"}, "Short": NAMED}))
    document = with_schema({"$ref": "./schemas/ticket.yaml"})
    assert schema_of(document, tmp_path) == {"type": "object", "properties": {"name": NAMED}}


def test_a_whole_path_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "tickets.yaml").write_text(
        "get:\n  operationId: list\n  parameters:\n    - $ref: '#/page'\npage: {name: page, in: query}\n"
    )
    document = openapi()
    document["paths"] = {"/tickets": {"$ref": "tickets.yaml"}}
    found = operation(document, tmp_path)
    assert (found.id, found.pointer, found.parameters[0].name) == ("list", "#/paths/~1tickets/get", "page")


def test_without_a_directory_no_file_is_read() -> None:
    found = reasons(with_schema({"$ref": "ticket.yaml"}))
    assert "lies in no directory" in found["#/paths/~1tickets/get"]


def test_a_document_may_refer_to_itself_by_its_own_name() -> None:
    own = {"$self": "https://desk.example/openapi.json", "components": {"schemas": {"Named": NAMED}}}
    reference = {"$ref": "https://desk.example/openapi.json#/components/schemas/Named"}
    assert schema_of(with_schema(reference, version="3.2.0", **own)) == NAMED


def test_a_chain_of_references_is_followed_to_its_end() -> None:
    schemas: dict[str, Any] = {f"S{n}": {"$ref": f"#/components/schemas/S{n + 1}"} for n in range(20)}
    document = with_schema({"$ref": "#/components/schemas/S0"}, components={"schemas": {**schemas, "S20": NAMED}})
    assert schema_of(document) == NAMED


def test_a_chain_without_end_is_left_open() -> None:
    schemas: dict[str, Any] = {f"S{n}": {"allOf": [{"$ref": f"#/components/schemas/S{n + 1}"}]} for n in range(5_000)}
    document = with_schema({"$ref": "#/components/schemas/S0"}, components={"schemas": {**schemas, "S5000": NAMED}})
    assert schema_of(document) == {}
