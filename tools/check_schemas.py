"""Rules over the JSON Schemas in a contract: hosts can show the input, and every schema compiles offline.

Plain functions over a contract, gathered in RULES.  Compiling never fetches anything, and patterns run in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import jsonschema_rs

from ..schemas.contract import Contract
from .mistake import Mistake, Way, meant
from .shapes import is_list, is_object, members

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]

_ARGUMENT = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
_COMBINED = ("anyOf", "oneOf", "allOf", "not", "if", "$ref", "$dynamicRef")


_SCHEMAS = """
    items prefixItems additionalProperties propertyNames contains not if then else allOf anyOf oneOf unevaluatedItems
    unevaluatedProperties contentSchema
"""
_PLAIN = """
    $schema $id $ref $anchor $dynamicRef $dynamicAnchor $vocabulary $comment type enum const multipleOf maximum exclusiveMaximum
    minimum exclusiveMinimum maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains maxProperties
    minProperties required dependentRequired title description default deprecated readOnly writeOnly examples format
    contentEncoding contentMediaType example
"""  # `example`, and `definitions` below, are what older texts have
_OF_NAMES = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_OF_SCHEMAS = frozenset(_SCHEMAS.split())
_KEYWORDS = _OF_NAMES | _OF_SCHEMAS | frozenset(_PLAIN.split())  # JSON Schema 2020-12, all vocabularies


def hosts_can_show_the_input(contract: Contract) -> Iterator[Mistake]:
    """MCP hosts drop tools, or all tools, whose input is not a plain object with plain names."""
    schema = contract.input
    if schema.get("type") != "object":
        yield Mistake(("input", "type"), "expected `type: object`, found another type")
    for word in _COMBINED:
        if word in schema:
            yield Mistake(
                ("input", word), f"expected no `{word}` at the top of `input`, found one: MCP hosts refuse it"
            )
    if schema.get("additionalProperties") is not False or "patternProperties" in schema:
        yield Mistake(
            ("input",),
            "expected `additionalProperties: false`, found an open object: unknown arguments would do nothing",
        )
    for name, described in members(schema.get("properties")).items():
        if not is_object(described):
            message = f"expected an object that describes `{name}`, such as {{type: string}}, found another value"
            yield Mistake(("input", "properties", name), message)
        if not _ARGUMENT.match(name):
            expected = "expected an argument's name of at most 64 letters, digits, `_`, `.` and `-`"
            yield Mistake(("input", "properties", name), f"{expected}, found `{name[:70]}`")


def required_arguments_exist(contract: Contract) -> Iterator[Mistake]:
    """What is required can be given."""
    names, required = list(members(contract.input.get("properties"))), contract.input.get("required")
    for index, name in enumerate(required if is_list(required) else ()):
        if name not in names:
            yield Mistake(
                ("input", "required", index),
                f"expected a name of `input.properties`, found `{name}`",
                meant(str(name), names),
            )


def schemas_compile(contract: Contract) -> Iterator[Mistake]:
    """Every schema is one (2020-12), needs nothing from elsewhere, and has patterns that run in linear time."""
    for way, schema in _written(contract):
        yield from _compiled(schema, way)


def _written(contract: Contract) -> Iterator[tuple[Way, Mapping[str, Any]]]:
    """Every schema of a contract, and where it is written."""
    items, generation = contract.response.items, contract.response.generation
    schemas: tuple[tuple[Way, Mapping[str, Any] | None], ...] = (
        (("input",), contract.input),
        (("response", "schema"), contract.response.schema),
        (("response", "items", "schema"), items.schema if items is not None else None),
        (("response", "generation", "schema"), generation.schema if generation is not None else None),
    )
    yield from ((way, schema) for way, schema in schemas if schema is not None)


def _compiled(schema: Mapping[str, Any], way: Way) -> Iterator[Mistake]:
    try:
        jsonschema_rs.Draft202012Validator(
            dict(schema), validate_formats=False, offline=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except jsonschema_rs.ValidationError as error:
        inside, found = _explained(schema) or (tuple(error.instance_path), error.message.replace("\n", " "))
        advice = "no look-around and no back references in patterns" if "regex" in found else ""
        yield Mistake((*way, *inside), f"expected a JSON Schema (2020-12), found what is none: {found[:160]}", advice)
    except ValueError as error:  # not a schema at all, or too deep
        yield Mistake(way, f"expected a JSON Schema (2020-12), found what is none: {str(error)[:160]}")


def _explained(schema: Mapping[str, Any]) -> tuple[Way, str] | None:
    """What is wrong with *schema*, in the words of the reference implementation, which finds the best of several reasons."""
    import jsonschema  # noqa: PLC0415 - 0.1 s that only the author of a wrong schema waits for

    try:
        jsonschema.Draft202012Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        reasons: list[Any] = [*(error.context or ()), error]
        return tuple(error.absolute_path), str(reasons[0].message)
    return None


def keywords_are_spelt_right(contract: Contract) -> Iterator[Mistake]:
    """A keyword that JSON Schema does not know says nothing; one that is nearly a keyword was meant to say something."""
    for way, schema in _written(contract):
        for inside, word in _unknown(schema, way):
            if hint := _nearly(word):
                message = f"expected a keyword of JSON Schema, found `{word}`, which says nothing"
                yield Mistake((*inside, word), message, hint, severity="warning")


@lru_cache(maxsize=1024)  # an imported API has a few such words, thousands of times
def _nearly(word: str) -> str:
    return meant(word, _KEYWORDS, alike=0.8)


def _unknown(schema: object, way: Way) -> Iterator[tuple[Way, str]]:
    """Every name in *schema*, at any depth, that stands where a keyword must and is none."""
    for word, value in members(schema).items():
        if word in _OF_NAMES:
            for name, inner in members(value).items():
                yield from _unknown(inner, (*way, word, name))
        elif word in _OF_SCHEMAS:
            for index, inner in enumerate(value if is_list(value) else ()):
                yield from _unknown(inner, (*way, word, index))
            yield from _unknown(value, (*way, word))
        elif word not in _KEYWORDS:
            yield way, word


def defaults_fit(contract: Contract) -> Iterator[Mistake]:
    """An argument's default fits its own schema, or every call that leaves it out would be wrong."""
    for name, schema in members(contract.input.get("properties")).items():
        if not is_object(schema) or "default" not in schema or "$ref" in schema:
            continue
        try:
            fits = jsonschema_rs.Draft202012Validator(dict(schema), offline=True).is_valid(schema["default"])
        except ValueError:
            continue  # `schemas_compile` says so
        if not fits:
            way = ("input", "properties", name, "default")
            yield Mistake(way, f"expected a default that fits the schema of `{name}`, found another")


RULES: tuple[Rule, ...] = (
    hosts_can_show_the_input,
    required_arguments_exist,
    schemas_compile,
    keywords_are_spelt_right,
    defaults_fit,
)
