"""What can be offered now: the tool files as they are, less what is unsound, unproven or not wanted.

It reads files and serves nothing.  It is asked again whenever a file has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf
from pathlib import Path
from typing import Final, TypeAlias

from ..schemas.contract import Contract
from ..tools.catalog import Catalog, read
from ..tools.doubting import doubt, ends
from ..tools.proof import lock_of
from .counted import count
from .listing import servable
from .profiles import VARIABLE, Profile, Wanted, chosen_by, idle_pins, left_by, profile
from .remembered import remembering
from .settings import tool_budget
from .settled import settled
from .sources import Sources, find, left
from .surface import Surface
from .usage import UsageError

__all__ = ["Offered", "Say", "Stamp", "offered", "offered_anew", "stamp"]

Say: TypeAlias = Callable[[str], None]
"""Takes one line about what was read."""

Stamp: TypeAlias = str | tuple[tuple[str, int, int, int] | str, ...]
"""How files were when they were looked at: name, time of the last change, size, and number."""


_FEW: Final = 20
"""Warnings that are told one by one when a server starts; imported files have hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What one reading came to: the files, what clients see, and the mistakes that were found, each by its place.

    *until* is when the first proof runs out that one of the tools needs, in Unix time.
    """

    sources: Sources
    surface: Surface
    mistakes: frozenset[tuple[str, str, str]]
    until: float = inf


def offered(wanted: Wanted, environment: Mapping[str, str], *, say: Say) -> Offered:
    """Read what is *wanted*, and *say* why some of it cannot be served; raise `UsageError` where nothing is left."""
    sources = find(wanted.paths, environment)
    catalog, chosen = read(sources.paths, parse=remembering(environment)), profile(wanted, environment)
    kept = chosen_by(chosen, catalog.contracts)
    _tell(catalog, chosen, kept, say)
    offer = _offer(sources, catalog, chosen, kept, environment)
    if not offer.surface.contracts:
        raise UsageError(_why_nothing(catalog, offer.surface.tools))
    return offer


def offered_anew(wanted: Wanted, environment: Mapping[str, str], *, say: Say) -> Offered:
    """Read what is *wanted* once more, while it is served: what was withdrawn is gone, also where nothing is left.

    Raise `UsageError` for a profile that cannot be read, a word in it that chooses nothing, and a path that is not there, for
    nobody knows then what may be served.
    """
    chosen = profile(wanted, environment)
    sources = left(wanted.paths, environment)
    catalog = read(sources.paths, parse=remembering(environment))
    kept = left_by(chosen, catalog.contracts) if catalog.contracts else ()
    _tell(catalog, chosen, kept, say)
    return _offer(sources, catalog, chosen, kept, environment)


def _offer(
    sources: Sources, catalog: Catalog, chosen: Profile, kept: Sequence[Contract], environment: Mapping[str, str]
) -> Offered:
    now = time.time()
    contracts, faults = servable(catalog.contracts)
    sound = {contract.name: contract for contract in settled(contracts, now=now)[0]}
    shown = {contract.name: contract for contract in kept if contract.name in sound}
    surface = Surface(
        shown,
        tools=sound,
        budget=tool_budget(environment, chosen.budget),
        pinned=chosen.pin,
        waiting=frozenset(contract.name for contract in kept if doubt(contract, now) is not None),
    )
    mistakes = _mistakes(catalog, faults)
    return Offered(sources=sources, surface=surface, mistakes=mistakes, until=ends(shown.values(), now))


def _tell(catalog: Catalog, chosen: Profile, kept: Sequence[Contract], say: Say) -> None:
    """Say what is wrong with the files, and why some of what is wanted (*chosen*: *kept*) is not served or not listed."""
    for problem in catalog.problems if catalog.warnings <= _FEW else catalog.errors:
        say(str(problem))
    if catalog.warnings > _FEW:  # looking for the lines of so many would take longer than all the rest
        say(f"unabridged: {count(catalog.warnings, 'warning')}; `unabridged check` tells of what kind")
    contracts, faults = servable(kept)
    for name, reasons in faults.items():
        say(f"unabridged: {name} is not served: {'; '.join(reasons)}")
    for said in chain(settled(contracts, now=time.time())[1], idle_pins(chosen, kept)):
        say(f"unabridged: {said}")


def _why_nothing(catalog: Catalog, sound: Mapping[str, Contract]) -> str:
    if sound:
        return "none of the tools that are wanted can be served; `unabridged tools` shows how they stand"
    if catalog.contracts:
        return "no tool of these files is proven; `unabridged tools` shows how they stand, and `unabridged prove` looks at what was inferred"
    return "there is no sound tool to serve; `unabridged check` lists the mistakes"


def _mistakes(catalog: Catalog, faults: Mapping[str, Sequence[str]]) -> frozenset[tuple[str, str, str]]:
    """Name what is wrong in the files, and for what *faults* a tool cannot be shown to clients."""
    written = ((str(problem.file), problem.pointer, problem.message) for problem in catalog.errors)
    unshown = (("", name, reason) for name, reasons in faults.items() for reason in reasons)
    return frozenset(chain(written, unshown))


# ------------------------------------------------------------------------------------------- has anything changed


def stamp(wanted: Wanted, environment: Mapping[str, str]) -> Stamp:
    """Return what differs once one of the files is another one: a tool file, its lock, or the profile."""
    try:
        files = left(wanted.paths, environment).paths
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
