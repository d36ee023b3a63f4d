"""`unabridged mutate`: what a contract would let through, found by corrupting answers that are sound."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import anyio
from rich.table import Table

from ...schemas.answer import Delivered, Withheld
from ...schemas.blindness import MUTATIONS
from ...schemas.contract import Contract
from ...schemas.wire import Json
from ...tools.call import call
from ...tools.catalog import read
from ...tools.mutating.listening import Tap, sounded
from ...tools.mutating.sampling import MOST_PAGES
from ...tools.mutating.score import Score, Survivors, score
from ...tools.mutating.sound import Sound
from ...tools.recordings.file import RecordingError, load
from ...tools.surroundings import surroundings
from ..arguments import arguments
from ..choosing import chosen
from ..counted import count
from ..logs import log_nothing
from ..rendering import console, refusal, show, table
from ..sources import find, served
from ..state import open_shelf
from ..usage import UsageError

__all__ = ["mutate"]

_REACHED, _CRASHED, _MISSED = 0, 1, 3
_WHOLE = ("page", "items", "stream", "wire", "body")  # places that say no more than the kind itself


def mutate(
    tool: str,
    words: Sequence[str],
    text: str | None,
    paths: Sequence[str],
    *,
    recording: str | None,
    least: float,
    as_json: bool,
) -> int:
    """Corrupt what *tool* was answered, in *recording* or by the service now; print the score and return the exit status."""
    log_nothing()
    sources = find(paths, os.environ)
    contract = chosen(tool, read(sources.paths))
    if recording is not None and (words or text):
        raise UsageError("a recording holds the arguments of its call; give none beside --recording")
    given = arguments(words, text, contract.input)
    with served(sources, os.environ) as environment:
        found = (
            anyio.run(_asked, contract, given, environment)
            if recording is None
            else anyio.run(_replayed, contract, recording, environment)
        )
    if isinstance(found, Withheld):
        show(console(), refusal(found, contract))
        return _MISSED
    _write(found, least) if as_json else _print(found)
    return _CRASHED if found.crashed else _REACHED if found.reached >= least else _MISSED


async def _asked(contract: Contract, given: Mapping[str, Json], environment: Mapping[str, str]) -> Score | Withheld:
    """Ask the service once, and score what it says."""
    if contract.effects == "write":
        raise UsageError(f"{contract.name} writes; record one call of it, and give that with --recording")
    with closing(open_shelf(os.environ)) as shelf:
        real = replace(surroundings(environment, version=version("unabridged")), shelf=shelf)
        tap, at = Tap(real.open_transport), real.now()
        asked = replace(contract, policy=replace(contract.policy, unproven="flag"))  # this is how one finds out
        answer = await call(asked, given, surroundings=tap.around(real))
    match answer:
        case Withheld():
            return answer
        case Delivered():
            answer.payload.close()
    return await _scored(await sounded(contract, given, tap.exchanges, at=at, environment=environment), environment)


async def _replayed(contract: Contract, file: str, environment: Mapping[str, str]) -> Score | Withheld:
    try:
        kept = load(Path(file))
    except RecordingError as wrong:
        raise UsageError(str(wrong)) from None
    if kept.tool != contract.name:
        raise UsageError(f"{file} is a recording of {kept.tool}, not of {contract.name}")
    around = {**environment, **kept.environment}
    whole = not kept.left_out
    sound = await sounded(contract, kept.arguments, kept.exchanges, at=kept.at, environment=around, whole=whole)
    return await _scored(sound, around)


async def _scored(sound: Sound | Withheld, environment: Mapping[str, str]) -> Score | Withheld:
    return sound if isinstance(sound, Withheld) else await score(sound, environment=environment)


# ------------------------------------------------------------------------------------------ for people


def _print(found: Score) -> None:
    screen = console()
    harmful = found.caught + found.silent
    word, style = ("blind", "bold red") if found.unknown else ("sharp", "bold green")
    screen.print(word, style=style, end="  ")
    screen.print(f"{found.tool}: {found.caught:,} of {count(harmful, 'corruption')} caught, score {found.share:.3f}")
    if found.silent > found.unknown:
        known = found.silent - found.unknown
        screen.print(f"  {known:,} of the others are blind spots that the file names; {found.reached:.3f} without them")
    if found.pages == 1:
        screen.print(
            "  one page came, so nothing of the way from page to page was tried; ask for more, or in smaller pages"
        )
    elif found.pages is not None and found.pages > MOST_PAGES:
        screen.print(f"  of {found.pages:,} pages {MOST_PAGES} were corrupted, the first and the last among them")
    screen.print(f"  {found.mended:,} more did no harm: they were mended, or changed nothing that is delivered")
    if found.open:
        screen.print(f"  {found.open:,} led to questions that were not asked, so nobody knows")
    for told, group in groupby(sorted(found.survivors, key=_told), key=_told):
        show(screen, _survivors(told, list(group)))
    for spot in found.stray:
        screen.print(
            f"  the file names a blind spot that did not show here: {spot.mutation}"
            + (f" at {spot.at}" if spot.at else "")
        )
    for one in found.crashed:
        mutant = one.mutant
        screen.print(f"  Unabridged itself failed: {mutant.mutation} at {mutant.place}, {mutant.turn} {mutant.detail}")


def _survivors(told: str, group: Sequence[Survivors]) -> Table:
    """Show what one line is the answer to."""
    rows = table("", "")
    rows.show_header = False
    for survivors in group:
        what = f" ({', '.join(survivors.details)})" if survivors.mutation == "error_in_200" else ""
        at = what if survivors.place in _WHOLE else f" at {survivors.place}"
        rows.add_row(f"  {survivors.number:,} survive", f"{survivors.mutation}{at}, on {_listed(survivors.turns)}")
        rows.add_row("", f"  {MUTATIONS[survivors.mutation]}")
    rows.add_row("", told)
    return rows


def _listed(turns: Sequence[str]) -> str:
    """Name the answers, the first few of many.

    >>> _listed(["page 1", "page 2", "census"]), _listed([f"page {number}" for number in range(1, 9)])
    ('page 1, page 2, census', 'page 1, page 2, page 3 and 5 more')
    """
    more = f" and {len(turns) - 3} more" if len(turns) > 4 else ""
    return ", ".join(turns[:3] if more else turns) + more


def _told(survivors: Survivors) -> str:
    """Say what would catch *survivors*, or why nothing would."""
    if survivors.known is not None:
        return f"known: {survivors.known}"
    if survivors.advice is None:
        return "undetectable: nothing else in these answers would tell"
    return f"{'caught by' if survivors.advice.tried else 'would be seen by'}  {survivors.advice.line}"


# ------------------------------------------------------------------------------------------ for programs


def _write(found: Score, least: float) -> None:
    value: dict[str, Any] = {
        "tool": found.tool,
        "pages": found.pages,
        "caught": found.caught,
        "silent": found.silent,
        "known": found.silent - found.unknown,
        "harmless": found.mended,
        "open": found.open,
        "crashed": len(found.crashed),
        "score": round(found.share, 4),
        "score_without_blind_spots": round(found.reached, 4),
        "least": least,
        "survivors": [_survivor(survivors) for survivors in found.survivors],
        "no_blind_spots": [spot.mutation for spot in found.stray],
    }
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _survivor(survivors: Survivors) -> dict[str, Any]:
    advice = survivors.advice
    return {
        "mutation": survivors.mutation,
        "place": survivors.place,
        "number": survivors.number,
        "turns": list(survivors.turns),
        "details": list(survivors.details),
        "known": survivors.known,
        "remedy": None if advice is None else {"line": advice.line, "tried": advice.tried},
    }
