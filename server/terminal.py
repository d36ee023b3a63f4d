"""Asking the person at the terminal that a command runs in.

Where there is no terminal nobody is asked, and nobody's yes is supposed: it must be said on the command line.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Final

import anyio

from ..schemas.answer import Question
from ..tools.people import Approved, Declined, Nobody, People, Said, Stale
from ..tools.shelf import Shelf
from .tally import Tally

__all__ = ["YES", "Terminal", "people_at"]

YES: Final = "cli --yes"
_PROMPT: Final = {"approval": "Send it? [y/N] ", "review": "Release it? [y/N] "}
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Whoever reads the descriptor *writing* and types into the descriptor *reading*; *pausing* keeps the screen free."""

    principal: str
    tally: Tally
    reading: int = 0
    writing: int = 2
    pausing: Callable[[], AbstractContextManager[None]] = nullcontext

    async def ask(self, question: Question) -> Said:
        """Show *question*, and take a line that begins with `y` for a yes."""
        self.tally.count(question, "asked")
        with self.pausing(), anyio.move_on_after(question.expires):
            _write(self.writing, f"\n{question.message}\n\n{_PROMPT[question.kind]}")
            said = self._heard(await _line(self.reading))
            self.tally.count(question, "approved" if isinstance(said, Approved) else said.action)
            return said
        _write(self.writing, "\n")
        return Stale(f"nobody answered within {question.expires:g} seconds")

    def _heard(self, line: str) -> Approved | Declined:
        match line.strip().lower():
            case "y" | "yes":
                return Approved(self.principal)
            case "" if not line:  # the end of input
                return Declined(self.principal, "cancelled")
            case _:
                return Declined(self.principal)


@dataclass(frozen=True, slots=True)
class _SaidBefore:
    """A yes to sending that stands on the command line.  It is counted nowhere: no person decided at the gate."""

    others: People

    async def ask(self, question: Question) -> Said:
        return Approved(YES) if question.kind == "approval" else await self.others.ask(question)


def people_at(
    principal: str,
    shelf: Shelf,
    *,
    yes: bool,
    pausing: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> People:
    """Return the people that a command can ask; with *yes*, sending is allowed beforehand."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        people: People = Terminal(principal=principal, tally=Tally(shelf), pausing=pausing)
    else:
        people = Nobody("there is no terminal to ask at (`--yes` allows sending beforehand)")
    return _SaidBefore(people) if yes else people


async def _line(reading: int) -> str:
    """Read one line; a terminal hands over whole lines."""
    typed = bytearray()
    while not typed.endswith(b"\n") and len(typed) < _LONGEST:
        with suppress(
            NotImplementedError, OSError, ValueError
        ):  # Windows: it cannot be waited for, and is read at once
            await anyio.wait_readable(reading)
        chunk = os.read(reading, _LONGEST)
        if not chunk:
            break
        typed += chunk
    return typed.decode("utf-8", "replace")


def _write(writing: int, text: str) -> None:
    os.write(writing, text.encode("utf-8", "replace"))
