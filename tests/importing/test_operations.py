"""The operations of OpenAPI 3.x: parameters, bodies, replies, servers and security, and what is left out of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importing.specs import openapi, operation, read, reasons
from unabridged.tools.importing.description import Parameter, Server

STRING = {"type": "string"}


def parameters(*said: Any, path: str = "/tickets", **more: Any) -> dict[str, Parameter]:
    found = operation(openapi({"parameters": list(said), "responses": {}}, path=path, **more))
    return {one.name: one for one in found.parameters}


@pytest.mark.parametrize(
    ("said", "style", "explode"),
    [
        ({"in": "query"}, "form", True),
        ({"in": "cookie"}, "form", True),
        ({"in": "header"}, "simple", False),
        ({"in": "query", "explode": False}, "form", False),
        ({"in": "query", "style": "spaceDelimited"}, "spaceDelimited", False),
        ({"in": "query", "style": "pipeDelimited", "explode": True}, "pipeDelimited", True),
        ({"in": "query", "style": "deepObject", "explode": True}, "deepObject", True),
        ({"in": "query", "style": "DEEPOBJECT", "explode": "true"}, "deepObject", True),
        ({"in": "query", "style": "matrix"}, "form", True),
        ({"in": "Query"}, "form", True),
    ],
)
def test_a_parameter_has_the_style_of_its_place(said: dict[str, Any], style: str, explode: bool) -> None:
    found = parameters({"name": "q", **said})["q"]
    assert (found.place, found.style, found.explode) == (said["in"].lower(), style, explode)


@pytest.mark.parametrize(("style", "explode"), [("simple", False), ("label", True), ("matrix", False)])
def test_a_path_parameter_is_required_whatever_its_document_says(style: str, explode: bool) -> None:
    said = {"name": "id", "in": "path", "required": False, "style": style, "explode": explode}
    found = parameters(said, path="/tickets/{id}")["id"]
    assert (found.required, found.style, found.explode) == (True, style, explode)


def test_a_parameter_keeps_what_is_said_of_it() -> None:
    said = {
        "name": "q",
        "in": "query",
        "required": True,
        "description": "What to look for.",
        "deprecated": True,
        "allowReserved": True,
        "schema": STRING,
        "x-own": [1],
    }
    assert parameters(said)["q"] == Parameter(
        name="q",
        place="query",
        required=True,
        description="What to look for.",
        deprecated=True,
        reserved=True,
        schema=STRING,
        extensions={"x-own": [1]},
    )


def test_a_parameter_that_is_written_as_a_document_says_in_which_form() -> None:
    said = {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    found = parameters(said)["filter"]
    assert (found.media, found.schema) == ("application/json", {"type": "object"})


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_what_http_says_in_other_ways_is_no_parameter(name: str) -> None:
    assert parameters({"name": name, "in": "header"}) == {}


def test_an_operation_stands_over_its_path_item() -> None:
    item = [{"name": "q", "in": "query", "description": "Item."}, {"name": "q", "in": "header"}]
    said = {"parameters": [{"name": "q", "in": "query", "description": "Operation."}]}
    found = operation(openapi(said, item={"parameters": item})).parameters
    assert [(one.place, one.description) for one in found] == [("query", "Operation."), ("header", "")]


@pytest.mark.parametrize(
    ("path", "sent", "names"),
    [
        ("/tickets/{id}", "/tickets/{id}", ["id"]),
        ("/tickets/{id}.json", "/tickets/{id}.json", ["id"]),
        ("/tickets/{id}:close", "/tickets/{id}:close", ["id"]),
        ("/files/{+path*}", "/files/{path}", ["path"]),
        ("/{ a }/{b}/{a}", "/{a}/{b}/{a}", ["a", "b"]),
        ("tickets", "/tickets", []),
        ("/#Action=List", "/", []),
    ],
)
def test_what_stands_in_braces_is_a_parameter_whether_it_is_declared_or_not(
    path: str, sent: str, names: list[str]
) -> None:
    found = operation(openapi(path=path))
    assert found.path == sent
    assert [(one.name, one.place, one.required, one.schema) for one in found.parameters] == [
        (name, "path", True, STRING) for name in names
    ]


def test_a_path_parameter_without_a_place_is_left_out_with_its_reason() -> None:
    document = openapi({"parameters": [{"name": "ticket", "in": "path"}]}, path="/tickets/{id}")
    assert [one.name for one in read(document).operations[0].parameters] == ["id"]
    assert reasons(document) == {
        "#/paths/~1tickets~1{id}/get/parameters": "`ticket` is left out: the path has no `{ticket}`",
    }


def test_braces_without_a_name_leave_the_operation_out() -> None:
    assert "without a name" in reasons(openapi(path="/tickets/{}"))["#/paths/~1tickets~1{}/get"]


def test_a_query_in_a_path_becomes_parameters() -> None:
    found = operation(openapi(path="/api?action=list&of={of}"))
    assert found.path == "/api"
    assert [(one.name, one.required, one.schema) for one in found.parameters] == [
        ("action", True, {"const": "list"}),
        ("of", True, STRING),
    ]


def test_every_method_is_read_those_of_3_2_too() -> None:
    methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"]
    document = openapi(version="3.2.0")
    document["paths"]["/tickets"] = {
        **{method: {"operationId": method} for method in methods},
        "additionalOperations": {"LOCK": {"operationId": "lock"}},
        "summary": "No method.",
    }
    found = read(document).operations
    assert [one.method for one in found] == [*map(str.upper, methods), "LOCK"]
    assert found[-1].pointer == "#/paths/~1tickets/additionalOperations/LOCK"


def test_a_whole_query_that_is_a_form_is_its_fields() -> None:
    fields = {"q": {"type": "string", "description": "What."}, "tree": {"$ref": "#/components/schemas/Tree"}}
    form = {"schema": {"type": "object", "properties": fields, "required": ["q"]}}
    tree = {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Tree"}}}
    said = {"name": "all", "in": "querystring", "content": {"application/x-www-form-urlencoded": form}}
    found = parameters(said, version="3.2.0", components={"schemas": {"Tree": tree}})
    assert (found["q"].place, found["q"].required, found["q"].description) == ("query", True, "What.")
    assert found["tree"].schema["$defs"]["Tree"]["properties"] == {"inner": {"$ref": "#/$defs/Tree"}}


def test_a_whole_query_of_another_form_leaves_the_operation_out() -> None:
    said: dict[str, Any] = {"name": "all", "in": "querystring", "content": {"application/json": {}}}
    found = reasons(openapi({"parameters": [said]}, version="3.2.0"))
    assert "not a form" in found["#/paths/~1tickets/get"]


def test_a_body_is_read_in_each_of_its_forms() -> None:
    content: dict[str, Any] = {
        "application/json": {"schema": {"type": "object"}},
        "multipart/form-data": {
            "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}},
            "encoding": {"file": {"contentType": "image/png"}},
        },
    }
    said = {"requestBody": {"required": True, "description": "A ticket.", "content": content}}
    first, second = operation(openapi(said)).payloads
    assert (first.media, first.required, first.description) == ("application/json", True, "A ticket.")
    assert (second.media, second.encoding) == ("multipart/form-data", {"file": {"contentType": "image/png"}})


def test_a_reply_is_read_by_its_status() -> None:
    said: dict[str, Any] = {
        "responses": {
            200: {
                "description": "Fine.",
                "content": {"application/json ": {"schema": STRING}, "text/csv": {}},
                "headers": {"Link": {"schema": STRING}, "Total": {"content": {"text/plain": {"schema": STRING}}}},
            },
            "4xx": {"description": "Wrong."},
            "Default": {"description": "Else."},
            "x-note": {"description": "No status."},
            "600": {"description": "None either."},
        }
    }
    found = operation(openapi(said)).replies
    assert [one.status for one in found] == ["200", "4XX", "default"]
    assert found[0].content == {"application/json": STRING, "text/csv": {}}
    assert found[0].headers == {"Link": STRING, "Total": STRING}


def test_a_sequence_of_items_is_a_list_of_them() -> None:
    item = {"type": "object", "properties": {"inner": {"$ref": "#/components/schemas/Tree"}}}
    said = {
        "responses": {"200": {"content": {"application/jsonl": {"itemSchema": {"$ref": "#/components/schemas/Tree"}}}}}
    }
    found = operation(openapi(said, version="3.2.0", components={"schemas": {"Tree": item}}))
    schema = found.replies[0].content["application/jsonl"]
    assert (schema["type"], schema["items"]) == ("array", {"$ref": "#/$defs/Tree"})


SCHEMES = {
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "A token."},
    "digest": {"type": "http", "scheme": "digest"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "unplaced": {"type": "apiKey", "name": "X-Key"},
    "oauth": {
        "type": "oauth2",
        "flows": {
            "implicit": {"authorizationUrl": "https://a.example", "scopes": {"read": ""}},
            "clientCredentials": {"tokenUrl": "https://t.example", "scopes": {"write": ""}},
        },
    },
    "openid": {"type": "openIdConnect", "openIdConnectUrl": "https://o.example"},
    "mutual": {"type": "mutualTLS"},
    "lost": {"$ref": "#/nowhere"},
}


def test_every_security_scheme_is_read() -> None:
    found = read(openapi(components={"securitySchemes": SCHEMES})).schemes
    assert {name: scheme.kind for name, scheme in found.items()} == {
        "basic": "basic",
        "bearer": "bearer",
        "digest": "other",
        "key": "key",
        "unplaced": "other",
        "oauth": "oauth2",
        "openid": "openid",
        "mutual": "mutual_tls",
        "lost": "other",
    }
    assert (found["key"].place, found["key"].field) == ("header", "X-Key")
    assert (found["oauth"].flow, found["oauth"].token_url) == ("clientCredentials", "https://t.example")
    assert found["oauth"].scopes == ("read", "write")


WANTED: list[tuple[Any, Any]] = [
    ({}, ({"key": ()},)),
    ({"security": []}, ()),
    ({"security": [{}]}, ({},)),
    ({"security": [{"oauth": ["read"]}, {}]}, ({"oauth": ("read",)}, {})),
    ({"security": [{"oauth": ["read"], "key": []}]}, ({"oauth": ("read",), "key": ()},)),
    ({"security": [{"oauth": "read"}, 1]}, ({"oauth": ()},)),
    ({"security": ["basic"]}, ({"basic": ()},)),
    ({"security": None}, ({"key": ()},)),
]


@pytest.mark.parametrize(("own", "wanted"), WANTED)
def test_an_operation_says_who_may_ask_or_the_document_does(own: Any, wanted: Any) -> None:
    document = openapi({"responses": {}, **own}, security=[{"key": []}], components={"securitySchemes": SCHEMES})
    assert operation(document).security == wanted


@pytest.mark.parametrize("security", [[{"unknown": []}], ["unknown"]])
def test_a_scheme_that_nobody_defined_is_told_of_and_is_of_no_kind_that_is_known(security: Any) -> None:
    document = openapi({"security": security})
    assert read(document).operations[0].security == ({"unknown": ()},)
    assert read(document).schemes["unknown"].kind == "other"
    assert "nothing defines it" in reasons(document)["#/components/securitySchemes/unknown"]


def test_each_path_that_refers_to_the_same_one_keeps_what_it_says_itself() -> None:
    def path(kind: str) -> dict[str, Any]:
        return {"$ref": "#/x-shared", "parameters": [{"name": "q", "in": "query", "schema": {"type": kind}}]}

    document = openapi() | {
        "x-shared": {"get": {"responses": {"200": {"description": "Fine."}}}},
        "paths": {"/a": path("string"), "/b": path("integer")},
    }
    found = [one.parameters[0].schema for one in read(document).operations]
    assert found == [{"type": "string"}, {"type": "integer"}]


def test_servers_stand_at_every_level() -> None:
    variables = {"region": {"default": "eu", "enum": ["eu", "us"], "x-own": 1}}
    top = [
        {"url": "https://{region}.desk.example", "description": "All.", "variables": variables},
        {"description": "None."},
    ]
    description = read(openapi(servers=top, item={"servers": [{"url": "/v2"}], "post": {"servers": [{"url": "/v3"}]}}))
    assert description.servers == (
        Server(
            url="https://{region}.desk.example",
            description="All.",
            variables={"region": {"default": "eu", "enum": ["eu", "us"]}},
        ),
    )
    assert [one.servers for one in description.operations] == [(Server(url="/v2"),), (Server(url="/v3"),)]
    assert read(openapi(servers=top)).operations[0].servers == ()
