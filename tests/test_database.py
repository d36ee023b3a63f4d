"""A file of state is opened whatever other processes do with it at the same time."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from unabridged.server.database import opened


def test_those_who_open_a_new_file_at_the_same_time_all_get_it(tmp_path: Path) -> None:
    together = Barrier(4)

    def first_look(path: Path) -> tuple[str]:
        together.wait()
        connection = opened(path, busy=10.0, prepare=_prepare)
        try:
            mode: tuple[str] = connection.execute("PRAGMA journal_mode").fetchone()
        finally:
            connection.close()
        return mode

    paths = [tmp_path / str(number) / "state.sqlite3" for number in range(40) for _ in range(together.parties)]
    with ThreadPoolExecutor(together.parties) as pool:
        assert {*pool.map(first_look, paths)} == {("wal",)}


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS kept (name TEXT)")


def test_where_sqlite_cannot_switch_the_file_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in memory stands for a file system without shared memory: both stay as they are, and nothing is raised."""
    monkeypatch.chdir(tmp_path)
    connection = opened(Path(":memory:"), busy=0.1, prepare=_prepare)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("memory",)
    connection.close()
