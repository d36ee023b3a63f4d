"""Schemas of a description, narrowed to what is worth its cost: to a depth, and to the rules that matter.

What is left out makes a schema looser, never stricter: nothing is refused that the description allows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ...schemas.location import unescaped
from ..shapes import is_list, is_object, members
from .prose import trimmed

__all__ = ["at", "narrowed", "resolved"]

Schema = Mapping[str, Any]

_SHAPE = frozenset({"type"})
_ARGUMENT = frozenset(
    [
        "type",
        "enum",
        "const",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "pattern",
        "minItems",
        "maxItems",
        "uniqueItems",
    ]
)
_IDLE: Mapping[str, Callable[[Any], bool]] = {
    "enum": lambda words: len(words) > 60,  # longer lists cost more than they tell
    "format": lambda name: name in ("int32", "int64", "float", "double", "string"),
    "maxLength": lambda most: most > 1_000,
}
"""What a model pays for and learns nothing from."""
_LONGEST_TEXT = 160
_HARD_PATTERN = re.compile(r"\(\?|\\[1-9pPuZzAG]|\\[^\w\s]?\Z")  # what linear engines do not have, or write otherwise
_MOST_STEPS = 24
_MOST = 2_000
"""Schemas within each other, references followed each time."""


class _TooLarge(Exception):  # noqa: N818 - a way out of the recursion
    """More schemas within each other than anybody would read."""


@dataclass(slots=True)
class _Narrow:
    root: Schema
    use: Literal["argument", "answer"]
    left: int = _MOST

    def schema(self, schema: object, depth: int, refs: frozenset[str] = frozenset()) -> dict[str, Any]:
        if not is_object(schema):
            return {}  # `true`; `false` would refuse everything
        self.left -= 1
        if self.left < 0:
            raise _TooLarge
        seen = _named(schema)
        if seen & refs:  # a schema within itself
            return {}
        refs, plain = refs | seen, resolved(schema, self.root)
        kept = self._plain(plain)
        if "items" in plain and is_object(plain["items"]):
            inner = self.schema(plain["items"], depth, refs)
            kept |= {"items": inner} if inner else {}
        if depth > 0:
            kept |= self._object(plain, depth - 1, refs)
        return kept | self._choices(plain, depth, refs, kept)

    def _plain(self, plain: Schema) -> dict[str, Any]:
        words = _ARGUMENT if self.use == "argument" else _SHAPE
        kept = {word: value for word, value in plain.items() if word in words}
        for word, says_nothing in _IDLE.items():
            if word in kept and says_nothing(kept[word]):
                del kept[word]
        if not isinstance(kept.get("pattern", ""), str) or _HARD_PATTERN.search(kept.get("pattern", "")):
            del kept["pattern"]
        if self.use == "argument" and (says := _says(plain)):
            kept["description"] = says
        return kept

    def _object(self, plain: Schema, depth: int, refs: frozenset[str]) -> dict[str, Any]:
        hidden = "readOnly" if self.use == "argument" else "writeOnly"
        required = [name for name in plain.get("required", ()) if isinstance(name, str)]
        properties: dict[str, Any] = {}
        for name, inner in members(plain.get("properties")).items():
            described = resolved(inner, self.root)
            if described.get(hidden) is True:
                required = [one for one in required if one != name]
            elif self.use == "answer" or name in required or described.get("deprecated") is not True:
                properties[name] = self.schema(inner, depth, refs)
        kept: dict[str, Any] = {}
        if self.use == "answer":
            properties = {name: inner for name, inner in properties.items() if inner}
        if properties:
            kept["properties"] = properties
        if required:
            kept["required"] = list(dict.fromkeys(required))
        more = plain.get("additionalProperties")
        if is_object(more) and more and not _others_than(properties, plain):
            inner = self.schema(more, depth, refs)
            kept |= {"additionalProperties": inner} if inner else {}
        return kept

    def _choices(self, plain: Schema, depth: int, refs: frozenset[str], beside: Schema) -> dict[str, Any]:
        kept: dict[str, Any] = {}
        for word in ("allOf", "anyOf", "oneOf"):
            if not is_list(branches := plain.get(word)):
                continue
            inner = [self.schema(branch, depth, refs) for branch in branches]
            if word == "allOf":
                kept |= {"allOf": [one for one in inner if one]} if any(inner) else {}
            elif all(inner):  # one branch that allows everything decides; a looser branch may overlap with another
                distinct = [one for index, one in enumerate(inner) if one not in inner[:index]]
                alone = len(distinct) == 1 and _fits(distinct[0], {**beside, **kept})
                kept |= distinct[0] if alone else {"anyOf": distinct}
        return kept


def _fits(one: Schema, beside: Schema) -> bool:
    """Whether *one* can be said together with what stands *beside* it: no word would be said twice."""
    return all(beside.get(word, value) == value for word, value in one.items())


def _others_than(properties: Schema, plain: Schema) -> bool:
    """Whether *plain* describes members that *properties* leaves out: what it says of all further ones is not of these."""
    return "patternProperties" in plain or not members(plain.get("properties")).keys() <= properties.keys()


def _named(schema: Schema) -> frozenset[str]:
    return frozenset({schema["$ref"]}) if isinstance(schema.get("$ref"), str) else frozenset()


def _says(plain: Schema) -> str:
    text = plain.get("description")
    says = trimmed(text, _LONGEST_TEXT) if isinstance(text, str) else ""
    default = plain.get("default")
    if isinstance(default, str | int | float) and default != "" and "efault" not in says:
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        says = f"{says} (default: {shown})".strip() if len(shown) <= 40 else says
    return says


def narrowed(schema: Schema, depth: int, *, use: Literal["argument", "answer"]) -> dict[str, Any]:
    """Narrow *schema* to *depth* levels of objects, or to fewer where that would be very many, without references.

    An *argument* keeps what tells a caller how to write it; an *answer* keeps types and required members, not the words
    and ranges that a service may add to.

    >>> narrowed({"type": "object", "required": ["a"], "properties": {"a": {"enum": ["x"], "type": "string"}}}, 1, use="answer")
    {'type': 'object', 'properties': {'a': {'type': 'string'}}, 'required': ['a']}
    """
    for less in range(depth, -1, -1):
        try:
            return _Narrow(schema, use).schema(schema, less)
        except _TooLarge:
            continue
    return {}


def resolved(schema: object, root: Schema) -> Schema:
    """Follow the references of *schema* into *root*'s own definitions; what stands beside a reference is laid over it.

    What is no object says nothing.

    >>> resolved({"$ref": "#/$defs/a"}, {"$defs": {"a": {"type": "string"}}})
    {'type': 'string'}
    """
    found = members(schema)
    for _ in range(_MOST_STEPS):
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        beside = {word: value for word, value in found.items() if word != "$ref"}
        target = at(root, reference.removeprefix("#"))
        found = {**members(target), **beside}
    return {}


def at(value: object, pointer: str) -> object:
    """Return what stands at *pointer* (RFC 6901) in *value*; None where nothing does.

    >>> at({"a~b": [1, 2]}, "/a~0b/1")
    2
    """
    for step in pointer.split("/")[1:]:
        name = unescaped(step)
        if is_object(value) and name in value:
            value = value[name]
        elif is_list(value) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return None
    return value
