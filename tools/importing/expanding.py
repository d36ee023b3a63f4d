"""One attempt to write a schema out to a certain depth: refs, `allOf`, choices, and what is left open.

A schema that contains itself refers to its own `$defs`.  Nothing is ever closed that the document leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from ..mistake import Way
from .keywords import valid_pattern
from .merging import merged
from .nullability import admits_null, nullable
from .pruning import pruned
from .reference import Library, Site
from .refusal import Unsound
from .tolerant import flag, members

__all__ = ["Direction", "Expansion", "Leaves", "Schema", "TooLarge"]

Schema: TypeAlias = dict[str, Any]
Normal: TypeAlias = Schema | bool
Direction: TypeAlias = Literal["request", "reply"]
_Key: TypeAlias = tuple[Path | None, Way]

_INNER = frozenset(
    {
        "properties",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
        "dependentSchemas",
        "prefixItems",
        "items",
        "additionalItems",
        "contains",
    }
)
"""The keywords with schemas of what is inside the data."""

_NESTED = 96
"""Schemas in schemas, those included that have nothing of the data between them (`$ref`, `allOf`): more is left open."""


class TooLarge(Exception):  # noqa: N818 - not an error: a way out
    """The schema has more nodes than fit."""


class Leaves(Protocol):
    """Where the keywords of a schema that hold no schemas are read, each schema once."""

    def leaf(self, raw: Mapping[str, Any]) -> tuple[Schema, bool]:
        """Return these keywords, and whether they let more through than the document's."""
        ...


class Expansion:
    """One attempt to write a schema out, to a certain depth."""

    def __init__(self, library: Library, leaves: Leaves, direction: Direction, *, modern: bool, nodes: int) -> None:
        self._library = library
        self._leaves = leaves
        self._direction: Direction = direction
        self._modern = modern
        self.left = nodes
        self._nested = 0
        self._losses = 0
        self._open: dict[_Key, int] = {}
        self._names: dict[_Key, str] = {}
        self._definitions: dict[str, Normal] = {}
        self._marked = False
        self.deeper = False
        self.unread: list[str] = []

    def whole(self, site: Site, depth: int) -> Schema:
        """Return the schema at *site*, *depth* levels of the data that it describes deep; raise `TooLarge` or `Unsound`."""
        found = self._schema(site, depth)
        schema: Schema = found if isinstance(found, dict) else {} if found else {"not": {}}
        if self._definitions:
            schema = {**schema, "$defs": self._definitions}
        return pruned(schema, "readOnly" if self._direction == "request" else "writeOnly") if self._marked else schema

    def _schema(self, site: Site, depth: int) -> Normal:
        if isinstance(site.value, bool):
            return site.value
        self.left -= 1
        if self.left < 0:
            raise TooLarge
        self._nested += 1
        try:
            if self._nested > _NESTED:
                return self._lost({})
            return (
                self._referring(site, depth)
                if isinstance(members(site.value).get("$ref"), str)
                else self._plain(site, depth)
            )
        finally:
            self._nested -= 1

    def _lost(self, schema: Schema) -> Schema:
        self._losses += 1
        return schema

    # -- references

    def _referring(self, site: Site, depth: int) -> Normal:
        """The schema that is referred to, with what stands beside the reference."""
        try:
            target = self._library.target(site)
        except Unsound as error:
            return self._beside(site, self._unreadable(error), depth)
        key = (target.file, target.way)
        if self._names.get(key) in self._definitions:
            found: Normal = {"$ref": f"#/$defs/{self._names[key]}"}
        elif key in self._open:
            found = self._again(site, key, depth)
        else:
            found = self._first(target, key, depth)
        return self._beside(site, found, depth)

    def _again(self, site: Site, key: _Key, depth: int) -> Schema:
        if self._open[key] == depth:
            why = "the schema that its `$ref` refers to is inside itself, with nothing between"
            return self._unreadable(Unsound(site.place, why))
        return {"$ref": f"#/$defs/{self._name(key)}"}

    def _unreadable(self, error: Unsound) -> Schema:
        """What cannot be read of a reply may be anything; a request that lacks it would ask for something else."""
        if self._direction == "request":
            raise error
        self.unread.append(error.reason)
        return self._lost({})

    def _first(self, target: Site, key: _Key, depth: int) -> Normal:
        self._open[key] = depth
        try:
            found = self._schema(target, depth)
        finally:
            del self._open[key]
        if key not in self._names:
            return found
        self._definitions[self._names[key]] = found
        return {"$ref": f"#/$defs/{self._names[key]}"}

    def _name(self, key: _Key) -> str:
        """The name of a definition: the last word of its pointer, and a number where another one has that name."""
        if key not in self._names:
            plain = re.sub(r"[^A-Za-z0-9_.-]", "_", str(key[1][-1]) if key[1] else "")[:64] or "schema"
            name = plain
            while name in self._names.values():
                name = f"{plain}_{len(self._names) + 1}"
            self._names[key] = name
        return self._names[key]

    def _beside(self, site: Site, found: Normal, depth: int) -> Normal:
        raw = members(site.value)
        others = {keyword: value for keyword, value in raw.items() if keyword != "$ref"}
        if not others:
            return found
        if not self._modern:  # OpenAPI 3.0: what stands beside a `$ref` is ignored; a few words are meant all the same
            others = {keyword: others[keyword] for keyword in ("description", "deprecated") if keyword in others}
        beside = self._plain(site.being(others), depth)
        return _nulled(merged([beside, found]), raw)

    # -- a schema itself

    def _plain(self, site: Site, depth: int) -> Schema:
        raw = members(site.value)
        whole = {**self._leaf(raw), **self._inside(site, depth)}
        if self._cut(raw, depth):
            whole.pop("required", None)  # of properties that may be none of this direction
        if "allOf" in raw:
            whole = merged([whole, *(self._schema(part, depth) for part in site.at("allOf").elements())])
        for choice in ("anyOf", "oneOf"):
            if choice in raw:
                whole = self._chosen(whole, choice, site.at(choice), depth)
        if "not" in raw or "if" in raw:
            whole = merged([whole, self._logical(site, depth)])
        return _nulled(whole, raw)

    def _leaf(self, raw: Mapping[str, Any]) -> Schema:
        own, weak = self._leaves.leaf(raw)
        self._marked = self._marked or "readOnly" in own or "writeOnly" in own
        self._losses += weak
        return own

    def _inside(self, site: Site, depth: int) -> Schema:
        """The keywords that describe what is inside the data, or nothing of them where that is too deep."""
        raw = members(site.value)
        if self._cut(raw, depth):
            self.deeper = True
            return self._lost({})
        found: Schema = {}
        for keyword in raw:
            if keyword in _INNER and (value := self._inner(keyword, site.at(keyword), depth - 1)) is not None:
                found[keyword] = value
        return _sound(found, raw)

    def _cut(self, raw: Mapping[str, Any], depth: int) -> bool:
        return depth == 0 and not _INNER.isdisjoint(raw) and any(raw.get(keyword) for keyword in _INNER)

    def _inner(self, keyword: str, site: Site, depth: int) -> Any:
        """The value of a *keyword*; None where it says nothing."""
        match keyword, site.value:
            case (("properties" | "dependentSchemas"), _):
                return self._named(site, depth)
            case "patternProperties", _:
                sound = {name: inner for name, inner in members(site.value).items() if valid_pattern(name)}
                return self._named(site.being(sound), depth)
            case ("prefixItems", _) | ("items", list()):
                return [self._schema(element, depth) for element in site.elements()] or None
            case _, (dict() | bool()):
                found = self._schema(site, depth)
                return None if found is True or (found == {} and keyword != "items") else found
            case _:
                return None

    def _named(self, site: Site, depth: int) -> dict[str, Normal] | None:
        return {name: self._schema(inner, depth) for name, inner in site.each()} or None

    # -- choices

    def _chosen(self, whole: Schema, choice: str, site: Site, depth: int) -> Schema:
        """Unite *whole* with a choice.  One alternative is no choice; `oneOf` stands only where its parts are exact.

        A reply that fits two descriptions is described: refusing it would say nothing of whether it is whole.
        """
        before = self._losses
        branches = [self._schema(branch, depth) for branch in site.elements()]
        if not branches:
            return whole
        if len(branches) == 1:
            return merged([whole, *branches])
        loose = self._direction == "reply" or self._losses > before
        if choice == "anyOf" or not loose:
            return merged([whole, {choice: branches}])
        return merged([whole, self._lost({"anyOf": branches})])

    def _logical(self, site: Site, depth: int) -> Schema:
        """`not`, `if`, `then` and `else`, where nothing in them was left open: that would turn into a prohibition."""
        before = self._losses
        words = ("not", "if", "then", "else") if "if" in members(site.value) else ("not",)
        said = [keyword for keyword in words if isinstance(site.at(keyword).value, dict | bool)]
        found: Schema = {keyword: self._schema(site.at(keyword), depth) for keyword in said}
        return found if self._losses == before else {}


def _sound(found: Schema, raw: Mapping[str, Any]) -> Schema:
    """Take out of *found* what means another thing without the words beside it that are not kept."""
    if "patternProperties" in raw and len(found.get("patternProperties", {})) < len(members(raw["patternProperties"])):
        found.pop("additionalProperties", None)
    if "minContains" in raw:
        found.pop("contains", None)
    additional = found.pop("additionalItems", None)
    if isinstance(found.get("items"), list):  # a list of schemas under `items` is `prefixItems` since 2020-12
        found["prefixItems"] = found.pop("items")
        if additional is not None:
            found["items"] = additional
    return found


def _nulled(schema: Schema, raw: Mapping[str, Any]) -> Schema:
    if "nullable" not in raw and "x-nullable" not in raw:
        return schema
    wanted = flag(raw.get("nullable")) or flag(raw.get("x-nullable"))
    return nullable(schema) if wanted and not admits_null(schema) else schema
