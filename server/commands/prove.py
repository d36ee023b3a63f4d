"""`unabridged prove`: an experiment with the service behind a tool, what it showed, and the lock file that remembers it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
from rich.console import RenderableType
from rich.text import Text

from ...schemas.contract import Contract
from ...schemas.proof import Proof
from ...schemas.recording import Recording
from ...schemas.verdict import Finding
from ...schemas.wire import Json
from ...tools.catalog import read
from ...tools.proof import Damaged, lock_of, read_lock, write_lock
from ...tools.proving.log import NAMES
from ...tools.proving.proposal import Proposal
from ...tools.proving.prove import Proven, prove, unfit
from ...tools.proving.tapping import Open
from ...tools.recording_file import RecordingError, load
from ...tools.replaying import Replay
from ...tools.surroundings import Surroundings, Transport, surroundings
from ..arguments import arguments
from ..choosing import chosen
from ..logs import log_nothing
from ..rendering import console, count, show, table
from ..sources import Sources, find, served
from ..state import open_shelf
from ..usage import UsageError

__all__ = ["Effort", "prove_tool"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much an experiment may cost, and how long its proof holds: *seconds* and *valid_for* in seconds."""

    requests: int
    seconds: float
    valid_for: float


def prove_tool(
    tool: str,
    words: Sequence[str],
    text: str | None,
    paths: Sequence[str],
    *,
    effort: Effort,
    recording: str | None,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Prove *tool*, print what was seen, write its lock unless *dry_run*, and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths)
    contract = chosen(tool, catalog)
    if (reason := unfit(contract)) is not None:
        raise UsageError(f"{tool} cannot be proven: {reason}")
    recorded = None if recording is None else _recording(recording, contract)
    given = arguments(words, text, contract.input)
    if recorded is not None:
        given = {**recorded.arguments, **given}
    tools = {known.name: known for known in catalog.contracts}
    found = _experiment(contract, given, sources, effort=effort, recording=recorded, tools=tools)
    kept = _keep(found, _file_of(tool, sources)) if found.log.reached and not dry_run else None
    _print_json(found, kept) if as_json else _print(found, given, kept)
    return 0 if found.whole else 3


def _recording(path: str, contract: Contract) -> Recording:
    try:
        recording = load(Path(path))
    except RecordingError as wrong:
        raise UsageError(str(wrong)) from None
    if recording.tool != contract.name:
        raise UsageError(f"{path} is a recording of {recording.tool}, and not of {contract.name}")
    return recording


def _experiment(
    contract: Contract,
    given: Mapping[str, Json],
    sources: Sources,
    *,
    effort: Effort,
    recording: Recording | None,
    tools: Mapping[str, Contract],
) -> Proven:
    with served(sources, os.environ) as environment, closing(open_shelf(os.environ)) as shelf:
        around: Surroundings = replace(
            surroundings(environment, version=version("unabridged")), shelf=shelf, tools=tools
        )
        if recording is not None:
            around = replace(around, open_transport=_replaying(recording))
        trying = partial(
            prove,
            contract,
            given,
            surroundings=around,
            requests=effort.requests,
            seconds=effort.seconds,
            valid_for=effort.valid_for,
            source="service" if recording is None else "recording",
        )
        return anyio.run(trying)


def _replaying(recording: Recording) -> Open:
    """Answer each trial from the beginning of the recording."""

    def open_replay(contract: Contract, environment: Mapping[str, str]) -> AbstractAsyncContextManager[Transport]:
        return Replay.of(recording.exchanges).open(contract, environment)

    return open_replay


# ------------------------------------------------------------------------------------------ the lock


def _file_of(tool: str, sources: Sources) -> Path:
    """Find the file that defines *tool*: one of those that were read."""
    for path in sources.paths:
        if any(contract.name == tool for contract in read([path]).contracts):
            return path
    raise UsageError(f"no single file holds {tool!r}, so there is no lock file to write")


def _keep(found: Proven, file: Path) -> Path:
    path = lock_of(file)
    try:
        lock = read_lock(path)
        write_lock(path, replace(lock, tools={**lock.tools, found.contract.name: found.proof}))
    except Damaged as wrong:
        raise UsageError(f"{path}: {wrong}") from None
    except OSError as trouble:
        raise UsageError(f"{path} cannot be written: {trouble.strerror or trouble}; see --dry-run") from None
    return path


# ------------------------------------------------------------------------------------------ for people

_STYLES: Mapping[str, str] = {"proven": "green", "refuted": "red", "open": "yellow"}


def _print(found: Proven, given: Mapping[str, Json], kept: Path | None) -> None:
    screen = console(sys.stdout)
    named = f" with {json.dumps(given, ensure_ascii=False)}" if given else ""
    screen.print(f"{found.contract.name}{named}: {count(found.requests, 'request')}", soft_wrap=True)
    show(screen, _trials(found))
    screen.print()
    if (finding := found.refusal) is not None:
        screen.print(Text(_refusal(finding), style="red"), soft_wrap=True)
    show(screen, _lines(found.proof))
    for proposal in found.proposals:
        screen.print()
        _propose(screen.print, proposal)
    screen.print()
    if found.refusal is None and (finding := found.stumble) is not None:
        screen.print(
            Text(f"As it is written, the tool delivers nothing: {_refusal(finding)}", style="yellow"), soft_wrap=True
        )
    screen.print(_conclusion(found, kept), soft_wrap=True)


def _refusal(finding: Finding) -> str:
    have = "" if finding.have is None else f", found {finding.have}"
    expected = "" if finding.expected is None else f", expected {finding.expected}"
    return f"{finding.code}: {finding.message}{expected}{have}"


def _trials(found: Proven) -> RenderableType:
    built = table("tried", "page size", "pages", "items", "ended", right=(1, 2, 3), wrapped=(0,))
    for name, trial in found.log.trials.items():
        size = "-" if trial.variant.size is None else str(trial.variant.size)
        ended = "yes" if trial.ended else trial.code or "as soon as enough was seen"
        built.add_row(NAMES.get(name, name), size, str(len(trial.sheets)), str(len(trial.marks)), ended)
    return built


def _lines(proof: Proof) -> RenderableType:
    built = table("line", "", "by", "what was seen")
    for place, settled in proof.lines.items():
        built.add_row(place, Text(settled.outcome, style=_STYLES[settled.outcome]), settled.by, Text(settled.says))
    return built


def _propose(say: Any, proposal: Proposal) -> None:
    grade = "" if proposal.grade is None else f"; tried: {proposal.grade}"
    needs = f"; it needs {proposal.needs}" if proposal.needs else ""
    say(Text(f"# {proposal.because}{grade}{needs}", style="dim"), soft_wrap=True)
    say(str(proposal), soft_wrap=True)


def _conclusion(found: Proven, kept: Path | None) -> Text:
    outcomes = [settled.outcome for settled in found.proof.lines.values()]
    said = ", ".join(
        f"{outcomes.count(outcome)} {outcome}" for outcome in ("proven", "refuted", "open") if outcome in outcomes
    )
    word, style = ("proven", "bold green") if found.whole else ("not proven", "bold red")
    where = "nothing was written" if kept is None else f"kept in {kept} until {found.proof.until}"
    return Text.assemble((word, style), f"  {said or 'no line could be looked at'}; {where}")


# ------------------------------------------------------------------------------------------ for programs


def _print_json(found: Proven, kept: Path | None) -> None:
    told = {
        "tool": found.contract.name,
        "proven": found.whole,
        "requests": found.requests,
        "refusal": None if found.stumble is None else asdict(found.stumble),
        "delivers": found.stumble is None,
        "lines": {place: asdict(settled) for place, settled in found.proof.lines.items()},
        "sizes": asdict(found.proof.sizes),
        "count": found.proof.count,
        "proposals": [
            {
                "line": proposal.line,
                "because": proposal.because,
                "grade": None if proposal.grade is None else str(proposal.grade),
                "needs": proposal.needs or None,
            }
            for proposal in found.proposals
        ],
        "until": found.proof.until,
        "lock": None if kept is None else str(kept),
    }
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
