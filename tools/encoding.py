"""Contents that are no JSON: parts of a form with files, bytes that a caller gives as base64, and the values of cookies.

What a caller gave is content and never framing: no boundary, header or cookie can be made of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import quote

from ..schemas.operation import Part
from ..schemas.wire import Body, Json
from .styles import text

__all__ = ["Unencodable", "cookie", "encoded", "multipart"]

Named: TypeAlias = tuple[str, Part, Json]


class Unencodable(Exception):  # noqa: N818 - a way out of small functions; `binding.py` makes a finding of it
    """An argument that cannot be a content; the text is one sentence without its value."""


def cookie(value: str) -> str:
    """Write *value* as the value of a cookie: what is no cookie-octet (RFC 6265, 4.1.1) is percent-encoded.

    >>> cookie("a; b=1"), cookie("x/y=")
    ('a%3B%20b=1', 'x/y=')
    """
    return quote(value, safe="!#$&'()*+-./:<=>?@[]^_`{|}~")


def encoded(value: Json, part: Part) -> bytes:
    """Write *value* as the content of *part*; raise `Unencodable` where it is none.

    >>> encoded("aGk=", Part(content="", encoding="base64")), encoded({"a": 1}, Part(content="", encoding="json"))
    (b'hi', b'{"a":1}')
    """
    match part.encoding:
        case "json":
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        case "text":
            return text(value).encode()
        case _ if isinstance(value, str):
            return _bytes(value)
        case _:
            raise Unencodable("expected base64 for a content, found no text")


def _bytes(value: str) -> bytes:
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Unencodable("expected base64 (RFC 4648, 4) for a content, found what is none") from None


def multipart(parts: Sequence[Named]) -> Body:
    """Write *parts* as multipart/form-data (RFC 7578); a list is the part repeated.

    The same parts give the same bytes, so that a request that is sent again is the same request.
    """
    single = [(name, part, one) for name, part, value in parts for one in _values(part, value)]
    pieces = [_head(name, part) + encoded(value, part) for name, part, value in single]
    boundary = _boundary(pieces)
    mark = f"--{boundary}\r\n".encode()
    content = b"".join(mark + piece + b"\r\n" for piece in pieces) + f"--{boundary}--\r\n".encode()
    return Body(content=content, media=f"multipart/form-data; boundary={boundary}")


def _values(part: Part, value: Json) -> list[Json]:
    return value if isinstance(value, list) and part.encoding != "json" else [value]


def _boundary(pieces: Sequence[bytes]) -> str:
    """A boundary that no piece holds (RFC 2046, 5.1.1)."""
    boundary = hashlib.sha256(b"\0".join(pieces)).hexdigest()[:40]
    while any(boundary.encode() in piece for piece in pieces):
        boundary = hashlib.sha256(boundary.encode()).hexdigest()[:40]
    return boundary


def _head(name: str, part: Part) -> bytes:
    filename = "" if part.filename is None else f'; filename="{_quoted(part.filename)}"'
    media = part.media or _media(part)
    kind = f"Content-Type: {media}\r\n" if media else ""
    return f'Content-Disposition: form-data; name="{_quoted(name)}"{filename}\r\n{kind}\r\n'.encode()


def _media(part: Part) -> str | None:
    match part.encoding:
        case "json":
            return "application/json"
        case "base64":
            return "application/octet-stream"
        case _:
            return "text/plain; charset=utf-8" if part.filename is not None else None


def _quoted(name: str) -> str:
    """What would end the name or the line is escaped as browsers do (WHATWG HTML, 4.10.21.8)."""
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(sign if sign.isprintable() else "_" for sign in escaped)
