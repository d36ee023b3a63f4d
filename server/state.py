"""A shelf in one SQLite file that all processes of a user share.

Each change is one transaction that begins with the write lock, so that two processes never change the same state from the
same old one.  A file that cannot be used never breaks a call: it is said once, and the states live in this process.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from ..tools.shelf import Change, MemoryShelf, Shelf

__all__ = ["FileShelf"]

T = TypeVar("T")
_BUSY: Final = 1.0
_PRUNE_EVERY: Final = 512
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS shelf (name TEXT PRIMARY KEY, until REAL NOT NULL, value BLOB NOT NULL) WITHOUT ROWID"
)


class FileShelf:
    """The shelf in *directory*; in memory where it is None or cannot be used.  *clock* is Unix time in seconds."""

    def __init__(self, directory: Path | None, *, clock: Callable[[], float], warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._clock = clock
        self._warn = warn
        self._connection: sqlite3.Connection | None = None
        self._memory = MemoryShelf(clock=clock)
        self._changes = 0

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        return self._tried(lambda connection: _value(connection, name, self._clock()), lambda kept: kept.look(name))

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        """Put what *change* makes of it in the place of what is kept under *name*, in one transaction."""
        self._changes += 1
        return self._tried(
            lambda connection: self._changed(connection, name, change, keep),
            lambda kept: kept.change(name, change, keep=keep),
        )

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins with *prefix*, and what is kept under it."""
        yield from self._tried(
            lambda connection: _named(connection, prefix, self._clock()), lambda kept: list(kept.all(prefix))
        )

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tried(self, do: Callable[[sqlite3.Connection], T], instead: Callable[[Shelf], T]) -> T:
        if self._directory is None:
            return instead(self._memory)
        try:
            return do(self._opened(self._directory))
        except (OSError, sqlite3.Error) as trouble:
            self._warn(
                f"the state in {self._directory} cannot be used ({type(trouble).__name__}): it is kept in memory"
            )
            self.close()
            self._directory = None
            return instead(self._memory)

    def _opened(self, directory: Path) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(directory)
        return self._connection

    def _changed(self, connection: sqlite3.Connection, name: str, change: Change[T], keep: float) -> T:
        now = self._clock()
        connection.execute("BEGIN IMMEDIATE")
        try:
            value, told = change(_value(connection, name, now))
            if value is None:
                connection.execute("DELETE FROM shelf WHERE name = ?", (name,))
            else:
                connection.execute("INSERT OR REPLACE INTO shelf VALUES (?, ?, ?)", (name, now + keep, value))
            if self._changes % _PRUNE_EVERY == 0:
                connection.execute("DELETE FROM shelf WHERE until <= ?", (now,))
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        return told


def _connect(directory: Path) -> sqlite3.Connection:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / "state.sqlite3"
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
    try:
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(_SCHEMA)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _value(connection: sqlite3.Connection, name: str, now: float) -> bytes | None:
    row = connection.execute("SELECT value FROM shelf WHERE name = ? AND until > ?", (name, now)).fetchone()
    return None if row is None else bytes(row[0])


def _named(connection: sqlite3.Connection, prefix: str, now: float) -> list[tuple[str, bytes]]:
    rows = connection.execute(
        "SELECT name, value FROM shelf WHERE substr(name, 1, ?) = ? AND until > ? ORDER BY name",
        (len(prefix), prefix, now),
    )
    return [(str(name), bytes(value)) for name, value in rows]
