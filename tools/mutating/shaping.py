"""A schema that demands of one field what every sound answer shows of it: that it is there, its type, and that it says something."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from ...schemas.expectation import Expectation, Items
from ...schemas.location import choice, unescaped
from ...schemas.wire import Json
from ...validators.reading import every
from ..json_types import json_type
from .events import events_of, told
from .mutant import Mutant
from .sound import Sound

__all__ = ["demanding", "requiring"]

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_EVENT: Final = "event:*:"
_MOST = 4  # members of a body that are asked for to tell it from an error


def demanding(sound: Sound, mutant: Mutant) -> Iterator[tuple[str, Expectation]]:
    """Yield a line and the expectation with it, for the field of *mutant* where it stands in a body, or in an item of a stream."""
    streamed = mutant.place.startswith(_EVENT)
    pointer = mutant.place.removeprefix(_EVENT if streamed else "body:")
    if pointer == mutant.place or _may_be_empty(sound, pointer, mutant):
        return
    values = _in_events(sound, pointer) if streamed else _in_bodies(sound, pointer)
    shape = _shape(values, filled=mutant.mutation == "field_emptied")
    if shape is None:
        return
    response, items = sound.contract.response, sound.contract.response.items
    inside = None if items is None or items.columns is not None else pointer if streamed else _inside(items, pointer)
    if items is not None and inside is not None:
        demand = _demand(inside, shape)
        laid = replace(items, schema=_laid(items.schema or {}, demand))
        yield f"response: {{items: {{schema: {_flow(demand)}}}}}", replace(response, items=laid)
    else:
        demand = _demand(pointer, shape)
        yield f"response: {{schema: {_flow(demand)}}}", replace(response, schema=_laid(response.schema or {}, demand))


def _in_bodies(sound: Sound, pointer: str) -> list[Json]:
    return [found.value for turn in sound.turns if turn.walks for _, found in every(turn.body.value, pointer)]


def _in_events(sound: Sound, pointer: str) -> list[Json]:
    events = [event for _, turn in sound.walk() for event in (events_of(sound.contract, turn) or [])[:-1]]
    return [found.value for event in events for _, found in every(told(event), pointer)]


def _may_be_empty(sound: Sound, pointer: str, mutant: Mutant) -> bool:
    """A list of items is empty where there is none; no schema may forbid that."""
    items = sound.contract.response.items
    return mutant.mutation == "field_emptied" and items is not None and pointer == items.at


def requiring(sound: Sound) -> tuple[str, Expectation] | None:
    """Ask of every body for some members that every sound one has."""
    walked = [turn.body.value for turn in sound.turns if turn.walks]
    bodies = [body for body in walked if isinstance(body, dict)]
    if not bodies or len(bodies) < len(walked):
        return None
    shared = [name for name in bodies[0] if all(name in body for body in bodies)]
    demand = {"type": "object", "required": shared[:_MOST]}
    response = sound.contract.response
    return f"response: {{schema: {_flow(demand)}}}", replace(response, schema=_laid(response.schema or {}, demand))


def _inside(items: Items, pointer: str) -> str | None:
    start = f"{items.at}/*"
    return pointer.removeprefix(start) if pointer.startswith(f"{start}/") else None


def _shape(values: list[Json], *, filled: bool) -> dict[str, Any] | None:
    kinds = sorted({json_type(value) for value in values})
    if not kinds:
        return None
    if kinds == ["integer", "number"]:
        kinds = ["number"]
    shape: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds}
    least = {"string": "minLength", "array": "minItems", "object": "minProperties"}
    return {**shape, **{least[kind]: 1 for kind in kinds if kind in least}} if filled else shape


def _demand(pointer: str, shape: dict[str, Any]) -> dict[str, Any]:
    """Write *shape* as a schema of the whole, for the field that *pointer* points to."""
    if not pointer:
        return shape
    step, slash, rest = pointer[1:].partition("/")
    inner = _demand(f"{slash}{rest}", shape)
    if step == "*":
        return {"type": "array", "items": inner}
    name = unescaped(step)
    if (chosen := choice(name)) is not None:
        return {"type": "array", "contains": {"allOf": [_choosing(*chosen), inner]}}
    return {"type": "object", "required": [name], "properties": {name: inner}}


def _choosing(name: str, text: str) -> dict[str, Any]:
    """Write what `[name=text]` chooses as a schema."""
    fits = {"anyOf": [{"const": text}, {"type": "array", "contains": {"const": text}}]}
    return {"type": "object", "required": [name], "properties": {name: fits}}


def _laid(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for both: what *lower* asks for stays where it is, for it may refer to itself, and *upper* is asked for too."""
    return {**lower, "allOf": [*lower.get("allOf", ()), dict(upper)]} if lower else dict(upper)


def _flow(value: object) -> str:
    """Write *value* as one line of YAML.

    >>> _flow({"type": ["string", "null"], "required": ["id", "a b"]})
    '{type: [string, "null"], required: [id, "a b"]}'
    """
    match value:
        case dict():
            members = cast("dict[str, object]", value)
            return "{" + ", ".join(f"{_flow(name)}: {_flow(member)}" for name, member in members.items()) + "}"
        case list():
            return "[" + ", ".join(map(_flow, cast("list[object]", value))) + "]"
        case str() if _PLAIN.fullmatch(value) and value not in ("null", "true", "false"):
            return value
        case _:
            return json.dumps(value)
