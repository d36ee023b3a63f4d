"""The keywords of one schema that hold no schemas: each kept as JSON Schema 2020-12 wants it, or left out.

A keyword whose value is none that it can have says nothing, so it is left out; so are examples, `xml` and extensions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from ...validators.shape import SchemaError, compiled
from .tolerant import elements, flag, members, text, words

__all__ = ["leaf", "types", "valid_pattern", "weakened"]

_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "object": "object",
    "array": "array",
    "null": "null",
    "int": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "bool": "boolean",
    "file": "string",
}
_LARGEST = 2.0**63
_LONGEST_PATTERN = 2_000
_GIVEN_UP = ("$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems", "maxContains", "dependencies")
_LARGEST_DEFAULT = 2_000
_MOST_VALUES = 5_000
"""Values of one `enum`, names of one `required`: nobody reads more, and a schema may be united with many others."""
_SLASHED = re.compile(r"/\^.*\$/[a-z]*\Z", re.DOTALL)
"""A regular expression written as JavaScript writes it, `/^…$/i`: as a pattern it would match nothing."""


def types(schema: Mapping[str, Any]) -> list[str]:
    """List the types of a *schema*; those that JSON Schema does not have say nothing.

    >>> types({"type": "String"}), types({"type": ["integer", "null"]}), types({"type": "date"})
    (['string'], ['integer', 'null'], [])
    """
    said = schema.get("type")
    if isinstance(said, str) and said in _TYPES:
        return [_TYPES[said]]
    found = [_TYPES.get(text(name).lower()) for name in (elements(said) or [said])]
    return list(dict.fromkeys(name for name in found if name)) if all(found) else []


def leaf(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords of *schema* that hold no schemas, its type first."""
    kept: dict[str, Any] = {}
    named = types(schema)
    if named:
        kept["type"] = named[0] if len(named) == 1 else named
    for keyword, said in schema.items():
        if keyword in _KEYWORDS and (value := _KEYWORDS[keyword](said)) is not None:
            kept[keyword] = value
    _exclusive(schema, kept)
    _enumerated(schema, named, kept)
    if text(schema.get("type")).lower() == "file":
        kept.setdefault("format", "binary")
    return kept


def weakened(schema: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Say whether *schema* forbids something that what was *kept* of it lets through."""
    if any(keyword in schema for keyword in _GIVEN_UP):
        return True
    return any(schema.get(keyword) and keyword not in kept for keyword in ("pattern", "enum"))


def _number(value: Any) -> float | int | None:
    """A number within what every reader of JSON holds; a larger bound bounds nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_LARGEST <= value <= _LARGEST:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _positive(value: Any) -> float | int | None:
    number = _number(value)
    return number if number is not None and number > 0 else None


def _count(value: Any) -> int | None:
    number = _number(value)
    return number if isinstance(number, int) and number >= 0 else None


def _set(value: Any) -> bool | None:
    return flag(value) or None


def _said(value: Any) -> str | None:
    return text(value) or None


def _pattern(value: Any) -> str | None:
    return value if isinstance(value, str) and valid_pattern(value) else None


@lru_cache(maxsize=4096)
def valid_pattern(pattern: str) -> bool:
    """Say whether *pattern* is a regular expression that can be matched in linear time."""
    if len(pattern) > _LONGEST_PATTERN or _SLASHED.match(pattern):
        return False
    try:
        compiled({"pattern": pattern}).is_valid("")
    except (SchemaError, ValueError):
        return False
    return True


def _required(value: Any) -> list[str] | None:
    names = list(dict.fromkeys(name for name in elements(value)[:_MOST_VALUES] if isinstance(name, str)))
    return names or None


def _dependent(value: Any) -> dict[str, list[str]] | None:
    return {name: list(dict.fromkeys(words(needed))) for name, needed in members(value).items()} or None


def _small(value: Any) -> Any:
    try:
        return value if len(orjson.dumps(value)) <= _LARGEST_DEFAULT else None
    except orjson.JSONEncodeError:
        return None


_KEYWORDS: Mapping[str, Callable[[Any], Any]] = {
    "title": _said,
    "description": _said,
    "format": _said,
    "default": _small,
    "deprecated": _set,
    "readOnly": _set,
    "writeOnly": _set,
    "minimum": _number,
    "maximum": _number,
    "multipleOf": _positive,
    "minLength": _count,
    "maxLength": _count,
    "pattern": _pattern,
    "minItems": _count,
    "maxItems": _count,
    "uniqueItems": _set,
    "minProperties": _count,
    "maxProperties": _count,
    "required": _required,
    "dependentRequired": _dependent,
    "contentEncoding": _said,
    "contentMediaType": _said,
}


def _exclusive(schema: Mapping[str, Any], kept: dict[str, Any]) -> None:
    """`exclusiveMinimum: true` beside `minimum` was one bound in two words until draft 4, and is one number since."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if (said := schema.get(exclusive)) is None:
            continue
        if isinstance(said, bool) or not isinstance(said, int | float):
            if flag(said) and bound in kept:
                kept[exclusive] = kept.pop(bound)
        elif (number := _number(said)) is not None:
            kept[exclusive] = number


def _enumerated(schema: Mapping[str, Any], named: list[str], kept: dict[str, Any]) -> None:
    """Keep `enum` and `const`: each value once, and of the type that stands beside them, which YAML may have changed."""
    if "const" in schema:
        kept["const"] = schema["const"]
    said = elements(schema.get("enum"))
    if len(said) > _MOST_VALUES:
        return
    fitting = [value for value in (_typed(value, named) for value in said) if value is not _UNFIT]
    distinct = list({orjson.dumps(value, option=orjson.OPT_SORT_KEYS): value for value in fitting}.values())
    if not distinct:
        return
    kept["enum"] = distinct
    if None in distinct and named and "null" not in named:
        kept["type"] = [*named, "null"]


_UNFIT = object()


def _typed(value: Any, named: list[str]) -> Any:
    """Return *value* as one of the types *named*: `1` under `string` is the text `1`, and `"1"` under `integer` the number."""
    if not named or value is None or set(named) & _kinds(value):
        return value
    if "string" in named and isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if {"integer", "number"} & set(named) and isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return _UNFIT


def _kinds(value: Any) -> set[str]:
    match value:
        case bool():
            return {"boolean"}
        case int():
            return {"integer", "number"}
        case float():
            return {"integer", "number"} if value.is_integer() else {"number"}
        case str():
            return {"string"}
        case dict():
            return {"object"}
        case list():
            return {"array"}
        case _:
            return {"null"}
