"""JSON-RPC messages and the lines they travel in over standard input and output.

Nothing here reads or writes; a line that is no message becomes the error to answer it with, never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson
from mcp_types import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from ..schemas.verdict import Finding
from ..schemas.wire import Json
from ..validators import strict_json
from .message_id import message_id

__all__ = ["LONGEST_LINE", "Lines", "Read", "Refused", "line_of", "message_of", "unreadable"]

LONGEST_LINE: Final = 4 * 1024 * 1024
"""Bytes that one message from a client may have: what the SDK allows over HTTP."""

_STRICT: Final = "Half a character, NaN, and a name that is given twice cannot be read exactly."


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no message, and the answer that it gets."""

    error: JSONRPCError


Read: TypeAlias = JSONRPCMessage | Refused


def message_of(line: bytes) -> Read:
    """Read one line as a JSON-RPC message."""
    parsed = strict_json.parse(line)
    if isinstance(parsed, Finding):
        return unreadable(line, parsed)
    try:
        message = jsonrpc_message_adapter.validate_python(parsed.value, by_name=False)
    except ValidationError:
        return _refusal(line, parsed.value)
    if isinstance(message, JSONRPCNotification) and isinstance(parsed.value, dict) and "id" in parsed.value:
        return _refusal(
            line, parsed.value
        )  # a request whose id is unusable: taken for a notification, it would never be answered
    return message


def unreadable(content: bytes, why: Finding) -> Refused:
    """Refuse *content*, which is no strict JSON for the reason *why*, by the identifier of its request where that can be told."""
    request = message_id(content)
    if request is None:
        return _refused(None, PARSE_ERROR, f"Parse error: {why.message} {_STRICT}")
    return _refused(request, INVALID_REQUEST, f"Invalid request: {why.message} {_STRICT}")


def _refusal(line: bytes, read: Json) -> Refused:
    if isinstance(read, list):
        return _refused(None, INVALID_REQUEST, "Invalid request: batches are not part of MCP; send one message a line")
    if not isinstance(read, dict):
        return _refused(None, INVALID_REQUEST, "Invalid request: expected a JSON object")
    return _refused(message_id(line), INVALID_REQUEST, "Invalid request: expected a JSON-RPC 2.0 message")


def _refused(request: int | str | None, code: int, message: str) -> Refused:
    return Refused(_error(request, code, message))


def _error(request: int | str | None, code: int, message: str) -> JSONRPCError:
    return JSONRPCError(jsonrpc="2.0", id=request, error=ErrorData(code=code, message=message))


def line_of(message: JSONRPCMessage) -> bytes:
    """Write *message* as one line; members of a result may be `orjson.Fragment`."""
    if not isinstance(message, JSONRPCResponse):
        return message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
    request = orjson.Fragment(json.dumps(message.id))  # an id may be an integer beyond 64 bits
    try:
        whole = {"jsonrpc": "2.0", "id": request, "result": message.result}
        return orjson.dumps(whole, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return line_of(_error(message.id, INTERNAL_ERROR, "The result could not be written as JSON"))


class Lines:
    """Cuts what arrives into lines; of a line beyond *longest* bytes nothing is kept."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        """Start at the beginning of a line."""
        self._longest = longest
        self._begun = bytearray()
        self._skipping = False

    def take(self, chunk: bytes) -> Iterator[Read]:
        """Take the next bytes, and yield what each line that ends in them holds; blank lines hold nothing."""
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            self._extend(end)
            line, self._begun = bytes(self._begun), bytearray()
            skipped, self._skipping = self._skipping, False
            if skipped:
                yield _refused(None, INVALID_REQUEST, f"Invalid request: a line has more than {self._longest:,} bytes")
            elif line.strip():
                yield message_of(line)
        self._extend(rest)

    def _extend(self, part: bytes) -> None:
        self._skipping = self._skipping or len(self._begun) + len(part) > self._longest
        if self._skipping:
            self._begun.clear()
        else:
            self._begun += part
