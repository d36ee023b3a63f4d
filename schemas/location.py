"""Where a fact stands in a message: a body pointer, a header, a link relation, a query parameter.

A `Location` is written as one string in a tool file (`body:/meta/has_more`, `header:X-Total`, `link:next`,
`query:page[after]`).  This module names places; reading them is `validators/reading.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from .several import several

__all__ = [
    "Hideable",
    "Location",
    "Place",
    "Places",
    "Pointer",
    "Target",
    "choice",
    "duration",
    "escaped",
    "hideable",
    "location",
    "steps_of",
    "unescaped",
]

Source: TypeAlias = Literal["body", "header", "link", "query", "status", "event", "terminal"]


@dataclass(frozen=True, slots=True)
class Location:
    """One place in a message.

    *path* is a JSON Pointer (RFC 6901) for `body`, where a segment `*` stands for every element of an array, and
    `[rel=next]` for the first whose member `rel` is, or as a list has, the text `next`; a field name for `header` and
    `query`; a relation type (RFC 8288) for `link`.  *parameter* names a query
    parameter inside the URL found there (`link:last?page`), and *inside* is a pointer into the JSON of a header
    (`header:X-Pagination:/total`).  In a stream, *path* is a pointer into the data of the events
    that *parameter* names (`event:message_delta:/delta/text`; `event:*:/text` is any event), or of the one that ended it
    (`terminal:/response/status`).
    """

    source: Source
    path: str = ""
    parameter: str | None = None
    inside: str | None = None

    def __str__(self) -> str:
        if self.source == "event":
            return f"event:{self.parameter}:{self.path}"
        further = f":{self.inside}" if self.inside else f"?{self.parameter}" if self.parameter else ""
        return f"{self.source}:{self.path}{further}"


_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*\Z")
_FILTER = r"@\.[A-Za-z_][\w-]*\s*==\s*(?:'[^']+'|\"[^\"]+\")"  # RFC 9535, 2.3.5, of which this is the smallest part
_JSONPATH = re.compile(
    r"\$(?:\.[A-Za-z_][\w-]*|\.\*|\[\*\]|\['[^']*'\]|\[\"[^\"]*\"\]|\[\d+\]"
    rf"|\[\?\s*(?:{_FILTER}|\(\s*{_FILTER}\s*\))\s*\])*\Z"
)
_JSONPATH_STEP = re.compile(
    r"\.([A-Za-z_][\w-]*|\*)|\[(?:(\*)|'([^']*)'|\"([^\"]*)\"|(\d+)|(\?[^'\"]*(?:'[^']*'|\"[^\"]*\")[\s)]*))\]"
)
_FILTERED = re.compile(r"@\.([\w-]+)\s*==\s*['\"](.*)['\"]")
_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2: token


def escaped(step: object) -> str:
    """Write one step of a JSON Pointer (RFC 6901, 3).

    >>> escaped("a/b~c"), escaped(0)
    ('a~1b~0c', '0')
    """
    return str(step).replace("~", "~0").replace("/", "~1")


def unescaped(step: str) -> str:
    """Read one step of a JSON Pointer.

    >>> unescaped("a~1b~0c")
    'a/b~c'
    """
    return step.replace("~1", "/").replace("~0", "~")


def steps_of(text: str) -> tuple[str, ...]:
    """Read all steps of the JSON Pointer *text*.

    >>> steps_of("/meta/a~1b"), steps_of("")
    (('meta', 'a/b'), ())
    """
    return tuple(unescaped(step) for step in text.split("/")[1:])


def choice(step: str) -> tuple[str, str] | None:
    """Read *step* as the choice of an element by the name of a member and a text; None where it is another step.

    >>> choice("[rel=next]"), choice("rel")
    (('rel', 'next'), None)
    """
    if step[:1] != "[" or step[-1:] != "]":
        return None
    name, _, value = step[1:-1].partition("=")
    return (name, value) if name and value else None


def pointer(text: str) -> str:
    """Return *text* as a JSON Pointer; the part of JSONPath that names places (`$.a[*].b`) is accepted.

    >>> pointer("$.nodes[*].comments"), pointer("$.links[?(@.rel=='next')].href")
    ('/nodes/*/comments', '/links/[rel=next]/href')
    """
    if text.startswith("$"):
        if not _JSONPATH.match(text):
            raise ValueError(
                "a JSON Pointer such as /data/items, or a JSONPath of names, [*] and [?(@.name=='value')] only"
            )
        steps = (next(part for part in step if part) for step in _JSONPATH_STEP.findall(text))
        text = "".join(f"/{escaped(_chosen(step))}" for step in steps)
    if not _POINTER.match(text):
        raise ValueError("a JSON Pointer: empty for the whole body, or starting with '/'")
    if any(map(_is_no_choice, text.split("/"))):
        raise ValueError("[name=value] without quotes and spaces, and with `/` in it written as `~1`")
    return text


def _chosen(step: str) -> str:
    filtered = _FILTERED.search(step) if step.startswith("?") else None
    return step if filtered is None else f"[{filtered[1]}={filtered[2]}]"


def _is_no_choice(segment: str) -> bool:
    """Whether *segment* was meant to choose an element, and never could."""
    if segment[:1] != "[" or "=" not in segment:
        return False
    parts = choice(segment)
    return parts is None or any(part != part.strip(" '\"") or part[0] in "=@?" for part in parts)


_EXPECTED = "a location such as body:/meta/next, header:X-Total, link:next or query:page"


def location(text: object) -> Location:
    """Read one location from *text*; a bare pointer is a place in the body.

    >>> location("link:last?page")
    Location(source='link', path='last', parameter='page', inside=None)
    >>> str(location("/meta/has_more")), str(location("header:X-Pagination:/total"))
    ('body:/meta/has_more', 'header:x-pagination:/total')
    """
    if isinstance(text, Location):
        return text
    if not isinstance(text, str):  # pydantic takes a ValueError as a finding, and lets a TypeError pass
        raise ValueError(_EXPECTED)  # noqa: TRY004
    source, colon, path = text.partition(":")
    if text and not colon and not text.startswith(("/", "$")):
        raise ValueError(_EXPECTED)
    if text.startswith(("/", "$")) or not colon:
        return Location("body", pointer(text))
    return _located(source, path)


def _located(source: str, path: str) -> Location:
    match source:
        case "body" | "terminal":
            return Location(source, pointer(path))
        case "header":
            return _header(path)
        case "query" if path:
            return Location("query", path)
        case "status" if not path:
            return Location("status")
        case "link" if path:
            relation, mark, parameter = path.partition("?")
            return Location("link", relation, parameter if mark else None)
        case "event" if path.partition(":")[0]:
            name, _, inside = path.partition(":")
            return Location("event", pointer(inside), name)
        case _:
            raise ValueError(_EXPECTED)


def _header(path: str) -> Location:
    name, colon, inside = path.partition(":")
    if not _FIELD.match(name) or (colon and (not inside or "*" in inside.split("/"))):
        raise ValueError(_EXPECTED)
    return Location("header", name.lower(), inside=pointer(inside) if colon else None)


def _place(text: object) -> Location:
    found = location(text)
    if found.source == "query":
        raise ValueError(
            "a place in a response: body:/…, header:…, link:… or status, and in a stream event:name:/… or terminal:/…"
        )
    return found


def _target(text: object) -> Location:
    found = location(text)
    if (
        found.source not in ("query", "header", "body")
        or found.path == ""
        or "*" in found.path.split("/")
        or (found.source == "body" and any(map(choice, steps_of(found.path))))
        or found.inside
    ):
        raise ValueError("a place in a request: query:name, header:Name or body:/pointer")
    return found


def _pointer(text: object) -> str:
    if not isinstance(text, str):
        raise ValueError("a JSON Pointer")  # noqa: TRY004 - as above
    return pointer(text.removeprefix("body:"))


def hideable(text: object) -> str:
    """Return *text* if it names a place in a recording; raise ValueError otherwise.

    >>> hideable("input:/email"), hideable("header:X-User")
    ('input:/email', 'header:X-User')
    """
    try:
        if isinstance(text, str) and text and _hides(location(text.removeprefix("input:")), text):
            return text
    except ValueError:
        pass  # told below, with what a recording has beside an answer
    raise ValueError("a place in a recording: /pointer, header:Name, query:name, or input:/name for an argument")


def _hides(found: Location, text: str) -> bool:
    return found.inside is None and found.source in (
        {"body"} if text.startswith("input:") else {"body", "header", "query"}
    )


_DURATION = re.compile(r"(?:(?P<n>\d+(?:\.\d+)?)(?P<unit>ms|s|m|h|d))\Z")
_ISO = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?\Z")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def duration(value: object) -> float:
    """Read a length of time in seconds: a number, `30s`, `500ms`, `2h`, or ISO 8601 (`PT1H`).

    >>> duration("PT1H30M"), duration("250ms"), duration(8)
    (5400.0, 0.25, 8.0)
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9:
        return float(value)
    if isinstance(value, str) and (short := _DURATION.match(value)):
        return float(short["n"]) * _SECONDS[short["unit"]]
    if isinstance(value, str) and len(value) > 2 and not value.endswith("T") and (iso := _ISO.match(value)):
        return sum(float(iso[unit] or 0) * _SECONDS[unit] for unit in "dhms")
    raise ValueError("a length of time: seconds, or 500ms, 30s, 5m, 2h, 7d, PT1H")


_TEXT = {"type": "string"}
Place = Annotated[
    Location,
    BeforeValidator(_place),
    WithJsonSchema(
        {
            **_TEXT,
            "description": "A place in the answer: body:/pointer (of a list the first element whose member is a text: body:/links/[rel=next]/href), header:Name, header:Name:/pointer into its JSON, link:relation, link:relation?parameter or status; in a stream event:name:/pointer or terminal:/pointer",
        }
    ),
]
"""A place in a response."""
Places = Annotated[tuple[Place, ...], BeforeValidator(several, json_schema_input_type=Place | tuple[Place, ...])]
"""One place, or several of which those count that are there: `event:` and `terminal:` in a stream, `body:` elsewhere."""

Target = Annotated[
    Location,
    BeforeValidator(_target),
    WithJsonSchema({**_TEXT, "description": "A place in the request: query:name, header:Name or body:/pointer"}),
]
"""A place in a request."""
Pointer = Annotated[
    str,
    BeforeValidator(_pointer),
    WithJsonSchema({**_TEXT, "description": "A JSON Pointer (RFC 6901); empty for the whole"}),
]
"""A JSON Pointer."""
Hideable = Annotated[
    str,
    BeforeValidator(hideable),
    WithJsonSchema(
        {**_TEXT, "description": "A place in a recording: /pointer, header:Name, query:name or input:/name"}
    ),
]
"""A place in a recording, whose values are to be taken out."""
Duration = Annotated[
    float,
    BeforeValidator(duration),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0}, _TEXT], "description": "Seconds, or 500ms, 30s, 5m, 2h, 7d, PT1H"}
    ),
]
"""A length of time, in seconds."""
