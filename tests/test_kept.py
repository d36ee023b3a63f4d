"""What is kept on disk: shared by the processes of one user, bounded, gone after its time, and never a call's undoing."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from unabridged.server.kept import FileStore, open_store
from unabridged.server.settings import SettingError
from unabridged.tools.keeping import MemoryStore, Store

MEGABYTE = 1024 * 1024


class Clock:
    """Unix time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """A store with its clock, and what it warned of."""

    def __init__(self, directory: Path, most: int = MEGABYTE) -> None:
        self.clock = Clock()
        self.warnings: list[str] = []
        self.file = FileStore(directory, clock=self.clock, warn=self.warnings.append, most=most)


@pytest.fixture(params=["file", "memory"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Store, Clock]:
    kept = Kept(tmp_path, most=100)
    return (kept.file if request.param == "file" else MemoryStore(now=kept.clock, most=100)), kept.clock


def test_what_was_put_is_found_until_its_time_is_over(either: tuple[Store, Clock]) -> None:
    store, clock = either
    store.put("a", b"whole", until=clock.now + 5)
    clock.now += 5
    assert store.look("a") == b"whole"
    clock.now += 1
    assert store.look("a") is None


def test_what_is_put_anew_takes_the_place_of_the_old(either: tuple[Store, Clock]) -> None:
    store, clock = either
    for content in (b"x" * 60, b"y" * 60):
        store.put("a", content, until=clock.now + 5)
    assert store.look("a") == b"y" * 60


def test_what_is_taken_is_gone(either: tuple[Store, Clock]) -> None:
    store, clock = either
    store.put("a", b"whole", until=clock.now + 5)
    assert [store.take("a") for _ in range(2)] == [b"whole", None]
    assert store.look("a") is None


def test_the_oldest_go_where_room_is_scarce(either: tuple[Store, Clock]) -> None:
    store, clock = either
    for name in "abcd":
        clock.now += 1
        store.put(name, name.encode() * 40, until=clock.now + 100)
    assert [store.look(name) for name in "abcd"] == [None, None, b"c" * 40, b"d" * 40]


def test_what_is_larger_than_all_room_is_not_kept(either: tuple[Store, Clock]) -> None:
    store, clock = either
    store.put("a", b"x" * 101, until=clock.now + 100)
    assert store.look("a") is None


def test_what_has_had_its_time_goes_before_what_is_oldest(tmp_path: Path) -> None:
    kept = Kept(tmp_path, most=100)
    kept.file.put("lasting", b"x" * 50, until=kept.clock.now + 100)
    kept.clock.now += 1
    kept.file.put("brief", b"x" * 50, until=kept.clock.now + 1)
    kept.clock.now += 2
    kept.file.put("new", b"x" * 50, until=kept.clock.now + 100)
    assert (kept.file.look("lasting"), kept.file.look("brief")) == (b"x" * 50, None)


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "state")
    kept.file.put("a", b"whole", until=kept.clock.now + 5)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "state").iterdir()}
    assert modes["kept.sqlite3"] == 0o600
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


OTHER = """
import sys, time
from pathlib import Path
from unabridged.server.kept import FileStore
store = FileStore(Path(sys.argv[1]), clock=lambda: 1_000_000.0, warn=print, most=2**20)
print(store.look("a"), store.secret.hex())
store.put("b", b"theirs", until=1_000_005.0)
"""


def test_two_processes_share_what_is_kept_and_the_key_to_it(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.file.put("a", b"ours", until=kept.clock.now + 5)
    other = subprocess.run([sys.executable, "-c", OTHER, str(tmp_path)], capture_output=True, text=True, check=True)
    assert kept.file.secret is not None
    assert other.stdout.split() == ["b'ours'", kept.file.secret.hex()]
    assert kept.file.look("b") == b"theirs"


def test_two_stores_of_one_file_never_hold_more_than_allowed(tmp_path: Path) -> None:
    one, other = Kept(tmp_path, most=1000), Kept(tmp_path, most=1000)
    for number in range(40):
        kept = (one, other)[number % 2]
        kept.clock.now = 1_000_000.0 + number
        kept.file.put(f"{number}", b"x" * 90, until=2_000_000.0)
    with sqlite3.connect(tmp_path / "kept.sqlite3") as connection:
        held = connection.execute("SELECT name, length(content) FROM kept ORDER BY at").fetchall()
    connection.close()
    assert [name for name, _ in held] == [f"{number}" for number in range(29, 40)]
    assert sum(size for _, size in held) <= 1000


BUSY = """
import sys
from pathlib import Path
from unabridged.server.kept import FileStore
store = FileStore(Path(sys.argv[1]), clock=lambda: 1_000_000.0, warn=print, most=2**22)
for number in range(30):
    name = f"{sys.argv[2]} {number}"
    store.put(name, name.encode() * 10_000, until=2_000_000.0)
    content = store.look(name)
    assert content == name.encode() * 10_000
store.close()
"""


def test_processes_that_write_at_the_same_time_lose_nothing_and_warn_of_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUSY, str(tmp_path)]
    several = [subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True) for name in "abc"]
    assert [process.communicate()[0] for process in several] == ["", "", ""]
    assert [process.returncode for process in several] == [0, 0, 0]
    with sqlite3.connect(tmp_path / "kept.sqlite3") as connection:
        held, total = connection.execute("SELECT SUM(length(content)), (SELECT bytes FROM total) FROM kept").fetchone()
    connection.close()
    assert held == total == sum(len(f"{name} {number}") * 10_000 for name in "abc" for number in range(30))


def test_a_directory_that_cannot_be_used_is_said_once_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    kept = Kept(tmp_path / "file" / "state")
    for _ in range(3):
        kept.file.put("a", b"whole", until=kept.clock.now + 5)
    assert (kept.file.look("a"), kept.file.take("a"), kept.file.secret) == (None, None, None)
    assert len(kept.warnings) == 1
    assert "cannot be used" in kept.warnings[0]


def test_a_file_that_is_no_database_is_said_once_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.sqlite3").write_bytes(b"scribble" * 1000)
    kept = Kept(tmp_path)
    kept.file.put("a", b"whole", until=kept.clock.now + 5)
    assert (kept.file.look("a"), kept.file.secret) == (None, None)
    assert len(kept.warnings) == 1


def test_without_state_on_disk_answers_are_kept_in_memory() -> None:
    assert isinstance(open_store({"UNABRIDGED_STATE": "off"}), MemoryStore)


def test_a_size_that_is_no_number_is_said_at_the_start() -> None:
    with pytest.raises(SettingError, match="UNABRIDGED_MAX_KEPT"):
        open_store({"UNABRIDGED_STATE": "off", "UNABRIDGED_MAX_KEPT": "lots"})
