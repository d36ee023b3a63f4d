"""The file of a recording: one JSON document a call, made to be read and compared by people, exact to the byte.

What is read is checked before it is believed, and a file that is none ends in one `RecordingError`.  It judges nothing
that is recorded, and redacts nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ...schemas.claim import Grade
from ...schemas.recording import Ended, Exchange, Recording
from ...schemas.several import STRICT
from ...schemas.wire import Body, Errand, Fault, FaultKind, Framing, Headers, Keyed, Outcome, Request, Response, Sent
from ..json_reading import read_json
from ..node import Unreadable
from ..whole_files import write_whole
from .content import content_from, shown_content

__all__ = ["LARGEST", "RecordingError", "load", "read_recording", "recording_text", "save"]

LARGEST: Final = 256 * 1024 * 1024
"""Bytes: no file that is longer is read."""

_VERSION: Final = 1
_FRAMING = re.compile(r"[\r\n\0]")  # RFC 9110, 5.5: no value holds these
_SURROGATE = re.compile("[\ud800-\udfff]")


class RecordingError(ValueError):
    """A file that is no recording, or cannot be read; its text names the file and says why."""


# ------------------------------------------------------------------------------------------ the document


_Moment = Annotated[float, Field(strict=True, ge=0, lt=253_402_300_800)]  # Unix time, until the year 9999
_Seconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
_Count = Annotated[int, Field(strict=True, ge=0)]
_Flag = Annotated[bool, Field(strict=True)]
_Method = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]  # RFC 9110, 9.1
_GRADES: Final = tuple(str(grade) for grade in Grade)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: _Method
    url: str
    headers: tuple[str, ...] = ()
    content_type: str | None = None
    content: dict[str, Any] | None = None
    resend: _Flag = True
    purpose: Errand = "page"
    media: tuple[str, ...] = ("application/json",)
    framing: tuple[Framing, ...] = ("content-length", "chunked")
    integrity: tuple[str, ...] = ()
    keyed: Keyed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    status: Annotated[int, Field(strict=True, ge=100, le=999)]
    headers: tuple[str, ...] = ()
    framing: Framing
    received_at: _Moment
    elapsed: _Seconds = 0.0
    wire_bytes: _Count = 0
    digests: tuple[str, ...] = ()
    peer: str | None = None
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: FaultKind
    code: str
    sent: Sent
    detail: str
    have: _Count | None = None
    expected: _Count | None = None
    elapsed: _Seconds = 0.0
    after: _Seconds | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exchange:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    asked_by: str = ""
    request: _Request
    response: _Response | None = None
    fault: _Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    code: str | None = None
    grade: str = "none"
    items: _Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    unabridged_recording: Literal[1]
    reviewed: _Flag = False
    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    digest: str = ""
    at: _Moment = 0.0
    receipt: str = ""
    ended: _Ended | None = None
    environment: dict[str, str] = field(default_factory=dict[str, str])
    flows: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    redacted: tuple[str, ...] = ()
    left_out: _Count = 0
    exchanges: tuple[_Exchange, ...] = ()


@cache
def _documents() -> TypeAdapter[_Document]:
    return TypeAdapter(_Document)


# ------------------------------------------------------------------------------------------ writing


def save(path: Path, recording: Recording, *, largest: int = LARGEST) -> None:
    """Write *recording* to *path*, for its owner's eyes only, whole or not at all.

    Raises OSError, and `RecordingError` where the file would be longer than one of *largest* bytes, which could not be read.
    """
    content = recording_text(recording).encode()
    if len(content) > largest:
        raise RecordingError(f"{path}: it would be longer than the {largest:,} bytes that can be read")
    write_whole(path, content, mode=0o600)


def recording_text(recording: Recording) -> str:
    """Write *recording* as the text of its file."""
    document = json.dumps(_shown(recording), indent=2, ensure_ascii=False, allow_nan=False)
    # half of a surrogate pair can stand in JSON only as an escape
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", document) + "\n"


def _shown(recording: Recording) -> dict[str, Any]:
    return {
        "unabridged_recording": _VERSION,
        "reviewed": recording.reviewed,
        "tool": recording.tool,
        "arguments": recording.arguments,
        **_said(recording, "digest", "at", "receipt"),
        **({} if recording.ended is None else {"ended": _members(recording.ended)}),
        **_said(recording, "environment", "flows", "redacted", "left_out"),
        "exchanges": [_shown_exchange(exchange) for exchange in recording.exchanges],
    }


def _said(value: Any, *names: str) -> dict[str, Any]:
    """The fields *names* of a dataclass that are not as they would be by default."""
    return {name: getattr(value, name) for name in names if getattr(value, name) != _default(value, name)}


def _members(value: Any) -> dict[str, Any]:
    return _said(value, *(one.name for one in fields(value)))


def _default(value: Any, name: str) -> object:
    one = next(one for one in fields(value) if one.name == name)
    return one.default_factory() if one.default_factory is not MISSING else one.default


def _shown_exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        **_said(exchange, "asked_by"),
        "request": _shown_request(exchange.request),
        **_shown_outcome(exchange.outcome),
    }


def _shown_request(request: Request) -> dict[str, Any]:
    body = request.body
    content = {} if body is None else {"content_type": body.media, "content": shown_content(body.content)}
    rest = _said(request, "resend", "purpose", "media", "framing", "integrity", "keyed")
    return {"method": request.method, "url": request.url, **_shown_headers(request.headers), **content, **rest}


def _shown_outcome(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Fault):
        return {"fault": _members(outcome)}
    rest = _said(outcome, "framing", "received_at", "elapsed", "wire_bytes", "digests", "peer")
    headers = _shown_headers(outcome.headers)
    return {"response": {"status": outcome.status, **headers, **rest, "content": shown_content(outcome.content)}}


def _shown_headers(headers: Headers) -> dict[str, Any]:
    return {"headers": [f"{name}: {value}" for name, value in headers]} if headers else {}


# ------------------------------------------------------------------------------------------ reading


def load(path: Path) -> Recording:
    """Read the recording in the file *path*; raise `RecordingError` where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as trouble:
        raise RecordingError(f"{path}: it cannot be read: {trouble.strerror or trouble}") from None
    if len(content) > LARGEST:
        raise RecordingError(f"{path}: expected at most {LARGEST:,} bytes, found more")
    return read_recording(content, str(path))


def read_recording(content: bytes, name: str) -> Recording:
    """Read the recording that *content* is, of a file called *name*; raise `RecordingError` where it is none."""
    try:
        value = read_json(content.decode())
        if isinstance(value, dict) and value.get("unabridged_recording", _VERSION) != _VERSION:
            raise ValueError(f"expected a recording of version {_VERSION}, found another one")
        return _recording(_documents().validate_python(value))
    except UnicodeDecodeError:
        raise RecordingError(f"{name}: expected UTF-8, found other bytes") from None
    except Unreadable as wrong:
        raise RecordingError(f"{name}:{wrong.line}: {wrong.says}") from None
    except ValidationError as wrong:
        raise RecordingError(f"{name}: {_first(wrong)}") from None
    except (ValueError, RecursionError) as wrong:
        raise RecordingError(f"{name}: {wrong}") from None


def _first(wrong: ValidationError) -> str:
    """The first of the mistakes, by its place, without the value that is there."""
    error = wrong.errors(include_url=False, include_input=False)[0]
    place = "".join(f"/{step}" for step in error["loc"])
    said = _SAYS.get(error["type"], error["msg"])
    return f"{place or 'the document'}: {said.format(**error.get('ctx', {}))}"


_SAYS: Final[Mapping[str, str]] = {
    "tuple_type": "expected a list",
    "list_type": "expected a list",
    "dict_type": "expected an object",
    "dataclass_type": "expected an object",
    "dataclass_exact_type": "expected an object",
    "bool_type": "expected true or false",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "string_type": "expected a text",
    "string_pattern_mismatch": "expected a method of HTTP",
    "missing": "expected a value, found none",
    "unexpected_keyword_argument": "expected no such name",
    "literal_error": "expected one of {expected}",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "less_than": "expected less than {lt}",
    "finite_number": "expected a finite number",
}
"""What is wrong, by pydantic's name for it, in the words of the file."""


def _recording(document: _Document) -> Recording:
    ended = document.ended
    return Recording(
        tool=document.tool,
        arguments=document.arguments,
        digest=document.digest,
        at=document.at,
        receipt=document.receipt,
        environment=document.environment,
        flows=document.flows,
        exchanges=tuple(_exchange(number, exchange) for number, exchange in enumerate(document.exchanges)),
        left_out=document.left_out,
        ended=None if ended is None else _end(ended),
        redacted=document.redacted,
        reviewed=document.reviewed,
    )


def _end(shown: _Ended) -> Ended:
    if shown.grade not in _GRADES:
        raise ValueError(f"/ended/grade: expected one of {', '.join(map(repr, _GRADES))}")
    if shown.code is None and shown.grade == "none":
        raise ValueError("/ended: expected a `code`, or a `grade` other than none")
    return Ended(code=shown.code, grade=shown.grade, items=shown.items)


def _exchange(number: int, shown: _Exchange) -> Exchange:
    place = f"/exchanges/{number}"
    match shown.response, shown.fault:
        case _Response() as response, None:
            outcome: Outcome = _response(response, f"{place}/response")
        case None, _Fault() as fault:
            outcome = Fault(**{one.name: getattr(fault, one.name) for one in fields(fault)})
        case _:
            raise ValueError(f"{place}: expected either a `response` or a `fault`")
    return Exchange(asked_by=shown.asked_by, request=_request(shown.request, f"{place}/request"), outcome=outcome)


def _request(shown: _Request, place: str) -> Request:
    if (shown.content is None) != (shown.content_type is None):
        raise ValueError(f"{place}: expected `content` and `content_type` together")
    try:
        urlsplit(shown.url)
    except ValueError:
        raise ValueError(f"{place}/url: expected a URL") from None
    body = None
    if shown.content is not None and shown.content_type is not None:
        body = Body(content=_content(shown.content, place), media=shown.content_type)
    return Request(
        method=shown.method,
        url=shown.url,
        headers=_headers(shown.headers, place),
        body=body,
        resend=shown.resend,
        purpose=shown.purpose,
        media=shown.media,
        framing=shown.framing,
        integrity=shown.integrity,
        keyed=shown.keyed,
    )


def _response(shown: _Response, place: str) -> Response:
    return Response(
        status=shown.status,
        headers=_headers(shown.headers, place),
        content=_content(shown.content, place),
        framing=shown.framing,
        received_at=shown.received_at,
        elapsed=shown.elapsed,
        wire_bytes=shown.wire_bytes,
        digests=shown.digests,
        peer=shown.peer,
    )


def _headers(lines: tuple[str, ...], place: str) -> Headers:
    pairs = [line.partition(": ") for line in lines]
    if not all(name and colon for name, colon, _ in pairs) or any(_FRAMING.search(line) for line in lines):
        raise ValueError(f"{place}/headers: expected `name: value`")
    return tuple((name, value) for name, _, value in pairs)


def _content(shown: Mapping[str, Any], place: str) -> bytes:
    try:
        return content_from(shown)
    except ValueError as wrong:
        raise ValueError(f"{place}/content: {wrong}") from None
