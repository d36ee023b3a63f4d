"""Looking at one page: its records, its markers, its total, and where it says that the walk goes on.

What one sound message shows at its place in the walk, before anything is thought of it.  No I/O.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ..schemas.completeness import Gate, Total
from ..schemas.contract import Contract
from ..schemas.evidence import Reading
from ..schemas.expectation import Items
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.walk import Continue, Cursor, Link, NextUrl, Scroll, WalkKind
from ..schemas.wire import Json, State
from ..validators.ending import Broken, Ends, Signals, decide
from ..validators.reading import Found, Message, equal, integer, read
from ..validators.records import Records, records
from ..validators.relevance import chosen, scores, too_far, weigh
from .progress import Progress
from .walking import Position, Walked, following

__all__ = ["Seen", "look", "signals_of", "stable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one page shows, before anything is thought of it.

    *came* counts the items that the claim's bound leaves, *chosen* are the indexes of those among them that are kept.  A
    gate leaves none aside before it has ranked them all, and then the claim's bound is kept by what is chosen.
    """

    message: Message
    found: Records
    asked: Position | None
    offered: Position | None
    signals: Signals
    ends: bool
    came: int
    chosen: Sequence[int]
    scores: tuple[float, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        ids = self.found.ids
        return ids if len(self.chosen) == len(ids) else tuple(ids[index] for index in self.chosen) if ids else ()

    @property
    def whole(self) -> bool:
        """Whether no item lies beyond the claim's bound."""
        return self.came == len(self.found.items)


def look(
    contract: Contract, progress: Progress, message: Message, *, asked: Position | None, url: str, bound: int | None
) -> Seen | Finding:
    """Read the page in *message*, asked for at *asked* and *url*, as the next one of *progress*."""
    found = records(contract.response, message)
    if isinstance(found, Finding):
        return found
    signals = signals_of(contract, message, progress, count=len(found.items))
    if isinstance(signals, Finding):
        return signals
    decision = decide(contract.walk, contract.complete.total, signals)
    if isinstance(decision, Broken):
        return Finding(code=decision.code, message=decision.says, where=decision.place)
    walked = Walked(message=message, items=found.items, url=url, received=signals.received, number=signals.number)
    offered = following(contract.walk, walked)
    ends = isinstance(decision, Ends) or _caught_up(contract.walk, asked, offered)
    if isinstance(offered, Finding):
        if not ends:
            return offered
        offered = None
    gate = contract.complete.gate
    came = len(found.items)
    if bound is not None and gate is None:
        came = min(came, bound - progress.received)
    weighed = () if gate is None else _scores(contract, gate, found.items, bound)
    if isinstance(weighed, Finding):
        return weighed
    return Seen(
        message=message,
        found=found,
        asked=asked,
        offered=offered,
        signals=signals,
        ends=ends,
        came=came,
        chosen=range(came) if gate is None else chosen(contract, gate, weighed, bound),
        scores=weighed,
    )


def _scores(contract: Contract, gate: Gate, items: list[Json], bound: int | None) -> tuple[float, ...] | Finding:
    """Read and weigh the scores of all *items*; what too little passes is refused, or left to a person."""
    read = scores(gate, contract.response.items or Items(), items)
    if isinstance(read, Finding) or "low_relevance" in contract.review:
        return read
    return too_far(gate, weigh(gate, read), bound) or read


def _caught_up(walk: WalkKind, asked: Position | None, offered: Position | Finding | None) -> bool:
    """The same position again is the end where the contract says so (`repeat: end`)."""
    same = isinstance(offered, Position) and asked is not None and offered.key == asked.key
    return walk.repeat == "end" and same


def signals_of(contract: Contract, message: Message, progress: Progress, *, count: int) -> Signals | Finding:
    """Read the markers and the total of one page that holds *count* items, as the next one of *progress*."""
    before, number = progress.received, len(progress.pages) + 1
    total = _total(contract.complete.total, message, before=before, count=count)
    if isinstance(total, Finding):
        return total
    if total is None and progress.pages:
        total = progress.pages[0].total  # `on: first`
    walk = contract.walk
    more = None if walk.more is None else reading(read(message, walk.more))
    place = _next_place(walk)
    cursor = None if place is None else reading(read(message, place))
    return Signals(
        more=more,
        next=cursor,
        empty=count == 0,
        received=before + count,
        number=number,
        total=total,
        ended=message.ended,
    )


def _next_place(walk: WalkKind) -> Location | None:
    return walk.next if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll) else None


def reading(found: Found) -> Reading:
    """Keep of *found* its state and, for a scalar, its text."""
    match found.value:
        case str() as text:
            return Reading(found.state, text)
        case bool() | None | list() | dict():
            return Reading(found.state)
        case number:
            return Reading(found.state, json.dumps(number))


def _total(total: Total | None, message: Message, *, before: int, count: int) -> int | Finding | None:
    """Read the declared total, reckoned to the whole walk; None where none is declared or it is no proof."""
    if total is None or not total.exact:
        return None
    found = read(message, total.at)
    if found.state is State.ABSENT and total.on == "first" and before > 0:
        return None
    if total.relation is not None and not equal(read(message, total.relation.at).value, total.relation.is_):
        return Finding(code="total_is_bound", message="the total is not exact", where=str(total.relation.at))
    stated = integer(found)
    if stated is None:
        return Finding(
            code="total_missing", message="the declared total is not there", where=str(total.at), have=found.state.value
        )
    return stated + {"remaining": before + count, "onward": before}.get(total.scope, 0)


def stable(contract: Contract, message: Message) -> tuple[Reading, ...]:
    """Read the marks that must not change during the walk."""
    return tuple(reading(read(message, place)) for place in contract.walk.stable)
