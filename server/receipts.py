"""The receipts of past answers, in one SQLite file that all processes of a user share.

A receipt is facts only.  Never here: a payload, an identifier or a cursor of the upstream, a secret.  A store that
cannot be used never breaks a call: it says so once, and receipts are not kept.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from ..schemas.answer import Receipt
from .database import complain, opened, place
from .facts import facts
from .overview import Brief

__all__ = ["Found", "Lost", "Receipts", "open_receipts"]

KEPT_DAYS: Final = 30
KEPT_RECEIPTS: Final = 10_000
PRUNE_EVERY: Final = 256
BUSY: Final = 0.25
MOST_RECENT: Final = 1_000

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS receipts (id TEXT PRIMARY KEY, at REAL NOT NULL, tool TEXT NOT NULL, facts TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS receipts_at ON receipts (at);
"""
_BRIEF: Final = """
SELECT coalesce(json_extract(facts, '$.tried[0].tool'), tool),
    CASE WHEN json_extract(facts, '$.payload_digest') IS NULL OR json_array_length(facts, '$.findings')
        THEN coalesce(json_extract(facts, '$.findings[0].code'), 'internal_error') END,
    json_extract(facts, '$.source') = 'cache',
    json_extract(facts, '$.because.code') IS NOT NULL,
    coalesce(json_array_length(facts, '$.evidence.released'), 0) > 0,
    json_extract(facts, '$.tried[#-1].way'),
    EXISTS (SELECT 1 FROM json_each(facts, '$.evidence.attempts') WHERE json_extract(value, '$.finding') IS NOT NULL)
FROM receipts WHERE at >= ?
"""
_RECENT: Final = """
SELECT facts FROM receipts
WHERE at >= :since AND (
    (tool = :tool AND json_extract(facts, '$.source') = 'upstream' AND json_extract(facts, '$.origin') IS NULL)
    OR (tool = :tool AND json_extract(facts, '$.because') IS NOT NULL AND json_extract(facts, '$.requests') > 0)
    OR (tool != :tool AND json_extract(facts, '$.tried[0].tool') = :tool AND json_extract(facts, '$.origin') IS NULL)
)
ORDER BY at DESC LIMIT :most
"""
_PRUNE: Final = """
DELETE FROM receipts WHERE at < :oldest
OR rowid IN (SELECT rowid FROM receipts ORDER BY at DESC, rowid DESC LIMIT -1 OFFSET :most)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The receipt that was asked for."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Lost:
    """No receipt, and why: one sentence that says what to do."""

    why: str


@cache
def _adapter() -> TypeAdapter[Receipt]:
    return TypeAdapter(Receipt)


class Receipts:
    """The receipts in *directory*; none are kept where it is None or cannot be used.

    *clock* gives Unix time in seconds; *warn* is told, once, when receipts cannot be kept.
    """

    def __init__(self, directory: Path | None, *, clock: Callable[[], float], warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._clock = clock
        self._warn = warn
        self._connection: sqlite3.Connection | None = None
        self._warned = False
        self._kept = 0

    def keep(self, receipt: Receipt) -> None:
        """Keep the facts of *receipt*.  Never raises for want of a place to keep them."""
        if self._directory is None:
            return
        try:
            self._insert(self._opened(self._directory), receipt)
        except (OSError, sqlite3.Error) as trouble:
            self._complain(trouble)

    def find(self, prefix: str) -> Found | Lost:
        """Return the one receipt whose id starts with *prefix*, or the latest for `last`."""
        if self._directory is None:
            return Lost("Receipts are not kept, because UNABRIDGED_STATE is off.")
        try:
            if not (self._directory / "receipts.sqlite3").exists():
                return Lost("No receipt has been kept yet; every `unabridged call` and every served call leaves one.")
            return _one(_select(self._opened(self._directory), prefix), prefix)
        except (OSError, sqlite3.Error) as trouble:
            return Lost(f"The receipts in {self._directory} cannot be read: {trouble}.")

    def briefly(self, since: float) -> list[Brief]:
        """Return all receipts since a moment in Unix time, in short; none where they cannot be read."""
        if self._directory is None or not (self._directory / "receipts.sqlite3").exists():
            return []
        try:
            return [_brief(row) for row in self._opened(self._directory).execute(_BRIEF, (since,))]
        except (OSError, sqlite3.Error) as trouble:
            self._warn(f"the receipts in {self._directory} cannot be read: {trouble}")
            return []

    def recent(self, tool: str, since: float) -> list[Receipt]:
        """Return the latest receipts of calls of *tool* in which its service was asked, the newest first.

        Those are among them in which it gave no answer, and another one was handed over in its place.  None where they cannot be read, and none that another version wrote in another way.
        """
        if self._directory is None or not (self._directory / "receipts.sqlite3").exists():
            return []
        try:
            asked = {"tool": tool, "since": since, "most": MOST_RECENT}
            rows = self._opened(self._directory).execute(_RECENT, asked).fetchall()
        except (OSError, sqlite3.Error) as trouble:
            self._warn(f"the receipts in {self._directory} cannot be read: {trouble}")
            return []
        return [found.receipt for (text,) in rows if isinstance(found := _loaded(text), Found)]

    def close(self) -> None:
        """Let the file go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self, directory: Path) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opened(directory / "receipts.sqlite3", busy=BUSY, prepare=_prepare)
        return self._connection

    def _insert(self, connection: sqlite3.Connection, receipt: Receipt) -> None:
        text = _adapter().dump_json(facts(receipt)).decode()
        row = (receipt.id, self._clock(), receipt.tool, text)
        connection.execute("INSERT OR REPLACE INTO receipts (id, at, tool, facts) VALUES (?, ?, ?, ?)", row)
        if self._kept % PRUNE_EVERY == 0:
            self._prune(connection)
        self._kept += 1

    def _prune(self, connection: sqlite3.Connection) -> None:
        oldest = self._clock() - KEPT_DAYS * 86_400
        connection.execute(_PRUNE, {"oldest": oldest, "most": KEPT_RECEIPTS})

    def _complain(self, trouble: Exception) -> None:
        if self._warned:
            return
        self._warned = True
        self._warn(
            f"receipts are not kept, because {self._directory} cannot be used ({trouble}); "
            "set UNABRIDGED_STATE to a directory of yours, or to off"
        )


def _prepare(connection: sqlite3.Connection) -> None:
    connection.executescript(_SCHEMA)


def _select(connection: sqlite3.Connection, prefix: str) -> list[tuple[str, str]]:
    if prefix == "last":
        return connection.execute("SELECT id, facts FROM receipts ORDER BY at DESC, rowid DESC LIMIT 1").fetchall()
    query = "SELECT id, facts FROM receipts WHERE substr(id, 1, ?) = ? ORDER BY length(id), at DESC LIMIT 4"
    return connection.execute(query, (len(prefix), prefix)).fetchall()


def _one(rows: list[tuple[str, str]], prefix: str) -> Found | Lost:
    exact = [row for row in rows if row[0] == prefix]
    match exact or rows:
        case []:
            return Lost(f"There is no receipt {prefix!r}. `unabridged explain last` shows the latest.")
        case [(_, text)]:
            return _loaded(text)
        case several:
            ids = ", ".join(row[0] for row in several[:3])
            return Lost(f"{prefix!r} is the beginning of several receipts ({ids}, …); give more of it.")


def _brief(row: tuple[Any, ...]) -> Brief:
    tool, code, kept, stood_in, released, way, retried = row
    return Brief(
        tool=tool,
        code=code,
        kept=bool(kept),
        stood_in=bool(stood_in),
        released=bool(released),
        way=way,
        retried=bool(retried),
    )


def _loaded(text: str) -> Found | Lost:
    try:
        return Found(_adapter().validate_json(text))
    except ValidationError:
        return Lost("This receipt was written by another version of Unabridged and cannot be read.")


def open_receipts(environment: Mapping[str, str]) -> Receipts:
    """Return the receipts of this user, as *environment* says where they are."""
    try:
        directory = place(environment)
    except RuntimeError:  # no home directory can be found
        complain("receipts are not kept, because there is no home directory; set UNABRIDGED_STATE to a directory")
        directory = None
    return Receipts(directory, clock=time.time, warn=complain)
