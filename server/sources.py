"""Which tool files a command works on: those named, those of the environment, or the bundled demo.

It finds files and reads them; it never says what is wrong inside one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..schemas.contract import Contract
from ..tools.bundle import bundled
from .demo.desk import STALL, Desk
from .usage import UsageError, meant

__all__ = ["DEMO", "DESK_PORT", "Sources", "asks_the_desk", "find", "left", "named", "served"]

DEMO: Final = Path(__file__).parent / "demo" / "demo.yaml"
DESK_PORT: Final = "UNABRIDGED_DEMO_PORT"
SUFFIXES: Final = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Sources:
    """Tool files, in the order in which they were named."""

    paths: tuple[Path, ...]

    @property
    def demo(self) -> bool:
        """Whether the demo's tools are among them, which need its desk."""
        return DEMO in self.paths


def find(words: Sequence[str], environment: Mapping[str, str]) -> Sources:
    """Return the files that *words* name; without words, those of UNABRIDGED_TOOLS; without those, the demo's."""
    return _found(words, environment, named)


def left(words: Sequence[str], environment: Mapping[str, str]) -> Sources:
    """Return the files that *words* name now, as `find` does; of a directory that was found before none may be left."""
    return _found(words, environment, _left)


def _found(words: Sequence[str], environment: Mapping[str, str], among: Callable[[str], tuple[Path, ...]]) -> Sources:
    listed = environment.get("UNABRIDGED_TOOLS", "").split(os.pathsep)
    chosen = list(words) or [word for word in listed if word] or ["demo"]
    paths = [path for word in chosen for path in among(word)]
    return Sources(tuple(dict.fromkeys(paths)))


class _EmptyDirectoryError(UsageError):
    """A directory without a tool file."""


def _left(word: str) -> tuple[Path, ...]:
    try:
        return named(word)
    except _EmptyDirectoryError:
        return ()


def named(word: str) -> tuple[Path, ...]:
    """Return the files that *word* names: a file, all tool files of a directory, or a bundled one by its bare name."""
    if not word.strip():
        raise UsageError("expected the path of a tool file, found an empty word")
    path = Path(word).expanduser()
    try:
        if path.is_dir():
            return _within(path)
        if path.exists():
            return (path,)
    except OSError as trouble:
        raise UsageError(f"{word!r} cannot be read: {trouble.strerror or trouble}") from None
    known = {**bundled(), "demo": DEMO}
    if word in known:
        return (known[word],)
    if path.name == word and not path.suffix:
        raise UsageError(f"{word!r} is neither a file nor a bundled set of tools; {meant(word, known)}")
    raise UsageError(f"there is no tool file {word!r}; give the path of a file or a directory, or a bundled name")


def _within(directory: Path) -> tuple[Path, ...]:
    found = tuple(
        path
        for path in sorted(directory.iterdir())
        if path.suffix in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )
    if not found:
        raise _EmptyDirectoryError(f"the directory {str(directory)!r} holds no tool file ({', '.join(SUFFIXES)})")
    return found


def asks_the_desk(contract: Contract) -> bool:
    """Say whether *contract* is about the demo's desk, which fails on purpose."""
    return any(variable.env == DESK_PORT for variable in contract.provider.variables.values())


@contextmanager
def served(sources: Sources, environment: Mapping[str, str], *, stall: float = STALL) -> Generator[Mapping[str, str]]:
    """Keep the demo's desk open for the length of the block, if *sources* need it; give the environment of the tools."""
    if not sources.demo:
        yield environment
        return
    with Desk(stall=stall) as desk:
        yield {**environment, DESK_PORT: str(desk.port)}
