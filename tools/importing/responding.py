"""From the replies of an operation to the contract of its answer: status, media type, and a schema.

What is delivered is checked to its own members, or those of its items; what is deeper is not checked, for a thousand tools
are read at every start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...schemas.location import choice, unescaped
from ..shapes import is_object, members
from .description import Operation, Reply
from .inference import Inferred
from .narrowing import at, narrowed
from .nullability import nullable
from .unsuitable import Unsuitable

__all__ = ["Responded", "responded"]

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\Z|text/json\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Responded:
    """The *response* of a tool as it is written in a file, and *notes* for whoever reads it."""

    response: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def responded(operation: Operation, inferred: Inferred, *, effects: str) -> Responded:
    """Make the `response` of a tool; raise `Unsuitable` where no answer of *operation* can be proven."""
    replies = _sound(operation, effects)
    bodies = [reply for reply in replies if _media(reply)]
    if not bodies:
        return _without_content(operation, replies, effects)
    media = list(dict.fromkeys(one for reply in bodies for one in _media(reply)))
    response: dict[str, Any] = {}
    statuses = sorted({_status(reply) for reply in replies})
    if statuses != [200]:
        response["status"] = statuses[0] if len(statuses) == 1 else statuses
    if media != ["application/json"]:
        response["media"] = media[0] if len(media) == 1 else media
    if empty := sorted(_status(reply) for reply in replies if reply not in bodies and _status(reply) != 204):
        response["empty"] = empty[0] if len(empty) == 1 else empty
    response |= _schemas(bodies, inferred)
    return Responded(response=response)


def _sound(operation: Operation, effects: str) -> list[Reply]:
    """The replies that say that it worked: a read is not done at 202, 203, 206 or 207 (RFC 9110, 15.3)."""
    replies = list(_each(operation.answers, effects))
    partial = (202, 203, 206, 207) if effects == "read" else (206, 207)
    whole = [reply for reply in replies if _status(reply) not in partial]
    if not whole:
        found = ", ".join(reply.status for reply in operation.replies) or "none"
        raise Unsuitable(f"no reply says that it worked and is whole (declared: {found})")
    return sorted(whole, key=_status)


def _each(replies: Sequence[Reply], effects: str) -> Iterator[Reply]:
    """The replies with one status each: `2XX` and `default` say any, of which 202 would not be done yet (RFC 9110, 15.3.3)."""
    declared = {reply.status for reply in replies}
    for reply in replies:
        if reply.status.isdecimal():
            yield reply
            continue
        for status in ("200",) if effects == "read" else ("200", "201", "204"):
            if status not in declared:
                yield replace(reply, status=status, content={} if status == "204" else reply.content)


def _status(reply: Reply) -> int:
    return int(reply.status)


def _media(reply: Reply) -> list[str]:
    """The media types of JSON that *reply* can have: the plain one alone, or else those of the first one's schema."""
    said = _content(reply)
    if not said.keys().isdisjoint(("application/json", *_RANGES)):
        return ["application/json"]
    found = [media for media in said if _JSON.match(media)]
    return [media for media in found if said[media] == said[found[0]]]


_RANGES = ("application/*", "*/*")


def _content(reply: Reply) -> dict[str, Mapping[str, Any]]:
    """What *reply* can hold, by media types without their parameters: of two of one name the first."""
    said: dict[str, Mapping[str, Any]] = {}
    for media, schema in reply.content.items():
        said.setdefault(media.partition(";")[0].strip().lower(), schema)
    return said


def _without_content(operation: Operation, replies: list[Reply], effects: str) -> Responded:
    kinds = [media for reply in replies for media in reply.content]
    empty = [_status(reply) for reply in replies if not reply.content]
    if kinds and not (effects == "write" and empty):
        raise Unsuitable(f"it answers {', '.join(dict.fromkeys(kinds))}, and only JSON can be proven")
    statuses = sorted(set(empty))
    response: dict[str, Any] = {} if statuses == [200] else {"status": statuses[0] if len(statuses) == 1 else statuses}
    if effects == "read":
        return Responded(
            response=response, notes=("The description does not say what the answer is; any JSON will do.",)
        )
    if others := [status for status in statuses if status != 204]:
        response["empty"] = others[0] if len(others) == 1 else others
    return Responded(response=response)


def _schemas(bodies: list[Reply], inferred: Inferred) -> dict[str, Any]:
    schemas = [_schema(reply) for reply in bodies]
    if any(schema != schemas[0] for schema in schemas):
        several = [narrowed(schema, _depth(inferred), use="answer") for schema in schemas]
        return {"schema": {"anyOf": several}} if all(several) and inferred.items is None else _items(inferred, {})
    whole = dict(narrowed(schemas[0], _depth(inferred), use="answer"))
    if inferred.items is None:
        data = {"data": inferred.data} if inferred.data else {}
        return ({"schema": whole} if whole else {}) | data
    if inferred.leading_on is not None:
        whole = _with_null(whole, inferred.leading_on.split("/")[1:])
    pointer = inferred.items.get("at", "")
    inside = at(whole, _schema_pointer(pointer))
    item: object = {}
    if is_object(inside):
        item = inside.get("items", {})
        whole = _without_items(whole, pointer)
    return ({"schema": whole} if whole else {}) | _items(inferred, item)


def _depth(inferred: Inferred) -> int:
    """Levels of objects that are checked: down to what is delivered, and its own members."""
    pointer = inferred.data if inferred.items is None else str(inferred.items.get("at", ""))
    return pointer.count("/") + 1


def _items(inferred: Inferred, item: object) -> dict[str, Any]:
    if inferred.items is None:
        return {"data": inferred.data} if inferred.data else {}
    schema = {"schema": item} if is_object(item) and item and "schema" not in inferred.items else {}
    return {"items": {**inferred.items, **schema}}


def _schema_pointer(pointer: str) -> str:
    return "".join(f"/properties/{step}" for step in pointer.split("/")[1:])


def _without_items(schema: Mapping[str, Any], pointer: str) -> dict[str, Any]:
    """The schema of the whole without that of the items, which stands by itself."""
    if not pointer:
        return {name: part for name, part in schema.items() if name != "items"}
    step, _, rest = pointer[1:].partition("/")
    name = unescaped(step)
    properties = dict(schema["properties"])
    properties[name] = _without_items(properties[name], f"/{rest}" if rest else "")
    return {**schema, "properties": properties}


def _with_null(schema: Mapping[str, Any], way: Sequence[str]) -> dict[str, Any]:
    """*schema* so that null fits at the end of the *way*, which the description may not know of; nothing else is changed."""
    if not way:
        return nullable(dict(schema))
    name, widened = unescaped(way[0]), dict(schema)
    if choice(name) is not None and is_object(schema.get("items")):
        widened["items"] = _with_null(schema["items"], way[1:])
    if name in (properties := members(schema.get("properties"))):
        widened["properties"] = {**properties, name: _with_null(members(properties[name]), way[1:])}
    for word in ("allOf", "anyOf"):
        if word in schema:
            widened[word] = [_with_null(part, way) for part in schema[word]]
    return widened


def _schema(reply: Reply) -> Mapping[str, Any]:
    """The schema of the JSON in *reply*: that of its media type, before that of a range which holds it."""
    said = _content(reply)
    return next(said[media] for media in (*_media(reply), *_RANGES) if media in said)
