"""What tool files held when they were last read, so that a server does not read the same YAML at every start.

An entry is named by the digest of the file's bytes and of the reader, and holds the document as JSON: nothing is taken from it
that reading the file would not give.  An entry that is missing, damaged, or open to others is not used, and never an error.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ..schemas.wire import Json
from ..tools import node
from ..tools.source import Source, parse
from ..tools.whole_files import write_whole
from .database import place

__all__ = ["Remembered", "remembering"]

_MOST: Final = 256
"""Entries that are kept; the oldest go first."""


class Remembered:
    """Parses tool files, and keeps in *directory* what those in YAML held."""

    def __init__(self, directory: Path, parse: Callable[..., Source] = parse) -> None:
        self._directory = directory
        self._parse = parse

    def __call__(self, content: bytes, *, is_json: bool) -> Source:
        """Parse *content* as `source.parse` does; raises `Unreadable` where that does."""
        if is_json:
            return self._parse(content, is_json=True)
        entry = self._directory / f"{_digest(_reader() + content)}.json"
        value = _taken(entry)
        if value is not None:
            return Source(value, lambda: self._parse(content, is_json=False).read())
        source = self._parse(content, is_json=False)
        with suppress(OSError):  # it is only slower next time
            self._keep(entry, json.dumps(source.value).encode())
        return source

    def _keep(self, entry: Path, text: bytes) -> None:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(entry, f"{_digest(text)}\n".encode() + text, mode=0o600)
        oldest_last = sorted(self._directory.glob("*.json"), key=lambda kept: kept.stat().st_mtime, reverse=True)
        for old in oldest_last[_MOST:]:
            old.unlink(missing_ok=True)


def _taken(entry: Path) -> Json:
    """Return what *entry* holds, None where it cannot be trusted."""
    try:
        with entry.open("rb") as file:
            if not _is_ours(os.fstat(file.fileno())):
                return None
            digest, _, text = file.read().partition(b"\n")
        value: Json = json.loads(text) if digest == _digest(text).encode() else None
    except (OSError, ValueError):
        return None
    return value


def _is_ours(found: os.stat_result) -> bool:
    return os.name != "posix" or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@cache
def _reader() -> bytes:
    """What reads YAML here: another version of it may read the same bytes differently."""
    ours = (
        Path(node.__file__).with_name(f"{name}.py").stat().st_mtime_ns
        for name in ("yaml_events", "yaml_reading", "node")
    )
    return f"{version('ruamel.yaml')} {version('pyyaml')} {' '.join(map(str, ours))}\n".encode()


def remembering(environment: Mapping[str, str]) -> Callable[..., Source]:
    """Return how to parse tool files: with a memory in the user's state directory, if *environment* has one."""
    try:
        directory = place(environment)
    except RuntimeError:  # no home directory can be found
        directory = None
    return parse if directory is None else Remembered(directory / "read")
