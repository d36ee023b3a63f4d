"""Where a user's state is kept, and how a file of it is opened: SQLite in a directory that is the user's alone.

It knows nothing of what the files hold.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

__all__ = ["changing", "complain", "home", "is_locked", "opened", "place"]


def place(environment: Mapping[str, str], *, platform: str = sys.platform) -> Path | None:
    """Return the directory of Unabridged's state; None where `UNABRIDGED_STATE` is `off`.

    >>> str(place({"XDG_STATE_HOME": "/state"}, platform="linux"))
    '/state/unabridged'
    """
    match environment.get("UNABRIDGED_STATE", ""):
        case "off":
            return None
        case "":
            return _state_home(environment, platform) / "unabridged"
        case chosen:
            return Path(chosen).expanduser()


def _state_home(environment: Mapping[str, str], platform: str) -> Path:
    # XDG Base Directory: a relative path is to be ignored.
    if (home := Path(environment.get("XDG_STATE_HOME", ""))).is_absolute():
        return home
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if platform == "win32" and (local := environment.get("LOCALAPPDATA")):
        return Path(local)
    return Path.home() / ".local" / "state"


def home(environment: Mapping[str, str]) -> Path | None:
    """Return the directory as `place` does; None also where no home directory can be found."""
    try:
        return place(environment)
    except RuntimeError:
        return None


def opened(path: Path, *, busy: float, prepare: Callable[[sqlite3.Connection], object]) -> sqlite3.Connection:
    """Open the file at *path*, make it where there is none, and let *prepare* see to its tables.

    A change waits at most *busy* seconds for another process; readers never wait (WAL).  Raises OSError or sqlite3.Error.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
    connection = sqlite3.connect(path, timeout=busy, isolation_level=None, check_same_thread=False)
    try:
        _let_readers_read(connection, until=time.monotonic() + busy)
        connection.execute("PRAGMA synchronous=NORMAL")
        prepare(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _let_readers_read(connection: sqlite3.Connection, *, until: float) -> None:
    """Switch to WAL, once for each file.

    SQLite waits for nobody where two want to switch at once: each could wait for the other for ever.
    """
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as trouble:
            if not is_locked(trouble) or time.monotonic() > until:
                raise
            with changing(connection):  # waits until the other has done
                pass
        else:
            return  # also where it stays as it was: a file system without shared memory cannot switch


@contextmanager
def changing(connection: sqlite3.Connection) -> Generator[None]:
    """Hold the write lock from the first look on, so that no two processes change the same old state."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def is_locked(trouble: Exception) -> bool:
    """Whether *trouble* is that another process holds the file: it passes."""
    code = trouble.sqlite_errorcode if isinstance(trouble, sqlite3.Error) else 0
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def complain(message: str) -> None:
    """Say on standard error what does not work."""
    sys.stderr.write(f"unabridged: {message}\n")
