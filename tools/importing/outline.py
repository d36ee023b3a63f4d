"""What a schema says of the envelope of an answer: its members, down to its lists, and no further.

Sees through `$ref`, `allOf`, and those `oneOf` and `anyOf` whose branches agree.  Pure; nothing is guessed from names here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...schemas.location import escaped, unescaped
from ..shapes import is_list, is_object, members

__all__ = ["DEEPEST", "Member", "alternatives", "flat", "outline", "types"]

DEEPEST = 4
"""Members further down than this belong to the things answered, not to the answer."""
_REFERENCES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of the envelope at *pointer*; *way* are the names on the way to it, *required* holds for all of them.

    *schema* is flat: no reference, no `allOf`.
    """

    pointer: str
    way: tuple[str, ...]
    schema: Mapping[str, Any]
    required: bool

    @property
    def name(self) -> str:
        """Its own name; empty for the whole answer."""
        return self.way[-1] if self.way else ""

    @property
    def types(self) -> frozenset[str]:
        """The types that it may have; none where that is not said."""
        return types(self.schema)

    @property
    def says(self) -> str:
        """Its description."""
        return str(self.schema.get("description") or "")


def outline(schema: Mapping[str, Any]) -> tuple[Member, ...]:
    """List the members of the envelope, the whole answer first and what stands higher before what stands deeper.

    >>> [one.pointer for one in outline({"properties": {"data": {"items": {}}, "meta": {"properties": {"next": {}}}}})]
    ['', '/data', '/meta', '/meta/next']
    """
    whole = flat(schema, schema)
    found: list[Member] = []
    row = [Member(pointer="", way=(), schema=whole, required=True)]
    while row:
        found.extend(row)
        row = [inner for member in row for inner in _inside(member, schema)]
    return tuple(found)


def _inside(member: Member, root: Mapping[str, Any]) -> Iterator[Member]:
    if len(member.way) >= DEEPEST or "array" in member.types:
        return
    required = _listed(member.schema.get("required"))
    for name, schema in members(member.schema.get("properties")).items():
        yield Member(
            pointer=member.pointer + "/" + escaped(name),
            way=(*member.way, name),
            schema=flat(schema, root),
            required=member.required and name in required,
        )


def types(schema: Mapping[str, Any]) -> frozenset[str]:
    """Say which JSON types *schema* allows, as far as it says so."""
    said = schema.get("type")
    if isinstance(said, str):
        return frozenset({said})
    if is_list(said):
        return frozenset(str(one) for one in said)
    if "properties" in schema or "additionalProperties" in schema:
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in schema else frozenset()


def flat(schema: object, root: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Mapping[str, Any]:
    """Return *schema* with its references into *root* followed, `allOf` laid together, and agreeing branches as one.

    >>> flat({"allOf": [{"$ref": "#/$defs/a"}, {"required": ["n"]}]}, {"$defs": {"a": {"properties": {"n": {}}}}})
    {'properties': {'n': {}}, 'required': ['n']}
    """
    whole = members(schema)
    referred = whole.get("$ref")
    if isinstance(referred, str):
        aim = None if referred in seen or len(seen) >= _REFERENCES else _referred(referred, root)
        return _together([flat(aim, root, seen | {referred}), flat(_without(whole, "$ref"), root, seen)])
    parts = _listed(whole.get("allOf"))
    if parts:
        return _together([*(flat(part, root, seen) for part in parts), flat(_without(whole, "allOf"), root, seen)])
    return _chosen(whole, root, seen)


def alternatives(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Go through what the whole of *root* may be instead of what its choice says alike: each branch, with what stands beside it.

    >>> list(alternatives({"required": ["a"], "oneOf": [{"type": "string"}, {}]}))
    [{'required': ['a'], 'type': 'string'}, {'required': ['a']}]
    """
    definitions = {"$defs": root["$defs"]} if "$defs" in root else {}
    yield from ({**branch, **definitions} for branch in _branches(root, root, frozenset()))


def _branches(schema: object, root: Mapping[str, Any], seen: frozenset[str]) -> Iterator[Mapping[str, Any]]:
    whole = members(schema)
    referred = whole.get("$ref")
    if isinstance(referred, str):
        if referred not in seen and len(seen) < _REFERENCES:
            yield from _branches(_referred(referred, root), root, seen | {referred})
        return
    for part in _listed(whole.get("allOf")):
        beside = flat({**whole, "allOf": [one for one in whole["allOf"] if one is not part]}, root, seen)
        yield from (_together([beside, branch]) for branch in _branches(part, root, seen))
    for word in ("oneOf", "anyOf"):
        beside = flat(_without(whole, word), root, seen)
        for branch in _listed(whole.get(word)):
            inner = list(_branches(branch, root, seen)) or [flat(branch, root, seen)]
            yield from (_together([beside, one]) for one in inner if types(one) != frozenset({"null"}))


def _without(whole: Mapping[str, Any], word: str) -> Mapping[str, Any]:
    return {name: value for name, value in whole.items() if name != word}


def _chosen(whole: Mapping[str, Any], root: Mapping[str, Any], seen: frozenset[str]) -> Mapping[str, Any]:
    for word in ("oneOf", "anyOf"):
        branches = [flat(branch, root, seen) for branch in _listed(whole.get(word))]
        real = [branch for branch in branches if types(branch) != frozenset({"null"})]
        if real:
            agreed = _nullable(_agreed(real)) if len(real) < len(branches) else _agreed(real)
            return _together([agreed, flat(_without(whole, word), root, seen)])
    return whole


def _agreed(branches: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """What all *branches* say alike: their types, and the members that each of them has with the same types."""
    first, rest = branches[0], branches[1:]
    if not rest:
        return first
    if any(types(branch) != types(first) for branch in rest):
        return {"type": sorted(frozenset[str]().union(*(types(branch) for branch in branches)))}
    shared = {
        name: schema
        for name, schema in members(first.get("properties")).items()
        if all(_alike(schema, members(branch.get("properties")).get(name)) for branch in rest)
    }
    required = set(_listed(first.get("required"))).intersection(*(_listed(branch.get("required")) for branch in rest))
    kept = {name: first[name] for name in ("type", "items", "description") if name in first}
    return {**kept, **({"properties": shared} if shared else {}), "required": sorted(map(str, required))}


def _alike(one: object, other: object) -> bool:
    return is_object(other) and (one == other or types(members(one)) == types(other) != frozenset())


def _nullable(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    known = types(schema)
    return {**schema, "type": [*sorted(known - {"null"}), "null"]} if known else schema


def _together(parts: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Lay flat *parts* together: members and requirements add up, and of what can stand once the later one stands."""
    whole: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            match name:
                case "properties":
                    whole[name] = {**whole.get(name, {}), **members(value)}
                case "required":
                    whole[name] = [*_listed(whole.get(name)), *_listed(value)]
                case _:
                    whole[name] = value
    return whole


def _listed(value: object) -> list[Any]:
    return value if is_list(value) else []


def _referred(reference: str, root: Mapping[str, Any]) -> object:
    """What stands at a *reference* into the schema itself; nothing where there is nothing."""
    place: object = root
    for step in reference.removeprefix("#").split("/")[1:]:
        place = members(place).get(unescaped(step))
    return place
