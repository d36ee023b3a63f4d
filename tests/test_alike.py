"""Among a hundred equal warnings an error must be found."""

from __future__ import annotations

from pathlib import Path

from unabridged.server.alike import few
from unabridged.tools.mistake import Problem, Severity


def problem(message: str, severity: Severity = "warning", line: int = 1) -> Problem:
    return Problem(file=Path("a.yaml"), line=line, pointer="", message=message, hint="", severity=severity)


def test_a_few_warnings_of_each_kind_are_shown_and_every_error() -> None:
    alike = [problem(f"expected `key` for a {method}, found `{n}`") for n, method in enumerate(["POST", "PATCH"] * 10)]
    others = [problem("expected a schema, found none")]
    errors = [problem("expected a name, found none", "error", line) for line in range(9)]
    shown, left = few([*alike, *others, *errors], most=3)
    assert shown == [*alike[:3], *others, *errors]
    assert left == 17


def test_what_is_few_is_shown_whole() -> None:
    assert few([problem("a"), problem("b")]) == ([problem("a"), problem("b")], 0)
