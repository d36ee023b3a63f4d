"""Reading places in a message: every read says absent, null, empty, false, true or value; nothing is a default.

RFC 6901 for the body and for the events of a stream (with `*` for every element, and `[name=value]` for one that is chosen),
RFC 9110 for fields, RFC 8288 for links.
No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from ..schemas.condition import UNSET, Unset
from ..schemas.location import Location, choice, escaped, steps_of
from ..schemas.wire import Headers, Json, Response, State
from . import strict_json
from .ranging import length

__all__ = [
    "ABSENT",
    "Event",
    "Found",
    "Message",
    "at",
    "equal",
    "every",
    "field",
    "found_at",
    "found_in",
    "integer",
    "is_chosen",
    "of_fields",
    "position",
    "read",
    "spread",
    "state_of",
]


@dataclass(frozen=True, slots=True)
class Found:
    """What stood at a place: its state, and its value unless it was absent."""

    state: State
    value: Json = None


ABSENT = Found(State.ABSENT)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream: its name (empty where it has none), its data as it came, and what the data is as JSON.

    *value* is `ABSENT` where the data is a declared literal such as `[DONE]`.
    """

    name: str
    data: bytes
    value: Found


@dataclass(frozen=True, slots=True)
class Message:
    """A response whose content is parsed; *body* is `ABSENT` where there is none that can be read.

    A stream has *events* instead, without those that do not count; the last of them is the one that ended it, and *ended*
    says, in the contract's words, by which mark that is known.
    """

    response: Response
    body: Found
    events: tuple[Event, ...] | None = None
    ended: str | None = None


def state_of(value: Json) -> State:
    """Name the state of a *value* that is there.

    >>> state_of(""), state_of(0), state_of(False)
    (<State.EMPTY: 'empty'>, <State.VALUE: 'value'>, <State.FALSE: 'false'>)
    >>> state_of({}), state_of({"continue": "-||"})
    (<State.EMPTY: 'empty'>, <State.VALUE: 'value'>)
    """
    match value:
        case None:
            return State.NULL
        case True:
            return State.TRUE
        case False:
            return State.FALSE
        case "" | []:
            return State.EMPTY
        case dict() if not value:  # the pattern `{}` would match every object
            return State.EMPTY
        case _:
            return State.VALUE


def _found(value: Json) -> Found:
    return Found(state_of(value), value)


@lru_cache(maxsize=4096)
def _steps(pointer: str) -> tuple[str, ...]:
    return steps_of(pointer)


_choice = lru_cache(maxsize=1024)(choice)


def position(values: Sequence[Json], step: str) -> int | None:
    """Return which of *values* the *step* of a pointer names, from 0: by its number, or the first that it chooses.

    >>> position([{"rel": "self"}, {"rel": ["next"]}], "[rel=next]"), position([7], "0"), position([7], "1")
    (1, 0, None)
    """
    if step.isdecimal():
        number = int(step) if step.isascii() and (step == "0" or step[0] != "0") and len(step) < 10 else len(values)
        return number if number < len(values) else None
    chosen = _choice(step)
    return None if chosen is None else next((n for n, one in enumerate(values) if is_chosen(one, *chosen)), None)


def is_chosen(value: Json, name: str, text: str) -> bool:
    """Whether the member *name* of *value* is *text*, or a list that has it.

    >>> [is_chosen(value, "rel", "next") for value in ({"rel": "next"}, {"rel": ["next"]}, {"rel": None}, "next")]
    [True, True, False, False]
    """
    member = value.get(name) if isinstance(value, dict) else None
    return text in member if isinstance(member, list) else member == text


def _child(parent: Json, step: str) -> Found:
    match parent:
        case None:
            return Found(State.NULL)  # through a null parent everything is null
        case dict():
            return _found(parent[step]) if step in parent else ABSENT
        case list():
            index = position(parent, step)
            return ABSENT if index is None else _found(parent[index])
        case _:
            return ABSENT


def at(value: Json, pointer: str) -> Found:
    """Read what *pointer* (RFC 6901, without `*`, and with choices such as `[rel=next]`) names inside *value*.

    >>> at({"meta": None}, "/meta/next").state, at({}, "/meta/next").state
    (<State.NULL: 'null'>, <State.ABSENT: 'absent'>)
    """
    found = _found(value)
    for step in _steps(pointer):
        found = _child(found.value, step)
        if found.state is State.ABSENT:
            return found
    return found


def every(value: Json, pointer: str) -> Iterator[tuple[str, Found]]:
    """Read what *pointer* names inside *value*, where `*` stands for each element; yield pointers and findings.

    >>> [(where, found.value) for where, found in every({"a": [{"b": 1}, {}]}, "/a/*/b")]
    [('/a/0/b', 1), ('/a/1/b', None)]
    """
    yield from _every(_found(value), _steps(pointer), "")


def _every(found: Found, steps: tuple[str, ...], where: str) -> Iterator[tuple[str, Found]]:
    if not steps:
        yield where, found
    elif found.state is State.ABSENT:
        yield where + "".join(f"/{escaped(step)}" for step in steps), ABSENT
    elif steps[0] != "*":
        index = position(found.value, steps[0]) if isinstance(found.value, list) else None
        step = escaped(steps[0] if index is None else index)
        yield from _every(_child(found.value, steps[0]), steps[1:], f"{where}/{step}")
    elif isinstance(found.value, list):
        for index, element in enumerate(found.value):
            yield from _every(_found(element), steps[1:], f"{where}/{index}")
    elif found.value is not None:
        yield f"{where}/*", ABSENT


def found_at(value: Json, pointer: str) -> list[Found]:
    """Read what *pointer* names inside *value*, as `every` does, where nobody asks at which pointers: several times as fast.

    >>> [found.value for found in found_at({"a": [{"b": 1}, {}]}, "/a/*/b")]
    [1, None]
    """
    level: list[Json | Unset] = [value]
    for step in _steps(pointer):
        level = [inner for one in level for inner in _inside(one, step)]
    return [ABSENT if isinstance(one, Unset) else _found(one) for one in level]


def _inside(value: Json | Unset, step: str) -> Sequence[Json | Unset]:
    """What *step* names inside *value*; `UNSET` where it names nothing."""
    match value:
        case dict():
            return (value.get(step, UNSET) if step != "*" else UNSET,)
        case list():
            return value if step == "*" else (_element(value, step),)
        case None:  # through a null parent everything is null, and it has no elements
            return () if step == "*" else (None,)
        case _:
            return (UNSET,)


def _element(values: list[Json], step: str) -> Json | Unset:
    found = _child(values, step)
    return UNSET if found is ABSENT else found.value


def field(headers: Headers, name: str) -> Found:
    """Read a field; several lines of one name are one list (RFC 9110, 5.3)."""
    lines = [value for key, value in headers if key == name]
    return _found(", ".join(lines)) if lines else ABSENT


# RFC 8288, 3: <target>; rel="next"; …   Quoted strings may hold commas and semicolons.
_LINK = re.compile(r'<([^>]*)>((?:\s*;\s*[^\s=;,]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def _link(headers: Headers, relation: str) -> Found:
    header = field(headers, "link")
    if not isinstance(header.value, str):
        return ABSENT
    for target, parameters in _LINK.findall(header.value):
        rel = _REL.search(parameters)
        if rel and relation.lower() in (rel[1] or rel[2] or "").lower().split():
            return _found(target)
    return ABSENT


def _parameter(url: Found, name: str) -> Found:
    if not isinstance(url.value, str):
        return ABSENT
    values = parse_qs(urlsplit(url.value).query, keep_blank_values=True).get(name)
    return _found(values[-1]) if values else ABSENT


def read(message: Message, place: Location) -> Found:
    """Read the one thing at *place*; a place with `*` is read by `every`."""
    match place.source:
        case "body":
            found = ABSENT if message.body is ABSENT else at(message.body.value, place.path)
        case "header":
            found = _header(message.response.headers, place.path)
            return found if place.inside is None else _inside_of(found, place.inside)
        case "link":
            found = _link(message.response.headers, place.path)
        case "status":
            found = _found(message.response.status)
        case "event" | "terminal":
            return _last([found for _, found in spread(message, place)])
        case "query":
            found = ABSENT
    return _parameter(found, place.parameter) if place.parameter else found


def _header(headers: Headers, name: str) -> Found:
    """The field; of `Content-Range` the complete length, which is the one number in it that is of all pages."""
    found = field(headers, name)
    if name.lower() != "content-range" or not isinstance(found.value, str):
        return found
    complete = length(found.value)
    return ABSENT if complete is None else _found(complete)


def of_fields(headers: Headers) -> Iterator[tuple[Location, Json]]:
    """Name every field and what it says; of one that is a JSON object, its members instead.

    >>> [(str(place), value) for place, value in of_fields((("age", "7"), ("x-pagination", '{"total": 3}')))]
    [('header:age', '7'), ('header:x-pagination:/total', 3)]
    """
    for name, text in headers:
        whole = _json_of(text) if text.startswith("{") else None
        if whole is None or not isinstance(whole.value, dict):
            yield Location("header", name), text
        else:
            places = (Location("header", name, inside=f"/{escaped(member)}") for member in whole.value)
            yield from zip(places, whole.value.values(), strict=True)


def _inside_of(header: Found, pointer: str) -> Found:
    """What *pointer* names in the JSON of *header*; all of it where it is no JSON, so that nothing seems to be absent."""
    whole = _json_of(header.value) if isinstance(header.value, str) else None
    return header if whole is None else at(whole.value, pointer)


def _json_of(text: str) -> strict_json.Parsed | None:
    parsed = strict_json.parse(text.encode("utf-8", "surrogatepass"))
    return parsed if isinstance(parsed, strict_json.Parsed) else None


def _last(found: list[Found]) -> Found:
    """The last value that is there; null only where nothing better is."""
    there = [one for one in found if one.state is not State.ABSENT]
    said = [one for one in there if one.state is not State.NULL]
    return (said or there or [ABSENT])[-1]


def spread(message: Message, place: Location) -> Iterator[tuple[str, Found]]:
    """Read everything at *place*, in the order in which it came: `*` is every element, and an event place every event."""
    match place.source:
        case "body":
            found = every(message.body.value, place.path) if message.body is not ABSENT else ()
            yield from ((f"body:{where}", one) for where, one in found)
        case "event" | "terminal":
            for number, event in _events(message, place):
                yield from ((f"event {number}:{where}", one) for where, one in every(event.value.value, place.path))
        case _:
            yield str(place), read(message, place)


def found_in(message: Message, place: Location) -> list[Found]:
    """Read everything at *place*, as `spread` does, where nobody asks where it stood."""
    if place.source == "body":
        return [] if message.body is ABSENT else found_at(message.body.value, place.path)
    return [found for _, found in spread(message, place)]


def _events(message: Message, place: Location) -> Iterator[tuple[int, Event]]:
    """The events with JSON data that *place* names, and their numbers from 1."""
    events = message.events or ()
    for number, event in enumerate(events, 1):
        named = number == len(events) if place.source == "terminal" else place.parameter in ("*", event.name)
        if named and event.value is not ABSENT:
            yield number, event


def equal(one: Json, other: Json) -> bool:
    """Compare two JSON values; unlike Python's, true is not 1.

    >>> equal(True, 1), equal(1, 1.0), equal([False], [0])
    (False, True, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    match one, other:
        case list(), list():
            return len(one) == len(other) and all(map(equal, one, other))
        case dict(), dict():
            return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
        case _:
            return one == other


def integer(found: Found) -> int | None:
    """Read a count: a JSON integer or a string of digits, not negative; anything else is no count.

    >>> integer(Found(State.VALUE, "250")), integer(Found(State.VALUE, 2.5)), integer(Found(State.TRUE, True))
    (250, None, None)
    """
    match found.value:
        case bool():
            return None
        case int() as number if number >= 0:
            return number
        case float() as number if number >= 0 and number.is_integer():
            return int(number)
        case str() as digits if digits.isascii() and digits.isdecimal() and len(digits) < 19:
            return int(digits)
        case _:
            return None
