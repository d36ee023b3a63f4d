"""What else tells that a walk is over: a flag, nothing behind the end, a second walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...schemas.claim import Grade
from ...schemas.completeness import Differential
from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.walk import End, Keyset, Offset, Page
from ...schemas.wire import State
from ...validators.reading import read
from .candidate import Candidate, beside_the_mends, identifier, line_of_id, with_id
from .envelope import flags
from .log import Log
from .proposal import Proposal
from .tallies import strong
from .variants import plain

__all__ = ["a_flag", "a_second_walk", "behind_the_end"]


def a_flag(log: Log) -> Iterator[Candidate]:
    """Name a flag that says whether there is more, where the contract declares none."""
    whole, known, items = log.whole, log.undisputed, log.contract.response.items
    if log.contract.walk.more is not None or whole is None or known is None or items is None or len(known) < 2:
        return
    for place in flags(log.sheets(), items.at):
        if _flies(log, place, len(known)):
            yield _flag(plain(log.contract), place)


def _flag(own: Contract, place: Location) -> Candidate:
    """Try the flag by itself, or else instead of what says the end and counts now."""
    because = f"{place} is true until the last page, and false there"
    alone = Proposal(line={"walk": {"more": str(place)}}, because=because)
    ends = {"end": {"more": None, "next": None}} if own.walk.end.more or own.walk.end.next else {}
    counts = {} if own.complete.total is None else {"total": None}
    line: dict[str, Any] = {
        "walk": {"more": str(place), **ends, "trailing_cursor": True},
        "complete": {"require": str(Grade.TERMINATED), **counts},
    }
    walk = replace(own.walk, more=place, end=End(), trailing_cursor=True)
    complete = replace(own.complete, require=Grade.TERMINATED, total=None)
    instead = Candidate(
        proposal=Proposal(line=line, because=because), contract=replace(own, walk=walk, complete=complete)
    )
    return Candidate(proposal=alone, contract=replace(own, walk=replace(own.walk, more=place)), otherwise=instead)


def _flies(log: Log, place: Location, there: int) -> bool:
    """Whether the flag at *place* is true on exactly those pages behind which there is more."""
    seen: set[bool] = set()
    for trial in log.walks():
        received = 0
        for sheet in trial.sheets:
            received += sheet.count
            state = read(sheet.message, place).state
            if sheet.count and state is not (State.TRUE if received < there else State.FALSE):
                return False
            seen.add(state is State.TRUE)
    return len(seen) == 2


def behind_the_end(log: Log) -> Iterator[Candidate]:
    """Ask behind the last item, where no stronger witness is declared."""
    if not isinstance(log.contract.walk, Offset | Page | Keyset) or log.undisputed is None or strong(log):
        return
    line: dict[str, Any] = {"complete": {"require": "past_end", "past_end": True}}
    proposal = Proposal(line=line, because="nothing lies behind the end")
    yield beside_the_mends(
        log,
        proposal,
        lambda base: replace(base, complete=replace(base.complete, require=Grade.PAST_END, past_end=True)),
    )


def a_second_walk(log: Log) -> Iterator[Candidate]:
    """Walk twice with pages of different sizes, where nothing counts the items."""
    another = log.trials.get("another")
    pointer = identifier(log)
    if not log.agrees or another is None or another.came is None or strong(log) or pointer is None:
        return
    differential = Differential(page_size=another.came)
    complete: dict[str, Any] = {"complete": {"require": "differential", "differential": {"page_size": another.came}}}
    because = f"pages of {another.came} give the same {len(another.marks)} items"

    def twice(base: Contract) -> Contract:
        complete = replace(base.complete, require=Grade.DIFFERENTIAL, differential=differential)
        return replace(with_id(log, pointer, base), complete=complete)

    yield beside_the_mends(log, Proposal(line={**line_of_id(log, pointer), **complete}, because=because), twice)
