"""What goes over the wire, as values: one request, and the one outcome that it had.

Nothing here reads a socket.  A `Response` exists only when the message was read to its proven end; whatever
else can happen to an attempt is a `Fault`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

__all__ = [
    "Body",
    "Errand",
    "Fault",
    "FaultKind",
    "Framing",
    "Headers",
    "Json",
    "Keyed",
    "Outcome",
    "Request",
    "Response",
    "Sent",
    "State",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A JSON value.  (A string, because mypy and pyright resolve recursive aliases only so on Python 3.11.)"""

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Field lines in the order of the wire; names in lower case."""

Sent: TypeAlias = Literal["never", "maybe"]
"""Whether the server can have seen the request.  `never` is certain; everything else is `maybe`."""

Keyed: TypeAlias = Literal["ours", "callers"]
"""Whose idempotency key travels with a request: one that was made for the call, or one that the caller gave."""

Errand: TypeAlias = Literal["page", "probe", "open", "close", "token"]
"""What a request is for: a page of the answer, what bears witness, a snapshot's begin and end, or a credential."""

Framing: TypeAlias = Literal["content-length", "chunked", "close-delimited", "none"]
"""How the end of the message was marked (RFC 9112, 6.3); `none` where no content is allowed (204, HEAD)."""

FaultKind: TypeAlias = Literal[
    "connect",  # no connection: refused, unreachable, name not resolved, TLS handshake failed
    "timeout",  # this attempt took longer than it may
    "deadline",  # the whole call took longer than it may
    "protocol",  # the peer broke HTTP's rules: bad framing, surplus bytes, conflicting lengths
    "truncated",  # the message ended before its end
    "unproven_end",  # the message ended, and nothing says that it was the end
    "coding",  # a content coding that is cut, damaged, unknown or stacked
    "too_large",  # more bytes than the contract allows, on the wire or unpacked
    "forbidden",  # our own rules: scheme, address, origin, or redirect
    "credential",  # the credential that the file refers to cannot be had
    "integrity",  # a digest in the message does not match the content
    "admission",  # our own restraint: the provider rests, the pace is used up, or there is no place
]


class State(Enum):
    """What a place in an answer can be.  `ABSENT` is never a default for the others."""

    ABSENT = "absent"
    NULL = "null"
    EMPTY = "empty"
    FALSE = "false"
    TRUE = "true"
    VALUE = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A request's content and its media type."""

    content: bytes
    media: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One message to send, whole but for the credential, which the transport adds for its own origin only.

    *url* is absolute and already encoded.  *resend* says whether it may be sent again although the server may
    have acted on it (RFC 9110, 9.2.2, or an idempotency key travels with it: *keyed*).  *purpose* tells the pages of
    the answer from the probes that only bear witness.  *framing* and *integrity* are the contract's
    (`Expectation`): how the end of the message may be marked, and which digest fields must be there.
    """

    method: str
    url: str
    headers: Headers = ()
    body: Body | None = None
    resend: bool = True
    purpose: Errand = "page"
    media: tuple[str, ...] = ("application/json",)
    framing: tuple[Framing, ...] = ("content-length", "chunked")
    integrity: tuple[str, ...] = ()
    keyed: Keyed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One message read to its proven end: framing checked, content codings undone and verified.

    *content* is the decoded content; *wire_bytes* counts what was read from the socket for the content.
    *received_at* is Unix time in seconds, *elapsed* is in seconds.  *digests* names the digest fields that were
    present and matched.
    """

    status: int
    headers: Headers
    content: bytes = field(repr=False)
    framing: Framing
    received_at: float
    elapsed: float = 0.0
    wire_bytes: int = 0
    digests: tuple[str, ...] = ()
    peer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An attempt that gave no whole message.

    *code* is one of the product's codes (`schemas/codes.py`), *detail* one sentence without values of the
    upstream.  *have* and *expected* are counts (bytes) where both are known; *after* is the number of seconds until
    asking can help.
    """

    kind: FaultKind
    code: str
    sent: Sent
    detail: str
    have: int | None = None
    expected: int | None = None
    elapsed: float = 0.0
    after: float | None = None


Outcome: TypeAlias = Response | Fault
