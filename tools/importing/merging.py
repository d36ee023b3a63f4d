"""Two schemas in normal form that must both hold, as one where that can be said in one.

What cannot be united stays beside each other in `allOf`; nothing is weakened but what contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

__all__ = ["merged"]

Schema = dict[str, Any]

_ANNOTATIONS = frozenset(
    {"title", "description", "format", "default", "deprecated", "contentEncoding", "contentMediaType"}
)


def merged(parts: Sequence[Schema | bool]) -> Schema:
    """Unite *parts*; where two annotate differently, the first is heard.

    >>> merged([{"type": "object", "required": ["a"]}, {"properties": {"a": {}}, "required": ["b"]}])
    {'type': 'object', 'required': ['a', 'b'], 'properties': {'a': {}}}
    """
    whole: Schema = {}
    beside: list[Schema] = []
    for part in parts:
        schema: Schema = part if isinstance(part, dict) else {} if part else {"not": {}}
        met = _met(whole, schema)
        if met is None:
            beside.append(schema)
        else:
            whole = met
    return {**whole, "allOf": [*whole.get("allOf", []), *beside]} if beside else whole


def _met(one: Schema, other: Schema) -> Schema | None:
    """Unite two schemas; None where they cannot be said as one."""
    one, other = _opened(one, other), _opened(other, one)
    whole = dict(one)
    for keyword, value in other.items():
        if keyword not in whole:
            whole[keyword] = value
        elif whole[keyword] != value and keyword not in _ANNOTATIONS:
            both = _RULES[keyword](whole[keyword], value) if keyword in _RULES else None
            if both is None:
                return None
            whole[keyword] = both
    return whole


def _opened(schema: Schema, beside: Schema) -> Schema:
    """Take `additionalProperties` off a *schema* that would forbid what the one *beside* it declares: nobody means that."""
    if "additionalProperties" not in schema or not set(beside.get("properties", {})) - set(
        schema.get("properties", {})
    ):
        return schema
    return {keyword: value for keyword, value in schema.items() if keyword != "additionalProperties"}


def _types(one: Any, other: Any) -> Any:
    first = [one] if isinstance(one, str) else one
    second = [other] if isinstance(other, str) else other
    both = [name for name in first if name in second or (name == "integer" and "number" in second)]
    both += [name for name in second if name == "integer" and "number" in first and "integer" not in both]
    return None if not both else both[0] if len(both) == 1 else both


def _properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> Schema:
    shared = {name: merged([one[name], other[name]]) for name in one if name in other and one[name] != other[name]}
    return {**one, **other, **shared}


def _enums(one: list[Any], other: list[Any]) -> list[Any] | None:
    there = {orjson.dumps(value, option=orjson.OPT_SORT_KEYS) for value in other}
    return [value for value in one if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) in there] or None


def _schemas(one: Any, other: Any) -> Any:
    return merged([one, other])


_RULES: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _enums,
    "properties": _properties,
    "items": _schemas,
    "additionalProperties": _schemas,
    "required": lambda one, other: list(dict.fromkeys([*one, *other])),
    "allOf": lambda one, other: [*one, *other],
    "readOnly": lambda one, other: one or other,
    "writeOnly": lambda one, other: one or other,
    "uniqueItems": lambda one, other: one or other,
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
