"""Writing a file whole or not at all: beside its place first, and then into it by one rename.

A link stays a link, a file keeps its mode, and what could not be written leaves nothing behind.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

__all__ = ["write_whole"]

_USUAL = 0o666
"""The mode of a new file, of which the process's mask takes its part (POSIX, open)."""


def write_whole(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """Write *content* to *path*, whole or not at all; raise OSError where that cannot be done.

    The file gets *mode*; without it, it keeps the one that it has, and a new one gets the usual one.
    """
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".{place.name[:200]}.{secrets.token_hex(4)}")
    kept = _mode(place) if mode is None else mode
    descriptor = os.open(beside, _FLAGS, _USUAL if kept is None else kept)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        if kept is not None:
            beside.chmod(kept)  # whatever the mask is
        beside.replace(place)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


_FLAGS = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None
