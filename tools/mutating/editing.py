"""Editing one answer: another value at a place, or none.  Everything else of the answer stays as it is; nothing is edited in place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ...schemas.condition import Unset
from ...schemas.location import Location, choice, steps_of
from ...schemas.wire import Headers, Json, Response, State
from ...validators.reading import ABSENT, is_chosen, position
from .sound import Turn

__all__ = ["changed", "put", "said", "way_of", "with_field", "without", "written"]

Edit: TypeAlias = Callable[[Json], Json]


def written(value: Json) -> bytes:
    """Write *value* as JSON without white space; raise `ValueError` for a number that JSON has not."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def said(response: Response, value: Json) -> Response:
    """Say *value* instead of what *response* says."""
    content = written(value)
    return replace(response, content=content, wire_bytes=len(content))


def _steps(pointer: str) -> list[str]:
    return list(steps_of(pointer))


def put(value: Json, pointer: str, new: Json) -> Json:
    """Put *new* where *pointer* points to in *value*; members on the way are made where there are none.

    >>> put({"a": [1, 2]}, "/a/1", 3), put({}, "/meta/total", 4)
    ({'a': [1, 3]}, {'meta': {'total': 4}})
    """
    return _put(value, _steps(pointer), new)


def _put(value: Json, steps: list[str], new: Json) -> Json:
    if not steps:
        return new
    step, *rest = steps
    if isinstance(value, list) and (index := position(value, step)) is not None:
        return [*value[:index], _put(value[index], rest, new), *value[index + 1 :]]
    if (chosen := choice(step)) is not None:
        held = value if isinstance(value, list) else []
        return [*held, _put({chosen[0]: chosen[1]}, rest, new)]
    members = value if isinstance(value, dict) else {}  # an empty list may stand for an empty object
    return {**members, step: _put(members.get(step), rest, new)}


def without(value: Json, pointer: str) -> Json:
    """Take what *pointer* points to out of *value*, which stays as it is where nothing is there; all elements that it chooses.

    >>> without({"a": [1, {"b": 2, "c": 3}]}, "/a/1/b"), without([1, 2], "/0")
    ({'a': [1, {'c': 3}]}, [2])
    """
    return _without(value, _steps(pointer))


def _without(value: Json, steps: list[str]) -> Json:
    step, *rest = steps
    match value:
        case dict() if not rest:
            return {name: member for name, member in value.items() if name != step}
        case dict() if step in value:
            return {**value, step: _without(value[step], rest)}
        case list() if not rest and (chosen := choice(step)) is not None:
            return [one for one in value if not is_chosen(one, *chosen)]
        case list() if (index := position(value, step)) is not None:
            left = [_without(value[index], rest)] if rest else []
            return [*value[:index], *left, *value[index + 1 :]]
        case _:
            return value


# ----------------------------------------------------------------------------------------- fields and links


def with_field(response: Response, name: str, value: str | None) -> Response:
    """Say *value* in the field *name*, and nothing else there; None takes the field away."""
    others = tuple((key, said_) for key, said_ in response.headers if key != name)
    return replace(response, headers=others if value is None else (*others, (name, value)))


_ENTRY = re.compile(r",\s*(?=<)")


def _with_link(headers: Headers, relation: str, url: str | None) -> str | None:
    """Write the Link field with another *url* for *relation*, or without one; None where nothing is left of it."""
    lines = ", ".join(value for name, value in headers if name == "link")
    entries: list[str] = []
    for entry in _ENTRY.split(lines) if lines else []:
        target, _, parameters = entry.partition(">")
        if re.search(rf'rel\s*=\s*"?{re.escape(relation)}"?', parameters, re.IGNORECASE):
            if url is not None:
                entries.append(f"<{url}>{parameters}")
        else:
            entries.append(f"{target}>{parameters}")
    if url is not None and not any(f"<{url}>" in entry for entry in entries):
        entries.append(f'<{url}>; rel="{relation}"')
    return ", ".join(entries) or None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _with_parameter(url: str, name: str, value: Json | Unset) -> str:
    parts = urlsplit(url)
    pairs = [(key, old) for key, old in parse_qsl(parts.query, keep_blank_values=True) if key != name]
    query = urlencode(pairs if isinstance(value, Unset) else [*pairs, (name, _text(value))])
    return urlunsplit(parts._replace(query=query))


def changed(turn: Turn, place: Location, new: Json | Unset) -> Response | None:
    """Say *new* at *place* of *turn*'s answer, or nothing there (`UNSET`); None where that place cannot be edited."""
    response = turn.response
    match place.source:
        case "body" if turn.body is not ABSENT and not place.parameter:
            return _in_the_body(turn, place.path, new)
        case "header" if place.inside:
            return _in_a_field(turn, place, place.inside, new)
        case "header":
            return with_field(response, place.path, None if isinstance(new, Unset) else _text(new))
        case "link":
            url = read_url(turn, place)
            if place.parameter:
                target = None if url is None else _with_parameter(url, place.parameter, new)
            else:
                target = None if isinstance(new, Unset) else _text(new)
            return with_field(response, "link", _with_link(response.headers, place.path, target))
        case _:
            return None


def _in_the_body(turn: Turn, pointer: str, new: Json | Unset) -> Response | None:
    if not isinstance(new, Unset):
        return said(turn.response, put(turn.body.value, pointer, new))
    return said(turn.response, without(turn.body.value, pointer)) if pointer else None


def _in_a_field(turn: Turn, place: Location, pointer: str, new: Json | Unset) -> Response | None:
    whole = turn.reads(replace(place, inside=""))
    if whole.state is State.ABSENT:
        return None
    value = without(whole.value, pointer) if isinstance(new, Unset) else put(whole.value, pointer, new)
    return with_field(turn.response, place.path, json.dumps(value))


def way_of(place: Location) -> Location:
    """The place of all that leads on: the whole link, where *place* is a parameter of one."""
    return replace(place, parameter=None) if place.source == "link" else place


def read_url(turn: Turn, place: Location) -> str | None:
    """The URL that *place*, a link, gives; None where there is none."""
    found = turn.reads(way_of(place))
    return found.value if isinstance(found.value, str) else None
