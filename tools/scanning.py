"""What can be seen in a tool file before it is understood: secrets written out, and schemas that point elsewhere.

It looks at names and shapes only, never shows a value, and opens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .mistake import Mistake, Way
from .shapes import is_list, is_object, members

__all__ = ["scan"]

_SECRET = re.compile(
    r"(?:proxy-)?authorization\Z|cookie\Z|.*api[-_]?key\Z|.*access[-_]?token\Z|.*auth[-_]?token\Z|.*secret\Z|.*password\Z|bearer\Z",
    re.IGNORECASE,
)
_PERHAPS = re.compile(r"(?:.*[-_])?(?:key|token|auth|sig|signature|pat)\Z", re.IGNORECASE)
_LOOKS_SECRET = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9_\-+/=.]{20,}\Z")
_REFERENCE = re.compile(r"\{[A-Za-z_][\w.-]*\}")
_DEEPEST = 48
_MOST = 20_000
_ADVICE = "name where it is kept under `api.auth`, for example {kind: bearer, token: {env: API_TOKEN}}"


def scan(part: Mapping[str, Any]) -> Iterator[Mistake]:
    """Find in *part*, an `api:` block or a tool as it was written, what may not be in any tool file."""
    yield from _parts(part, ())


def _parts(value: object, way: Way) -> Iterator[Mistake]:
    for name, member in members(value).items():
        yield from _part(name, member, (*way, name))
    for index, element in enumerate(value if is_list(value) else ()):
        yield from _parts(element, (*way, index))


def _part(name: str, value: object, way: Way) -> Iterator[Mistake]:
    match name:
        case "headers" | "cookies" | "query" | "form" | "strict":
            for field, literal in members(value).items():
                yield from _field(field, literal, (*way, field))
        case "schema" | "input" if way[-2:-1] != ("properties",):
            yield from _schema(value, way)
        case "variables":
            for variable, described in members(value).items():
                yield from _field(variable, members(described).get("default"), (*way, variable, "default"))
        case "body" | "auth":
            return  # GraphQL and free JSON; references by construction
        case _:
            yield from _parts(value, way)


def _field(name: str, value: object, way: Way) -> Iterator[Mistake]:
    written = isinstance(value, str) and value != "" and not _REFERENCE.search(value)
    word = name.rpartition(":")[2]
    if written and (_SECRET.match(word) or (_PERHAPS.match(word) and _LOOKS_SECRET.match(str(value)))):
        yield Mistake(way, f"expected no secret in a tool file, found a value for `{word}` (not shown)", _ADVICE)


def _schema(schema: object, way: Way) -> Iterator[Mistake]:
    if _is_plain(schema):
        return
    count = 0
    waiting: list[tuple[object, Way]] = [(schema, way)]
    while waiting:
        value, place = waiting.pop()
        count += 1
        if count > _MOST or len(place) - len(way) > _DEEPEST:
            yield Mistake(
                way, f"expected a schema of at most {_MOST:,} values and {_DEEPEST} levels, found a larger one"
            )
            return
        yield from _references(members(value), place)
        waiting += [(member, (*place, name)) for name, member in members(value).items()]
        waiting += [(element, (*place, index)) for index, element in enumerate(value if is_list(value) else ())]


def _is_plain(schema: object) -> bool:
    """Whether *schema* is small and refers to nothing outside, as nearly every one; this is quicker than looking for where."""
    count = 1
    level: list[object] = [schema]
    for _ in range(_DEEPEST):
        if any(next(_references(members(value), ()), None) is not None for value in level):
            return False
        inside = [inner for value in level for inner in _inner(value)]
        count += len(inside)
        level = [inner for inner in inside if is_object(inner) or is_list(inner)]
        if count > _MOST or not level:
            return count <= _MOST
    return False


def _inner(value: object) -> Iterable[object]:
    return value if is_list(value) else members(value).values()


def _references(schema: Mapping[str, object], way: Way) -> Iterator[Mistake]:
    for name in ("$ref", "$dynamicRef"):
        target = schema.get(name)
        if isinstance(target, str) and not target.startswith("#"):
            yield Mistake(
                (*way, name), f"expected a `{name}` inside this schema (#/$defs/…), found one that leads elsewhere"
            )
