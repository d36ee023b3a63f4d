"""Whole answers in one SQLite file that all processes of a user share.

It never grows beyond its bound: what has had its time goes first, then what is oldest.  A file that cannot be used never
breaks a call: it says so once, and nothing is kept.  What the contents are worth is not known here.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar

from ..tools.keeping import IN_MEMORY, MemoryStore
from .database import changing, complain, home, opened
from .settings import most_kept

__all__ = ["FileStore", "open_store"]

T = TypeVar("T")

_BUSY: Final = 2.0
"""Seconds that a change waits at most for another process that is writing; readers never wait (WAL)."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kept (
    name TEXT PRIMARY KEY, at REAL NOT NULL, until REAL NOT NULL, size INTEGER NOT NULL, content BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS kept_at ON kept (at, size);
CREATE INDEX IF NOT EXISTS kept_until ON kept (until);
CREATE TABLE IF NOT EXISTS total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL, secret BLOB NOT NULL);
CREATE TRIGGER IF NOT EXISTS kept_in AFTER INSERT ON kept BEGIN UPDATE total SET bytes = bytes + new.size; END;
CREATE TRIGGER IF NOT EXISTS kept_out AFTER DELETE ON kept BEGIN UPDATE total SET bytes = bytes - old.size; END;
"""


class FileStore:
    """The store in *directory*, of *most* bytes.  *clock* gives Unix time in seconds; *warn* is told, once, of trouble."""

    def __init__(self, directory: Path, *, clock: Callable[[], float], warn: Callable[[str], None], most: int) -> None:
        self._directory = directory
        self._clock = clock
        self._warn = warn
        self._most = most
        self._connection: sqlite3.Connection | None = None
        self._secret: bytes | None = None
        self._warned = False
        self._lock = Lock()

    @property
    def secret(self) -> bytes | None:
        """A random key that was made together with the file; None where the file cannot be used."""
        if self._secret is None:
            self._secret = self._tried(_secret)
        return self._secret

    def put(self, name: str, content: bytes, *, until: float) -> None:
        """Keep *content* under *name*, and no more than *most* bytes in all."""
        self._tried(lambda connection: self._put(connection, name, content, until))

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        return self._tried(lambda connection: _content(connection, name, self._clock()))

    def take(self, name: str) -> bytes | None:
        """Return what is kept under *name*, and keep it no longer."""
        return self._tried(lambda connection: self._taken(connection, name))

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tried(self, do: Callable[[sqlite3.Connection], T]) -> T | None:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = opened(self._directory / "kept.sqlite3", busy=_BUSY, prepare=_prepare)
                return do(self._connection)
            except (OSError, sqlite3.Error) as trouble:
                self.close()
                self._complain(trouble)
                return None

    def _complain(self, trouble: Exception) -> None:
        if not self._warned:
            self._warned = True
            reason = type(trouble).__name__
            self._warn(f"an answer is not kept, because {self._directory / 'kept.sqlite3'} cannot be used ({reason})")

    def _put(self, connection: sqlite3.Connection, name: str, content: bytes, until: float) -> None:
        now = self._clock()
        with changing(connection):
            connection.execute("DELETE FROM kept WHERE name = ? OR until < ?", (name, now))
            row = (name, now, until, len(content), content)
            connection.execute("INSERT INTO kept (name, at, until, size, content) VALUES (?, ?, ?, ?, ?)", row)
            while _bytes(connection) > self._most:
                connection.execute("DELETE FROM kept WHERE name = (SELECT name FROM kept ORDER BY at LIMIT 1)")

    def _taken(self, connection: sqlite3.Connection, name: str) -> bytes | None:
        with changing(connection):
            content = _content(connection, name, self._clock())
            connection.execute("DELETE FROM kept WHERE name = ?", (name,))
        return content


def open_store(environment: Mapping[str, str]) -> FileStore | MemoryStore:
    """Return the store of this user, as *environment* says where it is; one in memory where no state is kept on disk.

    Raises SettingError where its size is no number.
    """
    most = most_kept(environment)
    directory = home(environment)
    if directory is None:
        return MemoryStore(now=time.time, most=min(most, IN_MEMORY))
    return FileStore(directory, clock=time.time, warn=complain, most=most)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_size_limit=4194304")
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept_out'").fetchone() is None:
        connection.executescript(_SCHEMA)
    if connection.execute("SELECT 1 FROM total").fetchone() is None:
        connection.execute("INSERT OR IGNORE INTO total VALUES (1, 0, ?)", (secrets.token_bytes(32),))


def _secret(connection: sqlite3.Connection) -> bytes:
    return bytes(connection.execute("SELECT secret FROM total").fetchone()[0])


def _bytes(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT bytes FROM total").fetchone()[0])


def _content(connection: sqlite3.Connection, name: str, now: float) -> bytes | None:
    row = connection.execute("SELECT content FROM kept WHERE name = ? AND until >= ?", (name, now)).fetchone()
    return None if row is None else bytes(row[0])
