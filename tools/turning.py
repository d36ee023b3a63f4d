"""Turning a page: from one sound message, the facts of the page and the bytes of its items, or what is wrong with it.

Nothing is committed here: a page that is found wrong leaves no trace in the walk.  No I/O.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Page
from ..schemas.expectation import Items
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import State
from ..validators.ending import Ends, decide, signals
from ..validators.freshness import age
from ..validators.ranging import goes_on
from ..validators.reading import ABSENT, Event, Message, at, field, integer, read
from ..validators.records import Records, records
from ..validators.relevance import weigh
from ..validators.sequence import sequence
from . import slicing
from .looking import Seen, look, stable
from .outlining import outlined
from .page_checks import CHECKS
from .progress import Progress, Turned
from .walking import Position

__all__ = ["absent_end", "alone", "single", "turn"]


def turn(
    contract: Contract, progress: Progress, message: Message, *, asked: Position | None, url: str, bound: int | None
) -> Turned | Finding:
    """Read the page in *message*, asked for at *asked* and *url*, as the next one of *progress*."""
    seen = look(contract, progress, message, asked=asked, url=url, bound=bound)
    if isinstance(seen, Finding):
        return replace(seen, page=len(progress.pages) + 1)
    for check in CHECKS:
        if (finding := check(contract, progress, seen)) is not None:
            return replace(finding, page=seen.signals.number)
    if _ends_too_early(contract, progress, seen, bound):
        says = "the walk would end here, and the service says itself that there is more behind this page"
        return Finding(code="partial_response", message=says, where="header:content-range", page=seen.signals.number)
    return _turned(contract, progress, seen, bound)


def _ends_too_early(contract: Contract, progress: Progress, seen: Seen, bound: int | None) -> bool:
    """Whether a walk would end, short of its *bound*, on a page whose `Content-Range` names more behind it."""
    if (
        not seen.ends
        or contract.claim.kind == "top_k"
        or (bound is not None and progress.received + seen.came >= bound)
    ):
        return False
    said = field(seen.message.response.headers, "content-range").value
    return isinstance(said, str) and goes_on(said)


def _last_page(contract: Contract, message: Message) -> int | None:
    return integer(read(message, Location("link", "last", "page"))) if contract.complete.rel_last else None


def _turned(contract: Contract, progress: Progress, seen: Seen, bound: int | None) -> Turned | Finding:
    items = _cut(contract.response.items or Items(), seen.found, seen.message, seen.chosen)
    fingerprint = hashlib.sha256(items).hexdigest()
    if seen.chosen and fingerprint in progress.fingerprints:
        return Finding(code="repeated_page", message="a page came twice", page=seen.signals.number)
    bounded = bound is not None and progress.received + seen.came == bound and not (seen.ends and seen.whole)
    onward = None if bounded or seen.ends else seen.offered
    beyond = seen.asked if seen.offered is None and not seen.found.items else seen.offered
    page = _page(contract, seen, fingerprint, outlined(contract, progress, seen))
    return Turned(page=page, items=items, onward=onward, beyond=beyond, bounded=bounded)


def _cut(items: Items, found: Records, message: Message, chosen: Sequence[int]) -> bytes:
    """Cut the *chosen* items out of *message*, as they arrived."""
    content, place = message.response.content, items.at
    if not chosen:
        return b""
    if message.events is not None:
        content, place = _gathered(items, message.events), ""
    if items.columns is not None:
        return slicing.rows(content, found.columns, chosen)
    return slicing.elements(content, place, None if len(chosen) == len(found.items) else chosen)


def _gathered(items: Items, events: tuple[Event, ...]) -> bytes:
    """Write the items of a stream as one array, each as it arrived."""
    if items.at == "":
        return b"[" + b",".join(event.data for event in events[:-1]) + b"]"
    holding = [event for event in events if isinstance(at(event.value.value, items.at).value, list)]
    lists = (slicing.elements(event.data, items.at) for event in holding)
    return b"[" + b",".join(one for one in lists if one) + b"]"


def _page(contract: Contract, seen: Seen, fingerprint: str, outline: str) -> Page:
    return Page(
        number=seen.signals.number,
        asked=None if seen.asked is None else seen.asked.key,
        offered=None if seen.offered is None else seen.offered.key,
        more=seen.signals.more,
        next=seen.signals.next,
        decision="end" if seen.ends else "continue",
        count=len(seen.chosen),
        ids=seen.ids,
        total=seen.signals.total,
        last_page=_last_page(contract, seen.message),
        stable=stable(contract, seen.message),
        fingerprint=fingerprint,
        bytes=seen.message.response.wire_bytes,
        age=age(seen.message, contract.complete.fresh),
        digests=seen.message.response.digests,
        scores=seen.scores,
        relevance=None if contract.complete.gate is None else weigh(contract.complete.gate, seen.scores),
        sequence=sequence(seen.message, contract.complete.lsn),
        ended=seen.message.ended,
        outline=outline,
    )


def absent_end(contract: Contract, progress: Progress, turned: Turned) -> bool:
    """Whether *turned* would end the walk by something that is not there: no item at all, or no better mark of the end."""
    page = turned.page
    if page.decision != "end" or contract.claim.single:
        return False
    if page.number == 1 and page.count == 0:  # nothing at all: the cheapest answer to ask for twice
        return True
    if contract.complete.require > Grade.PAST_END:  # a second walk or a count tells
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
        return single(contract, message, _cut(contract.response.items, found, message, range(1)))
    if message.body is ABSENT:
        return single(contract, message, b"null")  # 204, declared
    place = contract.response.data
    state = at(message.body.value, place).state
    unexpected = (
        state is State.EMPTY and contract.response.schema is None
    )  # only a schema can say that nothing is right
    if state in (State.ABSENT, State.NULL) or unexpected:
        return Finding(
            code="data_missing", message=f"the result is {state.value}", where=f"body:{place}", have=state.value
        )
    return single(contract, message, slicing.value(message.response.content, place))


def single(contract: Contract, message: Message, content: bytes) -> Turned:
    """Make a page of the one result in *message*, whose bytes are *content*."""
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
        sequence=sequence(message, contract.complete.lsn),
        stable=stable(contract, message),
    )
    return Turned(page=page, items=content, onward=None, beyond=None)
