"""`unabridged check`: every mistake in tool files, all at once."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.text import Text

from ...tools.catalog import Catalog, Problem, read
from ..alike import few
from ..counted import count
from ..listing import servable
from ..profiles import Profile, Wanted, chosen_by, profile
from ..rendering import console
from ..sources import find
from ..written import written

__all__ = ["check"]

Faults = Mapping[str, Sequence[str]]


def check(wanted: Wanted, *, expanded: bool, as_json: bool) -> int:
    """Check what is *wanted*, print what is wrong (and the expanded tools, if wanted), and return the exit status."""
    sources = find(wanted.paths, os.environ)
    catalog = _chosen(read(sources.paths), profile(wanted, os.environ))
    faults = servable(catalog.contracts)[1]
    if as_json:
        _write(_as_json(catalog, faults, expanded=expanded))
    else:
        if expanded:
            _write([written(contract) for contract in catalog.contracts])
        _print(catalog, faults, files=len(sources.paths))
    return 2 if faults or any(problem.severity == "error" for problem in catalog.problems) else 0


def _chosen(catalog: Catalog, wanted: Profile) -> Catalog:
    """Leave out what is not wanted; a word that chooses nothing may mean a tool that is not sound."""
    if any(problem.severity == "error" for problem in catalog.problems):
        return replace(catalog, contracts=tuple(one for one in catalog.contracts if wanted.chooses(one)))
    return replace(catalog, contracts=chosen_by(wanted, catalog.contracts))


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


# ------------------------------------------------------------------------------------------ for people


def _print(catalog: Catalog, faults: Faults, *, files: int) -> None:
    screen = console()
    shown, more = few(catalog.problems)
    for problem in shown:
        style = "red" if problem.severity == "error" else "yellow"
        screen.print(Text.assemble((f"{problem.severity}  ", style), str(problem)), soft_wrap=True)
    if more:
        screen.print(f"and {count(more, 'warning')} more like these; --json lists all", style="dim")
    for name, reasons in faults.items():
        for reason in reasons:
            screen.print(Text.assemble(("error  ", "red"), f"{name}: {reason}"), soft_wrap=True)
    errors = sum(problem.severity == "error" for problem in catalog.problems) + sum(map(len, faults.values()))
    warnings = sum(problem.severity != "error" for problem in catalog.problems)
    word, style = ("wrong", "bold red") if errors else ("sound", "bold green")
    counted = f"{count(errors, 'error')}, {count(warnings, 'warning')}" if errors or warnings else "no mistakes"
    sound = len(catalog.contracts) - len(faults)
    screen.print(
        Text.assemble((word, style), f"  {count(sound, 'tool')} without error in {count(files, 'file')}, {counted}")
    )


# ------------------------------------------------------------------------------------------ for programs


def _as_json(catalog: Catalog, faults: Faults, *, expanded: bool) -> dict[str, Any]:
    problems = [_problem(problem) for problem in catalog.problems]
    problems += [
        {"severity": "error", "pointer": name, "message": reason}
        for name, reasons in faults.items()
        for reason in reasons
    ]
    named: dict[str, Any] = {"tools": [contract.name for contract in catalog.contracts], "problems": problems}
    return {**named, "expanded": [written(contract) for contract in catalog.contracts]} if expanded else named


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "severity": problem.severity,
        "file": str(problem.file),
        "line": problem.line,
        "pointer": problem.pointer,
        "message": problem.message,
        "hint": problem.hint,
    }
