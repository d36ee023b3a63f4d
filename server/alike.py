"""Which of many problems are shown to a person: every error, and a few warnings of each kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ..tools.mistake import Problem

__all__ = ["few"]

_ALIKE: Final = 3
_NAMED: Final = re.compile(r"`[^`]*`|\b[A-Z]+\b")


def few(problems: Sequence[Problem], *, most: int = _ALIKE) -> tuple[list[Problem], int]:
    """Choose every error, and *most* warnings of each kind; return them with the number of those left out.

    A file that was imported has the same warning a hundred times, and an error must be found among them.
    """
    kinds: Counter[str] = Counter()
    shown: list[Problem] = []
    for problem in problems:
        kind = _NAMED.sub("", problem.message)
        kinds[kind] += problem.severity != "error"
        if problem.severity == "error" or kinds[kind] <= most:
            shown.append(problem)
    return shown, len(problems) - len(shown)
