"""An upstream that costs next to nothing: HTTP over a raw socket, with answers that were written before they are asked for.

It understands one request, `GET /items?total=…&offset=…&limit=…&delay=…` (delay in milliseconds), and closes on any other.
Run as a program it prints its port and serves until it is killed.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache

__all__ = ["ITEM_BYTES", "item", "page"]

ITEM_BYTES = 500
"""About how large one item is."""

_TARGET = re.compile(rb"GET /items\?([^ ]*) HTTP/1\.1\r\n")
_FIELD = re.compile(rb"(total|offset|limit|delay)=(\d+)")
_ITEM = (
    '{"id":%d,"subject":"The export of March is empty \\u2014 again","status":"open","priority":"high","channel":"mail",'
    '"created_at":"2026-03-01T08:15:30Z","updated_at":"2026-03-02T17:45:01Z","requester":{"id":%d,"name":"Ada Example",'
    '"email":"ada@example.org"},"assignee_id":%d,"group_id":7,"tags":["export","billing","march"],"score":0.25,'
    '"satisfied":null,"has_incidents":false,"url":"https://desk.example.org/api/tickets/%d","description":"Since the '
    "update on Monday the file that we download has its header and nothing else. The same with another browser."
    '"}'
)


def item(number: int) -> str:
    """Return the item *number* as JSON."""
    return _ITEM % (number, 9000 + number % 97, 100 + number % 13, number)


@lru_cache(maxsize=64)
def page(total: int, offset: int, limit: int) -> bytes:
    """Return a whole response: the items of a collection of *total* from *offset* on, *limit* of them at most."""
    items = ",".join(item(number) for number in range(offset, min(total, offset + limit)))
    body = f'{{"items":[{items}],"total":{total}}}'.encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Answering(asyncio.Protocol):
    """One connection: each request is answered when its head has come."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        while b"\r\n\r\n" in self._read:
            head, _, self._read = self._read.partition(b"\r\n\r\n")
            self._answer(head)

    def _answer(self, head: bytes) -> None:
        target = _TARGET.match(head + b"\r\n")
        if target is None:
            self.transport.close()
            return
        asked = {name.decode(): int(value) for name, value in _FIELD.findall(target[1])}
        total = asked.get("total", 1)
        answer = page(total, asked.get("offset", 0), asked.get("limit", total))
        if delay := asked.get("delay"):
            asyncio.get_running_loop().call_later(delay / 1000, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
