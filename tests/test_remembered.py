"""What tool files held is remembered between starts: by their bytes, for their owner, and never instead of the truth."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unabridged.server.remembered import Remembered, remembering
from unabridged.tools.catalog import read
from unabridged.tools.source import Source, Unreadable, parse

FILE = b"""\
unabridged: 1
api: {name: desk, base_url: "https://desk.test"}
tools:
  - name: one
    description: One.
    claim: one
    request: {url: /one}
"""


class Counting:
    """Parses, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, content: bytes, *, is_json: bool) -> Source:
        self.count += 1
        return parse(content, is_json=is_json)


def entries(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.json"))


def test_the_same_bytes_are_parsed_once(tmp_path: Path) -> None:
    counting = Counting()

    first, second = (Remembered(tmp_path, counting)(FILE, is_json=False) for _ in range(2))

    assert first.value == second.value == parse(FILE, is_json=False).value
    assert counting.count == 1


def test_other_bytes_are_another_file(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path)

    assert remembered(FILE, is_json=False).value != remembered(FILE + b"more: 1\n", is_json=False).value


def test_a_mistake_in_a_remembered_file_is_found_on_its_line(tmp_path: Path) -> None:
    file = tmp_path / "desk.yaml"
    file.write_bytes(FILE.replace(b"claim: one", b"claim: two"))
    remembered = Remembered(tmp_path / "read")

    told = [list(map(str, read([file], parse=remembered).problems)) for _ in range(2)]

    assert told[0] == told[1]
    assert told[0][0].startswith(f"{file}:6: ")


def test_what_cannot_be_read_is_not_remembered(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(Unreadable):
            Remembered(tmp_path)(b"a: [", is_json=False)

    assert entries(tmp_path) == []


@pytest.mark.parametrize(("there", "instead"), [(b"/one", b"/two"), (b"}", b""), (b"\n", b"")])
def test_a_damaged_entry_is_not_used(tmp_path: Path, there: bytes, instead: bytes) -> None:
    whole = Remembered(tmp_path)(FILE, is_json=False).value
    [entry] = entries(tmp_path)
    assert there in entry.read_bytes()
    entry.write_bytes(entry.read_bytes().replace(there, instead))

    assert Remembered(tmp_path)(FILE, is_json=False).value == whole


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_an_entry_that_others_may_write_is_not_used(tmp_path: Path) -> None:
    counting = Counting()
    Remembered(tmp_path, counting)(FILE, is_json=False)
    [entry] = entries(tmp_path)
    assert entry.stat().st_mode & 0o777 == 0o600

    entry.chmod(0o666)
    Remembered(tmp_path, counting)(FILE, is_json=False)

    assert counting.count == 2


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a directory")

    assert Remembered(tmp_path / "taken")(FILE, is_json=False).value == parse(FILE, is_json=False).value


def test_nothing_is_remembered_where_no_state_is_kept() -> None:
    assert remembering({"UNABRIDGED_STATE": "off"}) is parse
