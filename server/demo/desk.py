"""The demo's ticket desk: a real HTTP server on loopback, whose answers come from `lies.py`.

`GET /<lie>/tickets?status=&page[size]=&page[after]=` gives one page.  It listens on 127.0.0.1 only, holds nothing but
the eleven tickets of `tickets.py`, and ends with the process.
"""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Self, cast
from urllib.parse import parse_qs, urlsplit

from .lies import LIES, Ask, Lie, Reply, reply
from .tickets import PAGE, matching

__all__ = ["STALL", "Desk"]

STALL: Final = 0.8
"""How long the overloaded desk keeps a client waiting, in seconds.  The one this is modelled on takes 8."""

_PATHS: Final[dict[str, Lie]] = {f"/{lie.__name__.replace('_', '-')}/tickets": lie for lie in LIES}
_CURSOR: Final = re.compile(r"c(\d{1,4})\Z")
_NUMBER: Final = re.compile(r"[1-9]\d{0,3}\Z")


class Desk(socketserver.ThreadingTCPServer):
    """A desk that listens from `with` to the end of the block; *url* says where.

    >>> with Desk() as desk:
    ...     desk.url.startswith("http://127.0.0.1:")
    True
    """

    allow_reuse_address = True

    def __init__(self, *, stall: float = STALL, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.stall = stall
        self.now = now
        self.stopping = threading.Event()
        self._asked: Counter[tuple[str, str, int]] = Counter()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Start listening."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening, and end every conversation."""
        self.stopping.set()
        self.shutdown()
        with self._lock:
            for connection in self._open:
                _hang_up(connection)
        self.server_close()

    def entered(self, connection: socket.socket) -> None:
        """Remember an open connection, to end it with the desk; where that is over already, end it now."""
        with self._lock:
            self._open.add(connection)
            if self.stopping.is_set():
                _hang_up(connection)

    def left(self, connection: socket.socket) -> None:
        """Forget a connection that is over."""
        with self._lock:
            self._open.discard(connection)

    def answer(self, method: str, target: str, client: str) -> Reply:
        """Answer one request of *client*, a name by which its attempts are counted."""
        url = urlsplit(target)
        lie = _PATHS.get(url.path)
        query = parse_qs(url.query, keep_blank_values=True)
        start = _start(query.get("page[after]", [None])[0])
        if method != "GET" or lie is None:
            return reply({"error": "not_found"}, status="404 Not Found")
        if start is None:
            return reply({"error": "invalid_cursor"}, status="400 Bad Request")
        ask = self._ask(client, url.path, start, query.get("status", [None])[0])
        return lie(replace(ask, size=_size(query.get("page[size]", [""])[0])))

    def _ask(self, client: str, path: str, start: int, status: str | None) -> Ask:
        with self._lock:
            attempt = self._asked[client, path, start]
            self._asked[client, path, start] += 1
        return Ask(tickets=matching(status), start=start, attempt=attempt, stall=self.stall, now=self.now())


def _start(cursor: str | None) -> int | None:
    if cursor is None:
        return 0
    found = _CURSOR.match(cursor)
    return int(found[1]) if found else None


def _size(asked: str) -> int:
    """As many tickets as are asked for, and never more than fit on a page."""
    return min(PAGE, int(asked)) if _NUMBER.match(asked) else PAGE


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the client was quicker
        return


class _Conversation(socketserver.StreamRequestHandler):
    """One connection: questions and answers until either side ends it."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        desk = cast("Desk", self.server)
        desk.entered(self.connection)
        try:
            while (question := self._read()) and self._answer(desk, *question):
                pass
        except OSError:  # the client hung up, or the desk closes
            return
        finally:
            desk.left(self.connection)

    def _read(self) -> tuple[str, str, str] | None:
        words = self.rfile.readline(8192).decode("latin-1").split()
        client = ""
        while (line := self.rfile.readline(8192).decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            client = value.strip() if name.lower() == "user-agent" else client
        return (words[0], words[1], client) if len(words) == 3 else None

    def _answer(self, desk: Desk, method: str, target: str, client: str) -> bool:
        answer = desk.answer(method, target, client)
        if answer.wait and desk.stopping.wait(answer.wait):
            return False
        self.wfile.write(answer.raw)
        return not answer.close
