"""Where a `$ref` leads: inside the document, into files beside it, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.importing.specs import openapi, operation, read, reasons, swagger
from unabridged.tools.importing.defining import definitions
from unabridged.tools.importing.description import Operation

NAMED = {"type": "string", "minLength": 1}


def with_schema(schema: Any, **more: Any) -> dict[str, Any]:
    parameter = {"name": "q", "in": "query", "required": True, "schema": schema}
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


ELSEWHERE = {"$ref": "https://schemas.example/api.yaml#/components/responses/NotFound"}
NOWHERE = {"$ref": "#/components/parameters/None"}
FINE = {"200": {"description": "Fine.", "content": {"application/json": {"schema": {"type": "object"}}}}}


def left_out(document: Any) -> tuple[Operation, str]:
    """The one operation of *document*, and why parts of it are left out."""
    description = read(document)
    (found,) = description.operations
    assert {one.pointer.rpartition("/")[0] for one in description.skipped} == {found.pointer}
    assert found.lacks == tuple(one.reason for one in description.skipped)
    return found, "; ".join(found.lacks)


@pytest.mark.parametrize("make", [openapi, swagger])
@pytest.mark.parametrize("reference", [ELSEWHERE, NOWHERE])
def test_an_error_that_cannot_be_read_is_left_out_alone(make: Any, reference: Any) -> None:
    found, why = left_out(make({"responses": {"200": {"description": "Fine."}, "400": reference, "404": reference}}))
    assert [(one.status, dict(one.content)) for one in found.replies] == [("200", {}), ("400", {}), ("404", {})]
    assert "the replies 400, 404 are left out" in why
    assert reference["$ref"] in why


@pytest.mark.parametrize("reference", [ELSEWHERE, NOWHERE])
def test_an_answer_that_cannot_be_read_may_be_anything(reference: Any) -> None:
    found, why = left_out(openapi({"responses": {"200": reference, "404": {"description": "None."}}}))
    assert found.replies[0].content == {"*/*": {}}
    assert "the reply 200 is taken as open" in why
    assert reference["$ref"] in why


def test_an_answer_is_open_only_where_it_cannot_be_read() -> None:
    loop = {"$ref": "#/components/schemas/Loop"}
    properties = {"id": {"type": "integer"}, "links": {"type": "array", "items": ELSEWHERE}, "loop": loop}
    schema = {"type": "object", "allOf": [NOWHERE, {"properties": properties}], "not": ELSEWHERE}
    answer = {"content": {"application/json": {"schema": schema}}, "headers": {"Total": ELSEWHERE}}
    found, why = left_out(openapi({"responses": {"200": answer}}, components={"schemas": {"Loop": loop}}))
    assert found.replies[0].content == {
        "application/json": {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "links": {"type": "array", "items": {}}, "loop": {}},
        }
    }
    assert found.replies[0].headers == {"Total": {}}
    assert why.count("the reply 200 is taken as open") == 1


@pytest.mark.parametrize("make", [openapi, swagger])
def test_a_parameter_that_need_not_be_sent_is_left_out_alone(make: Any) -> None:
    said = [{"name": "q", "in": "query", "schema": ELSEWHERE}, {"name": "title", "in": "query"}]
    found, why = left_out(make({"parameters": said, "responses": FINE}))
    assert [one.name for one in found.parameters] == ["title"]
    assert "`q` is left out: its `$ref` refers to `https://" in why


def test_a_parameter_that_is_elsewhere_as_a_whole_is_left_out_but_for_its_place_in_the_path() -> None:
    said = {"parameters": [ELSEWHERE, NOWHERE, {"name": "title", "in": "query"}], "responses": FINE}
    found, why = left_out(openapi(said, path="/tickets/{id}"))
    assert [(one.name, one.required) for one in found.parameters] == [("id", True), ("title", False)]
    assert "is left out, but for its place in the path if it has one" in why


@pytest.mark.parametrize("said", [{"in": "query", "required": True}, {"in": "path"}])
def test_a_parameter_that_must_be_sent_takes_its_operation_with_it(said: Any) -> None:
    said = {"name": "id", "schema": ELSEWHERE, **said}
    found = reasons(openapi({"parameters": [said], "responses": FINE}, path="/tickets/{id}"))
    assert "nothing is fetched" in found["#/paths/~1tickets~1{id}/get"]


def test_what_an_operation_says_of_a_parameter_stands_over_its_path_item_readable_or_not() -> None:
    sound: dict[str, Any] = {"name": "q", "in": "query", "schema": {"type": "string"}}
    broken = {**sound, "schema": ELSEWHERE}
    over = openapi({"parameters": [sound], "responses": FINE}, item={"parameters": [broken]})
    assert [one.name for one in operation(over).parameters] == ["q"]
    under, why = left_out(openapi({"parameters": [broken], "responses": FINE}, item={"parameters": [sound]}))
    assert under.parameters == ()
    assert "`q` is left out" in why


def test_a_parameter_of_swagger_that_is_elsewhere_may_be_the_body_and_takes_its_operation_with_it() -> None:
    assert "nothing is fetched" in reasons(swagger({"parameters": [ELSEWHERE]}))["#/paths/~1tickets/post"]


def test_an_answer_of_which_a_part_cannot_be_read_is_not_believed_to_be_one_thing() -> None:
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    for schema, believed in ((thing, True), ({"allOf": [thing, ELSEWHERE]}, False)):
        said = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
        description = read(openapi(said, path="/tickets/{id}"))
        (tool,) = definitions(description, description.operations, api="desk", base_url="https://desk.test").tools
        assert (tool.tool["claim"], "provenance" not in tool.tool) == ("one", believed)
        assert ("cannot be read" in " ".join(tool.notes)) != believed
