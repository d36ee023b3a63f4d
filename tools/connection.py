"""One connection: TCP to an address that was admitted, TLS over it, and the protocol state that belongs to it.

Knows no URLs, no retries and no meaning.  Sockets do not block; every wait is anyio's, so that any wait can be
cancelled, and closing is immediate.  What goes wrong here is an `OSError` (`ssl.SSLError` is one).
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import anyio
import anyio.lowlevel
import h11

from .egress import Address

__all__ = ["Connection", "Connections", "Waiting", "connect"]

_READ: Final = 128 * 1024
_UNBROKEN: Final = 8  # reads without a wait, before other tasks get a turn
_HEAD_LIMIT: Final = 64 * 1024
_IDLE: Final = 30.0  # seconds after which an idle connection is not used again
_STAGGER: Final = 0.25  # RFC 8305, 5: the delay between connection attempts, in seconds

Waiting: TypeAlias = Literal["nothing", "bytes", "end"]
"""What a connection has for us that nobody asked for."""


class Connection:
    """A connected socket and the state of HTTP/1.1 on it.

    *sent* turns true with the first byte that may have left, *received* with the first that came, *ended* at the
    peer's end of the stream; all three belong to the present exchange.  *reused* is true from the second exchange on.
    """

    __slots__ = ("_reads", "_socket", "ended", "peer", "protocol", "received", "reused", "sent")

    def __init__(self, connected: socket.socket, peer: str) -> None:
        self._socket = connected
        self._reads = 0
        self.peer = peer
        self.protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self.sent = self.received = self.ended = self.reused = False

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Put TLS on the connection, verified for *host*."""
        self._socket = context.wrap_socket(
            self._socket, server_hostname=host, do_handshake_on_connect=False, suppress_ragged_eofs=False
        )
        while True:
            try:
                self._socket.do_handshake()
            except ssl.SSLWantReadError:
                await anyio.wait_readable(self._socket)
            except ssl.SSLWantWriteError:
                await anyio.wait_writable(self._socket)
            else:
                return

    async def send(self, content: bytes) -> None:
        """Send all of *content*."""
        left = memoryview(content)
        while left:
            self.sent = self.sent or isinstance(self._socket, ssl.SSLSocket)  # a record may leave before an error
            try:
                left = left[self._socket.send(left) :]
                self.sent = True
            except (BlockingIOError, ssl.SSLWantWriteError):
                await anyio.wait_writable(self._socket)
            except ssl.SSLWantReadError:
                await anyio.wait_readable(self._socket)

    async def receive(self) -> bytes:
        """Return the next bytes that came, empty at the peer's end of the stream."""
        self._reads += 1
        if self._reads % _UNBROKEN == 0:
            await anyio.lowlevel.checkpoint()
        while True:
            try:
                content = self._socket.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError):
                await anyio.wait_readable(self._socket)
            except ssl.SSLWantWriteError:
                await anyio.wait_writable(self._socket)
            else:
                self.received, self.ended = self.received or bool(content), not content
                return content

    def waiting(self) -> Waiting:
        """Look, without waiting, for what came unasked."""
        try:
            return "bytes" if self._socket.recv(1) else "end"
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return "nothing"
        except OSError:
            return "end"

    def reopen(self) -> bool:
        """Make ready for another exchange; False when either side or the framing ended the connection."""
        if self.protocol.our_state is not h11.DONE or self.protocol.their_state is not h11.DONE:
            return False
        self.protocol.start_next_cycle()
        self.sent = self.received = False
        self.reused = True
        return True

    def close(self) -> None:
        """Close at once, whatever is under way."""
        self._socket.close()


@dataclass(slots=True)
class Connections:
    """Idle connections by origin, each with the time since which it has been idle."""

    idle: dict[str, list[tuple[Connection, float]]] = field(default_factory=dict[str, list[tuple[Connection, float]]])

    def take(self, origin: str, now: float) -> Connection | None:
        """Return a connection to *origin* on which nothing waits; close those that are too old or not silent."""
        waiting = self.idle.get(origin, [])
        while waiting:
            connection, since = waiting.pop()
            if now - since < _IDLE and connection.waiting() == "nothing":
                return connection
            connection.close()
        return None

    def put(self, origin: str, connection: Connection, now: float) -> None:
        """Keep *connection*, or close it if it cannot be used again."""
        if connection.reopen():
            self.idle.setdefault(origin, []).append((connection, now))
        else:
            connection.close()

    def close(self) -> None:
        """Close every idle connection."""
        for waiting in self.idle.values():
            for connection, _ in waiting:
                connection.close()
        self.idle.clear()


async def connect(addresses: Sequence[Address], port: int) -> Connection:
    """Connect to the first of *addresses* that answers, trying the next after 250 ms (RFC 8305); `OSError` if none."""
    if len(addresses) == 1:
        return await _connection(addresses[0], port)
    opened: list[Connection] = []
    try:
        return await _race(_alternating(addresses), port, opened)
    except BaseException:
        for connection in opened:
            connection.close()
        raise


async def _race(addresses: Sequence[Address], port: int, opened: list[Connection]) -> Connection:
    errors: list[OSError] = []

    async def attempt(address: Address, failed: anyio.Event) -> None:
        try:
            opened.append(await _connection(address, port))
        except OSError as error:
            errors.append(error)
            failed.set()
        else:
            attempts.cancel_scope.cancel()

    async with anyio.create_task_group() as attempts:
        for address in addresses:
            failed = anyio.Event()
            attempts.start_soon(attempt, address, failed)
            with anyio.move_on_after(_STAGGER):
                await failed.wait()
    for late in opened[1:]:
        late.close()
    if not opened:
        raise errors[0]
    return opened[0]


def _alternating(addresses: Sequence[Address]) -> list[Address]:
    """One address of each version in turn, in the resolver's order (RFC 8305, 4)."""
    first = addresses[0].version
    turns = [
        [address for address in addresses if address.version == first],
        [address for address in addresses if address.version != first],
    ]
    return [turn[index] for index in range(len(addresses)) for turn in turns if index < len(turn)]


async def _connection(address: Address, port: int) -> Connection:
    peer = f"{address}:{port}" if address.version == 4 else f"[{address}]:{port}"
    new = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        new.setblocking(False)
        new.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        error = new.connect_ex((str(address), port))
        if error in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN):
            error = 0 if _is_connected(new) else await _concluded(new)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        new.close()
        raise
    return Connection(new, peer)


def _is_connected(new: socket.socket) -> bool:
    """Whether *new* is connected already, as to an address of this machine; asking is 30 times cheaper than waiting."""
    try:
        new.getpeername()
    except OSError:
        return False
    return True


async def _concluded(new: socket.socket) -> int:
    """Wait until *new* is connected or refused; return the error number, 0 for none."""
    await anyio.wait_writable(new)
    return new.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
