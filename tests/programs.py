"""Starts programs that nobody here wrote and that listen on a port; a program is ready when it says so itself.

Never waits by the clock, and ends only what it started.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NoReturn

import pytest

__all__ = ["TOOLS", "missing", "started"]

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
TOOLS = Path(os.environ.get("UNABRIDGED_TEST_TOOLS") or CACHE / "unabridged" / "test-tools")

_LISTENING = re.compile(
    r"(?:running on |\* Running on |listening on (?:address, addr: )?)(?:http://)?127\.0\.0\.1:(\d+)"
)


def missing(what: str, install: str, *, due: bool = True) -> NoReturn:
    """Skip the test, or fail it where everything that is *due* must be there."""
    reason = f"{what} is not installed; {install} does it"
    if due and os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def started(command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> Generator[int]:
    """Run *command* and yield the port that it says it listens on."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    said: list[str] = []
    port = next((int(found[1]) for line in _keeping(process.stdout, said) if (found := _LISTENING.search(line))), None)
    rest = Thread(target=said.extend, args=(process.stdout,))  # or the pipe fills up and the server stands still
    rest.start()
    try:
        assert port is not None, "".join(said)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)
        rest.join(timeout=30)
        process.stdout.close()


def _keeping(lines: Iterable[str], kept: list[str]) -> Iterator[str]:
    for line in lines:
        kept.append(line)
        yield line
