"""A server that says exactly the bytes that it is told to, and a transport that asks it; both on loopback."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import anyio
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSListener, TLSStream

from unabridged.schemas.provider import Network, Provider
from unabridged.schemas.secret import Auth
from unabridged.schemas.wire import Request
from unabridged.tools.credential import Credentials
from unabridged.tools.egress import Resolver, resolve
from unabridged.tools.transport import Connections, HttpTransport

__all__ = ["JSON", "Behaviour", "Peer", "Upstream", "get", "response", "saying", "transport", "upstream"]

JSON = b'{"tickets": [{"id": 1}, {"id": 2}, {"id": 3}]}'


@dataclass(slots=True)
class Peer:
    """One connection, seen from the server."""

    stream: ByteStream
    heard: list[bytes]

    async def request(self) -> bytes:
        """Read one request, as far as its head and its Content-Length reach; empty at the end of the stream."""
        read = b""
        while not _is_whole(read):
            try:
                read += await self.stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return b""
        self.heard.append(read)
        return read

    async def say(self, content: bytes) -> None:
        """Send *content*."""
        await self.stream.send(content)

    async def reset(self) -> None:
        """End the connection with a reset."""
        connected = self.stream.extra(SocketAttribute.raw_socket)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def notify(self) -> None:
        """End TLS properly, with a close_notify."""
        if isinstance(self.stream, TLSStream):
            await self.stream.unwrap()

    async def ended(self) -> None:
        """Wait until the client ends the connection."""
        try:
            while True:
                await self.stream.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            pass


Behaviour: TypeAlias = Callable[[Peer], Awaitable[None]]


def _is_whole(read: bytes) -> bool:
    head, blank, content = read.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(blank) and len(content) >= (int(lengths[0]) if lengths else 0)


@dataclass(slots=True)
class Upstream:
    """A running server: its base URL, the requests it heard, and how many connections it had."""

    url: str
    heard: list[bytes] = field(default_factory=list[bytes])
    connections: int = 0


@asynccontextmanager
async def upstream(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Upstream]:
    """Serve *behave* on a free port of 127.0.0.1, one call for each connection."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    port = listener.extra(SocketAttribute.local_port)
    state = Upstream(f"{'https' if tls else 'http'}://127.0.0.1:{port}")

    async def handle(stream: ByteStream) -> None:
        state.connections += 1
        try:
            await behave(Peer(stream, state.heard))
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, ssl.SSLError):
            pass  # the client has gone
        finally:
            with anyio.CancelScope(shield=True):
                await stream.aclose()

    wrapped = TLSListener(listener, tls, standard_compatible=False) if tls else listener
    async with wrapped, anyio.create_task_group() as tasks:
        tasks.start_soon(wrapped.serve, handle)
        yield state
        tasks.cancel_scope.cancel()


def saying(*parts: bytes) -> Behaviour:
    """Answer the first request with *parts*, then keep the connection open until the client ends it."""

    async def behave(peer: Peer) -> None:
        await peer.request()
        for part in parts:
            await peer.say(part)
        await peer.ended()

    return behave


def response(content: bytes = JSON, *fields: str, status: str = "200 OK", media: str = "application/json") -> bytes:
    """A response with *content*, its length and *fields*."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media}", f"Content-Length: {len(content)}", *fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + content


def transport(
    base_url: str,
    *,
    auth: Auth | None = None,
    environment: Mapping[str, str] | None = None,
    network: Network | None = None,
    limit: int = 1024 * 1024,
    ssl_context: ssl.SSLContext | None = None,
    resolver: Resolver = resolve,
    connections: Connections | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> HttpTransport:
    """A transport that may go to loopback."""
    network = network or Network(allow=("loopback",))
    provider = Provider(name="desk", base_url=base_url, auth=auth, network=network)
    variables = environment or {}
    return HttpTransport(
        provider,
        Credentials(auth, base_url=base_url, environment=variables),
        limit=limit,
        version="test",
        resolver=resolver,
        environment=variables,
        ssl_context=ssl_context,
        connections=connections,
        clock=clock,
    )


def get(server: Upstream, path: str = "/tickets") -> Request:
    """A GET of *path*."""
    return Request(method="GET", url=server.url + path)
