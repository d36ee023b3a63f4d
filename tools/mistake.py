"""What is wrong in a tool file: said of a path inside it, and then of a line that its author can go to.

Values only; nothing is found or printed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypeAlias

from ..schemas.location import escaped

__all__ = ["Mistake", "Problem", "Severity", "Way", "meant", "pointer"]

Way: TypeAlias = tuple[str | int, ...]
"""The way from the top of a document to a place in it: names and indexes."""

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong at *way*.  *message* reads `expected …, found …`; *hint* says what to do, or what was meant."""

    way: Way
    message: str
    hint: str = ""
    severity: Severity = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A mistake at its place in a file.  *line* counts from 1; *pointer* is a JSON Pointer (RFC 6901) into the file."""

    file: Path
    line: int
    pointer: str
    message: str
    hint: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: {self.pointer}" if self.pointer else f"{self.file}:{self.line}"
        return f"{where}: {self.message}" + (f", {self.hint}" if self.hint else "")


def pointer(way: Way) -> str:
    """Write *way* as a JSON Pointer.

    >>> pointer(("tools", 0, "a/b"))
    '/tools/0/a~1b'
    """
    return "".join("/" + escaped(step) for step in way)


def meant(word: str, known: Iterable[str], *, alike: float = 0.6) -> str:
    """Guess which of the *known* words *word* was meant to be; empty where none is *alike* enough (1: the same letters).

    >>> meant("requst", ["request", "response"])
    'did you mean `request`?'
    """
    words = list(known)
    close = get_close_matches(word.lower(), [one.lower() for one in words], n=1, cutoff=alike)
    found = next((one for one in words if close and one.lower() == close[0]), None)
    return f"did you mean `{found}`?" if found else ""
