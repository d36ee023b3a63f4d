"""Documents that mean harm, or nothing at all: they are read in bounds, or refused in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.specs import openapi, read, swagger
from unabridged.tools.importing.description import Description
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import Unimportable
from unabridged.validators.shape import compiled

# Every word that a document gives a meaning to, so that chance builds what almost makes sense.
_WORDS = """openapi swagger info paths servers security components definitions parameters responses requestBody content
    schema schemas securitySchemes securityDefinitions tags operationId get post query additionalOperations name in path
    header cookie formData body querystring type items properties required allOf anyOf oneOf not if then enum const nullable
    readOnly writeOnly additionalProperties prefixItems pattern minimum exclusiveMinimum format default $ref $defs $anchor
    $self style explode application/json 200 default headers encoding itemSchema url variables flows scopes x-own /tickets
    /tickets/{id} Named"""
WORDS = st.sampled_from(_WORDS.split())
TEXTS = st.one_of(
    WORDS,
    st.sampled_from(
        [
            "#/components/schemas/Named",
            "#/paths/~1tickets/get",
            "#",
            "#/",
            "",
            "{}",
            "(",
            "http://a",
            "../a",
            "3.0.3",
            "string",
            "object",
        ]
    ),
    st.text(max_size=6),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=25,
)


PLACES = ("#/paths/", "#/components/securitySchemes/", "#/securityDefinitions/")


def schemas(description: Description) -> Iterator[Any]:
    for one in description.operations:
        yield from (parameter.schema for parameter in one.parameters)
        yield from (payload.schema for payload in one.payloads)
        for reply in one.replies:
            yield from (*reply.content.values(), *reply.headers.values())


def refused_or_read(content: bytes) -> str | Description:
    try:
        return describe(content)
    except Unimportable as error:
        return str(error)


def sound(content: bytes) -> None:
    """The content is refused in words, or all that is read of it can be used."""
    description = refused_or_read(content)
    if isinstance(description, str):
        assert description
        return
    assert all(one.pointer.startswith(PLACES) and one.reason for one in description.skipped)
    for schema in schemas(description):
        compiled(schema)
        orjson.dumps(schema)


@given(st.sampled_from(["2.0", "3.0.3", "3.1.0", "3.2.0"]), VALUES, VALUES, VALUES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_in_a_document_is_read_or_left_out(version: str, item: Any, named: Any, more: Any) -> None:
    document = swagger() if version == "2.0" else openapi(version=version)
    document |= more if isinstance(more, dict) else {}
    document["paths"] = {"/tickets": {"get": item, "post": {"parameters": item}}, "/tickets/{id}": item}
    document["components"] = {"schemas": {"Named": named}, "parameters": {"Named": item}}
    sound(json.dumps(document).encode())


@given(VALUES, VALUES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_stands_where_a_schema_should_be_becomes_one(schema: Any, named: Any) -> None:
    content = {"application/json": {"schema": schema}}
    said = {
        "parameters": [{"name": "q", "in": "query", "schema": schema}],
        "requestBody": {"content": content},
        "responses": {"200": {"content": content}},
    }
    sound(json.dumps(openapi(said, components={"schemas": {"Named": named}})).encode())


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_read_or_refused(content: bytes) -> None:
    sound(content)


@given(st.text(alphabet="ab:-?{}[],&*!|>'\"%@` \n\t#~<", max_size=60))
def test_whatever_the_yaml_is_it_is_read_or_refused(written: str) -> None:
    sound(b"openapi: 3.0.3\npaths:\n  /a:\n    get:\n      x: " + written.encode())


def parameterised(schema: Any, **more: Any) -> bytes:
    said = {"parameters": [{"name": "q", "in": "query", "schema": schema}]}
    return json.dumps(openapi(said, **more)).encode()


def nested(levels: int, keyword: str, *, listed: bool) -> Any:
    schema: Any = {"type": "string"}
    for _ in range(levels):
        schema = {keyword: [schema] if listed else schema}
    return schema


@pytest.mark.parametrize(("keyword", "listed"), [("allOf", True), ("oneOf", True), ("not", False), ("items", False)])
def test_nesting_ends_somewhere(keyword: str, listed: bool) -> None:
    sound(parameterised(nested(50, keyword, listed=listed)))
    sound(parameterised(nested(110, keyword, listed=listed)))
    assert "levels" in str(refused_or_read(parameterised(nested(130, keyword, listed=listed))))


@pytest.mark.parametrize("way", ["items", "properties", "allOf", "anyOf"])
def test_references_that_nest_end_somewhere(way: str) -> None:
    def holding(inner: Any) -> Any:
        parts: dict[str, Any] = {"items": inner, "properties": {"a": inner}, "anyOf": [inner, {"type": "null"}]}
        return {"allOf": [{"allOf": [{"allOf": [inner]}]}], **({way: parts[way]} if way in parts else {})}

    schemas = {f"S{n}": holding({"$ref": f"#/components/schemas/S{n + 1}"}) for n in range(2_000)}
    sound(parameterised({"$ref": "#/components/schemas/S0"}, components={"schemas": {**schemas, "S2000": {}}}))


def test_a_schema_that_would_grow_without_end_is_cut() -> None:
    schemas = {
        f"S{n}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/components/schemas/S{n + 1}"} for name in "abcdefgh"},
        }
        for n in range(40)
    }
    document = parameterised({"$ref": "#/components/schemas/S0"}, components={"schemas": {**schemas, "S40": {}}})
    (found,) = describe(document).operations
    assert len(orjson.dumps(found.parameters[0].schema)) < 200_000


def test_a_schema_where_everything_holds_everything_is_cut() -> None:
    names = [f"S{n}" for n in range(30)]
    everything = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": everything} for name in names}
    document = parameterised({"$ref": "#/components/schemas/S0"}, components={"schemas": schemas})
    (found,) = describe(document).operations
    compiled(found.parameters[0].schema)
    assert len(orjson.dumps(found.parameters[0].schema)) < 200_000


def test_many_operations_that_share_one_large_schema_share_what_is_read_of_it() -> None:
    names = [f"S{n}" for n in range(60)]
    everything = {name: {"$ref": f"#/components/schemas/{name}"} for name in names}
    schemas = {name: {"type": "object", "properties": everything} for name in names}
    document = openapi(components={"schemas": schemas})
    reference = {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}
    document["paths"] = {f"/{n}": {"get": {"responses": {"200": {"content": reference}}}} for n in range(3_000)}
    found = read(document).operations
    assert len({id(one.replies[0].content["application/json"]) for one in found}) == 1


def test_a_large_enumeration_is_read_once() -> None:
    named = {"type": "string", "enum": [f"value {n}" for n in range(20_000)]}
    parameters = [
        {"name": f"q{n}", "in": "query", "schema": {"allOf": [{"$ref": "#/components/schemas/Named"}]}}
        for n in range(500)
    ]
    document = openapi({"parameters": parameters}, components={"schemas": {"Named": named}})
    assert len(read(document).operations[0].parameters) == 500
