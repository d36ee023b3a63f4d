"""Definitions tried before they are written: what the reader of tool files would refuse is left out, with its reason."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile

from ...schemas.contract import Contract
from ..catalog import Catalog, read
from ..node import Node
from ..source import Source
from .defining import Definition, Definitions
from .description import Skipped

__all__ = ["Tried", "tried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What is *sound*, with the *contracts* by name, and what is wrong with the `api:` block (*wrong*), if anything."""

    sound: Definitions
    contracts: Mapping[str, Contract]
    wrong: tuple[str, ...] = ()


def tried(made: Definitions, *, faults: Callable[[Sequence[Contract]], Mapping[str, Sequence[str]]]) -> Tried:
    """Read *made* as a tool file is read, and leave out what is not sound; *faults* says why tools cannot be served, by name."""
    if not made.tools:
        return Tried(sound=made, contracts={})
    catalog = _read(made)
    contracts = {contract.name: contract for contract in catalog.contracts}
    errors = [problem for problem in catalog.problems if problem.severity == "error"]
    reasons: dict[str, str] = {name: why[0] for name, why in faults(catalog.contracts).items()}
    wrong: list[str] = []
    for problem in errors:
        steps = problem.pointer.split("/")
        if steps[1:2] == ["tools"] and len(steps) > 2:
            name = made.tools[int(steps[2])].name
            reasons.setdefault(name, f"/{'/'.join(steps[3:])}: {problem.message}")
        else:
            wrong.append(f"{problem.pointer}: {problem.message}")
    return Tried(sound=_without(made, reasons), contracts=contracts, wrong=tuple(wrong))


def _read(made: Definitions) -> Catalog:
    written = {"unabridged": 1, "api": made.api, "tools": [one.tool for one in made.tools]}
    document = json.loads(json.dumps(written))

    def parse(content: bytes, *, is_json: bool) -> Source:
        del content, is_json  # how large a file may be is said when it is written: it may become several
        return Source(document, lambda: Node(1, None))  # nobody will see a line of this

    with NamedTemporaryFile(suffix=".json") as file:
        return read([Path(file.name)], parse=parse)


def _without(made: Definitions, reasons: Mapping[str, str]) -> Definitions:
    left_out = tuple(_skipped(one, reasons[one.name]) for one in made.tools if one.name in reasons)
    sound = tuple(one for one in made.tools if one.name not in reasons)
    return replace(made, tools=sound, skipped=(*made.skipped, *left_out))


def _skipped(one: Definition, reason: str) -> Skipped:
    return Skipped(pointer=one.operation.pointer, reason=f"the tool would not be sound: {reason}")
