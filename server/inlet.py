"""Messages from the client, read from a file descriptor without a thread where the system can wait for it.

The SDK's own transport reads standard input through a worker thread, a hop a line; here the event loop waits.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

import anyio
from mcp.shared.message import SessionMessage

from .lines import Lines, Refused, line_of
from .outlet import Outlet

__all__ = ["Inlet"]

_CHUNK = 1 << 16
_MOST_WAITING = 64
"""Messages that may wait for the server before reading pauses, so that a flood stays in the pipe."""


class Inlet:
    """Messages from the client: the SDK's `ReadStream` over a file descriptor.  A line that is no message is answered."""

    def __init__(self, fd: int, outlet: Outlet, lines: Lines) -> None:
        """Take *fd*; reading starts with the first `receive`."""
        self._fd = fd
        self._outlet = outlet
        self._lines = lines
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[SessionMessage] = deque()
        self._arrived: asyncio.Future[None] | None = None
        self._ended = False
        self._watched = False
        self._thread: threading.Thread | None = None

    async def receive(self) -> SessionMessage | Exception:
        """Return the next message; raises `anyio.EndOfStream` after the last."""
        while not self._waiting:
            if self._ended:
                raise anyio.EndOfStream
            self._watch()
            self._arrived = self._loop.create_future()
            await self._arrived
        return self._waiting.popleft()

    def close(self) -> None:
        """End the stream; what was read and not yet taken is dropped, as if the client had gone."""
        self._waiting.clear()
        self._end()

    async def aclose(self) -> None:
        """End the stream."""
        self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self) -> None:
        if self._watched or self._thread is not None:
            return
        try:
            self._loop.add_reader(self._fd, self._readable)
            self._watched = True
        except (NotImplementedError, OSError):  # Windows; a regular file
            self._thread = threading.Thread(target=self._read_to_end, name="stdin", daemon=True)
            self._thread.start()

    def _unwatch(self) -> None:
        if self._watched:
            self._loop.remove_reader(self._fd)
            self._watched = False

    def _readable(self) -> None:
        self._take(_read(self._fd))
        if len(self._waiting) > _MOST_WAITING:
            self._unwatch()

    def _read_to_end(self) -> None:
        while not self._ended:
            chunk = _read(self._fd)
            with suppress(RuntimeError):  # the loop has closed
                self._loop.call_soon_threadsafe(self._take, chunk)
            if chunk == b"":
                return

    def _take(self, chunk: bytes | None) -> None:
        if self._ended or chunk is None:
            return
        for read in self._lines.take(chunk):
            if isinstance(read, Refused):
                self._outlet.write_soon(line_of(read.error))
            else:
                self._waiting.append(SessionMessage(read))
        if not chunk:
            self._end()
        self._wake()

    def _end(self) -> None:
        self._ended = True
        self._unwatch()
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done() and (self._waiting or self._ended):
            self._arrived.set_result(None)


def _read(fd: int) -> bytes | None:
    """Read what is there: b"" at the end, None where there is nothing after all."""
    try:
        return os.read(fd, _CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""
