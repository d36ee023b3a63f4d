"""The problems of one tool file, each said once, with the line that its author can go to.

It finds nothing wrong itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..schemas.proof import Lock
from .mistake import Mistake, Problem, Severity, pointer
from .source import Source

__all__ = ["Report"]


@dataclass(slots=True)
class Report:
    """The problems of one file, in the order of their lines; each is said once."""

    file: Path
    source: Source | None = None
    lock: Lock = field(default_factory=Lock)
    found: dict[tuple[int | None, str, str], Mistake] = field(
        default_factory=dict[tuple[int | None, str, str], Mistake]
    )

    def add(self, mistake: Mistake) -> None:
        """Take *mistake*; its line is looked for when somebody asks."""
        self.found.setdefault((None, pointer(mistake.way), mistake.message), mistake)

    def put(self, line: int, message: str, hint: str = "", severity: Severity = "error") -> None:
        """Take what is wrong on *line* and stands at no place of a document."""
        self.found.setdefault((line, "", message), Mistake((), message, hint, severity))

    def count(self, severity: Severity) -> int:
        """Count the mistakes of one *severity*."""
        return sum(mistake.severity == severity for mistake in self.found.values())

    def problems(self, severity: Severity | None = None) -> list[Problem]:
        """Return the mistakes, or those of one *severity*, with their lines and in order of them."""
        wanted = {at: one for at, one in self.found.items() if severity in {None, one.severity}}
        placed = [self._problem(line, where, mistake) for (line, where, _), mistake in wanted.items()]
        return sorted(placed, key=lambda problem: problem.line)

    def _problem(self, line: int | None, where: str, mistake: Mistake) -> Problem:
        if line is None:
            line = 1 if self.source is None else self.source.line(mistake.way)
        return Problem(
            file=self.file,
            line=line,
            pointer=where,
            message=mistake.message,
            hint=mistake.hint,
            severity=mistake.severity,
        )
