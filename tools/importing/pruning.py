"""Taking out of a schema the properties that its direction does not have: `readOnly` ones of a request, `writeOnly` of a reply.

Nothing that is taken out stays required.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from .tolerant import members

__all__ = ["pruned"]

Schema = dict[str, Any]

_SCHEMAS = ("items", "additionalProperties", "propertyNames", "contains", "not", "if", "then", "else")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "$defs")
_IN_PLACE = ("allOf", "anyOf", "oneOf")


def pruned(schema: Schema, word: str) -> Schema:
    """Take the properties that *word* marks out of *schema*, which is changed, and both marks off the rest."""
    definitions = cast("Mapping[str, Any]", schema.get("$defs", {}))
    gone = {f"#/$defs/{name}": _gone(one, word, definitions) for name, one in definitions.items()}
    _prune(schema, word, definitions, gone)
    _unmark(schema)
    return schema


def _prune(schema: Schema, word: str, definitions: Mapping[str, Any], known: Mapping[str, set[str]]) -> None:
    gone = _gone(schema, word, definitions)
    for part in _in_place(schema):
        gone |= known.get(str(part.get("$ref", "")), set())
    if gone:
        for part in _in_place(schema):
            _without(part, gone)
    for inner in _inside(schema):
        _prune(inner, word, definitions, known)


def _gone(schema: Any, word: str, definitions: Mapping[str, Any]) -> set[str]:
    """The names of the marked properties in *schema* and in what describes the same data."""
    parts = list(_in_place(cast("Schema", schema))) if isinstance(schema, dict) else []
    named = (one for part in parts for one in part.get("properties", {}).items())
    return {name for name, inner in named if _marked(inner, word, definitions)}


def _marked(schema: Any, word: str, definitions: Mapping[str, Any]) -> bool:
    target = definitions.get(str(members(schema).get("$ref", "")).removeprefix("#/$defs/"))
    return word in members(schema) or word in members(target)


def _in_place(schema: Schema) -> Iterator[Schema]:
    """*schema*, and those in it that describe the same data."""
    yield schema
    for keyword in _IN_PLACE:
        for part in schema.get(keyword, []):
            if isinstance(part, dict):
                yield from _in_place(cast("Schema", part))


def _without(schema: Schema, gone: set[str]) -> None:
    for name in gone & set(schema.get("properties", {})):
        del schema["properties"][name]
    if "required" in schema:
        schema["required"] = [name for name in schema["required"] if name not in gone]
        if not schema["required"]:
            del schema["required"]


def _inside(schema: Schema) -> Iterator[Schema]:
    found = [schema[keyword] for keyword in _SCHEMAS if keyword in schema]
    found += [one for keyword in _LISTS for one in schema.get(keyword, [])]
    found += [one for keyword in _NAMED for one in schema.get(keyword, {}).values()]
    yield from (cast("Schema", one) for one in found if isinstance(one, dict))


def _unmark(schema: Schema) -> None:
    schema.pop("readOnly", None)
    schema.pop("writeOnly", None)
    for inner in _inside(schema):
        _unmark(inner)
