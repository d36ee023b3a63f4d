"""What can be offered now: the tool files as they are, less what is unsound, unproven or not wanted.

It reads files and serves nothing.  It is asked again whenever a file has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from ..schemas.contract import Contract
from ..tools.catalog import Catalog, read
from ..tools.proof import lock_of
from .listing import servable
from .profiles import VARIABLE, Wanted, chosen_by, profile
from .remembered import remembering
from .rendering import count
from .settings import tool_budget
from .settled import settled
from .sources import Sources, find
from .surface import Surface
from .usage import UsageError

__all__ = ["Offered", "Say", "Stamp", "offered", "stamp"]

Say: TypeAlias = Callable[[str], None]
"""Takes one line about what was read."""

Stamp: TypeAlias = str | tuple[tuple[str, int, int, int] | str, ...]
"""How files were when they were looked at: name, time of the last change, size, and number."""


_FEW: Final = 20
"""Warnings that are told one by one when a server starts; imported files have hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What one reading came to: the files, what clients see, and the mistakes that were found, each by its place."""

    sources: Sources
    surface: Surface
    mistakes: frozenset[tuple[str, str, str]]


def offered(wanted: Wanted, environment: Mapping[str, str], *, say: Say) -> Offered:
    """Read what is *wanted*, and *say* why some of it cannot be served; raise `UsageError` where nothing is left."""
    sources = find(wanted.paths, environment)
    catalog = read(sources.paths, parse=remembering(environment))
    chosen = profile(wanted, environment)
    sound = _sound(catalog, say)
    shown = {one.name: one for one in chosen_by(chosen, catalog.contracts) if one.name in sound}
    if not shown:
        raise UsageError("none of the tools that are wanted can be served; `unabridged tools` shows how they stand")
    surface = Surface(shown, tools=sound, budget=tool_budget(environment, chosen.budget), pinned=chosen.pin)
    return Offered(sources=sources, surface=surface, mistakes=_mistakes(catalog))


def _sound(catalog: Catalog, say: Say) -> Mapping[str, Contract]:
    """Return the tools that can be served by name, and say why others cannot."""
    for problem in catalog.problems if catalog.warnings <= _FEW else catalog.errors:
        say(str(problem))
    if catalog.warnings > _FEW:  # looking for the lines of so many would take longer than all the rest
        say(f"unabridged: {count(catalog.warnings, 'warning')}; `unabridged check` tells of what kind")
    contracts, faults = servable(catalog.contracts)
    for name, reasons in faults.items():
        say(f"unabridged: {name} is not served: {'; '.join(reasons)}")
    sound, doubts = settled(contracts, now=time.time())
    for said in doubts:
        say(f"unabridged: {said}")
    if contracts and not sound:
        raise UsageError("no tool of these files is proven; `unabridged prove` settles what was inferred")
    if not sound:
        raise UsageError("there is no sound tool to serve; `unabridged check` lists the mistakes")
    return {contract.name: contract for contract in sound}


def _mistakes(catalog: Catalog) -> frozenset[tuple[str, str, str]]:
    return frozenset((str(problem.file), problem.pointer, problem.message) for problem in catalog.errors)


# ------------------------------------------------------------------------------------------- has anything changed


def stamp(wanted: Wanted, environment: Mapping[str, str]) -> Stamp:
    """Return what differs once one of the files is another one: a tool file, its lock, or the profile."""
    try:
        files = find(wanted.paths, environment).paths
    except UsageError as gone:
        return str(gone)
    beside = wanted.profile or environment.get(VARIABLE)
    profiles = [Path(beside).expanduser()] if beside else []
    return tuple(_state(file) for file in (*files, *map(lock_of, files), *profiles))


def _state(file: Path) -> tuple[str, int, int, int] | str:
    try:
        found = file.stat()
    except OSError:
        return str(file)
    return str(file), found.st_mtime_ns, found.st_size, found.st_ino
