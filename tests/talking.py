"""Clients that speak to a served process in raw JSON-RPC: lines over stdio, and requests over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import select
import signal
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from typing import IO, Any
from urllib.parse import urlsplit

__all__ = [
    "INITIALIZE",
    "INITIALIZED",
    "JSON",
    "META",
    "NEW",
    "OLD",
    "PATIENCE",
    "PING",
    "Served",
    "Talk",
    "events",
    "introduced",
    "modern",
    "serving",
    "talking",
]

ROOT = Path(__file__).parent.parent
PATIENCE = 20.0  # seconds; a limit for a broken server, never a wait

INITIALIZE: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": "init",
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
PING = {"jsonrpc": "2.0", "id": "ping", "method": "ping"}
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Talk:
    """One client of one server process."""

    def __init__(self, process: Popen[bytes]) -> None:
        self.process = process
        self._read = bytearray()

    def say(self, *messages: object) -> None:
        """Send messages in one write; bytes go out as they are."""
        lines = (part if isinstance(part, bytes) else json.dumps(part).encode() + b"\n" for part in messages)
        assert self.process.stdin is not None
        self.process.stdin.write(b"".join(lines))
        self.process.stdin.flush()

    def hear(self) -> Any:
        """Return the next message of the server; everything on its standard output must be one."""
        chunk: bytes | bytearray = self._read
        while b"\n" not in chunk:
            chunk = self._chunk()
            assert chunk, "the server closed its standard output"
            self._read += chunk
        line, _, self._read = self._read.partition(b"\n")
        return json.loads(line)

    def hear_answer(self, request: object) -> Any:
        """Return the answer to *request*, past everything else."""
        while (message := self.hear()).get("id") != request:
            pass
        return message

    def rest(self) -> list[Any]:
        """Return all messages up to the end of the server's standard output."""
        while chunk := self._chunk():
            self._read += chunk
        return [json.loads(line) for line in self._read.splitlines()]

    def begun(self) -> bytes:
        """Return the first bytes that the server says next, and read no more."""
        return self._chunk(16)

    def _chunk(self, most: int = 1 << 16) -> bytes:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        assert ready, "the server said nothing"
        return os.read(self.process.stdout.fileno(), most)

    def call(self, tool: str, request: object = 1, **arguments: object) -> None:
        """Ask for a tool call."""
        params = {"name": tool, "arguments": arguments, "_meta": {"progressToken": "p"}}
        self.say({"jsonrpc": "2.0", "id": request, "method": "tools/call", "params": params})

    def leave(self) -> int:
        """Close standard input and return the exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)


@contextmanager
def talking(
    *,
    log: str = "INFO",
    stdin: int | IO[bytes] = PIPE,
    stderr: int = PIPE,
    settings: Mapping[str, str] = {},
) -> Generator[Talk]:
    """Start a server over stdio; it is gone at the end, however the test went."""
    environment = {**os.environ, "TEST_BUDGET": "100000000", "TEST_LOG": log, **settings}
    command = [sys.executable, "-m", "tests.served", "stdio"]
    with Popen(command, cwd=ROOT, env=environment, stdin=stdin, stdout=PIPE, stderr=stderr) as process:
        try:
            yield Talk(process)
        finally:
            process.kill()


@contextmanager
def introduced(*, log: str = "INFO", stderr: int = PIPE, settings: Mapping[str, str] = {}) -> Generator[Talk]:
    """Start a server that has shaken hands with a 2025 client."""
    with talking(log=log, stderr=stderr, settings=settings) as talk:
        talk.say(INITIALIZE)
        assert talk.hear_answer("init")["result"]["serverInfo"]["name"] == "unabridged"
        talk.say(INITIALIZED)
        yield talk


# ------------------------------------------------------------------------------------------- HTTP

JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
OLD = {**JSON, "MCP-Protocol-Version": "2025-11-25"}
NEW = {**JSON, "MCP-Protocol-Version": "2026-07-28"}


class Served:
    """One HTTP server process, and connections to it."""

    def __init__(self, process: Popen[bytes], url: str) -> None:
        self.process = process
        self.url = url
        self.port = urlsplit(url).port or 0
        self._open = ExitStack()

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection of one's own, which is closed with the server."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        return self._open.enter_context(closing(connection))

    def close(self) -> None:
        """Close all connections."""
        self._open.close()

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = {}, body: object = None
    ) -> http.client.HTTPResponse:
        """Send one request on a new connection and return the response, not yet read."""
        connection = self.connect()
        content = body if isinstance(body, bytes) or body is None else json.dumps(body)
        connection.request(method, path, content, dict(headers))
        return self._open.enter_context(closing(connection.getresponse()))

    def call(self, tool: str, headers: Mapping[str, str] = {}, **arguments: object) -> http.client.HTTPResponse:
        """Call a tool as a 2026 client."""
        more = {"Mcp-Method": "tools/call", "Mcp-Name": tool, **headers}
        return self.ask("POST", "/mcp", {**NEW, **more}, modern("tools/call", name=tool, arguments=arguments))

    def session(self) -> dict[str, str]:
        """Shake hands as a 2025 client and return the headers of the session."""
        session = self.ask("POST", "/mcp", JSON, INITIALIZE).headers["Mcp-Session-Id"]
        headers = {**OLD, "Mcp-Session-Id": session}
        assert self.ask("POST", "/mcp", headers, INITIALIZED).status == 202
        return headers

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the server to stop and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def modern(method: str, request: object = 1, **params: object) -> dict[str, Any]:
    """Return a request as a 2026 client sends it."""
    return {"jsonrpc": "2.0", "id": request, "method": method, "params": {**params, "_meta": META}}


def events(response: http.client.HTTPResponse) -> Generator[Any]:
    """Yield the messages of an event stream as they come."""
    while line := response.readline():
        if line.startswith(b"data:") and line[5:].strip():
            yield json.loads(line[5:])


@contextmanager
def serving(**settings: str) -> Generator[Served]:
    """Start an HTTP server; it is gone at the end, however the test went."""
    environment = {**os.environ, "TEST_BUDGET": "100000000", **settings}
    command = [sys.executable, "-m", "tests.served", "http"]
    with Popen(command, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE) as process:
        try:
            assert process.stdout is not None
            with closing(Served(process, process.stdout.readline().decode().strip())) as served:
                yield served
        finally:
            process.kill()
