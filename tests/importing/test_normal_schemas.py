"""Schemas in normal form: what each keyword of each dialect becomes in JSON Schema 2020-12."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.importing.specs import body, openapi, operation, read, reasons, reply
from unabridged.tools.importing.normal import Extent
from unabridged.tools.importing.reading import describe
from unabridged.validators.shape import compiled

OBJECT = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
NULL = {"type": "null"}


SAID: list[tuple[Any, Any]] = [
    ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
    ({"type": "string", "nullable": "true"}, {"type": ["string", "null"]}),
    ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
    ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
    ({"type": "string", "enum": ["a", None]}, {"type": ["string", "null"], "enum": ["a", None]}),
    ({"nullable": True}, {}),
    ({"nullable": True, "$ref": "#/components/schemas/Named"}, {"type": ["string", "null"], "minLength": 1}),
    (
        {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Named"}]},
        {"type": ["string", "null"], "minLength": 1},
    ),
    (
        {"nullable": True, "anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}, NULL]},
    ),
    ({"type": ["string", "null"]}, {"type": ["string", "null"]}),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, {"type": "integer", "exclusiveMinimum": 1}),
    ({"type": "integer", "minimum": 1, "exclusiveMinimum": False}, {"type": "integer", "minimum": 1}),
    ({"type": "integer", "maximum": 9.0, "exclusiveMaximum": True}, {"type": "integer", "exclusiveMaximum": 9}),
    ({"type": "integer", "exclusiveMaximum": 9}, {"type": "integer", "exclusiveMaximum": 9}),
    ({"type": "integer", "maximum": "9", "multipleOf": 0}, {"type": "integer"}),
    ({"type": "integer", "maximum": 10**30}, {"type": "integer"}),
    ({"type": "file"}, {"type": "string", "format": "binary"}),
    ({"type": "Int"}, {"type": "integer"}),
    ({"type": "date"}, {}),
    ({"type": ["string", "thing"]}, {}),
    (
        {"type": "string", "format": "date-time", "example": "x", "xml": {}, "x-own": 1},
        {"type": "string", "format": "date-time"},
    ),
    ({"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-z]+$"}),
    ({"type": "string", "pattern": "(?=a)b"}, {"type": "string"}),
    ({"type": "string", "pattern": "/^a$/i"}, {"type": "string"}),
    ({"type": "string", "pattern": "(a"}, {"type": "string"}),
    ({"type": "string", "minLength": -1, "maxLength": 3.0}, {"type": "string", "maxLength": 3}),
    ({"type": "string", "enum": ["a", "a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
    ({"type": "string", "enum": [1, True]}, {"type": "string", "enum": ["1", "true"]}),
    ({"type": "integer", "enum": ["1", "2"]}, {"type": "integer", "enum": [1, 2]}),
    ({"type": "integer", "enum": ["one"]}, {"type": "integer"}),
    ({"type": "string", "enum": "a"}, {"type": "string"}),
    ({"type": "string", "enum": []}, {"type": "string"}),
    ({"type": "string", "required": True}, {"type": "string"}),
    ({"type": "object", "required": ["a", "a", 1]}, {"type": "object", "required": ["a"]}),
    ({"type": "object", "properties": []}, {"type": "object"}),
    ({"type": "object", "properties": {"a": None}}, {"type": "object", "properties": {"a": {}}}),
    ({"type": "object", "additionalProperties": True}, {"type": "object"}),
    ({"type": "object", "additionalProperties": "no"}, {"type": "object"}),
    ({"type": "object", "additionalProperties": False}, {"type": "object", "additionalProperties": False}),
    ({"type": "array", "items": [{"type": "string"}]}, {"type": "array", "prefixItems": [{"type": "string"}]}),
    (
        {"type": "array", "items": [{"type": "string"}], "additionalItems": False},
        {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
    ),
    ({"type": "array", "items": {}}, {"type": "array", "items": {}}),
    ({"type": "array", "contains": {"const": 1}, "minContains": 0}, {"type": "array"}),
    ({"patternProperties": {"^x": {"type": "string"}}}, {"patternProperties": {"^x": {"type": "string"}}}),
    ({"patternProperties": {"(?=x)": {}}, "additionalProperties": False}, {}),
    ({"not": {"type": "string"}}, {"not": {"type": "string"}}),
    ({"not": {"type": "string", "pattern": "(?=a)"}}, {}),
    ("anything", {}),
    (["type"], {}),
    (True, {}),
    (False, {"not": {}}),
]


@pytest.mark.parametrize(("schema", "normal"), SAID)
def test_a_schema_is_said_in_json_schema_2020_12(schema: Any, normal: Any) -> None:
    found = reply(schema, Named={"type": "string", "minLength": 1})
    assert found == normal
    compiled(found)


UNITED: list[tuple[Any, Any]] = [
    ({"allOf": [OBJECT]}, OBJECT),
    (
        {"allOf": [OBJECT, {"properties": {"name": {"type": "string"}}, "required": ["name", "id"]}]},
        {
            "type": "object",
            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
            "required": ["id", "name"],
        },
    ),
    (
        {
            "allOf": [
                {"properties": {"a": {"type": "number"}}},
                {"properties": {"a": {"type": "integer", "minimum": 3}}},
            ]
        },
        {"properties": {"a": {"type": "integer", "minimum": 3}}},
    ),
    ({"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]}, {"enum": ["b"]}),
    ({"description": "Outer.", "allOf": [{"description": "Inner."}]}, {"description": "Outer."}),
    (
        {"allOf": [{"properties": {"a": {}}, "additionalProperties": False}, {"properties": {"b": {}}}]},
        {"properties": {"a": {}, "b": {}}},
    ),
    ({"allOf": [{"type": "string"}, {"type": "integer"}]}, {"type": "string", "allOf": [{"type": "integer"}]}),
    ({"allOf": [{"pattern": "a"}, {"pattern": "b"}]}, {"pattern": "a", "allOf": [{"pattern": "b"}]}),
    ({"allOf": [True, {"type": "string"}]}, {"type": "string"}),
    ({"anyOf": [{"type": "string"}]}, {"type": "string"}),
    ({"oneOf": []}, {}),
    ({"oneOf": "a"}, {}),
]


@pytest.mark.parametrize(("schema", "normal"), UNITED)
def test_parts_of_one_schema_are_united_where_that_can_be_said(schema: Any, normal: Any) -> None:
    found = reply(schema)
    assert found == normal
    compiled(found)


def test_a_reply_that_fits_two_of_the_alternatives_is_described() -> None:
    alternatives = [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "object"}]
    assert reply({"oneOf": alternatives}) == {"anyOf": alternatives}
    assert body({"oneOf": alternatives}) == {"oneOf": alternatives}


def test_one_of_stands_only_over_alternatives_that_are_exact() -> None:
    alternatives = [{"type": "string", "pattern": "(?=a)"}, {"type": "string", "pattern": "b"}]
    assert body({"oneOf": alternatives}) == {"anyOf": [{"type": "string"}, {"type": "string", "pattern": "b"}]}


ACCOUNT = {
    "type": "object",
    "required": ["id", "password", "name"],
    "properties": {
        "id": {"type": "integer", "readOnly": True},
        "password": {"type": "string", "writeOnly": True},
        "name": {"type": "string"},
    },
}


def test_what_only_the_service_says_is_not_asked_of_a_caller() -> None:
    assert body(ACCOUNT) == {
        "type": "object",
        "required": ["password", "name"],
        "properties": {"password": {"type": "string"}, "name": {"type": "string"}},
    }


def test_what_only_a_caller_says_is_not_expected_of_a_reply() -> None:
    assert reply(ACCOUNT) == {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    }


def test_a_read_only_property_is_not_required_by_another_part_either() -> None:
    parts = [{"properties": {"id": {"allOf": [{"type": "integer"}], "readOnly": True}}}, {"required": ["id"]}]
    assert body({"type": "object", "allOf": parts, "anyOf": [{"required": ["id"]}, {"required": ["name"]}]}) == {
        "type": "object",
        "properties": {},
        "anyOf": [{}, {"required": ["name"]}],
    }


def test_a_read_only_property_of_a_schema_that_contains_itself_is_required_nowhere() -> None:
    tree = {
        "type": "object",
        "properties": {"id": {"type": "integer", "readOnly": True}, "in": {"$ref": "#/components/schemas/Tree"}},
    }
    found = body({"allOf": [{"$ref": "#/components/schemas/Tree"}], "required": ["id", "in"]}, Tree=tree)
    assert compiled(found).is_valid({"in": {"in": {}}})
    assert not compiled(found).is_valid({})
    assert "id" not in json.dumps(found)


def test_conditions_of_two_parts_stay_apart() -> None:
    named = {"if": {"required": ["a"]}, "then": {"required": ["b"]}}
    both = {"allOf": [named], "if": {"required": ["c"]}, "else": {"required": ["d"]}}
    for value in ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1, "d": 1}, {"c": 1}, {"a": 1, "c": 1}, {"b": 1}):
        assert compiled(reply(both)).is_valid(value) == compiled(both).is_valid(value)


def test_then_without_if_says_nothing() -> None:
    conditional = {"allOf": [{"if": {"type": "string"}}], "not": {"type": "null"}, "then": False}
    assert compiled(reply(conditional)).is_valid("a")


def test_beside_a_reference_nothing_counts_before_3_1_and_everything_since() -> None:
    schema = {"$ref": "#/components/schemas/Named", "maxLength": 9, "description": "Mine."}
    named = {"type": "string", "minLength": 1}
    assert reply(schema, Named=named) == {"type": "string", "minLength": 1, "description": "Mine."}
    modern = {"type": "string", "minLength": 1, "maxLength": 9, "description": "Mine."}
    assert reply(schema, version="3.1.0", Named=named) == modern


TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "parent": {"$ref": "#/components/schemas/Tree", "nullable": True},
        "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
    },
}


def test_a_schema_that_contains_itself_refers_to_its_own_definitions() -> None:
    found = reply({"$ref": "#/components/schemas/Tree"}, Tree=TREE)
    tree = {"name": "a", "parent": None, "children": [{"name": "b", "parent": {"name": "a"}}]}
    assert compiled(found).is_valid(tree)
    assert not compiled(found).is_valid({**tree, "children": [{"name": "b", "parent": {"children": []}}]})
    assert set(found["$defs"]) == {"Tree"}


def test_schemas_that_contain_each_other_all_stand_by_themselves() -> None:
    left = {"type": "object", "properties": {"right": {"$ref": "#/components/schemas/Right"}, "n": {"type": "integer"}}}
    right = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Left"}}}
    found = reply({"type": "array", "items": {"$ref": "#/components/schemas/Left"}}, Left=left, Right=right)
    assert compiled(found).is_valid([{"right": {"left": {"n": 1}}}])
    assert not compiled(found).is_valid([{"right": {"left": {"n": "one"}}}])


NOTHING_BUT_ITSELF: list[Any] = [
    {"$ref": "#/components/schemas/Self"},
    {"allOf": [{"$ref": "#/components/schemas/Self"}]},
    {"anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/Self"}]},
]


@pytest.mark.parametrize("schema", NOTHING_BUT_ITSELF)
def test_a_schema_that_is_nothing_but_itself_leaves_out_what_sends_it_and_lets_any_answer_through(schema: Any) -> None:
    content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Self"}}}}
    components = {"schemas": {"Self": schema}}
    sent = reasons(openapi({"requestBody": content, "responses": {}}, components=components))
    assert "itself" in sent["#/paths/~1tickets/get"]
    answered = openapi({"responses": {"200": content}}, components=components)
    assert "itself" in reasons(answered)["#/paths/~1tickets/get/responses"]
    (found,) = read(answered).operations
    assert compiled(found.replies[0].content["application/json"]).is_valid([None])


def shallow(schema: Any, *, depth: int, nodes: int = 1_000) -> Any:
    said = {"responses": {"200": {"content": {"application/json": {"schema": schema}}}}}
    extent = Extent(depth=depth, nodes=nodes)
    description = describe(json.dumps(openapi(said)).encode(), request=extent, reply=extent)
    return description.operations[0].replies[0].content["application/json"]


DEEP = {
    "type": "object",
    "required": ["list"],
    "properties": {"list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}},
}


def test_what_is_deeper_than_asked_for_is_left_open() -> None:
    assert shallow(DEEP, depth=0) == {"type": "object"}
    listed = {"type": "object", "required": ["list"], "properties": {"list": {"type": "array"}}}
    assert shallow(DEEP, depth=1) == listed
    assert shallow(DEEP, depth=2) == {**listed, "properties": {"list": {"type": "array", "items": {"type": "object"}}}}
    assert shallow(DEEP, depth=3) == DEEP


def test_a_schema_that_does_not_fit_is_cut_at_a_whole_level() -> None:
    wide = {"type": "object", "properties": {f"p{number}": DEEP for number in range(30)}}
    found = shallow(wide, depth=9, nodes=80)
    assert found == shallow(wide, depth=2)
    assert shallow(wide, depth=9, nodes=20) == {"type": "object"}


def test_alternatives_that_were_cut_do_not_exclude_each_other() -> None:
    alternatives = [{"type": "object", "properties": {name: {"type": "string"}}, "required": [name]} for name in "ab"]
    content = {"application/json": {"schema": {"oneOf": alternatives}}}
    said = {"requestBody": {"content": content}, "responses": {}}
    extent = Extent(depth=0, nodes=100)
    description = describe(json.dumps(openapi(said)).encode(), request=extent, reply=extent)
    assert description.operations[0].payloads[0].schema == {"anyOf": [{"type": "object"}, {"type": "object"}]}


def test_the_same_component_is_the_same_schema_everywhere() -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Named"}}}
    said = {"responses": {status: {"content": content} for status in ("200", "201")}}
    found = operation(openapi(said, components={"schemas": {"Named": OBJECT}}))
    assert found.replies[0].content["application/json"] is found.replies[1].content["application/json"]


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["a", "b", "1"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
)
NAMES = st.sampled_from("abc")
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "number", "boolean", "array", "object"])}),
        st.fixed_dictionaries({"enum": st.lists(SCALARS, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"type": st.just("integer"), "minimum": st.integers(-2, 2)}),
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.dictionaries(NAMES, inner, max_size=3),
                "required": st.lists(NAMES, max_size=2, unique=True),
            }
        ),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"not": inner}),
        *(
            st.fixed_dictionaries({word: st.lists(inner, min_size=1, max_size=3)})
            for word in ("allOf", "anyOf", "oneOf")
        ),
    ),
    max_leaves=6,
)


# With what two parts cannot always be united without letting a little more through.
LOOSER: st.SearchStrategy[Any] = st.recursive(
    SCHEMAS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=3)}, optional={"not": inner}),
        st.fixed_dictionaries({"if": inner}, optional={"then": inner, "else": inner}),
        st.fixed_dictionaries({"not": inner}, optional={"then": inner}),
        st.fixed_dictionaries(
            {
                "properties": st.dictionaries(NAMES, inner, max_size=2),
                "additionalProperties": st.one_of(inner, st.just(False)),
            },
            optional={"patternProperties": st.dictionaries(NAMES, inner, max_size=1)},
        ),
        st.fixed_dictionaries({"prefixItems": st.lists(inner, min_size=1, max_size=2)}, optional={"items": inner}),
        st.fixed_dictionaries({"propertyNames": inner, "contains": inner}),
    ),
    max_leaves=6,
)


@given(st.one_of(SCHEMAS, LOOSER), VALUES, st.integers(0, 4))
def test_a_normal_form_accepts_whatever_the_schema_accepts(schema: Any, value: Any, depth: int) -> None:
    if compiled(dict(schema)).is_valid(value):
        assert compiled(shallow(schema, depth=depth)).is_valid(value)


@given(SCHEMAS, VALUES)
def test_a_normal_form_that_is_whole_accepts_nothing_else(schema: Any, value: Any) -> None:
    if "oneOf" not in json.dumps(schema) and compiled(dict(body(schema, version="3.1.0"))).is_valid(value):
        assert compiled(dict(schema)).is_valid(value)
