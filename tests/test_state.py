"""The shelf in a file: each change whole or not at all, shared by processes, and never a reason for a call to fail."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from unabridged.server.questions import Put, Questions, Used
from unabridged.server.state import Aside, FileShelf, open_shelf
from unabridged.tools.keys import Key, settle, take
from unabridged.tools.shelf import MemoryShelf, Shelf

ROOT = Path(__file__).parents[1]


def put(value: bytes | None) -> Callable[[bytes | None], tuple[bytes | None, bytes | None]]:
    """A change that puts *value* there, and tells what there was."""
    return lambda old: (value, old)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1e9

    def __call__(self) -> float:
        return self.now


def opened(directory: Path | None, clock: Callable[[], float], said: list[str] | None = None) -> FileShelf:
    return FileShelf(directory, clock=clock, warn=(said if said is not None else []).append)


SHELVES = ["memory", "file", "off", "aside"]


@pytest.fixture(params=SHELVES)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def shelf(kind: str, directory: Path, clock: Clock) -> Shelf:
    match kind:
        case "memory":
            return MemoryShelf(clock=clock)
        case "file":
            return opened(directory, clock)
        case "aside":
            return Aside(opened(directory, clock), "aside/", MemoryShelf(clock=clock))
        case _:
            return opened(None, clock)


def test_what_is_put_is_found_and_what_is_taken_away_is_gone(kind: str, tmp_path: Path) -> None:
    kept = shelf(kind, tmp_path, Clock())
    assert kept.look("a") is None
    assert kept.change("a", put(b"\x00one"), keep=9) is None
    assert kept.look("a") == b"\x00one"
    assert kept.change("a", put(b""), keep=9) == b"\x00one"
    assert kept.look("a") == b""
    assert kept.change("a", put(None), keep=9) == b""
    assert kept.look("a") is None
    assert kept.change("a", put(None), keep=9) is None


def test_what_is_over_is_nothing(kind: str, tmp_path: Path) -> None:
    clock = Clock()
    kept = shelf(kind, tmp_path, clock)
    kept.change("a", put(b"1"), keep=5)
    kept.change("b", put(b"1"), keep=6)
    clock.now += 5
    assert kept.look("a") is None
    assert list(kept.all("")) == [("b", b"1")]
    assert kept.change("a", put(b"2"), keep=5) is None


def test_names_are_found_by_how_they_begin(kind: str, tmp_path: Path) -> None:
    kept = shelf(kind, tmp_path, Clock())
    for name in ("a/b", "a/", "a/\U0010fffe", "a", "b/a", "aa", "a0", "A/b", "a%b"):
        kept.change(name, put(name.encode()), keep=5)
    assert [name for name, _ in kept.all("a/")] == ["a/", "a/b", "a/\U0010fffe"]
    assert [value for _, value in kept.all("b")] == [b"b/a"]
    assert list(kept.all("c")) == []


def test_a_change_that_fails_changes_nothing(kind: str, tmp_path: Path) -> None:
    kept = shelf(kind, tmp_path, Clock())
    kept.change("a", put(b"1"), keep=5)

    def fails(old: bytes | None) -> tuple[bytes | None, None]:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.change("a", fails, keep=5)
    assert kept.look("a") == b"1"
    assert kept.change("a", put(b"2"), keep=5) == b"1"


def test_names_that_lie_aside_are_not_in_the_file(tmp_path: Path) -> None:
    clock = Clock()
    file, memory = opened(tmp_path, clock), MemoryShelf(clock=clock)
    apart = Aside(file, "aside/", memory)
    apart.change("aside/a", put(b"1"), keep=5)
    apart.change("b", put(b"2"), keep=5)
    assert (list(file.all("")), list(memory.all(""))) == ([("b", b"2")], [("aside/a", b"1")])


# ------------------------------------------------------------------------------------------- the file


def test_two_shelves_on_one_file_are_one(tmp_path: Path) -> None:
    one, two = opened(tmp_path, Clock()), opened(tmp_path, Clock())
    one.change("a", put(b"1"), keep=5)
    assert two.change("a", put(b"2"), keep=5) == b"1"
    assert one.look("a") == b"2"


def test_it_outlives_the_process(tmp_path: Path) -> None:
    first = opened(tmp_path, Clock())
    first.change("a", put(b"1"), keep=5)
    first.close()
    assert opened(tmp_path, Clock()).look("a") == b"1"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    kept = opened(directory, Clock())
    kept.change("a", put(b"1"), keep=5)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    files = list(directory.iterdir())
    assert {file.name for file in files} >= {"state.sqlite3", "state.sqlite3-wal"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    kept.close()


def test_what_is_over_is_swept_out(tmp_path: Path) -> None:
    clock = Clock()
    kept = opened(tmp_path, clock)
    for number in range(100):
        kept.change(f"old {number}", put(b"1"), keep=5)
    clock.now += 5
    for _ in range(600):
        kept.change("new", put(b"1"), keep=5)
    kept.close()
    with sqlite3.connect(tmp_path / "state.sqlite3") as connection:
        assert connection.execute("SELECT name FROM shelf").fetchall() == [("new",)]
    connection.close()


COUNTING = """
import sys
from pathlib import Path
from unabridged.server.state import FileShelf
said = []
shelf = FileShelf(Path(sys.argv[1]), clock=lambda: 1e9, warn=said.append)
shelf.look("count")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(500):
    shelf.change("count", lambda old: (str(int(old or b"0") + 1).encode(), None), keep=60)
assert not said, said
"""


def test_two_processes_that_change_one_state_lose_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNTING, str(tmp_path)]
    path = os.pathsep.join(word for word in sys.path if word)
    processes = [
        Popen(command, stdin=PIPE, stdout=PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert opened(tmp_path, Clock()).look("count") == b"1000"


# ------------------------------------------------------------------------------------------- a file that cannot be used


def works_in_memory(kept: FileShelf, said: list[str]) -> None:
    kept.change("a", put(b"1"), keep=5)
    assert kept.look("a") == b"1"
    assert list(kept.all("")) == [("a", b"1")]
    assert kept.change("a", put(b"2"), keep=5) == b"1"
    assert len(said) == 1
    assert "it is kept in memory" in said[0]


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be read as one" * 99, b"SQLite format 3\0"]
)
def test_a_damaged_file_is_said_once_and_states_are_kept_in_memory(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "state.sqlite3").write_bytes(content)
    said = list[str]()
    works_in_memory(opened(tmp_path, Clock(), said), said)


def test_a_file_that_is_damaged_while_it_is_open_breaks_nothing(tmp_path: Path) -> None:
    said = list[str]()
    kept = opened(tmp_path, Clock(), said)
    for number in range(300):
        kept.change(f"{number}", put(b"1" * 500), keep=5)
    kept.close()  # so that all of it is in the one file
    kept.look("1")
    file = tmp_path / "state.sqlite3"
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * (file.stat().st_size - 4096))
    for number in range(300):
        kept.change(f"{number}", put(b"2"), keep=5)
        assert kept.look(f"{number}") == b"2"
    assert len(said) == 1


def spoil(directory: Path) -> None:
    """Write garbage over the state, as it is open."""
    for path in directory.iterdir():
        with path.open("r+b") as file:
            file.write(b"\xff" * path.stat().st_size)


def test_what_this_process_changed_outlives_the_file(tmp_path: Path) -> None:
    clock, said = Clock(), list[str]()
    kept = opened(tmp_path, clock, said)
    kept.change("write/gone", put(b"k0"), keep=60)
    kept.change("write/gone", put(None), keep=60)
    kept.change("write/short", put(b"k1"), keep=5)
    kept.change("write/long", put(b"k2"), keep=60)
    clock.now += 5
    spoil(tmp_path)
    assert kept.look("write/long") == b"k2"
    assert kept.look("write/gone") is None
    assert kept.look("write/short") is None
    assert list(kept.all("write/")) == [("write/long", b"k2")]
    assert len(said) == 1


def test_the_key_of_a_write_whose_outcome_is_not_known_outlives_the_file(tmp_path: Path) -> None:
    kept = opened(tmp_path, Clock())

    def taken(fresh: str) -> Key | None:
        taking = take(fresh, owner="a", now=1e9, until=1e9 + 60, kept=60, lives=lambda owner: True)
        return kept.change("write/one", taking, keep=60)

    assert taken("k1") == Key("k1", known=False)
    kept.change("write/one", settle("a", resolved=False), keep=60)
    spoil(tmp_path)
    assert taken("k2") == Key("k1", known=True)


def test_what_was_changed_lately_is_remembered_and_what_is_older_is_not(tmp_path: Path) -> None:
    kept = opened(tmp_path, Clock())
    kept.change("often", put(b"1"), keep=60)
    for number in range(5_000):
        kept.change(f"{number}", put(b"1"), keep=60)
    kept.change("often", put(b"2"), keep=60)
    kept.change("last", put(b"1"), keep=60)
    spoil(tmp_path)
    assert (kept.look("often"), kept.look("last"), kept.look("0")) == (b"2", b"1", None)
    assert len(list(kept.all(""))) == 4_096


@pytest.mark.requirement("G38")
def test_a_used_word_stays_used_without_the_file_and_one_that_may_have_been_used_elsewhere_means_nothing(
    tmp_path: Path,
) -> None:
    question = Put(kind="approval", subject="s", principal="alice", tool="refund", arguments="a", expires=60.0)
    kept, other = opened(tmp_path, Clock()), opened(tmp_path, Clock())
    here, there = Questions(kept), Questions(other)
    used, used_there = here.put(question), here.put(question)
    assert here.take(used, "declined")
    assert there.take(used_there, "approved")
    spoil(tmp_path)
    assert here.look(used) == Used("declined")
    assert here.look(used_there) is None
    assert not here.take(used_there, "approved")
    assert here.take(here.put(question), "approved")


def test_what_was_changed_beside_a_locked_file_is_in_it_as_soon_as_it_can_be_used(tmp_path: Path) -> None:
    clock = Clock()
    kept, neighbour = opened(tmp_path, clock), opened(tmp_path, clock)
    kept.change("b", put(b"file"), keep=60)
    neighbour.change("c", put(b"theirs"), keep=60)
    other = sqlite3.connect(tmp_path / "state.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert kept.change("a", put(b"1"), keep=60) is None
    assert kept.change("b", put(None), keep=60) == b"file"
    assert kept.change("c", put(b"ours"), keep=60) is None
    other.execute("ROLLBACK")
    other.close()
    assert neighbour.look("b") == b"file"
    clock.now += 6
    assert kept.look("a") == b"1"
    assert list(neighbour.all("")) == [("a", b"1"), ("c", b"theirs")]


def test_a_table_of_another_make_breaks_nothing(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "state.sqlite3") as connection:
        connection.execute("CREATE TABLE shelf (something TEXT)")
    connection.close()
    said = list[str]()
    works_in_memory(opened(tmp_path, Clock(), said), said)


def test_a_directory_that_is_none_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = list[str]()
    works_in_memory(opened(tmp_path / "file", Clock(), said), said)


def test_a_file_that_stays_locked_is_left_alone_for_a_while_and_then_tried_again(tmp_path: Path) -> None:
    clock, said = Clock(), list[str]()
    kept = opened(tmp_path, clock, said)
    kept.change("a", put(b"file"), keep=60)
    other = sqlite3.connect(tmp_path / "state.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert kept.change("a", put(b"memory"), keep=60) == b"file"
    assert kept.look("a") == b"memory"
    other.execute("INSERT INTO shelf VALUES ('b', 2e9, X'00')")
    other.execute("COMMIT")
    assert kept.look("b") is None
    clock.now += 6
    assert kept.look("b") == b"\x00"
    other.execute("BEGIN IMMEDIATE")
    kept.change("a", put(b"memory"), keep=60)
    other.close()
    assert len(said) == 1


def test_where_state_is_off_nothing_is_written(tmp_path: Path) -> None:
    kept = open_shelf({"UNABRIDGED_STATE": "off", "HOME": str(tmp_path)})
    kept.change("a", put(b"1"), keep=5)
    assert kept.look("a") == b"1"
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_where_the_user_says(tmp_path: Path) -> None:
    kept = open_shelf({"UNABRIDGED_STATE": str(tmp_path / "here")})
    kept.change("a", put(b"1"), keep=5)
    kept.close()
    assert (tmp_path / "here" / "state.sqlite3").is_file()
