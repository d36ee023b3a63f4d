"""`unabridged drift`: in what the services behind tools are others now than they were."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import anyio
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ...schemas.contract import Contract
from ...schemas.recording import Recording
from ...tools.catalog import read
from ...tools.drifting.comparing import Drifted, drifted
from ...tools.drifting.drift import Drift
from ...tools.drifting.sighting import Sighting, of_receipt, of_recording
from ...tools.recordings.file import RecordingError, load
from ..choosing import chosen
from ..counted import count
from ..logs import log_nothing
from ..receipts import open_receipts
from ..rendering import console, moment, show, table
from ..sources import find
from ..usage import UsageError

__all__ = ["drift"]

NONE, BREAKING = 0, 3


def drift(tools: Sequence[str], paths: Sequence[str], *, recordings: str | None, days: int, as_json: bool) -> int:
    """Compare what was kept of *tools* (all of *paths* if none is named) in the last *days*, and return the exit status."""
    log_nothing()
    catalog = read(find(paths, os.environ).paths)
    contracts = [chosen(name, catalog) for name in tools] or list(catalog.contracts)
    known = {contract.name: contract for contract in catalog.contracts}
    since = time.time() - days * 86_400
    recorded = _recorded(None if recordings is None else Path(recordings).expanduser(), since)
    found = [drifted(contract, _sightings(contract, recorded, known, since)) for contract in contracts]
    if as_json:
        sys.stdout.write(json.dumps({"days": days, "tools": [asdict(one) for one in found]}, indent=2) + "\n")
    else:
        show(console(sys.stdout), _shown(found, days))
    return BREAKING if any(one.breaking for of in found for one in of.drifts) else NONE


def _recorded(directory: Path | None, since: float) -> Mapping[str, list[tuple[str, Recording]]]:
    """The recordings of *directory* by their tools; what is none is named and left out."""
    found: dict[str, list[tuple[str, Recording]]] = {}
    if directory is None:
        return found
    if not directory.is_dir():
        raise UsageError(f"--recordings: there is no directory {str(directory)!r}")
    for path in sorted(directory.glob("*.json")):
        try:
            recording = load(path)
        except RecordingError as wrong:
            sys.stderr.write(f"unabridged: {wrong}\n")
            continue
        if recording.at >= since:
            found.setdefault(recording.tool, []).append((path.name, recording))
    return found


def _sightings(
    contract: Contract,
    recorded: Mapping[str, list[tuple[str, Recording]]],
    tools: Mapping[str, Contract],
    since: float,
) -> list[Sighting]:
    """What is known of the calls of *contract*, each once: by its recording where there is one, or else by its receipt."""
    recordings = recorded.get(contract.name, [])

    async def replayed() -> list[Sighting]:
        return [await of_recording(one, contract, name=name, tools=tools) for name, one in recordings]

    seen = anyio.run(replayed) if recordings else []
    names = {recording.receipt for _, recording in recordings}
    with closing(open_receipts(os.environ)) as receipts:
        recent = [receipt for receipt in receipts.recent(contract.name, since) if receipt.id not in names]
    # what another version of the definition asked for says as much about that as about the service
    same = [
        receipt for receipt in recent if receipt.tool != contract.name or receipt.contract_digest == contract.digest
    ]
    return [*seen, *(of_receipt(receipt, contract) for receipt in same)]


# ------------------------------------------------------------------------------------------ for people


def _shown(found: Sequence[Drifted], days: int) -> RenderableType:
    told = [one for one in found if one.after or one.before]
    if not told:
        return Text(f"No call of the last {count(days, 'day')} left a receipt or a recording of these tools.")
    parts: list[RenderableType] = []
    for one in told:
        if _is_comparable(one):
            parts += [_heading(one)]
            parts += [Padding(_drifts(one.drifts), (0, 0, 0, 2)), *_edits(one.drifts)] if one.drifts else []
    alone = [one.tool for one in told if not _is_comparable(one)]
    return Group(*parts, *([_alone(alone)] if alone else []))


def _is_comparable(one: Drifted) -> bool:
    return one.after > 0 and (one.before > 0 or one.proven)


def _alone(tools: Sequence[str]) -> Text:
    return Text(f"nothing to compare with yet, of {count(len(tools), 'tool')}: {', '.join(tools)}", style="dim")


def _heading(one: Drifted) -> Text:
    breaking = any(drift.breaking for drift in one.drifts)
    word, style = (
        ("drifted", "bold red") if breaking else ("changed", "yellow") if one.drifts else ("the same", "green")
    )
    known = "the proof" if one.proven else count(one.before, "older call")
    shapes = "" if one.shapes else "; receipts show outer fields and first items only"
    compared = f"{count(one.after, 'call')} since {moment(one.since or 0.0)}, compared with {known}{shapes}"
    return Text.assemble((one.tool, "bold"), "  ", (word, style), f"  {compared}")


def _drifts(drifts: Sequence[Drift]) -> Table:
    built = table("", "where", "seen", "from", "what", right=(2,), wrapped=(1, 3, 4))
    for one in drifts:
        word = Text("breaking", style="red") if one.breaking else Text("harmless", style="dim")
        seen = f"{one.times:,} of {one.of:,}"
        built.add_row(word, one.where, seen, f"{moment(one.first.at)} ({one.first.name})", one.says)
    return built


def _edits(drifts: Sequence[Drift]) -> list[RenderableType]:
    edits = dict.fromkeys(one.edit for one in drifts if one.edit)
    return [Padding(Text(f"to do: {edit}"), (0, 0, 0, 2)) for edit in edits]
