"""How to ask: one request as a template, the probes beside it, and what makes a write repeatable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, ConfigDict

from .condition import Condition
from .location import Duration, Location, Pointer, Target
from .several import STRICT, JsonObject, Statuses, several

__all__ = ["Confirm", "Idempotency", "Operation", "Probe"]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request, as a template.

    `{name}` in *url* is one percent-encoded path segment (or an `api.variables` entry); `{input.name}` anywhere in
    *query*, *headers*, *body* and *form* is that argument.  A string that is nothing but `{input.name}` becomes the
    argument itself, with its JSON type; when an optional argument is not given, the field is left out.  *strict*
    holds parameters that are sent with every page, whatever else is sent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "QUERY"] = "GET"
    url: str
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    form: JsonObject | None = None
    strict: Mapping[Target, Any] = field(default_factory=dict[Location, Any])
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request that only bears witness: what it changes of the tool's own request.

    *url* replaces the URL; *query*, *headers* and *body* are laid over the tool's own; a null query value removes it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "DELETE", "QUERY"] | None = None
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
