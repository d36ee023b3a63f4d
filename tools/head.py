"""The field lines of one request: what it says itself, what the transport adds, and what must never be said.

Never writes framing fields from a request: those follow from its content.
"""

from __future__ import annotations

import re
from typing import Final

from ..schemas.verdict import Finding
from ..schemas.wire import Headers, Request
from .egress import Destination

__all__ = ["head"]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")  # RFC 9110, 5.6.2: token
_VALUE = re.compile(r"(?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?\Z")  # visible ASCII, blanks inside
_RESERVED: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def head(request: Request, to: Destination, granted: Headers, *, agent: str) -> Headers | Finding:
    """Return all field lines of *request* as it goes to *to*, with those of its credential (*granted*).

    A field of the request replaces the transport's own (Accept, Accept-Encoding, User-Agent, Content-Type), never the
    credential's.  Line ends, other invisible characters and reserved names are refused.
    """
    own = tuple((name.lower(), value) for name, value in request.headers)
    for name, value in own + granted:
        if not _NAME.match(name) or name in _RESERVED:
            return Finding(code="definition_error", message="A header field of the request may not be set by a tool.")
        if not _VALUE.match(value):
            return Finding(code="invalid_arguments", message="A header field holds characters that cannot be sent.")
    said = {name for name, _ in own}
    if any(name in said for name, _ in granted):
        return Finding(code="definition_error", message="A header field of the request is the credential's.")
    added = tuple((name, value) for name, value in _added(request, agent) if name not in said)
    return (("host", to.authority), *own, *added, *granted, *_length(request))


def _added(request: Request, agent: str) -> Headers:
    media: Headers = (("content-type", request.body.media),) if request.body is not None else ()
    accept = ", ".join(request.media) or "*/*"
    return (*media, ("accept", accept), ("accept-encoding", "gzip, deflate, br, zstd"), ("user-agent", agent))


def _length(request: Request) -> Headers:
    if request.body is not None:
        return (("content-length", str(len(request.body.content))),)
    return (("content-length", "0"),) if request.method in ("POST", "PUT", "PATCH") else ()  # RFC 9110, 8.6
