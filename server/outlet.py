"""Messages to the client, written to a file descriptor without a thread where the system can wait for it.

The SDK's own transport writes standard output through a worker thread, a hop a line; here the event loop waits.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import anyio
from mcp.shared.message import SessionMessage

from .lines import line_of

__all__ = ["Outlet"]

_PATIENCE = 2.0
"""Seconds that a client gets to read what is still pending at the end."""


class Outlet:
    """Messages to the client: the SDK's `WriteStream` over a file descriptor.

    Lines go out whole and in order, also where a sender is cancelled while its line is on the way.
    """

    def __init__(self, fd: int, gone: Callable[[], None]) -> None:
        """Take *fd*; *gone* is called once when nobody reads it any more."""
        self._fd = fd
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._pending = bytearray()
        self._emptied: asyncio.Event = asyncio.Event()
        self._emptied.set()
        self._broken = False
        self._blocking = not _may_unblock(fd)
        if not self._blocking:
            os.set_blocking(fd, False)

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message; returns when the system has taken it, raises BrokenResourceError if nobody reads."""
        self.write_soon(line_of(item.message))
        await self.drained()

    def write_soon(self, line: bytes) -> None:
        """Write *line* after all that was written before."""
        if self._broken:
            return
        if not self._pending and not self._blocking:
            line = line[self._write(line) :]
        if line and not self._broken:
            self._queue(line)

    async def drained(self) -> None:
        """Wait until nothing is pending."""
        await self._emptied.wait()
        if self._broken:
            raise anyio.BrokenResourceError

    async def aclose(self) -> None:
        """Write what is pending, but do not wait for ever for a client that does not read; the descriptor stays open."""
        with anyio.move_on_after(_PATIENCE, shield=True):
            await self._emptied.wait()
        if not self._emptied.is_set():
            self._broken = True
            self._end_of_pending()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self.aclose()

    def _queue(self, line: bytes) -> None:
        self._pending += line
        if self._emptied.is_set():
            self._emptied.clear()
            if self._blocking:
                self._write_in_thread()
            else:
                self._loop.add_writer(self._fd, self._writable)

    def _writable(self) -> None:
        del self._pending[: self._write(self._pending)]
        if self._broken or not self._pending:
            self._end_of_pending()

    def _write_in_thread(self) -> None:
        lines, self._pending = bytes(self._pending), bytearray()
        threading.Thread(target=self._write_through, args=(lines,), name="stdout", daemon=True).start()

    def _write_through(self, lines: bytes) -> None:
        self._write(lines)
        with suppress(RuntimeError):  # the loop has closed
            self._loop.call_soon_threadsafe(self._written)

    def _written(self) -> None:
        if self._pending and not self._broken:
            self._write_in_thread()
        else:
            self._end_of_pending()

    def _end_of_pending(self) -> None:
        if not self._blocking:
            self._loop.remove_writer(self._fd)
        self._pending.clear()
        self._emptied.set()

    def _write(self, content: bytes | bytearray) -> int:
        """Write as much as the descriptor takes now, all of it if it blocks; return how much that was."""
        written = 0
        view = memoryview(content)
        try:
            while written < len(content):
                written += os.write(self._fd, view[written:])
        except BlockingIOError:
            pass
        except OSError:
            self._broken = True
            self._loop.call_soon_threadsafe(self._gone)
        finally:
            view.release()
        return written


def _may_unblock(fd: int) -> bool:
    """Whether *fd* can be waited for, and no other descriptor of this process would feel it."""
    mode = os.fstat(fd)
    if not (stat.S_ISFIFO(mode.st_mode) or stat.S_ISSOCK(mode.st_mode)) or os.name != "posix":
        return False
    try:
        return not os.path.samestat(mode, os.fstat(2))
    except OSError:
        return True
