"""What a tool file says besides its requests: names, credentials, where the API is, and schemas that are worth their cost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.test_writing import PET, answering, body, document, imported, made
from unabridged.schemas.wire import Json
from unabridged.server.rewritten import rewrite
from unabridged.server.usage import UsageError
from unabridged.tools.importing.basing import Nowhere, based
from unabridged.tools.importing.description import Description, Operation, Server
from unabridged.tools.importing.emitting import block, scalar
from unabridged.tools.importing.filing import pages
from unabridged.tools.importing.naming import LONGEST, api_name, argument, environment, tool_names
from unabridged.tools.importing.narrowing import narrowed
from unabridged.tools.importing.prose import trimmed
from unabridged.tools.importing.trying import tried
from unabridged.tools.source import parse

# ------------------------------------------------------------------------------------------- names

TITLES = [
    ("GitHub's official OpenAPI spec + Octokit extension", "github"),
    ("Swagger Petstore - OpenAPI 3.0", "petstore"),
    ("Stripe API", "stripe"),
    ("The Zendesk Support API (v2)", "zendesk_support"),
    ("API", "shop"),
    ("Сервис", "shop"),
    ("", "shop"),
]


@pytest.mark.parametrize(("title", "name"), TITLES)
def test_an_api_is_named_by_what_is_its_own_in_its_title(title: str, name: str) -> None:
    assert api_name(Description(version="3.0.0", title=title), "shop") == name


@given(st.lists(st.text(max_size=90), unique=True, max_size=8), st.text(min_size=1, max_size=30))
def test_every_tool_has_a_name_of_its_own_that_hosts_accept(identifiers: list[str], path: str) -> None:
    operations = [
        Operation(pointer=f"#/{number}", method="GET", path=f"/{path}", id=identifier)
        for number, identifier in enumerate(identifiers)
    ]
    names = tool_names("pets", operations)
    assert len(set(names.values())) == len(operations)
    for name in names.values():
        assert len(name) <= LONGEST
        assert name.replace("_", "a").isalnum()
        assert name.isascii()


def test_a_name_does_not_depend_on_what_is_chosen() -> None:
    operations = [Operation(pointer=f"#/{n}", method="GET", path="/a", id="same") for n in range(3)]
    assert tool_names("x", operations)["#/1"] == tool_names("x", reversed(operations))["#/1"]


def test_a_name_is_without_the_path_that_a_framework_wrote_behind_it_where_it_is_one_still() -> None:
    said = [("/pets/{id}", "show_pets__id__get"), ("/a", "all_a_get"), ("/b", "all_b_get"), ("/c", "c_get")]
    operations = [Operation(pointer=path, method="GET", path=path, id=identifier) for path, identifier in said]
    assert list(tool_names("x", operations).values()) == ["x_show", "x_all_a_get", "x_all_b_get", "x_c_get"]


@given(st.lists(st.text(max_size=80), max_size=6))
def test_every_argument_has_a_name_of_its_own_that_hosts_accept(names: list[str]) -> None:
    taken: list[str] = []
    for name in names:
        taken.append(argument(name, taken))
    assert len(set(taken)) == len(taken)
    for name in taken:
        assert 0 < len(name) <= LONGEST
        assert all(sign.isalnum() or sign in "_.-" for sign in name)
        assert name.isascii()


def test_an_environment_variable_is_named_after_the_api() -> None:
    assert environment("github", "client_id") == "GITHUB_CLIENT_ID"
    assert environment("1password", "X-Api-Key") == "API_1PASSWORD_X_API_KEY"


# ------------------------------------------------------------------------------------------- credentials


def api(schemes: dict[str, Any], *security: dict[str, list[str]]) -> Any:
    described = document({"security": list(security)}, components={"securitySchemes": schemes})
    return made(described).api


CREDENTIALS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "http", "scheme": "bearer"}, {"kind": "bearer", "token": {"env": "PETS_TOKEN"}}),
    (
        {"type": "http", "scheme": "basic"},
        {"kind": "basic", "username": {"env": "PETS_USERNAME"}, "password": {"env": "PETS_PASSWORD"}},
    ),
    (
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        {"kind": "api_key", "in": "header", "name": "X-Key", "value": {"env": "PETS_KEY"}},
    ),
    (
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": 'Token-based authentication with required prefix "Token"',
        },
        {"kind": "api_key", "in": "header", "name": "Authorization", "prefix": "Token ", "value": {"env": "PETS_KEY"}},
    ),
    (
        {"type": "apiKey", "in": "query", "name": "key"},
        {"kind": "api_key", "in": "query", "name": "key", "value": {"env": "PETS_KEY"}},
    ),
    (
        {"type": "apiKey", "in": "cookie", "name": "session"},
        {"kind": "api_key", "in": "header", "name": "Cookie", "prefix": "session=", "value": {"env": "PETS_SESSION"}},
    ),
    (
        {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://pets.test/token", "scopes": {}}}},
        {
            "kind": "oauth2_client_credentials",
            "token_url": "https://pets.test/token",
            "client_id": {"env": "PETS_CLIENT_ID"},
            "client_secret": {"env": "PETS_CLIENT_SECRET"},
        },
    ),
    (
        {"type": "oauth2", "flows": {"implicit": {"authorizationUrl": "https://pets.test/auth", "scopes": {}}}},
        {"kind": "bearer", "token": {"env": "PETS_TOKEN"}},
    ),
]


@pytest.mark.parametrize(("scheme", "auth"), CREDENTIALS)
def test_a_scheme_becomes_a_reference_to_a_credential(
    scheme: dict[str, Any], auth: dict[str, Any], tmp_path: Path
) -> None:
    described = document({"security": [{"it": []}]}, components={"securitySchemes": {"it": scheme}})
    assert made(described).api["auth"] == auth
    assert imported(described, tmp_path).provider.auth is not None


def test_where_nothing_says_what_stands_before_the_key_the_file_says_what_is_to_be_given() -> None:
    key = {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Your key."}
    described = document({"security": [{"it": []}]}, components={"securitySchemes": {"it": key}})
    assert any(note.startswith("PETS_KEY holds all of Authorization") for note in made(described).notes)


def test_a_second_key_is_a_variable_of_the_operator(tmp_path: Path) -> None:
    schemes = {
        "token": {"type": "http", "scheme": "bearer"},
        "app": {"type": "apiKey", "in": "header", "name": "X-App-Id"},
    }
    parameters = [{"name": "x-app-id", "in": "header", "required": True, "schema": {"type": "string"}}]
    described = document(
        {"security": [{"token": [], "app": []}], "parameters": parameters}, components={"securitySchemes": schemes}
    )
    contract = imported(described, tmp_path)
    assert contract.request.headers == {"X-App-Id": "{var.x_app_id}"}
    assert contract.provider.variables["x_app_id"].env == "PETS_X_APP_ID"
    assert contract.input.get("properties", {}) == {}


def test_two_keys_are_never_looked_for_under_one_name() -> None:
    schemes = {name: {"type": "apiKey", "in": "header", "name": name} for name in ("app_id", "key", "KEY-")}
    described = document({"security": [{name: [] for name in schemes}]}, components={"securitySchemes": schemes})
    api = made(described).api
    found = [api["auth"]["value"]["env"], *(one["env"] for one in api["variables"].values())]
    assert sorted(found) == sorted({"PETS_KEY", "PETS_KEY_2", "PETS_APP_ID"})


def test_a_credential_that_cannot_be_said_is_told_of() -> None:
    described = document({"security": [{"it": []}]}, components={"securitySchemes": {"it": {"type": "mutualTLS"}}})
    whole = made(described)
    assert "auth" not in whole.api
    assert any("a tool file cannot say it" in note for note in whole.notes)


DECLARED: list[tuple[dict[str, Any], str]] = [
    ({"Basic": {"type": "http", "scheme": "basic"}}, "Basic (basic)"),
    ({"it": {"type": "mutualTLS"}, "Key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}}, "Key (key)"),
    ({"it": {"type": "mutualTLS"}}, "it (mutual_tls)"),
]


@pytest.mark.parametrize(("schemes", "named"), DECLARED)
def test_a_credential_that_is_declared_and_never_asked_for_is_told_of(schemes: dict[str, Any], named: str) -> None:
    whole = made(document({}, security=[], components={"securitySchemes": schemes}))
    assert "auth" not in whole.api
    told = " ".join(whole.notes)
    assert f"{named}, and nothing in it asks for a credential." in told
    examples = [note.removeprefix("auth: ") for note in whole.notes if note.startswith("auth: ")]
    asking = made(document({}, security=[{name: []} for name in schemes], components={"securitySchemes": schemes}))
    assert [yaml.safe_load(one) for one in examples] == [asking.api[word] for word in asking.api if word == "auth"]


KINDS = {
    "token": {"type": "http", "scheme": "bearer"},
    "admin": {"type": "http", "scheme": "basic"},
    "partner": {"type": "apiKey", "in": "header", "name": "X-Partner"},
    "app": {"type": "apiKey", "in": "header", "name": "X-App-Id"},
}
PARTNER = {"kind": "api_key", "in": "header", "name": "X-Partner", "value": {"env": "PETS_PARTNER_KEY"}}
BESIDE = [{"token": ["pets:read"], "app": []}]


TAKEN: list[Any] = [
    ([], None, "none", None),
    ([{}], None, "none", None),
    ([{}, {"admin": []}], None, "none", None),
    ([{}, {"token": []}], None, None, None),
    ([{"partner": []}], None, PARTNER, None),
    ([{"partner": ["all"]}], None, PARTNER, "Needs the scope all."),
    ([{"partner": [], "admin": []}], None, None, "Needs admin with partner, which this file does not send."),
    ([{"token": ["x"]}, {"partner": []}], None, None, "Needs the scope x."),
    ([], BESIDE, None, "Needs no credential; that of this file is sent all the same."),
    ([{"partner": []}], BESIDE, None, "Needs partner, which this file does not send."),
]


@pytest.mark.parametrize(("security", "most", "auth", "note"), TAKEN)
def test_an_operation_that_takes_another_credential_or_none_says_so(
    security: Any, most: Any, auth: object, note: str | None
) -> None:
    described = document({"security": most or [{"token": ["pets:read"]}]}, components={"securitySchemes": KINDS})
    get = described["paths"]["/pets"]["get"]
    described["paths"]["/b"] = {"get": {**get, "operationId": "b"}}
    described["paths"]["/a"] = {"get": {**get, "operationId": "a", "security": security}}
    (tool,) = (one for one in made(described).tools if one.name == "pets_a")
    assert (tool.tool.get("auth"), (*tool.notes[1:], None)[0]) == (auth, note)


@pytest.mark.parametrize(("others", "auth"), [(0, None), (3, {**PARTNER, "value": {"env": "PETS_KEY"}})])
def test_a_key_that_an_operation_declares_as_a_parameter_is_sent_with_it(others: int, auth: object) -> None:
    described = document({"security": [{"partner": []}]}, components={"securitySchemes": KINDS})
    get: dict[str, Any] = {**described["paths"]["/pets"]["get"], "security": []}
    key = {"name": "X-Partner", "in": "header", "required": True, "schema": {"type": "string"}}
    for number in range(others):
        described["paths"][f"/{number}"] = {"get": {**get, "operationId": str(number)}}
    described["paths"]["/a"] = {"get": {**get, "operationId": "a", "parameters": [key]}}
    (tool,) = (one.tool for one in made(described).tools if one.name == "pets_a")
    assert (tool.get("auth"), tool.get("input")) == (auth, None)


def test_a_credential_that_few_operations_need_stands_there_and_not_in_the_block() -> None:
    described = document({"security": []}, components={"securitySchemes": KINDS})
    get = described["paths"]["/pets"]["get"]
    described["paths"]["/b"] = {"get": {**get, "operationId": "b"}}
    described["paths"]["/a"] = {"get": {**get, "operationId": "a", "security": [{"partner": []}]}}
    whole = made(described)
    own = {one.name: one.tool.get("auth") for one in whole.tools}
    assert "auth" not in whole.api
    assert own == {"pets_it": None, "pets_b": None, "pets_a": {**PARTNER, "value": {"env": "PETS_KEY"}}}


def test_a_key_is_no_argument_where_another_credential_is_sent() -> None:
    parameters = [{"name": name, "in": "header", "schema": {"type": "string"}} for name in ("X-Partner", "X-App-Id")]
    described = document(
        {"security": [{"partner": []}], "parameters": parameters}, components={"securitySchemes": KINDS}
    )
    get = described["paths"]["/pets"]["get"]
    described["paths"]["/b"] = {"get": {**get, "operationId": "b"}}
    described["paths"]["/a"] = {"get": {**get, "operationId": "a", "security": [{"app": []}]}}
    (own,) = (one for one in made(described).tools if one.name == "pets_a")
    assert "input" not in own.tool


TWIN = {**PARTNER, "value": {"env": "PETS_TWIN_KEY"}}
LOSING: list[Any] = [
    ([{"app": []}], None, "Needs app, which this file does not send."),
    ([{"twin": []}], TWIN, None),
    ([{"app": []}, {"twin": []}], TWIN, None),
]


@pytest.mark.parametrize(("security", "auth", "note"), LOSING)
@pytest.mark.parametrize("others", [0, 3])
def test_a_key_that_has_to_be_sent_is_never_lost_beside_another_credential(
    security: list[dict[str, list[str]]], auth: Any, note: str | None, others: int
) -> None:
    schemes = {**KINDS, "twin": KINDS["partner"]}
    described = document({"security": [{"partner": []}]}, components={"securitySchemes": schemes})
    get = described["paths"]["/pets"]["get"]
    for number in range(others):
        described["paths"][f"/{number}"] = {"get": {**get, "operationId": str(number), "security": []}}
    described["paths"]["/b"] = {"get": {**get, "operationId": "b"}}
    key = {"name": "X-Partner", "in": "header", "required": True, "schema": {"type": "string"}}
    described["paths"]["/a"] = {"get": {**get, "operationId": "a", "parameters": [key], "security": security}}
    whole = made(described)
    (own,) = (one for one in whole.tools if one.name == "pets_a")
    sent = own.tool.get("auth", whole.api.get("auth"))
    assert "input" not in own.tool
    assert sent == (auth or {**PARTNER, "value": {"env": "PETS_KEY"}})
    assert (*own.notes[1:], None)[0] == note


# ------------------------------------------------------------------------------------------- servers

SERVERS: list[tuple[Server, dict[str, Any]]] = [
    (Server(url="https://a.test/v1/"), {"base_url": "https://a.test/v1"}),
    (Server(url="http://a.test"), {"base_url": "http://a.test", "network": {"plain_http": True}}),
    (Server(url="http://localhost:80/x"), {"base_url": "http://localhost:80/x", "network": {"allow": ["loopback"]}}),
    (
        Server(url="http://10.0.0.7"),
        {"base_url": "http://10.0.0.7", "network": {"allow": ["10.0.0.7"], "plain_http": True}},
    ),
    (
        Server(url="https://{region}.a.test", variables={"region": {"default": "eu", "enum": ["eu", "us"]}}),
        {
            "base_url": "https://{region}.a.test",
            "variables": {"region": {"env": "X_REGION", "default": "eu", "description": "One of: eu, us"}},
        },
    ),
    (
        Server(
            url="{scheme}://a.test/{base}", variables={"scheme": {"default": "https"}, "base": {"default": "api/v2"}}
        ),
        {"base_url": "https://a.test/api/v2"},
    ),
    (Server(url="//b.test/x"), {"base_url": "https://b.test/x"}),
    (
        Server(url="/{version}", variables={"version": {"default": "v2"}}),
        {"base_url": "https://b.test/{version}", "variables": {"version": {"env": "X_VERSION", "default": "v2"}}},
    ),
    (Server(url="../v3"), {"base_url": "https://b.test/v3"}),
]


@pytest.mark.parametrize(("server", "expected"), SERVERS)
def test_a_server_becomes_a_base_url(server: Server, expected: dict[str, Any]) -> None:
    found = based(
        Description(version="3.0.0", servers=(server,)), api="x", base_url=None, source="https://b.test/docs/spec.json"
    )
    shown = {"base_url": found.base_url, "variables": found.variables, "network": found.network}
    assert {name: value for name, value in shown.items() if value} == expected


@pytest.mark.parametrize("source", ["https://b.test/docs/spec.json", "http://127.0.0.1:8000/openapi.json"])
def test_an_api_that_names_no_server_is_where_its_description_is(source: str) -> None:
    """OpenAPI 3.1, 4.8.1: the default is a server of the URL `/`."""
    found = based(Description(version="3.1.0"), api="x", base_url=None, source=source)
    assert found.base_url == source.rpartition("/")[0].removesuffix("/docs")


@pytest.mark.parametrize(
    ("source", "expected"), [(None, "https://a.test/v1"), ("http://a.test/swagger.json", "http://a.test/v1")]
)
def test_a_host_without_a_scheme_has_that_of_the_description(source: str | None, expected: str) -> None:
    """Swagger 2.0, Swagger Object, `schemes`: the default is the one by which the description was read."""
    found = based(
        Description(version="2.0", servers=(Server(url="//a.test/v1"),)), api="x", base_url=None, source=source
    )
    assert found.base_url == expected


@pytest.mark.parametrize("url", ["", "/v1", "ftp://a.test", "file:///etc", "not a url", "https://", "https://?a=b"])
def test_what_is_no_place_is_no_base_url(url: str) -> None:
    with pytest.raises(Nowhere):
        based(Description(version="3.0.0", servers=(Server(url=url),)), api="x", base_url=None, source=None)


def test_https_comes_before_http() -> None:
    servers = (Server(url="http://a.test"), Server(url="https://b.test"))
    found = based(Description(version="3.0.0", servers=servers), api="x", base_url=None, source=None)
    assert found.base_url == "https://b.test"
    assert found.notes == ("Other servers: http://a.test",)


# ------------------------------------------------------------------------------------------- schemas

SCHEMA = st.recursive(
    st.sampled_from([{}, {"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}, {"enum": ["a", 1]}]),
    lambda inner: (
        st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2)},
            optional={
                "required": st.just(["a"]),
                "additionalProperties": inner,
                "patternProperties": st.fixed_dictionaries({"^c": inner}),
                "anyOf": st.lists(inner, min_size=1, max_size=2),
            },
        )
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner})
        | st.fixed_dictionaries({"oneOf": st.lists(inner, min_size=1, max_size=2)})
        | st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)})
    ),
    max_leaves=8,
)
VALUE = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(SCHEMA, VALUE, st.integers(0, 3))
def test_what_the_description_allows_is_never_refused(schema: dict[str, Any], value: Json, depth: int) -> None:
    if jsonschema_rs.is_valid(schema, value):
        assert jsonschema_rs.is_valid(narrowed(schema, depth, use="answer"), value)
        assert jsonschema_rs.is_valid(narrowed(schema, depth, use="argument"), value)


OPEN: list[dict[str, Any]] = [
    {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}},
    {"type": "object", "properties": {"a": {"enum": [1]}}, "additionalProperties": {"type": "string"}},
    {"type": "object", "patternProperties": {"^a": {}}, "additionalProperties": {"type": "string"}},
]


@pytest.mark.parametrize("schema", OPEN)
def test_what_is_said_of_further_members_is_not_asked_of_those_that_are_described(schema: dict[str, Any]) -> None:
    assert jsonschema_rs.is_valid(narrowed(schema, 1, use="answer"), {"a": 1})


TWO_KINDS = {
    "type": "object",
    "required": ["id", "kind"],
    "properties": {"id": {"type": "integer"}, "kind": {"type": "string"}},
    "anyOf": [
        {"required": ["kind"], "properties": {"kind": {"type": "string", "enum": [word]}}} for word in ("cat", "dog")
    ],
}


@pytest.mark.parametrize("cut", [{"kind": "cat"}, {"id": "7", "kind": "cat"}])
def test_a_choice_whose_parts_narrow_to_the_same_takes_nothing_from_what_stands_beside_it(cut: Json) -> None:
    found = narrowed(TWO_KINDS, 1, use="answer")
    assert jsonschema_rs.is_valid(found, {"id": 7, "kind": "dog"})
    assert not jsonschema_rs.is_valid(found, cut)


def test_a_schema_within_itself_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "id": {"type": "integer"}}}
    schema = {"$ref": "#/$defs/node", "$defs": {"node": node}}
    found = narrowed(schema, 4, use="answer")
    assert found == {"type": "object", "properties": {"id": {"type": "integer"}}}


def test_arguments_that_would_cost_too_much_are_described_less_deep(tmp_path: Path) -> None:
    leaf: dict[str, Any] = {"type": "object", "properties": {f"name{n}": {"type": "string"} for n in range(12)}}
    deep: dict[str, Any] = leaf
    for _ in range(4):
        deep = {"type": "object", "properties": {f"part{n}": deep for n in range(4)}}
    described = document(body({"type": "object", "properties": {"deep": deep}}), method="post")
    contract = imported(described, tmp_path)
    assert len(json.dumps(contract.input)) < 6_500
    (definition,) = made(described).tools
    assert any("levels deep" in note for note in definition.notes)


def test_a_default_is_told_and_not_sent(tmp_path: Path) -> None:
    parameter = {
        "name": "sort",
        "in": "query",
        "description": "The order",
        "schema": {"type": "string", "default": "id"},
    }
    contract = imported(document({"parameters": [parameter]}), tmp_path)
    assert contract.input["properties"]["sort"] == {"type": "string", "description": "The order (default: id)"}


def test_the_answer_is_checked_to_the_members_of_its_items(tmp_path: Path) -> None:
    owner = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "owner": owner}}
    schema = {"type": "object", "required": ["pets"], "properties": {"pets": {"type": "array", "items": item}}}
    contract = imported(document({"responses": {"200": answering(schema)}}), tmp_path)
    assert contract.response.items is not None
    assert contract.response.schema == {
        "type": "object",
        "properties": {"pets": {"type": "array"}},
        "required": ["pets"],
    }
    assert contract.response.items.schema == {
        "type": "object",
        "properties": {"id": {"type": "integer"}, "owner": {"type": "object"}},
        "required": ["id"],
    }


def test_a_declared_key_makes_a_write_safe_to_repeat(tmp_path: Path) -> None:
    header = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
    contract = imported(document(body(PET) | {"parameters": [header]}, method="post"), tmp_path)
    assert contract.request.idempotency is not None
    assert contract.request.idempotency.header == "Idempotency-Key"
    assert "Idempotency-Key" not in contract.input["properties"]


# ------------------------------------------------------------------------------------------- words and YAML

TEXTS = [
    ("Read the [guide](https://x.test/a_(b)).", "Read the guide."),
    ("<p>One&nbsp;&amp; two</p>", "One & two"),
    ("# Title\n\n* first\n* second", "Title first second"),
    ("a < b and c > d", "a < b and c > d"),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_prose_is_flat(text: str, expected: str) -> None:
    assert trimmed(text, 200) == expected


@given(st.text(), st.integers(5, 60))
def test_prose_is_never_longer_than_it_may_be(text: str, most: int) -> None:
    found = trimmed(text, most)
    assert len(found) <= most
    assert "\n" not in found


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.text(st.sampled_from("ab :-#'\"{}[],&*!|>%@`\\\n.0e~"), max_size=20)
    | st.sampled_from(["no", "null", "1.0", "0x1f", "word " * 60 + "end", "~", "- a", "a: b", "a #b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab:# 1{", max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), JSON, max_size=4))
def test_what_is_written_as_yaml_is_read_as_the_same_value(value: dict[str, Any]) -> None:
    assert parse(block(value).encode(), is_json=False).value == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_on_one_line_is_read_as_the_same_text(value: str) -> None:
    assert "\n" not in scalar(value)
    assert parse(f"a: {scalar(value)}".encode(), is_json=False).value == {"a": value}


def test_definitions_that_hold_each_other_many_times_are_cut_in_time() -> None:
    names = [f"d{number}" for number in range(40)]
    each = {"type": "object", "properties": {name: {"$ref": f"#/$defs/{name}"} for name in names}}
    found = narrowed({"$ref": "#/$defs/d0", "$defs": dict.fromkeys(names, each)}, 5, use="argument")
    assert len(json.dumps(found)) < 100_000


def test_more_than_one_file_can_hold_is_tried_all_the_same_and_not_written_into_one(tmp_path: Path) -> None:
    (one,) = made(document({})).tools
    many = [replace(one, tool={**one.tool, "name": f"it_{n}", "description": "x" * 4_000}) for n in range(2_200)]
    whole = replace(made(document({})), tools=tuple(many))
    assert len(tried(whole, faults=lambda contracts: {}).sound.tools) == 2_200
    page = pages(whole, told=[], form="json", split=False)[""]
    with pytest.raises(UsageError, match="would have more than 8 MB"):
        rewrite({tmp_path / "x.json": page}, form="json", split=False, dry_run=False)
    assert list(tmp_path.iterdir()) == []


def test_a_choice_of_one_is_written_as_a_choice_of_any_because_its_parts_are_kept_less_deep() -> None:
    def to(inner: str) -> dict[str, Any]:
        what = {"type": "object", "required": [inner], "properties": {inner: {"type": "string"}}}
        return {"type": "object", "properties": {"to": what}}

    schema = {"oneOf": [to("mail"), {**to("phone"), "required": ["to"]}]}
    assert narrowed(schema, 1, use="argument") == {
        "anyOf": [
            {"type": "object", "properties": {"to": {"type": "object"}}},
            {"type": "object", "properties": {"to": {"type": "object"}}, "required": ["to"]},
        ]
    }
    assert jsonschema_rs.is_valid(narrowed(schema, 1, use="argument"), {"to": {"mail": "x", "phone": "y"}})
