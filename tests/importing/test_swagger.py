"""What Swagger 2.0 says otherwise than OpenAPI 3.x."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importing.specs import operation, read, reasons, swagger
from unabridged.tools.importing.defining import definitions
from unabridged.tools.importing.description import Server
from unabridged.tools.importing.styling import style as styled

PET = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("collection", "style", "explode"),
    [
        (None, "form", False),
        ("csv", "form", False),
        ("multi", "form", True),
        ("ssv", "spaceDelimited", False),
        ("pipes", "pipeDelimited", False),
    ],
)
def test_a_list_is_written_as_its_collection_format_says(collection: str | None, style: str, explode: bool) -> None:
    said: dict[str, Any] = {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}}
    said |= {"collectionFormat": collection} if collection else {}
    (found,) = operation(swagger({"parameters": [said]})).parameters
    assert (found.style, found.explode, found.schema) == (
        style,
        explode,
        {"type": "array", "items": {"type": "string"}},
    )


@pytest.mark.parametrize("place", ["query", "formData"])
def test_a_list_with_tabs_leaves_itself_out_or_where_it_must_be_sent_the_operation(place: str) -> None:
    said = {"name": "tags", "in": place, "type": "array", "collectionFormat": "tsv"}
    other = {"name": "title", "in": place, "type": "string"}
    required = swagger({"parameters": [{**said, "required": True}, other]})
    assert "tabs" in reasons(required)["#/paths/~1tickets/post"]
    description = read(swagger({"parameters": [said, other], "responses": {"204": {"description": "done"}}}))
    (skipped,) = description.skipped
    assert skipped.pointer == "#/paths/~1tickets/post/parameters"
    (tool,) = definitions(description, description.operations, api="desk", base_url="https://desk.test").tools
    assert list(tool.tool["input"]["properties"]) == ["title"]
    assert "`tags` is left out" in " ".join(tool.notes)


def test_a_parameter_holds_its_own_schema() -> None:
    said = {"name": "page", "in": "query", "required": True, "type": "integer", "minimum": 0, "exclusiveMinimum": True}
    (found,) = operation(swagger({"parameters": [{**said, "description": "Which."}]})).parameters
    assert (found.required, found.description) == (True, "Which.")
    assert found.schema == {"type": "integer", "exclusiveMinimum": 0}


def test_a_body_is_sent_in_each_form_that_is_consumed() -> None:
    said = {"name": "pet", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Pet"}}
    document = swagger(
        {"parameters": [said]}, consumes=["application/json", "application/xml"], definitions={"Pet": PET}
    )
    found = operation(document)
    assert found.parameters == ()
    assert [(one.media, one.required, one.schema) for one in found.payloads] == [
        ("application/json", True, PET),
        ("application/xml", True, PET),
    ]
    document["paths"]["/tickets"]["post"]["consumes"] = ["application/vnd.desk+json"]
    assert [one.media for one in operation(document).payloads] == ["application/vnd.desk+json"]


@pytest.mark.parametrize(
    ("kind", "consumes", "media"),
    [
        ("string", [], "application/x-www-form-urlencoded"),
        ("string", ["multipart/form-data"], "multipart/form-data"),
        ("file", [], "multipart/form-data"),
        ("file", ["application/x-www-form-urlencoded"], "multipart/form-data"),
    ],
)
def test_fields_of_a_form_are_one_body(kind: str, consumes: list[str], media: str) -> None:
    fields: list[dict[str, Any]] = [
        {"name": "one", "in": "formData", "type": kind, "required": True, "description": "First."},
        {"name": "many", "in": "formData", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
    ]
    (found,) = operation(swagger({"parameters": fields, "consumes": consumes})).payloads
    one = {"type": "string", "format": "binary"} if kind == "file" else {"type": "string"}
    assert (found.media, found.required) == (media, True)
    assert found.schema == {
        "type": "object",
        "properties": {"one": {**one, "description": "First."}, "many": {"type": "array", "items": {"type": "string"}}},
        "required": ["one"],
    }
    assert found.encoding == {"many": {"style": "form", "explode": True}}


@pytest.mark.parametrize("said", ["csv", "multi"])
def test_a_list_in_a_header_has_commas_between_its_elements(said: str) -> None:
    ids = {"name": "x-ids", "in": "header", "type": "array", "items": {"type": "string"}, "collectionFormat": said}
    (found,) = operation(swagger({"parameters": [ids]})).parameters
    assert styled(found) == "comma"


@pytest.mark.parametrize(("said", "signs"), [("ssv", "blanks"), ("pipes", "bars"), ("tsv", "tabs")])
def test_a_list_in_a_header_with_other_signs_is_left_out_or_takes_its_operation_with_it(said: str, signs: str) -> None:
    ids = {"name": "x-ids", "in": "header", "type": "array", "items": {"type": "string"}, "collectionFormat": said}
    says = f"a list that is written with {signs} between its elements"
    description = read(swagger({"parameters": [ids]}))
    assert description.operations[0].lacks == (f"`x-ids` is left out: {says}",)
    (reason,) = reasons(swagger({"parameters": [{**ids, "required": True}]})).values()
    assert reason.startswith(says)


@pytest.mark.parametrize("said", ["ssv", "pipes", "tsv"])
@pytest.mark.parametrize("required", [{"required": True}, {}])
def test_a_list_in_a_path_that_cannot_be_written_takes_its_operation_with_it(
    said: str, required: dict[str, bool]
) -> None:
    ids = {"name": "ids", "in": "path", "type": "array", "items": {"type": "string"}, "collectionFormat": said}
    (reason,) = reasons(swagger({"parameters": [{**ids, **required}]}, path="/pets/{ids}")).values()
    assert reason.startswith("a list ")


def test_the_body_of_an_operation_stands_for_that_of_its_path() -> None:
    def body(name: str) -> list[dict[str, Any]]:
        return [{"in": "body", "name": "b", "schema": {"type": "object", "required": [name]}}]

    document = swagger({"parameters": body("own")})
    document["paths"]["/tickets"]["parameters"] = body("general")
    assert operation(document).payloads[0].schema == {"type": "object", "required": ["own"]}


def test_parameters_and_responses_may_be_references() -> None:
    document = swagger(
        {"parameters": [{"$ref": "#/parameters/page"}], "responses": {"200": {"$ref": "#/responses/Pets"}}},
        parameters={"page": {"name": "page", "in": "query", "type": "integer"}},
        responses={
            "Pets": {"description": "Pets.", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}
        },
        definitions={"Pet": PET},
    )
    found = operation(document)
    assert found.parameters[0].schema == {"type": "integer"}
    assert found.replies[0].content == {"application/json": {"type": "array", "items": PET}}


def test_a_reply_comes_in_each_form_that_is_produced() -> None:
    said = {
        "responses": {
            "200": {"schema": {"type": "string"}, "headers": {"Total": {"type": "integer", "description": "All."}}}
        }
    }
    (found,) = operation(swagger(said, produces=["application/json", "text/plain"])).replies
    assert found.content == {"application/json": {"type": "string"}, "text/plain": {"type": "string"}}
    assert found.headers == {"Total": {"type": "integer", "description": "All."}}


def test_a_reply_without_a_schema_has_no_content_and_a_file_is_binary() -> None:
    (bare,) = operation(swagger({"responses": {"204": {"description": "Done."}}})).replies
    (file,) = operation(swagger({"responses": {"200": {"schema": {"type": "file"}}}})).replies
    assert bare.content == {}
    assert file.content == {"application/octet-stream": {"type": "string", "format": "binary"}}


@pytest.mark.parametrize(
    ("said", "servers"),
    [
        (
            {"host": "desk.example", "basePath": "/v1/", "schemes": ["http", "https"]},
            ["https://desk.example/v1", "http://desk.example/v1"],
        ),
        ({"host": "desk.example:8080"}, ["//desk.example:8080"]),
        ({"host": "desk.example", "basePath": "/", "schemes": ["ws"]}, ["https://desk.example"]),
        ({"basePath": "v1"}, ["/v1"]),
        ({}, []),
    ],
)
def test_host_base_path_and_schemes_are_servers(said: dict[str, Any], servers: list[str]) -> None:
    assert read(swagger(**said)).servers == tuple(Server(url=url) for url in servers)


def test_an_operation_may_have_schemes_of_its_own() -> None:
    found = operation(swagger({"schemes": ["http"]}, host="desk.example", schemes=["https"]))
    assert found.servers == (Server(url="http://desk.example"),)


def test_a_scheme_that_nobody_defined_is_told_of() -> None:
    assert list(reasons(swagger({"security": [{"lost": []}]}))) == ["#/securityDefinitions/lost"]


def test_security_definitions_are_schemes() -> None:
    definitions = {
        "plain": {"type": "basic"},
        "key": {"type": "apiKey", "in": "query", "name": "key"},
        "oauth": {
            "type": "oauth2",
            "flow": "application",
            "tokenUrl": "https://t.example",
            "scopes": {"read": "Read."},
        },
    }
    description = read(swagger({"security": [{"oauth": ["read"]}]}, securityDefinitions=definitions))
    assert {name: one.kind for name, one in description.schemes.items()} == {
        "plain": "basic",
        "key": "key",
        "oauth": "oauth2",
    }
    assert (description.schemes["oauth"].flow, description.schemes["oauth"].scopes) == ("application", ("read",))
    assert description.operations[0].security == ({"oauth": ("read",)},)
