"""What a schema would have to say so that what came fits it: fewer names that must be there, more types that may.

It only widens, and only by names and types; a value that breaks another rule fits no wider schema that could be proposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from ...schemas.location import escaped
from ...schemas.wire import Json
from ...validators.shape import compiled
from ..shapes import is_list, is_object, members

__all__ = ["Loosened", "loosened"]

_KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosened:
    """The wider *schema*, the words in it that are others now (*edits*, nested as they are), and *because* of what."""

    schema: Mapping[str, Any]
    edits: Mapping[str, Any]
    because: tuple[str, ...]


def loosened(schema: Mapping[str, Any], values: Sequence[Json]) -> Loosened | None:
    """Widen *schema* until all of *values* fit; None where they do already, or where no names and types make them.

    >>> found = loosened({"properties": {"n": {"type": "integer"}}, "required": ["n", "m"]}, [{"n": None}, {"n": 1}])
    >>> found.edits
    {'required': ['n'], 'properties': {'n': {'type': ['integer', 'null']}}}
    >>> found.because
    ('/m was missing in 2 of 2', '/n was null in 1 of 2')
    """
    edits, because = _edits(schema, values), tuple(_because(schema, values, ""))
    wider = _laid(schema, edits)
    if not edits or not all(map(compiled(wider).is_valid, values)):
        return None
    return Loosened(schema=wider, edits=edits, because=because)


def _laid(schema: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    nested = {name: _laid(schema[name], edit) for name, edit in edits.items() if is_object(edit)}
    return {**schema, **edits, **nested}


def _edits(schema: Mapping[str, Any], values: Sequence[Json]) -> dict[str, Any]:
    edits: dict[str, Any] = {}
    if missing := set(_missing(schema, values)):
        edits["required"] = [name for name in schema["required"] if name not in missing]
    edits |= _more_types(schema, [kind for kind, _ in _strangers(schema, values)])
    inside = {name: edit for name, part, found in _properties(schema, values) if (edit := _edits(part, found))}
    if inside:
        edits["properties"] = inside
    if is_object(part := schema.get("items")) and (edit := _edits(part, _elements(values))):
        edits["items"] = edit
    return edits


def _because(schema: Mapping[str, Any], values: Sequence[Json], way: str) -> Iterator[str]:
    objects = [value for value in values if isinstance(value, dict)]
    for name, number in _missing(schema, values).items():
        yield f"{way}/{escaped(name)} was missing in {number} of {len(objects)}"
    for kind, number in _strangers(schema, values):
        yield f"{way or 'the whole'} was {kind} in {number} of {len(values)}"
    for name, part, found in _properties(schema, values):
        yield from _because(part, found, f"{way}/{escaped(name)}")
    if is_object(item := schema.get("items")):
        yield from _because(item, _elements(values), f"{way}/*")


def _missing(schema: Mapping[str, Any], values: Sequence[Json]) -> dict[str, int]:
    """How often each member was missing that must be there."""
    objects = [value for value in values if isinstance(value, dict)]
    required = schema.get("required")
    counts = {name: sum(name not in value for value in objects) for name in (required if is_list(required) else ())}
    return {name: number for name, number in counts.items() if number}


def _strangers(schema: Mapping[str, Any], values: Sequence[Json]) -> list[tuple[str, int]]:
    """The types that came and may not, and how often; none where the schema does not choose by types alone."""
    allowed = set(_types(schema))
    if not allowed:
        return []
    kinds = [kind for value in values if not allowed & {kind := _kind(value), "number" if kind == "integer" else kind}]
    return [(kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)]


def _kind(value: Json) -> str:
    return "integer" if isinstance(value, float) and value.is_integer() else _KINDS[type(value)]


def _types(schema: Mapping[str, Any]) -> list[str]:
    """The types that *schema* names, by itself or as a choice of nothing but types."""
    said = schema.get("type")
    if isinstance(said, str):
        return [said]
    if is_list(said):
        return [str(one) for one in said]
    choice = next((schema[word] for word in ("anyOf", "oneOf") if is_list(schema.get(word))), ())
    branches = [_types(branch) if is_object(branch) else [] for branch in choice]
    return list(chain.from_iterable(branches)) if all(branches) else []


def _more_types(schema: Mapping[str, Any], kinds: Sequence[str]) -> dict[str, Any]:
    if not kinds:
        return {}
    if "type" in schema:
        return {"type": [*_types(schema), *kinds]}
    word = next(word for word in ("anyOf", "oneOf") if word in schema)
    return {word: [*schema[word], *({"type": kind} for kind in kinds)]}


def _properties(
    schema: Mapping[str, Any], values: Sequence[Json]
) -> Iterator[tuple[str, Mapping[str, Any], list[Json]]]:
    """Each member that *schema* describes, with all that came there."""
    objects = [value for value in values if isinstance(value, dict)]
    for name, part in members(schema.get("properties")).items():
        if is_object(part):
            yield name, part, [value[name] for value in objects if name in value]


def _elements(values: Sequence[Json]) -> list[Json]:
    return [element for value in values if isinstance(value, list) for element in value]
