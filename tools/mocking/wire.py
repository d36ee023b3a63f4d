"""What the mock hears and what it says, as values, and what a client makes of that where there is no network between them.

Nothing here opens a socket; how a message that breaks HTTP's rules is sent is the server's business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from ...schemas.verdict import Finding
from ...schemas.wire import Fault, Framing, Headers, Json, Outcome, Request
from ...validators import strict_json
from ..fault import fault
from ..message import Message
from ..unpacking import unpacked

__all__ = ["Heard", "Said", "heard", "outcome", "said"]

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
_LARGEST: Final = 64 * 1024 * 1024  # bytes of one answer


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request.  *origin* is what stands before *path* in its URL; *path* is still percent-encoded, *query* is not."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = ()
    content: bytes = b""

    @cached_property
    def fields(self) -> dict[str, str]:
        """The last value of each header."""
        return dict(self.headers)

    @cached_property
    def form(self) -> tuple[tuple[str, str], ...] | None:
        """The form that was sent; None where there is none."""
        if not self.fields.get("content-type", "").startswith(FORM):
            return None
        return tuple(parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True))

    @cached_property
    def body(self) -> Json:
        """The JSON that was sent; None where there is none that is sound."""
        if self.form is not None:
            return None
        parsed = strict_json.parse(self.content)
        return None if isinstance(parsed, Finding) else parsed.value

    @property
    def url(self) -> str:
        """The whole URL."""
        return self.at(self.query)

    def at(self, query: tuple[tuple[str, str], ...]) -> str:
        """The URL with another *query*."""
        return f"{self.origin}{self.path}" + (f"?{urlencode(query)}" if query else "")


def heard(request: Request, origin: str) -> Heard:
    """Read *request*, whose URL begins with *origin*."""
    path, _, query = request.url.removeprefix(origin).partition("?")
    media = () if request.body is None else (("content-type", request.body.media),)
    return Heard(
        method=request.method,
        origin=origin,
        path=path,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=(*((name.lower(), value) for name, value in request.headers), *media),
        content=b"" if request.body is None else request.body.content,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer, and how it goes over the wire.

    *declared* is a Content-Length that is not the true one, *cut* the number of bytes of the content after which nothing more is
    sent (*silent*: not even the header), *then* what becomes of the connection.  *wait* is before the first byte, *drip* between pieces, both in seconds.
    """

    status: int
    headers: Headers
    content: bytes
    framing: Framing = "content-length"
    declared: int | None = None
    cut: int | None = None
    then: Literal["kept", "closed", "reset", "silent"] = "kept"
    silent: bool = False
    wait: float = 0.0
    drip: float = 0.0

    @property
    def sent(self) -> bytes:
        """The bytes of the content that are sent."""
        return self.content[: self.cut]


def said(value: Json, *, status: int = 200, **fields: str) -> Said:
    """Say *value* as JSON; *fields* are headers (`retry_after` for Retry-After)."""
    named = tuple((name.replace("_", "-"), text) for name, text in fields.items())
    content = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Said(status=status, headers=(("content-type", JSON), *named), content=content)


def outcome(answer: Said, request: Request, *, timeout: float, now: float) -> Outcome:
    """What comes of *request* where it is answered so, within *timeout* seconds, at Unix time *now*."""
    if (broken := _broken(answer, timeout)) is not None:
        return broken
    bodiless = request.method == "HEAD" or answer.status in (204, 304)
    message = Message(
        status=answer.status,
        headers=answer.headers,
        trailers=(),
        content=b"" if bodiless else answer.content,
        framing="none" if bodiless else answer.framing,
    )
    return unpacked(message, request, limit=_LARGEST, received_at=now, peer="mock")


def _broken(answer: Said, timeout: float) -> Fault | None:
    """The fault that a client sees where *answer* does not come, or not whole."""
    if answer.then == "silent" or answer.wait + answer.drip >= timeout:
        return fault("attempt_timeout", "No answer came in time.", sent="maybe")
    length = len(answer.content) if answer.declared is None else answer.declared
    if answer.then == "reset" or len(answer.sent) < length:
        return fault("truncated_body", "The connection ended within the response.", sent="maybe")
    if len(answer.sent) > length:
        return fault("surplus_bytes", "More bytes came than the response declares.", sent="maybe")
    return None
