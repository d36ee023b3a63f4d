"""What else tells that a walk is over: a flag, nothing behind the end, a second walk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...schemas.claim import Grade
from ...schemas.completeness import Completeness, Differential
from ...schemas.location import Location
from ...schemas.walk import Keyset, Offset, Page
from ...schemas.wire import State
from ...validators.reading import read
from .candidate import Candidate, identifier, mended, with_id
from .envelope import flags
from .log import Log
from .proposal import Proposal
from .tallies import strong

__all__ = ["a_flag", "a_second_walk", "behind_the_end"]


def a_flag(log: Log) -> Iterator[Candidate]:
    """Name a flag that says whether there is more, where the contract declares none."""
    whole, known, items = log.whole, log.undisputed, log.contract.response.items
    if log.contract.walk.more is not None or whole is None or known is None or items is None or len(known) < 2:
        return
    for place in flags(log.sheets(), items.at):
        if _flies(log, place, len(known)):
            end = replace(log.contract.walk.end, more=None, next=None)
            walk = replace(log.contract.walk, more=place, end=end, trailing_cursor=True)
            tried = replace(mended(log), walk=walk, complete=Completeness(require=Grade.TERMINATED))
            proposal = Proposal(
                line={"walk": {"more": str(place)}}, because=f"{place} is true until the last page, and false there"
            )
            yield Candidate(proposal=proposal, contract=tried)


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
    tried = replace(mended(log), complete=Completeness(require=Grade.PAST_END, past_end=True))
    line: dict[str, Any] = {"complete": {"require": "past_end", "past_end": True}}
    yield Candidate(proposal=Proposal(line=line, because="nothing lies behind the end"), contract=tried)


def a_second_walk(log: Log) -> Iterator[Candidate]:
    """Walk twice with pages of different sizes, where nothing counts the items."""
    another = log.trials.get("another")
    if not log.agrees or another is None or another.came is None or strong(log) or identifier(log) is None:
        return
    base = with_id(log, identifier(log), mended(log))
    differential = Differential(page_size=another.came)
    tried = replace(base, complete=Completeness(require=Grade.DIFFERENTIAL, differential=differential))
    line: dict[str, Any] = {"complete": {"require": "differential", "differential": {"page_size": another.came}}}
    because = f"pages of {another.came} give the same {len(another.marks)} items"
    yield Candidate(proposal=Proposal(line=line, because=because), contract=tried)
