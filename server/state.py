"""A shelf in one SQLite file that all processes of a user share.

Each change is one transaction that begins with the write lock, so that two processes never change the same state from the
same old one.  A file that cannot be used never breaks a call: it is said once, and the states live in this process, which
still knows what it changed lately itself.  Where the file is only locked for too long, it is tried again after a while.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from ..tools.shelf import Change, MemoryShelf, Shelf
from .database import changing, complain, home, is_locked, opened
from .questions import PREFIX as QUESTIONS

__all__ = ["Aside", "FileShelf", "open_shelf"]

T = TypeVar("T")
_BUSY: Final = (
    1.0  # seconds; nothing else of the process runs while it waits, and a checkpoint on a busy disk takes long
)
_AWAY: Final = 5.0  # seconds for which a file that was locked for so long is left alone
_PRUNE_EVERY: Final = 512
_COPIES: Final = 4096
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
        self._memory = MemoryShelf(clock=clock)  # copies of what was changed lately, and all where there is no file
        self._beside = dict[str, bytes | None]()  # what was changed while the file was away, as it was known before
        self._changes = 0
        self._away = 0.0
        self._warned = False

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        return self._tried(lambda connection: _value(connection, name, self._clock()), lambda kept: kept.look(name))

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        """Put what *change* makes of it in the place of what is kept under *name*, in one transaction."""
        self._changes += 1
        return self._tried(
            lambda connection: self._changed(connection, name, change, keep),
            lambda kept: self._changed_beside(kept, name, change, keep),
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
        if self._directory is None or self._clock() < self._away:
            return instead(self._memory)
        try:
            connection = self._opened(self._directory)
            if self._beside:
                self._catch_up(connection)
            return do(connection)
        except (OSError, sqlite3.Error) as trouble:
            self._complain(trouble)
            if is_locked(trouble):
                self._away = self._clock() + _AWAY
            else:
                self.close()
                self._directory = None
            return instead(self._memory)

    def _complain(self, trouble: Exception) -> None:
        if not self._warned:
            self._warned = True
            self._warn(
                f"the state in {self._directory} cannot be used ({type(trouble).__name__}: {trouble}): it is kept in memory"
            )

    def _opened(self, directory: Path) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opened(directory / "state.sqlite3", busy=_BUSY, prepare=_prepare)
        return self._connection

    def _changed(self, connection: sqlite3.Connection, name: str, change: Change[T], keep: float) -> T:
        with changing(connection):
            now = self._clock()
            old = _value(connection, name, now)
            value, told = change(old)
            if value is not None:
                connection.execute("INSERT OR REPLACE INTO shelf VALUES (?, ?, ?)", (name, now + keep, value))
            elif old is not None:
                connection.execute("DELETE FROM shelf WHERE name = ?", (name,))
            if self._changes % _PRUNE_EVERY == 1:
                connection.execute("DELETE FROM shelf WHERE until <= ?", (now,))
        self._remember(name, value, now + keep)
        return told

    def _remember(self, name: str, value: bytes | None, until: float) -> None:
        """Keep a copy of what is in the file now, but for a question: another process may have used its word since."""
        copies = self._memory.kept
        copies.pop(name, None)
        if value is not None and not name.startswith(QUESTIONS):
            copies[name] = (until, value)
        if len(copies) > _COPIES:
            del copies[next(iter(copies))]

    def _changed_beside(self, kept: Shelf, name: str, change: Change[T], keep: float) -> T:
        if self._directory is not None:
            self._beside.setdefault(name, kept.look(name))
        return kept.change(name, change, keep=keep)

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Write into the file what was changed beside it, but for what another process has changed there meanwhile."""
        with changing(connection):
            for name, before in self._beside.items():
                if _value(connection, name, self._clock()) == before:
                    connection.execute("DELETE FROM shelf WHERE name = ?", (name,))
                    if (copy := self._memory.kept.get(name)) is not None:
                        connection.execute("INSERT INTO shelf VALUES (?, ?, ?)", (name, *copy))
        for name in self._beside:
            if name.startswith(QUESTIONS):
                self._memory.kept.pop(name, None)
        self._beside.clear()


class Aside:
    """The shelf *most*, but for the names that begin with *prefix*: those are on the shelf *few*."""

    def __init__(self, most: Shelf, prefix: str, few: Shelf) -> None:
        self._most = most
        self._prefix = prefix
        self._few = few

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        return self._of(name).look(name)

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        """Put what *change* makes of it in the place of what is kept under *name*."""
        return self._of(name).change(name, change, keep=keep)

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins with *prefix*, and what is kept under it."""
        return self._of(prefix).all(prefix)

    def _of(self, name: str) -> Shelf:
        return self._few if name.startswith(self._prefix) else self._most


def open_shelf(environment: Mapping[str, str]) -> FileShelf:
    """Return the shelf of this user, as *environment* says where it is; in memory where there is no such place."""
    return FileShelf(home(environment), clock=time.time, warn=complain)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute(_SCHEMA)


def _value(connection: sqlite3.Connection, name: str, now: float) -> bytes | None:
    row = connection.execute("SELECT value FROM shelf WHERE name = ? AND until > ?", (name, now)).fetchone()
    return None if row is None else bytes(row[0])


def _named(connection: sqlite3.Connection, prefix: str, now: float) -> list[tuple[str, bytes]]:
    rows = connection.execute(  # by the index: no name that begins with *prefix* comes after the last sign there is
        "SELECT name, value FROM shelf WHERE name >= ? AND name < ? AND until > ? ORDER BY name",
        (prefix, f"{prefix}\U0010ffff", now),
    )
    return [(str(name), bytes(value)) for name, value in rows]
