"""A small HTTP/1.1 server on loopback that says exactly what it is told, bodies cut short included.

It frames messages as RFC 9112 has it and knows nothing of any API: what is said is the business of the stand-ins.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote, urlsplit

from unabridged.schemas.wire import Json

__all__ = ["Application", "Heard", "Said", "said", "serving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One request, as it came: *origin* is the scheme and host that the client used."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    origin: str
    content: bytes = b""

    @property
    def body(self) -> dict[str, Json]:
        """The JSON object that was sent, or an empty one."""
        parsed: dict[str, Json] = json.loads(self.content) if self.content else {}
        return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One response.  With *cut*, only that many bytes of the content are sent before the connection closes."""

    content: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: int | None = None


Application = Callable[[Heard], Said]


def said(value: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
    """Say *value* as JSON."""
    content = json.dumps(value, separators=(",", ":")).encode()
    return Said(content=content, status=status, headers={"content-type": "application/json", **(headers or {})})


async def _heard(reader: asyncio.StreamReader) -> Heard:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    fields = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Heard(
        method=method,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        origin=f"http://{headers['host']}",
        content=content,
    )


def _bytes(answer: Said) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    lines += [f"content-length: {len(answer.content)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + answer.content[: answer.cut]


async def _converse(application: Application, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            answer = application(await _heard(reader))
            writer.write(_bytes(answer))
            await writer.drain()
            if answer.cut is not None:
                break
    writer.close()


@asynccontextmanager
async def serving(application: Application) -> AsyncGenerator[str]:
    """Serve *application* on a free port of 127.0.0.1; gives its origin, such as `http://127.0.0.1:40001`."""
    conversations: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

    def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations[writer] = asyncio.create_task(_converse(application, reader, writer))

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.close()
        for writer in conversations:
            writer.close()
        await asyncio.gather(*conversations.values())
