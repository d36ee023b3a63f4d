"""Generated values fit their schemas, texts fit their patterns, and the same seed gives the same data."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import contract
from unabridged.tools.mocking.patterns import Unwritable, matching
from unabridged.tools.mocking.stock import stock
from unabridged.tools.mocking.values import Unmakeable, fitting

PATTERNS = (
    "^[A-Za-z0-9-]{1,39}$",
    r"^10\.[0-9]{4,9}/.+$",
    r"^(W[0-9]+|doi:10\..+|pmid:[0-9]+)$",
    r"^\s*[Ss][Ee][Ll][Ee][Cc][Tt]\s",
    "^[0-9]{4}-[0-9]{3}[0-9X]$",
    r"^[^/?#\\ ]+$",
    r"^\d{4}(?:-\d\d)?$",
    r"^(?P<year>\d{4})-(?<month>0[1-9]|1[0-2])$",
    "colou?r",
    r"^\$\{[a-z_]+\}$",
    "^[]a-]+$",
    "^[^a-z]{2,}$",
    r"^\+?[1-9]\d{1,14}$",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(place=st.integers())
def test_a_text_matches_its_pattern(pattern: str, place: int) -> None:
    plain = pattern.replace("(?<month>", "(?P<month>")
    assert re.search(plain, matching(pattern, place))


@pytest.mark.parametrize("pattern", [r"^(?=.*\d).+$", r"\bword\b", r"^(a)\1$", r"\p{L}+", "^[a-", "(a", "a)", "a{x}"])
def test_what_cannot_be_written_is_said_to_be_so(pattern: str) -> None:
    with pytest.raises(Unwritable):
        matching(pattern, 0)


Schema: TypeAlias = dict[str, Any]

_SCALARS: st.SearchStrategy[Schema] = st.one_of(
    st.sampled_from(
        [
            {"type": "boolean"},
            {"type": "null"},
            {"type": ["string", "null"]},
            {"const": {"a": [1, None]}},
            {"enum": ["a", 2, None]},
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "email", "minLength": 3},
            {"type": "string", "format": "uuid"},
            {"type": "string", "format": "something-of-their-own"},
            {"type": "integer", "multipleOf": 5, "minimum": 3},
            {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            {},
        ]
    ),
    st.tuples(st.integers(-50, 50), st.integers(0, 60)).map(
        lambda pair: {"type": "integer", "minimum": pair[0], "maximum": pair[0] + pair[1]}
    ),
    st.tuples(st.integers(0, 40), st.integers(0, 20)).map(
        lambda pair: {"type": "string", "minLength": pair[0], "maxLength": pair[0] + pair[1]}
    ),
    st.sampled_from(PATTERNS[:6]).map(lambda pattern: {"type": "string", "pattern": pattern}),
)
_NAMES = st.sampled_from(["id", "name", "created_at", "url", "is_open", "count", "e-mail", "a/b"])


def _object(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


def _array(items: Schema, least: int) -> Schema:
    return {"type": "array", "items": items, "minItems": least, "maxItems": least + 1}


def _choice(word: str, option: Schema) -> Schema:
    return {word: [option]}


def _around(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    named = st.dictionaries(_NAMES, inner, max_size=4)
    objects = st.builds(_object, named, st.lists(_NAMES, max_size=3, unique=True))
    return st.one_of(
        objects,
        st.builds(_array, inner, st.integers(0, 3)),
        st.builds(_choice, st.sampled_from(["anyOf", "allOf", "oneOf"]), inner),
    )


SCHEMAS = st.recursive(_SCALARS, _around, max_leaves=8)


@given(SCHEMAS, st.integers(0, 3), st.booleans())
def test_a_value_fits_its_schema(schema: Schema, seed: int, lean: bool) -> None:
    jsonschema.validate(fitting(schema, seed, lean=lean), schema, jsonschema.Draft202012Validator)


@given(SCHEMAS, st.integers(0, 3))
def test_the_same_seed_gives_the_same_value(schema: Schema, seed: int) -> None:
    assert fitting(schema, seed) == fitting(schema, seed)


@pytest.mark.parametrize("word", ["anyOf", "oneOf", "allOf"])
def test_a_choice_of_nothing_but_null_is_null(word: str) -> None:
    assert fitting({word: [{"type": "null"}]}, 0) is None
    assert fitting({word: [{"type": "null"}], "enum": [None]}, 0) is None


def test_references_may_lead_back_to_themselves() -> None:
    tree = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}  # fmt: skip
    schema = {"$ref": "#/$defs/tree", "$defs": {"tree": tree}}
    jsonschema.validate(fitting(schema, 0), schema, jsonschema.Draft202012Validator)


def test_a_schema_that_nothing_fits_is_said_to_be_one() -> None:
    with pytest.raises(Unmakeable):
        fitting({"type": "string", "pattern": r"^\bword$"}, 0)
    with pytest.raises(Unmakeable):
        fitting({"type": "integer", "not": {}}, 0)


@pytest.mark.parametrize("kind", ["integer", "string", "number"])
def test_every_item_has_an_identifier_of_its_own(kind: str) -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": kind}}}
    made = stock(contract(response={"items": {"at": "/tickets", "id": "/id", "schema": schema}}), 500, 0)
    assert len({str(item) for item in made.items}) == 500


def test_an_enumeration_that_is_too_short_for_identifiers_is_said_to_be_so() -> None:
    schema = {"type": "object", "properties": {"id": {"enum": ["a", "b"]}}}
    with pytest.raises(Unmakeable, match="different identifiers"):
        stock(contract(response={"items": {"at": "/tickets", "id": "/id", "schema": schema}}), 3, 0)


@pytest.mark.parametrize("name", ["price", "unit_price", "amount", "count", "size", "total", "quantity", "age", "year"])
def test_what_is_a_number_by_its_name_is_one_where_nothing_is_said_of_it(name: str) -> None:
    made = fitting({"type": "object", "required": [name, "message", "page"]}, 0)
    assert isinstance(made, dict)
    assert {key: type(value) in (int, float) for key, value in made.items()} == {
        name: True,
        "message": False,
        "page": False,
    }
