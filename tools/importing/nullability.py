"""Whether a schema in normal form lets null through, and the same schema so that it does.

`nullable: true` of OpenAPI 3.0 means this wherever it stands, beside a `$ref` or an `enum` without null too: whoever writes
it has seen null.
"""

from __future__ import annotations

from typing import Any

from ..shapes import is_list

__all__ = ["admits_null", "nullable"]

Schema = dict[str, Any]

_OUTSIDE = ("title", "description", "deprecated", "readOnly", "writeOnly")


def admits_null(schema: Schema | bool) -> bool:
    """Say whether null certainly fits *schema*.

    >>> admits_null({"type": ["string", "null"]}), admits_null({"type": "string"}), admits_null({})
    (True, False, True)
    """
    if isinstance(schema, bool):
        return schema
    if any(keyword in schema for keyword in ("$ref", "not", "if")):
        return False
    named = schema.get("type", "null")
    return (
        (named == "null" or "null" in named)
        and schema.get("const") is None
        and None in schema.get("enum", [None])
        and all(admits_null(part) for part in schema.get("allOf", []))
        and all(any(map(admits_null, schema[choice])) for choice in ("anyOf", "oneOf") if choice in schema)
    )


def nullable(schema: Schema) -> Schema:
    """Return *schema* so that null fits it, and nothing else that did not.

    >>> nullable({"type": "string", "enum": ["a"]})
    {'type': ['string', 'null'], 'enum': ['a', None]}
    """
    if any(keyword in schema for keyword in ("$ref", "not", "if", "allOf", "const")):
        return _around(schema)
    widened = dict(schema)
    if "type" in schema:
        named: list[str] = schema["type"] if is_list(schema["type"]) else [schema["type"]]
        widened["type"] = [*named, "null"] if "null" not in named else named
    if "enum" in schema and None not in schema["enum"]:
        widened["enum"] = [*schema["enum"], None]
    for choice in ("anyOf", "oneOf"):
        if choice in schema and not any(map(admits_null, schema[choice])):
            widened[choice] = [*schema[choice], {"type": "null"}]
    return widened


def _around(schema: Schema) -> Schema:
    """Null or *schema*; what only annotates it stays outside."""
    outside: Schema = {word: schema[word] for word in _OUTSIDE if word in schema}
    inside = {keyword: value for keyword, value in schema.items() if keyword not in outside}
    return {**outside, "anyOf": [inside, {"type": "null"}]}
