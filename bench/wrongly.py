"""The unreliable upstream behind a real socket: what is broken in `troubles` is broken on the wire here."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random

from bench.shop import asked
from bench.troubles import Broken, Reply, Upstream

__all__ = ["serving"]

_TARGET = re.compile(rb"GET (\S+) HTTP/1\.1\r\n")


class _Connection(asyncio.Protocol):
    """One connection: each request is answered when its head has come."""

    transport: asyncio.Transport

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while b"\r\n\r\n" in self._read:
            head, _, self._read = self._read.partition(b"\r\n\r\n")
            target = _TARGET.match(head + b"\r\n")
            if target is None:
                self.transport.abort()
                return
            self._answer(self._upstream.answer(asked(target[1].decode())))

    def _answer(self, answered: Reply | Broken) -> None:
        match answered:
            case Reply():
                self.transport.write(_written(answered))
            case Broken.RESET:
                self.transport.abort()
            case Broken.CUT:
                whole = _written(Reply(content=b'{"items": [{"id": "cut", "of": "cut", "value": 1}, {"id": "'))
                self.transport.write(whole[:-20])
                self.transport.close()
            case Broken.SILENT:
                pass  # whoever asks gives up by itself


def _written(reply: Reply) -> bytes:
    lines = [
        f"HTTP/1.1 {reply.status} Told",
        f"content-type: {reply.media}",
        f"content-length: {len(reply.content)}",
        *(f"{name}: {value}" for name, value in reply.fields),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + reply.content


@asynccontextmanager
async def serving(*, right: float, seed: str) -> AsyncGenerator[str]:
    """Serve an upstream that is *right* for that share of calls on a free port of this machine; give its origin."""
    upstream = Upstream(origin="", right=right, random=Random(f"{seed}/upstream"), now=time.time)
    server = await asyncio.get_running_loop().create_server(lambda: _Connection(upstream), "127.0.0.1", 0)
    upstream.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield upstream.origin
