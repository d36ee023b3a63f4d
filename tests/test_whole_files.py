"""Files are written whole or not at all, where they are, and as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from unabridged.tools.whole_files import write_whole


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_has_the_mode_that_new_files_have(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_whole(tmp_path / "new", b"new")
    assert ((tmp_path / "new").read_bytes(), mode(tmp_path / "new")) == (b"new", mode(tmp_path / "usual"))


def test_a_file_keeps_its_mode_unless_another_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch(0o640)
    write_whole(file, b"1")
    kept = mode(file)
    write_whole(file, b"2", mode=0o600)
    assert (kept, mode(file), file.read_bytes()) == (0o640, 0o600, b"2")


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == b"new"


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "directory", b"new")
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "file", b"new")
    assert os.listdir(tmp_path) == ["directory"]


def test_a_name_as_long_as_names_can_be_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("a" * 255), b"new")
    assert len(os.listdir(tmp_path)) == 1
