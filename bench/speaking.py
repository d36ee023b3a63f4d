"""The lean clients of the measurement: JSON-RPC as bytes over pipes or one raw socket, so that the client's cost hides nothing.

They know just enough of the protocol, in both of its eras, to call one tool and to see that the answer came whole.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Mapping
from typing import Any, Literal, Protocol, TypeAlias

__all__ = ["Client", "Era", "Failure", "HttpClient", "StdioClient"]

Era: TypeAlias = Literal["2025-11-25", "2026-07-28"]
_READ = 1 << 20
_INFO = {"name": "bench", "version": "1"}


class Failure(RuntimeError):  # noqa: N818 - the measurement cannot go on
    """A server did not do what is measured; the text says what it said instead."""


class Client(Protocol):
    """One connection to one server, over which requests go one after the other."""

    def ask(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Send one request, and return the bytes of its answer."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


def _message(number: int | None, method: str, params: Mapping[str, Any], era: Era) -> bytes:
    told = {**params, "_meta": _meta()} if era == "2026-07-28" else params
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": told}
    return json.dumps({"id": number, **message} if number is not None else message).encode()


def _meta() -> dict[str, Any]:
    prefix = "io.modelcontextprotocol/"
    return {
        f"{prefix}protocolVersion": "2026-07-28",
        f"{prefix}clientCapabilities": {},
        f"{prefix}clientInfo": _INFO,
    }


_HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": _INFO}


class StdioClient:
    """Speaks lines to a process that serves standard input and output."""

    def __init__(self, process: subprocess.Popen[bytes], era: Era) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self._era: Era = era
        self._number = 0
        if era == "2025-11-25":
            self.ask("initialize", _HELLO)
            self._write(_message(None, "notifications/initialized", {}, era))

    def _write(self, message: bytes) -> None:
        self._in.write(message + b"\n")

    def ask(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Send one request, and return the line that answers it."""
        self._number += 1
        self._write(_message(self._number, method, params, self._era))
        parts: list[bytes] = []
        while not parts or not parts[-1].endswith(b"\n"):
            part = self._out.read(_READ)
            if not part:
                raise Failure("the server closed its standard output")
            parts.append(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close the server's standard input."""
        self._in.close()


_STATUS = re.compile(rb"HTTP/1\.1 (\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SESSION = re.compile(rb"\r\nmcp-session-id: *([^\r]+)", re.IGNORECASE)


class HttpClient:
    """Speaks to `/mcp` of a server over one kept connection."""

    def __init__(self, port: int, era: Era) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fields = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
        self._fields += "Accept: application/json, text/event-stream\r\n"
        self._era: Era = era
        self._number = 0
        if era == "2025-11-25":
            self.ask("initialize", _HELLO)
            self._fields += f"MCP-Protocol-Version: {era}\r\n"
            self._post(_message(None, "notifications/initialized", {}, era), "")
        else:
            self._fields += f"MCP-Protocol-Version: {era}\r\n"

    def ask(self, method: str, params: Mapping[str, Any]) -> bytes:
        """Send one request, and return the content of its answer, chunks and events as they came."""
        self._number += 1
        named = f"Mcp-Name: {params['name']}\r\n" if "name" in params else ""
        fields = f"Mcp-Method: {method}\r\n{named}" if self._era == "2026-07-28" else ""
        return self._post(_message(self._number, method, params, self._era), fields)

    def _post(self, content: bytes, fields: str) -> bytes:
        head = f"POST /mcp HTTP/1.1\r\n{self._fields}{fields}Content-Length: {len(content)}\r\n\r\n"
        self._socket.sendall(head.encode() + content)
        read = self._some()
        while b"\r\n\r\n" not in read:
            read += self._some()
        head_read, _, body = read.partition(b"\r\n\r\n")
        status = _STATUS.match(head_read)
        if status is None or not 200 <= int(status[1]) < 300:
            raise Failure(f"the server answered {head_read[:200]!r} {body[:300]!r}")
        if (session := _SESSION.search(head_read)) is not None and "Mcp-Session-Id" not in self._fields:
            self._fields += f"Mcp-Session-Id: {session[1].decode()}\r\n"
        length = _LENGTH.search(head_read)
        return self._rest(body, None if length is None else int(length[1]))

    def _rest(self, begun: bytes, length: int | None) -> bytes:
        parts, size = [begun], len(begun)
        tail = begun[-5:]
        while size < length if length is not None else tail != b"0\r\n\r\n":
            part = self._some()
            parts.append(part)
            size += len(part)
            tail = (tail + part)[-5:]
        return b"".join(parts)

    def _some(self) -> bytes:
        part = self._socket.recv(_READ)
        if not part:
            raise Failure("the server closed the connection")
        return part

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
