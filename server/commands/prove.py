"""`unabridged prove`: an experiment with the service behind a tool, what it showed, and the lock file that remembers it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from ...schemas.contract import Contract
from ...schemas.proof import LEAST, Lock, Proof, Settled
from ...schemas.verdict import Finding
from ...schemas.wire import Json
from ...tools.catalog import read
from ...tools.doubting import refuted, under, unsettled
from ...tools.proof import Damaged
from ...tools.proving.log import NAMES
from ...tools.proving.proposal import Proposal
from ...tools.proving.prove import Proven, unfit
from ..arguments import arguments
from ..choosing import chosen
from ..counted import count
from ..experimenting import Effort, experiment, file_of, keep, outdated, recorded_for, sound_lock
from ..logs import log_nothing
from ..rendering import console, show, table, tell_errors
from ..sources import find
from ..usage import UsageError

__all__ = ["prove_all", "prove_tool"]


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
    catalog = read(sources.paths, locks=_lock)
    contract = chosen(tool, catalog)
    if (reason := unfit(contract)) is not None:
        raise UsageError(f"{tool} cannot be proven: {reason}{_by_hand(contract)}")
    recorded = None if recording is None else recorded_for(recording, contract)
    given = arguments(words, text, contract.input)
    if recorded is not None:
        given = {**recorded.arguments, **given}
    tools = {known.name: known for known in catalog.contracts}
    found = experiment(contract, given, sources, effort=effort, recording=recorded, tools=tools)
    old = outdated(found, time.time())
    kept = keep(found, file_of(tool, sources)) if found.log.reached and not dry_run and old is None else None
    _print_json(found, kept) if as_json else _print(found, given, kept, old)
    return 0 if _usable(found) and (dry_run or old is None) else 3


def _by_hand(contract: Contract) -> str:
    """What a person can do about inferred lines that no experiment may be made with, as the end of a sentence."""
    lines = ", ".join(unsettled(contract, time.time()))
    return f"; look at its inferred lines, and take those that are true out of `provenance` ({lines})" if lines else ""


def _usable(found: Proven) -> bool:
    """Whether every line is proven, and the tool delivers as it is written."""
    return found.whole and found.stumble is None


def prove_all(text: str | None, paths: Sequence[str], *, effort: Effort, dry_run: bool, as_json: bool) -> int:
    """Prove every tool that can be with the arguments of *text*, print one line for each, and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    catalog = read(sources.paths, locks=_lock)
    tools = {known.name: known for known in catalog.contracts}
    given = arguments([], text, {})
    rows: list[_Row] = []
    for contract in catalog.contracts:
        own = {name: value for name, value in given.items() if name in contract.input.get("properties", {})}
        if (reason := unfit(contract) or _missing(contract, own)) is not None:
            rows.append(_Row(tool=contract.name, left_out=reason))
            continue
        found = experiment(contract, own, sources, effort=effort, recording=None, tools=tools)
        kept = keep(found, file_of(contract.name, sources)) if found.log.reached and not dry_run else None
        rows.append(_Row(tool=contract.name, found=found, kept=kept))
    _print_rows_as_json(rows) if as_json else _print_rows(rows)
    tell_errors(len(catalog.errors))
    return 2 if catalog.errors else _status([row.found for row in rows if row.found is not None])


def _status(found: Sequence[Proven]) -> int:
    """The exit status of experiments with several tools; where there was none, nothing is proven."""
    return 0 if found and all(map(_usable, found)) else 3


def _lock(path: Path) -> Lock:
    """Read the lock at *path*; one that is damaged is as good as none, and that is said."""

    def tell(wrong: Damaged) -> None:
        sys.stderr.write(f"{path}: {wrong}; what it held is lost, and a new proof replaces it\n")

    return sound_lock(path, tell)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A tool, and what was found out about it or why nothing was tried."""

    tool: str
    found: Proven | None = None
    kept: Path | None = None
    left_out: str = ""


def _missing(contract: Contract, given: Mapping[str, Json]) -> str | None:
    needed = [name for name in contract.input.get("required", ()) if name not in given]
    return f"it needs {', '.join(needed)}; give them with --args" if needed else None


def _print_rows(rows: Sequence[_Row]) -> None:
    built = table("tool", "proven", "refuted", "open", "requests", "", right=(1, 2, 3, 4))
    for row in rows:
        if row.found is None:
            built.add_row(row.tool, "-", "-", "-", "-", Text(row.left_out, style="dim"))
            continue
        outcomes = [settled.outcome for settled in row.found.proof.lines.values()]
        counts = [str(outcomes.count(outcome)) for outcome in ("proven", "refuted", "open")]
        built.add_row(row.tool, *counts, str(row.found.requests), Text(_remark(row.found)))
    show(console(sys.stdout), built)


def _remark(found: Proven) -> str:
    proposals = [count(len(found.proposals), "proposal")] if found.proposals else []
    if found.refusal is not None:
        return "; ".join([_refusal(found.refusal), *proposals])
    refuted = [place for place, settled in found.proof.lines.items() if settled.outcome == "refuted"]
    said = [f"refuted: {', '.join(refuted)}"] if refuted else []
    said += [f"it delivers nothing: {found.stumble.code}"] if found.stumble is not None else []
    return "; ".join([*said, *proposals])


def _print_rows_as_json(rows: Sequence[_Row]) -> None:
    told = [
        {"tool": row.tool, "left_out": row.left_out} if row.found is None else _told(row.found, row.kept)
        for row in rows
    ]
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


# ------------------------------------------------------------------------------------------ for people

_STYLES: Mapping[str, str] = {"proven": "green", "refuted": "red", "open": "yellow"}


def _print(found: Proven, given: Mapping[str, Json], kept: Path | None, old: str | None) -> None:
    screen = console(sys.stdout)
    named = f" with {json.dumps(given, ensure_ascii=False)}" if given else ""
    screen.print(f"{found.contract.name}{named}: {count(found.requests, 'request')}", soft_wrap=True)
    show(screen, _trials(found))
    screen.print()
    if (finding := found.refusal) is not None:
        says = f"nothing was seen, so no line could be looked at: {_refusal(finding)}"
        screen.print(Text(says, style="red"), soft_wrap=True)
    else:
        show(screen, _lines(found.proof))
    for proposal in found.proposals:
        screen.print()
        _propose(screen.print, proposal)
    screen.print()
    if found.refusal is None and (finding := found.stumble) is not None:
        screen.print(
            Text(f"As it is written, the tool delivers nothing: {_refusal(finding)}", style="yellow"), soft_wrap=True
        )
    for remark in _remarks(found, old, kept):
        screen.print(Text(remark, style="yellow"), soft_wrap=True)
    screen.print(_conclusion(found, kept), soft_wrap=True)


def _remarks(found: Proven, old: str | None, kept: Path | None) -> Iterator[str]:
    """What is not seen in the lines: that they are too *old*, which are of an earlier proof, and what follows now that they are *kept*."""
    if old is not None:
        yield f"Nothing is kept of this recording: {old}"
    still = {place: settled for place, settled in found.proof.lines.items() if place in found.kept}
    if proofs := [place for place, settled in still.items() if settled.outcome == "proven"]:
        of = f"until {found.proof.until}, as an earlier proof settled them"
        yield f"Nothing was seen this time of {', '.join(proofs)}: kept {of}"
    yield from (_still_refuted(place, settled) for place, settled in still.items() if settled.outcome == "refuted")
    if lost := _lost(found):
        yield f"What was seen speaks against {', '.join(lost)}: what an earlier experiment proved of that counts no longer"
    known = replace(found.contract, proof=found.proof)
    if kept is not None and (false := refuted(known)):
        flagged = known.policy.unproven == "flag"
        follows = "Every answer is flagged" if flagged else "The tool is refused (definition_unproven)"
        yield f"{follows} until these lines are others: {', '.join(false)}"
    if kept is not None and (left := [line for line in unsettled(known, time.time()) if line not in refuted(known)]):
        yield (
            f"No experiment showed {', '.join(left)}: prove with other arguments, or look at what the documentation says, "
            "and take what is true out of `provenance`"
        )
    if found.log.reached and not found.proof.shape.required:
        yield (
            f"No field beside the items could be locked: none was in each of at least {LEAST} different answers; "
            "one that vanishes later will not be missed"
        )


def _lost(found: Proven) -> list[str]:
    """The lines that were proven, and that are open now that something was seen against them."""
    earlier = found.contract.proof
    if earlier is None or earlier.subject != found.proof.subject:
        return []
    proven = (place for place, settled in earlier.lines.items() if settled.outcome == "proven")
    return [place for place in proven if place in found.proof.lines and found.proof.lines[place].against]


def _still_refuted(place: str, settled: Settled) -> str:
    """Say why the line at *place* is still false, and what a person who repaired the service can do."""
    given = under([settled]) or "with arguments that the lock does not know"
    return (
        f"{place} was refuted on {settled.at[:10]} {given}, and stays so: where the service was wrong and is right now, "
        "prove with these same arguments again, or remove the lock; a line that is changed is another one"
    )


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
        then = f"as of {settled.at[:10]}: " if settled.at else ""
        outcome = Text(settled.outcome, style=_STYLES[settled.outcome])
        built.add_row(place, outcome, settled.by, Text(f"{then}{settled.says}"))
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
    word, style = ("proven", "bold green") if _usable(found) else ("not proven", "bold red")
    if found.whole and not _usable(found):
        word, style = "proven, but it delivers nothing", "bold yellow"
    where = "nothing was written" if kept is None else f"kept in {kept} until {found.proof.until}"
    return Text.assemble((word, style), f"  {said or 'no line could be looked at'}; {where}")


# ------------------------------------------------------------------------------------------ for programs


def _print_json(found: Proven, kept: Path | None) -> None:
    sys.stdout.write(json.dumps(_told(found, kept), indent=2, ensure_ascii=False) + "\n")


def _told(found: Proven, kept: Path | None) -> dict[str, Any]:
    return {
        "tool": found.contract.name,
        "proven": found.whole,
        "requests": found.requests,
        "refusal": None if found.stumble is None else asdict(found.stumble),
        "delivers": found.stumble is None,
        "lines": {place: asdict(settled) for place, settled in found.proof.lines.items()},
        "kept": list(found.kept),
        "locked": list(found.proof.shape.required),
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
