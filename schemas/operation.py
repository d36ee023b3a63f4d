"""How to ask: one request as a template, the probes beside it, and what makes a write repeatable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from .condition import Condition
from .location import Duration, Location, Pointer, Target
from .several import STRICT, JsonObject, Statuses, several

__all__ = ["Confirm", "Idempotency", "Operation", "Part", "Probe", "Style"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """The header that makes a write safe to send again: one key per operation, the same on every attempt.

    An operation whose outcome is unknown keeps its key, so that the same call again is the same operation, for as long
    as the service remembers keys (*kept*).  *key* (a template) is a key of the caller's own: it is bound to the payload
    that it was first sent with.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    header: str = "Idempotency-Key"
    key: str | None = None
    kept: Duration = 86_400.0


Style: TypeAlias = Literal[
    "comma",  # a,b: OpenAPI's `form` without explode, and `simple`
    "comma_exploded",  # R=100,G=200: `simple` with explode, of an object
    "space",  # a%20b: `spaceDelimited`
    "pipe",  # a|b: `pipeDelimited`
    "deep_object",  # filter[state]=open, filter[in][]=1: `deepObject`
    "json",  # {"state":"open"}: `content: application/json`
    "reserved",  # a/b: `allowReserved`, but for what would be structure
    "segments",  # a/b in a path: as many segments as the argument has
    "label",  # .a,b
    "label_exploded",  # .a.b
    "matrix",  # ;ids=a,b
    "matrix_exploded",  # ;ids=a;ids=b
]
"""How a list, an object or a text with reserved signs is written (OpenAPI 3.1, 4.8.12.4; RFC 6570, 3.2)."""

Styled = Annotated[str, Field(pattern=r"^(?:path|query|header|cookie|form):.+$")]
"""A parameter by its place: `query:ids`; in a path, `path:` and the name of the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A content that is sent as it is, by itself or as one part of a form with files.

    *content* is a template; with `encoding: base64` the caller gives bytes as base64, with `json` the value is written as JSON.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    content: Any
    encoding: Literal["text", "base64", "json"] = "text"
    filename: str | None = None
    media: (
        Annotated[
            str, Field(pattern=r"^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:; ?[A-Za-z0-9-]+=[A-Za-z0-9.-]+)*$")
        ]
        | None
    ) = None


def _is_part(value: object) -> bool:
    return isinstance(value, Part) or (isinstance(value, Mapping) and "content" in value)


def _part(value: object) -> object:
    """Take a template for a part that has no more to say."""
    return value if _is_part(value) else {"content": value}


_Parts = Mapping[str, Annotated[Part, BeforeValidator(_part, json_schema_input_type=str | int | bool | Part)]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request, as a template.

    `{name}` in *url* is one percent-encoded path segment (or an `api.variables` entry); `{input.name}` anywhere in
    *query*, *headers*, *body* and *form* is that argument.  A string that is nothing but `{input.name}` becomes the
    argument itself, with its JSON type; when an optional argument is not given, the field is left out.  *strict*
    holds parameters that are sent with every page, whatever else is sent.  *styles* says how lists and objects are written.
    Of *body* (JSON), *form*, *multipart* (a form with files) and *raw* (any content) there is one at most.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "QUERY"] = "GET"
    url: str
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cookies: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    form: JsonObject | None = None
    multipart: _Parts | None = None
    raw: Part | None = None
    styles: Mapping[Styled, Style] = field(default_factory=dict[str, Style])
    strict: Mapping[Target, Any] = field(default_factory=dict[Location, Any])
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request that only bears witness: what it changes of the tool's own request.

    *url* replaces the URL, *body* the whole body; *query* and *headers* are laid over the tool's own; a null query value removes it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "DELETE", "HEAD", "QUERY"] | None = None
    url: str | None = None
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None


_Conditions = Annotated[
    tuple[Condition, ...], BeforeValidator(several, json_schema_input_type=Condition | tuple[Condition, ...])
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """The read that settles whether a write whose answer was lost took effect.

    Where all conditions of *applied* hold it did, and the value at *data* is the result; where all of *not_applied*
    hold it did not, and may be called again; anything else leaves the outcome unknown.  Conditions may use
    `{input.…}` in `is` and `not`.  *settles* is how long after the write its effect may take to show in the read: before
    that time is over nobody believes that it did not take effect.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    url: str
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    status: Statuses = (200,)
    applied: _Conditions
    not_applied: _Conditions = ()
    settles: Duration = 5.0
    data: Pointer = ""
