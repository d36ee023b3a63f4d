"""Turning a page: from one sound message, the facts of the page and the bytes of its items, or what is wrong with it.

What is wrong with a page is found here, inside the loop, because a missing marker under load is worth asking again for.
Nothing is committed here: a page that is found wrong leaves no trace in the walk.  No I/O.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ..schemas.contract import Contract, Grade, Total
from ..schemas.evidence import Page, Reading
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.walk import Continue, Cursor, Link, NextUrl, Scroll, WalkKind
from ..schemas.wire import State
from ..validators.ending import Broken, Ends, Signals, decide, signals
from ..validators.freshness import age
from ..validators.reading import ABSENT, Found, Message, at, equal, integer, read
from ..validators.records import Records, records
from . import slicing
from .walking import Position, Walked, following

__all__ = ["CHECKS", "Progress", "Turned", "absent_end", "alone", "signals_of", "turn"]


@dataclass(slots=True)
class Progress:
    """What a walk has gathered so far: the one mutable thing in the core, private to one walk."""

    pages: list[Page] = field(default_factory=list[Page])
    positions: set[str] = field(default_factory=set[str])
    fingerprints: set[str] = field(default_factory=set[str])
    ids: set[str] = field(default_factory=set[str])
    received: int = 0

    def commit(self, turned: Turned) -> None:
        """Take *turned* in."""
        self.pages.append(turned.page)
        self.ids.update(turned.page.ids)
        self.received += turned.page.count
        if turned.page.count:
            self.fingerprints.add(turned.page.fingerprint)
        if turned.page.asked is not None:
            self.positions.add(turned.page.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A page that may be kept: its facts, its items' bytes, and where the walk goes from here (None: nowhere).

    *beyond* is the position behind the page's last item, wherever the walk goes: behind an empty page, the one that it
    was asked at.  *bounded* says that the claim's bound is reached before the end.
    """

    page: Page
    items: bytes
    onward: Position | None
    beyond: Position | None
    bounded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one page shows, before anything is thought of it."""

    message: Message
    found: Records
    asked: Position | None
    offered: Position | None
    signals: Signals
    ends: bool
    kept: int

    @property
    def ids(self) -> tuple[str, ...]:
        return self.found.ids[: self.kept]


def turn(
    contract: Contract, progress: Progress, message: Message, *, asked: Position | None, url: str, bound: int | None
) -> Turned | Finding:
    """Read the page in *message*, asked for at *asked* and *url*, as the next one of *progress*."""
    seen = _look(contract, progress, message, asked=asked, url=url, bound=bound)
    if isinstance(seen, Finding):
        return replace(seen, page=len(progress.pages) + 1)
    for check in CHECKS:
        if (finding := check(contract, progress, seen)) is not None:
            return replace(finding, page=seen.signals.number)
    return _turned(contract, progress, seen, bound)


def _look(
    contract: Contract, progress: Progress, message: Message, *, asked: Position | None, url: str, bound: int | None
) -> _Seen | Finding:
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
    room = len(found.items) if bound is None else bound - progress.received
    return _Seen(
        message=message,
        found=found,
        asked=asked,
        offered=offered,
        signals=signals,
        ends=ends,
        kept=min(len(found.items), room),
    )


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
    return Signals(more=more, next=cursor, empty=count == 0, received=before + count, number=number, total=total)


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


# ------------------------------------------------------------------------ checks: what is wrong with a page


def _same_position(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    known = seen.offered is not None and (
        seen.offered.key in progress.positions or (seen.asked is not None and seen.offered.key == seen.asked.key)
    )
    if known and not seen.ends and contract.walk.repeat == "violation":
        return Finding(code="cursor_loop", message="a position came a second time")
    return None


def _same_items(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    if not seen.ids or progress.ids.isdisjoint(seen.ids):
        twice = len(set(seen.ids)) != len(seen.ids)
        return Finding(code="duplicate_id", message="an item came twice on one page") if twice else None
    known = sum(identity in progress.ids for identity in seen.ids)
    code = "repeated_page" if known == len(seen.ids) else "duplicate_id"
    return Finding(code=code, message="items of earlier pages came again", have=known)


def _total_kept(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    total, stated = contract.complete.total, seen.signals.total
    if total is None or stated is None or total.scope == "page":
        return None
    earlier = progress.pages[0].total if progress.pages else stated
    if earlier is not None and earlier != stated:
        return Finding(
            code="total_changed",
            message="the total changed during the walk",
            where=str(total.at),
            have=stated,
            expected=earlier,
        )
    return None


def _total_reached(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    total, stated = contract.complete.total, seen.signals.total
    if total is None or stated is None or contract.claim.kind in ("one", "top_k"):
        return None
    have = {"pages": seen.signals.number, "page": len(seen.found.items)}.get(total.scope, seen.signals.received)
    short = have < stated and (seen.ends or total.scope == "page")
    if short or (have > max(stated, 1 if total.scope == "pages" else 0)):
        return Finding(
            code="total_mismatch",
            message="the items do not add up to the total",
            where=str(total.at),
            have=have,
            expected=stated,
        )
    return None


def _window(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    window, total = contract.walk.limits.window, seen.signals.total
    if contract.claim.kind != "all" or window is None:
        return None
    # A walk that ends just where nobody may go on may have been cut there; only a total tells.
    there = total if total is not None else seen.signals.received + 1 if seen.ends else 0
    if there <= window:
        return None
    message = "there is, or may be, more than the service lets anyone walk"
    return Finding(code="window_cap", message=message, have=total or seen.signals.received, expected=window)


def _stability(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    marks = _stable(contract, seen.message)
    if any(mark.state is State.ABSENT for mark in marks) or (progress.pages and progress.pages[0].stable != marks):
        return Finding(code="mutated_during_walk", message="the mark of stability is missing or changed")
    return None


def _within_limits(contract: Contract, progress: Progress, seen: _Seen) -> Finding | None:
    limits = contract.walk.limits
    going_on = not seen.ends and seen.kept == len(seen.found.items)
    if seen.signals.received > limits.items and contract.claim.kind != "first":
        return Finding(
            code="page_budget",
            message="more items than the contract allows",
            have=seen.signals.received,
            expected=limits.items,
        )
    if going_on and seen.signals.number >= limits.pages:
        return Finding(code="page_budget", message="more pages than the contract allows", expected=limits.pages)
    return None


CHECKS: tuple[Callable[[Contract, Progress, _Seen], Finding | None], ...] = (
    _same_position,
    _same_items,
    _total_kept,
    _total_reached,
    _window,
    _stability,
    _within_limits,
)


# ---------------------------------------------------------------------------------- the page as it is kept


def _stable(contract: Contract, message: Message) -> tuple[Reading, ...]:
    return tuple(reading(read(message, place)) for place in contract.walk.stable)


def _last_page(contract: Contract, message: Message) -> int | None:
    return integer(read(message, Location("link", "last", "page"))) if contract.complete.rel_last else None


def _turned(contract: Contract, progress: Progress, seen: _Seen, bound: int | None) -> Turned | Finding:
    whole = seen.kept == len(seen.found.items)
    pointer = contract.response.items.at if contract.response.items else ""
    items = slicing.elements(seen.message.response.content, pointer, None if whole else seen.kept) if seen.kept else b""
    fingerprint = hashlib.sha256(items).hexdigest()
    if seen.kept and fingerprint in progress.fingerprints:
        return Finding(code="repeated_page", message="a page came twice", page=seen.signals.number)
    bounded = bound is not None and progress.received + seen.kept == bound and not (seen.ends and whole)
    onward = None if bounded or seen.ends else seen.offered
    beyond = seen.asked if seen.offered is None and not seen.found.items else seen.offered
    return Turned(page=_page(contract, seen, fingerprint), items=items, onward=onward, beyond=beyond, bounded=bounded)


def _page(contract: Contract, seen: _Seen, fingerprint: str) -> Page:
    return Page(
        number=seen.signals.number,
        asked=None if seen.asked is None else seen.asked.key,
        offered=None if seen.offered is None else seen.offered.key,
        more=seen.signals.more,
        next=seen.signals.next,
        decision="end" if seen.ends else "continue",
        count=seen.kept,
        ids=seen.ids,
        total=seen.signals.total,
        last_page=_last_page(contract, seen.message),
        stable=_stable(contract, seen.message),
        fingerprint=fingerprint,
        bytes=seen.message.response.wire_bytes,
        age=age(seen.message, contract.complete.fresh),
        digests=seen.message.response.digests,
    )


def absent_end(contract: Contract, progress: Progress, turned: Turned) -> bool:
    """Whether *turned* would end the walk only by something that is not there, and nothing stronger is asked for."""
    page = turned.page
    if page.decision != "end" or contract.claim.kind == "one" or contract.complete.require > Grade.DOCUMENTED_ABSENCE:
        return False
    shown = signals(page, progress.received + page.count)
    missing = any(mark is not None and mark.state is State.ABSENT for mark in (page.more, page.next))
    decision = decide(contract.walk, contract.complete.total, shown)
    return isinstance(decision, Ends) and decision.grade is Grade.DOCUMENTED_ABSENCE and (missing or page.count == 0)


def alone(contract: Contract, message: Message) -> Turned | Finding:
    """Read the one result of a `claim: one` in *message*."""
    if contract.response.items is not None:
        found = records(contract.response, message)
        if isinstance(found, Finding):
            return found
        if len(found.items) != 1:
            return Finding(
                code="not_one",
                message="one result was due",
                where=f"body:{contract.response.items.at}",
                have=len(found.items),
                expected=1,
            )
        return _single(contract, message, slicing.elements(message.response.content, contract.response.items.at))
    if message.body is ABSENT:
        return _single(contract, message, b"null")  # 204, declared
    place = contract.response.data
    state = at(message.body.value, place).state
    unexpected = (
        state is State.EMPTY and contract.response.schema is None
    )  # only a schema can say that nothing is right
    if state in (State.ABSENT, State.NULL) or unexpected:
        return Finding(
            code="data_missing", message=f"the result is {state.value}", where=f"body:{place}", have=state.value
        )
    return _single(contract, message, slicing.value(message.response.content, place))


def _single(contract: Contract, message: Message, content: bytes) -> Turned:
    page = Page(
        number=1,
        asked=None,
        offered=None,
        more=None,
        next=None,
        decision="end",
        count=1,
        ids=(),
        fingerprint=hashlib.sha256(content).hexdigest(),
        bytes=message.response.wire_bytes,
        age=age(message, contract.complete.fresh),
        digests=message.response.digests,
    )
    return Turned(page=page, items=content, onward=None, beyond=None)
