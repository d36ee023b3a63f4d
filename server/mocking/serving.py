"""The mock over HTTP/1.1: requests are read by h11, answers are written by hand, because many of them break its rules on purpose.

One task a connection.  It decides nothing about answers; who asks from elsewhere than loopback is up to whoever starts it.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

import anyio
import anyio.abc
import h11
from anyio.abc import SocketAttribute, SocketStream

from ...schemas.verdict import Finding
from ...schemas.wire import Json
from ...tools.mocking.mock import Mock
from ...tools.mocking.wire import Heard, Said, said
from ...validators import strict_json

__all__ = ["ADMIN", "Address", "serving"]

ADMIN: Final = "__unabridged__"
_PIECE: Final = 65_536
_LARGEST: Final = 64 * 1024 * 1024  # bytes of one request
_DRIPS: Final = 10  # pieces of an answer that drips


@dataclass(frozen=True, slots=True)
class Address:
    """Where the mock listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:4010`."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@asynccontextmanager
async def serving(mock: Mock, *, host: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[Address]:
    """Serve *mock* at *host* and *port* (0: a free one) for the length of the block."""
    listener = await anyio.create_tcp_listener(local_host=host, local_port=port)
    conversation = _Conversation(mock)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, conversation.hold)
        yield Address(host, listener.extra(SocketAttribute.local_port))  # noqa: S610 - anyio's, not Django's
        tasks.cancel_scope.cancel()


@dataclass(slots=True)
class _Conversation:
    """What all connections share."""

    mock: Mock
    admin: dict[tuple[str, str], Callable[[Heard], Said]] = field(init=False)

    def __post_init__(self) -> None:
        self.admin = {
            ("GET", "log"): self._log,
            ("DELETE", "log"): self._forget,
            ("GET", "faults"): self._faults,
            ("PUT", "faults"): self._lie,
        }

    async def hold(self, stream: anyio.abc.ByteStream) -> None:
        """Answer the requests of one connection until either side ends it."""
        try:
            await self._answer_all(stream)
        except (
            OSError,
            anyio.BrokenResourceError,
            anyio.ClosedResourceError,
            anyio.EndOfStream,
            h11.RemoteProtocolError,
        ):
            pass  # the client has gone, or speaks no HTTP
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()

    async def _answer_all(self, stream: anyio.abc.ByteStream) -> None:
        rest = b""
        while (read := await _request(stream, rest)) is not None:
            head, content, rest = read
            answer = self._answer(head, content)
            if not await _say(stream, answer, bodiless=head.method == b"HEAD"):
                return

    def _answer(self, head: h11.Request, content: bytes) -> Said:
        asked = _heard(head, content)
        mount, _, path = asked.path.removeprefix("/").partition("/")
        if mount == ADMIN:
            return self.admin.get((asked.method, path), _nowhere)(asked)
        inner = Heard(
            method=asked.method,
            origin=f"{asked.origin}/{mount}",
            path=f"/{path}",
            query=asked.query,
            headers=asked.headers,
            content=content,
        )
        return self.mock.answer(mount, inner)

    def _log(self, _asked: Heard) -> Said:
        return said([asdict(line) for line in self.mock.log])

    def _forget(self, _asked: Heard) -> Said:
        self.mock.log.clear()
        return said([])

    def _faults(self, _asked: Heard) -> Said:
        lies = self.mock.settings.lies
        words: list[Json] = [lie.name if lie.tool is None else f"{lie.name}:{lie.tool}" for lie in lies]
        return said({"faults": words, "rate": self.mock.settings.rate})

    def _lie(self, asked: Heard) -> Said:
        """Tell other lies from now on: `{"faults": ["early_end"], "rate": 0.3}`, or the list alone."""
        told_by = _parsed(asked.content)
        body = {"faults": told_by} if isinstance(told_by, list) else told_by
        words, rate = (body.get("faults"), body.get("rate", 1.0)) if isinstance(body, dict) else (None, None)
        if (
            not isinstance(words, list)
            or isinstance(rate, bool)
            or not isinstance(rate, int | float)
            or not 0 <= rate <= 1
        ):
            return said(
                {"error": "bad_request", "message": 'expected {"faults": ["early_end"], "rate": 0.3}'}, status=400
            )
        told = self.mock.lies([str(word) for word in words])
        if isinstance(told, Said):
            return told
        self.mock.settings = replace(self.mock.settings, lies=told, rate=float(rate))
        return self._faults(asked)


def _parsed(content: bytes) -> Json:
    """Read JSON, whatever its media type says; None where there is none."""
    parsed = strict_json.parse(content)
    return None if isinstance(parsed, Finding) else parsed.value


def _nowhere(_asked: Heard) -> Said:
    there = f"there are GET and DELETE /{ADMIN}/log, GET and PUT /{ADMIN}/faults"
    return said({"error": "not_found", "message": there}, status=404)


async def _request(stream: anyio.abc.ByteStream, rest: bytes) -> tuple[h11.Request, bytes, bytes] | None:
    """Read one request that may begin with *rest*; None where the client ended the connection."""
    reader = h11.Connection(h11.SERVER)
    if rest:
        reader.receive_data(rest)
    head: h11.Request | None = None
    content = bytearray()
    while True:
        event = reader.next_event()
        match event:
            case h11.Request():
                head = event
            case h11.Data():
                content += event.data
            case h11.EndOfMessage() if head is not None:
                return head, bytes(content), reader.trailing_data[0]
            case h11.ConnectionClosed():
                return None
            case _:
                reader.receive_data(await _received(stream))
        if len(content) > _LARGEST:
            return None


async def _received(stream: anyio.abc.ByteStream) -> bytes:
    try:
        return await stream.receive(_PIECE)
    except anyio.EndOfStream:
        return b""


def _heard(head: h11.Request, content: bytes) -> Heard:
    fields = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in head.headers)
    path, _, query = head.target.decode("latin-1").partition("?")
    return Heard(
        method=head.method.decode("latin-1"),
        origin=f"http://{dict(fields).get('host', 'localhost')}",
        path=path,
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=fields,
        content=content,
    )


# ---------------------------------------------------------------------------------------------- writing


async def _say(stream: anyio.abc.ByteStream, answer: Said, *, bodiless: bool) -> bool:
    """Send *answer*; say whether the connection goes on."""
    if answer.wait:
        await anyio.sleep(answer.wait)
    if answer.then == "silent":
        await _ended(stream)
        return False
    bodiless = bodiless or answer.status in (204, 304)
    content = () if bodiless else _pieces(answer)
    pieces = () if answer.silent else (_head(answer), *content)
    for number, piece in enumerate(pieces):
        if answer.drip and number:
            await anyio.sleep(answer.drip)
        await stream.send(piece)
    if answer.then == "reset":
        _reset(stream)
    return answer.then == "kept" and answer.framing != "close-delimited" and answer.cut is None


def _head(answer: Said) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    length = len(answer.content) if answer.declared is None else answer.declared
    if answer.framing == "content-length" and answer.status != 204:
        lines.append(f"content-length: {length}")
    if answer.framing == "chunked":
        lines.append("transfer-encoding: chunked")
    if answer.framing == "close-delimited":
        lines.append("connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _pieces(answer: Said) -> Sequence[bytes]:
    content = answer.sent
    step = max(1, len(content) // _DRIPS) if answer.drip else max(1, len(content))
    pieces = [content[start : start + step] for start in range(0, len(content), step)]
    if answer.framing != "chunked":
        return pieces
    whole = answer.cut is None
    return [*(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), *([b"0\r\n\r\n"] if whole else [])]


async def _ended(stream: anyio.abc.ByteStream) -> None:
    """Wait until the client ends the connection."""
    while await _received(stream):
        pass


def _reset(stream: anyio.abc.ByteStream) -> None:
    """Let the connection end with a reset."""
    if isinstance(stream, SocketStream):
        raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - as above
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
