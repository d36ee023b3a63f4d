"""JSON-RPC messages and the lines they travel in over standard input and output.

Nothing here reads or writes; a line that is no message becomes the error to answer it with, never an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import orjson
import pydantic_core
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

__all__ = ["LONGEST_LINE", "Lines", "Read", "Refused", "line_of", "message_of"]

LONGEST_LINE: Final = 4 * 1024 * 1024
"""Bytes that one message from a client may have: what the SDK allows over HTTP."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is no message, and the answer that it gets."""

    error: JSONRPCError


Read: TypeAlias = JSONRPCMessage | Refused


def message_of(line: bytes) -> Read:
    """Read one line as a JSON-RPC message."""
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        return _refusal(line)
    if isinstance(message, JSONRPCNotification) and b'"id"' in line and "id" in pydantic_core.from_json(line):
        return _refusal(line)  # a request whose id is unusable: taken for a notification, it would never be answered
    return message


def _refusal(line: bytes) -> Refused:
    try:
        read = pydantic_core.from_json(line)
    except ValueError as error:
        return _refused(None, PARSE_ERROR, f"Parse error: the line is not JSON in UTF-8 ({str(error)[:120]})")
    if isinstance(read, list):
        return _refused(None, INVALID_REQUEST, "Invalid request: batches are not part of MCP; send one message a line")
    if not isinstance(read, dict):
        return _refused(None, INVALID_REQUEST, "Invalid request: expected a JSON object")
    found = cast("dict[str, Any]", read).get("id")
    known = isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool))
    return _refused(found if known else None, INVALID_REQUEST, "Invalid request: expected a JSON-RPC 2.0 message")


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
