"""What a description of an API says of its operations, whichever version of OpenAPI or Swagger it was written in.

`reading.py` makes these of a document; everything behind it reads these and never the document.  Schemas are plain
JSON Schema (2020-12) that stands by itself: no `nullable`, no `$ref` but into its own `$defs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = [
    "Description",
    "Operation",
    "Parameter",
    "Payload",
    "Place",
    "Reply",
    "Scheme",
    "Server",
    "Skipped",
]

Schema: TypeAlias = Mapping[str, Any]
Place: TypeAlias = Literal["path", "query", "header", "cookie"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter; *media* is set where it is written as that (`content`) and not by *style*."""

    name: str
    place: Place
    required: bool = False
    description: str = ""
    schema: Schema = field(default_factory=dict[str, Any])
    style: str = "form"
    explode: bool = True
    reserved: bool = False
    deprecated: bool = False
    media: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A request body in one media type; *encoding* is the document's, by property."""

    media: str
    schema: Schema
    required: bool = False
    description: str = ""
    encoding: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes back: *status* as written (`200`, `2XX`, `default`), a schema by media type, and the header fields.

    *lacks* says why parts of it could not be read: of an error nothing is kept then, of an answer those parts may be anything.
    """

    status: str
    description: str = ""
    content: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    headers: Mapping[str, Schema] = field(default_factory=dict[str, Schema])
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One security scheme: how a credential is sent."""

    name: str
    kind: Literal["basic", "bearer", "key", "oauth2", "openid", "mutual_tls", "other"]
    place: Literal["header", "query", "cookie"] | None = None
    field: str = ""
    description: str = ""
    token_url: str | None = None
    flow: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A base URL, perhaps with `{variables}`, each with its default and description."""

    url: str
    description: str = ""
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation; *pointer* is where it stands in the document (`#/paths/~1tickets/get`).

    *security* is a choice of sets of schemes, from each scheme's name to its scopes; empty where none is needed.
    *servers* are those of this operation or its path item only; where there are none, the document's hold.
    *extensions* are the operation's own `x-…` members, with those of its path item under them.  *lacks* says which parts
    could not be read or sent, and why.
    """

    pointer: str
    method: str
    path: str
    id: str = ""
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    deprecated: bool = False
    parameters: tuple[Parameter, ...] = ()
    payloads: tuple[Payload, ...] = ()
    replies: tuple[Reply, ...] = ()
    security: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    servers: tuple[Server, ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
    lacks: tuple[str, ...] = ()

    @property
    def answers(self) -> tuple[Reply, ...]:
        """The replies that say that it worked: those of a status of success, or else `default`."""
        sound = tuple(one for one in self.replies if one.status.startswith("2"))
        return sound or tuple(one for one in self.replies if one.status == "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A part of the document that could not be read, and why, in one sentence: an operation, or less than one.

    Of a whole *operation* that was left out, what it is chosen by is known all the same.
    """

    pointer: str
    reason: str
    operation: Operation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A whole document: *version* is the one that it declares (`2.0`, `3.0.3`, `3.1.0`, `3.2.0`)."""

    version: str
    title: str = ""
    description: str = ""
    docs: str = ""
    servers: tuple[Server, ...] = ()
    schemes: Mapping[str, Scheme] = field(default_factory=dict[str, Scheme])
    operations: tuple[Operation, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    extensions: Mapping[str, Any] = field(default_factory=dict[str, Any])
