"""Held back by our own restraint: how a wait for admission is told, and how a refusal of it looks.

What was held back was never sent: it is no attempt, and says nothing of the service.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeAlias

from ..schemas.wire import Fault, Outcome

__all__ = ["Admission", "held_back", "refusal"]

Admission: TypeAlias = Generator[float, None, Fault | None]
"""Yields seconds to wait, and returns None when it is time to go on, or why it never will be."""


def refusal(code: str, detail: str, *, after: float | None = None) -> Fault:
    """Refuse admission with *code*; asking again can help *after* that many seconds."""
    return Fault(kind="admission", code=code, sent="never", detail=detail, after=after)


def held_back(outcome: Outcome) -> bool:
    """Say whether *outcome* is a refusal of admission.

    >>> held_back(refusal("circuit_open", "it rests"))
    True
    """
    return isinstance(outcome, Fault) and outcome.kind == "admission"
