"""Calling witnesses: the requests that bring no items and only tell whether the items are all.

A census before and after, a probe behind the end, a probe of the way to continue, a second walk; and opening and closing
what is walked.  Each gives a fact for the evidence; what the facts are worth is judged elsewhere.  No clock, no network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..schemas.completeness import Census
from ..schemas.contract import Contract
from ..schemas.evidence import Count, Evidence, SecondWalk
from ..schemas.verdict import Finding
from ..schemas.walk import Offset, Scroll
from ..schemas.wire import Json, State
from ..validators.ending import Ends, GoesOn, decide
from ..validators.reading import Message, integer, read
from ..validators.records import records
from .asking import Conversation, Talk
from .draft import Draft, lay, render
from .looking import signals_of
from .progress import Progress, Turned
from .walking import ask, first, numbered, stepped

__all__ = ["Bound", "closed", "opened", "testify", "testify_before"]

SecondWalker: TypeAlias = "Callable[[Talk, Bound], Conversation[SecondWalk]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A contract bound to one call's arguments: the drafts that it will send, and the n or k of its claim.

    *resumed*: a call before this one sent the same write, and nobody knows what came of it.
    """

    contract: Contract
    draft: Draft
    count: int | None = None
    census: Draft | None = None
    closing: Draft | None = None
    confirm: Draft | None = None
    resumed: bool = False


def testify_before(talk: Talk, bound: Bound) -> Conversation[Count | None]:
    """Take the census before the walk, where the contract asks for it."""
    census = bound.contract.complete.census
    if census is None or bound.census is None or census.when == "after":
        return None
    return (yield from _count(talk, bound.census, census, "census_before"))


def testify(
    talk: Talk, bound: Bound, evidence: Evidence, last: Turned, walk_again: SecondWalker
) -> Conversation[Evidence]:
    """Call every witness that the contract names, after a walk that came to its end."""
    census, differential = bound.contract.complete.census, bound.contract.complete.differential
    liveness = yield from _liveness(talk, bound, evidence)
    past_end = (yield from _past_end(talk, bound, evidence, last)) if bound.contract.complete.past_end else None
    after = None
    if census is not None and bound.census is not None and census.when != "before":
        after = yield from _count(talk, bound.census, census, "census_after")
    second = None
    if differential is not None:
        second = yield from _second(talk, bound, differential.page_size, evidence, walk_again)
    return replace(evidence, liveness=liveness, past_end=past_end, after=after, second=second)


def _count(
    talk: Talk, draft: Draft, census: Census, purpose: Literal["census_before", "census_after"]
) -> Conversation[Count]:
    def accept(message: Message) -> int | Finding:
        found = read(message, census.at)
        counted = integer(found)
        if counted is None and found.state is State.ABSENT and census.absent == "count_items":
            listed = records(talk.contract.response, message)
            return listed if isinstance(listed, Finding) else len(listed.items)
        missing = Finding(
            code="census_missing",
            message="the independent count is not there",
            where=str(census.at),
            have=found.state.value,
        )
        return missing if counted is None else counted

    counted = yield from talk.ask(render(draft, "probe"), purpose, accept)
    return Count(None, counted) if isinstance(counted, Finding) else Count(counted)


def _items(talk: Talk, message: Message) -> int | Finding:
    listed = records(talk.contract.response, message)
    return listed if isinstance(listed, Finding) else len(listed.items)


def _past_end(talk: Talk, bound: Bound, evidence: Evidence, last: Turned) -> Conversation[Count]:
    """Ask behind the last item, even where the last page was empty: one answer cannot bear witness for itself."""
    behind = last.beyond if evidence.kept else None  # where there was no item at all: the first page again
    if evidence.kept and behind is None:
        message = "no position behind the last item is known"
        return Count(None, Finding(code="unproven", message=message, where="complete.past_end"))
    walk = bound.contract.walk
    if isinstance(walk, Offset) and last.page.count == 0 and evidence.kept:
        # The empty page was asked for at this very offset; only one further behind is another question.
        behind = numbered(walk, walk.start + evidence.kept + evidence.pages[0].count)
    request = render(ask(_sized(bound), behind), "probe")
    counted = yield from talk.ask(request, "past_end", lambda message: _items(talk, message))
    return Count(None, counted) if isinstance(counted, Finding) else Count(counted)


def _sized(bound: Bound) -> Draft:
    draft = bound.draft
    for target, value in first(bound.contract.walk):
        draft = lay(draft, target, value)
    return draft


Liveness: TypeAlias = Literal["seen", "probed", "vacuous", "dead", "unknown"]


def _liveness(talk: Talk, bound: Bound, evidence: Evidence) -> Conversation[Liveness]:
    """See whether the way to continue works: on an earlier page, or else by asking for pages of one item."""
    walk = bound.contract.walk
    if len(evidence.pages) > 1:
        return "seen"
    if walk.absence is None or walk.absence.liveness != "required" or walk.page_size is None:
        return "unknown"
    request = render(lay(_sized(bound), walk.page_size.send, 1), "probe")

    def accept(message: Message) -> Liveness | Finding:
        return _alive(talk, message, evidence.kept)

    asking: Conversation[Liveness | Finding] = talk.ask(request, "liveness", accept)
    seen = yield from asking
    return "unknown" if isinstance(seen, Finding) else seen


def _alive(talk: Talk, message: Message, kept: int) -> Liveness | Finding:
    listed = _items(talk, message)
    if isinstance(listed, Finding):
        return listed
    signals = signals_of(talk.contract, message, Progress(), count=listed)
    if isinstance(signals, Finding):
        return signals
    match decide(talk.contract.walk, None, signals):
        case GoesOn():
            return "probed"
        case Ends() if listed > 1:  # the page size is not obeyed, so nothing is learned
            return "unknown"
        case Ends() if kept <= 1 and listed == kept:
            return "vacuous"
        case _:
            return "dead"


def _second(
    talk: Talk, bound: Bound, declared: int, evidence: Evidence, walk_again: SecondWalker
) -> Conversation[SecondWalk]:
    """Walk again in pages of another size; of the declared one where the service takes no other."""
    size = bound.contract.walk.page_size
    if size is None:
        return SecondWalk(
            (), Finding(code="differential_mismatch", message="the contract names no page size to change")
        )
    other = _another_size(size.ask, declared, evidence)
    second = yield from walk_again(talk, _in_pages_of(bound, other))
    rejected = second.finding is not None and second.finding.code == "request_rejected"
    if not rejected or other == declared:
        return second
    return (yield from walk_again(talk, _in_pages_of(bound, declared)))


def _another_size(asked: int, declared: int, evidence: Evidence) -> int:
    """A size that gives other pages: the declared one, or less than came where no page was as large as *asked* for.

    Then the service gives no more, or there is no more, and a larger size would give the same pages again.
    """
    largest = max(page.count for page in evidence.pages)
    return largest - 1 if 1 < largest < asked and largest <= declared else declared


def _in_pages_of(bound: Bound, size: int) -> Bound:
    walk = bound.contract.walk
    paged = None if walk.page_size is None else replace(walk.page_size, ask=size)
    return replace(bound, contract=replace(bound.contract, walk=replace(walk, page_size=paged)))


# ------------------------------------------------------------------------------- opening and closing


def opened(talk: Talk, bound: Bound) -> Conversation[Bound | Finding]:
    """Open the snapshot that the walk is pinned to; what is asked from here on carries its token."""
    pin = bound.contract.walk.pin
    if pin is None:
        return bound

    def accept(message: Message) -> tuple[Json] | Finding:
        found = read(message, pin.at)
        missing = Finding(
            code="data_missing", message="no snapshot was opened", where=str(pin.at), have=found.state.value
        )
        return (found.value,) if found.state is State.VALUE else missing

    token = yield from talk.ask(render(stepped(bound.draft, pin.open), "open"), "open", accept)
    if isinstance(token, Finding):
        return token
    closing = None
    if pin.close is not None:
        closing = stepped(bound.draft, pin.close)
        closing = closing if pin.close_send is None else lay(closing, pin.close_send, token[0])
    return replace(bound, draft=lay(bound.draft, pin.send, token[0]), closing=closing)


def closed(talk: Talk, bound: Bound, last: Turned | None) -> Conversation[None]:
    """Close what was opened, without insisting: the items are in, and the service closes it by itself in time."""
    walk, closing = bound.contract.walk, bound.closing
    if isinstance(walk, Scroll) and walk.close is not None and last is not None and last.beyond is not None:
        closing = stepped(bound.draft, walk.close)
        for target, value in last.beyond.changes:
            closing = lay(closing, target, value)
    if closing is not None:
        yield from talk.ask(render(closing, "close"), "close", lambda message: message)
