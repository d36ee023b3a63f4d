"""The events of a streamed answer as they stand in it, and an answer made of other events.

An event here is a piece of the content, with the line ends that close it; what is in it is not understood.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from ...schemas.contract import Contract
from ...schemas.walk import Stream
from ...schemas.wire import Json, Response
from ...validators.stream import MEDIA
from .sound import Turn

__all__ = ["events_of", "of_events", "retold", "told"]

_SERVER_SENT: Final = re.compile(rb"(?:\r\n|\n|\r)(?:\r\n|\n|\r)")
_ELEMENTS: Final = msgspec.json.Decoder(list[msgspec.Raw])


def events_of(contract: Contract, turn: Turn) -> list[bytes] | None:
    """Cut *turn*'s answer into its events; None where it is no stream."""
    if not isinstance(contract.walk, Stream) or not turn.walks:
        return None
    content = turn.response.content
    match _form(turn.response, contract.walk):
        case "sse":
            return _closed(content)
        case "jsonl":
            return [line for line in content.splitlines(keepends=True) if line.strip()]
        case "seq":
            return [b"\x1e" + text for text in content.split(b"\x1e")[1:]]
        case "array" if isinstance(turn.body.value, list):
            return [bytes(element) for element in _ELEMENTS.decode(content)]
        case _:
            return None


def of_events(response: Response, events: Sequence[bytes]) -> Response:
    """Say *events* instead of those of *response*."""
    array = response.content.lstrip()[:1] == b"["
    content = b"[" + b",".join(events) + b"]" if array else b"".join(events)
    return replace(response, content=content, wire_bytes=len(content))


def _form(response: Response, walk: Stream) -> str:
    media = next((value for name, value in response.headers if name == "content-type"), "")
    named = MEDIA.get(media.partition(";")[0].strip().lower()) or walk.format
    return named or "array"


def _closed(content: bytes) -> list[bytes]:
    """Cut server-sent events behind the empty line that closes each."""
    ends = [match.end() for match in _SERVER_SENT.finditer(content)]
    pieces = [content[start:end] for start, end in zip([0, *ends], [*ends, len(content)], strict=True)]
    return [piece for piece in pieces if piece.strip()]


def told(event: bytes) -> Json:
    """Read the JSON value that *event* says; None where it says none."""
    try:
        value: Json = json.loads(_data(event))
    except ValueError:
        return None
    return value


def retold(event: bytes, value: Json) -> bytes:
    """Let *event* say *value* instead, under its own name and closed by its own line ends."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    data = _data(event)
    return event.replace(data, said) if data else event


def _data(event: bytes) -> bytes:
    lines = [line[5:].strip() for line in event.splitlines() if line.startswith(b"data:")]
    return lines[0] if lines else event.strip(b"\x1e \r\n")
