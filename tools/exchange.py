"""One call as a conversation: a generator that yields requests, is sent outcomes, and returns evidence.

The three laws:

1. Whatever happens on the wire is a value (`Outcome`), never an exception.
2. Facts (`Evidence`) hold no opinion; opinions (`Verdict`) hold no fact that they do not cite.
3. A payload leaves only inside `Delivered`, and `Delivered` is built in one place, under `case Complete()`.

             ┌──────────────── exchange: no clock, no network ────────────────┐
    Draft ──►│ yield Send(request, wait, soon)  ◄── outcome ── the driver     │──► Evidence
             │   inspect(contract, outcome)                                   │
             │     Sound    → turn the page → where next, or the end          │
             │     Again    → wait longer, the same request                   │
             │     Hopeless → stop                                            │
             └────────────────────────────────────────────────────────────────┘

`Send` names the requests that come soon where pages can be addressed up front, so that they are under way while one page is
read.  This module never sleeps, never looks at a clock and never opens a socket; it never decides what is delivered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from ..schemas.contract import Contract
from ..schemas.evidence import Evidence, Page, Purpose, SecondWalk, Stop
from ..schemas.secret import ApiKey
from ..schemas.verdict import Finding, Incomplete
from ..schemas.wire import Request
from ..validators.judgement import judge
from ..validators.leading import forgotten
from ..validators.reading import Message
from .asking import Conversation, Talk
from .draft import Draft, lay, render
from .generating import answer, limit_of, raised
from .observer import Observer
from .planning import plan
from .progress import Progress, Turned
from .spool import Spool
from .standing import Standing
from .turning import absent_end, alone, turn
from .walking import Position, ask, first
from .witnessing import Bound, closed, opened, testify, testify_before

__all__ = ["exchange"]

_RESTARTS = 2
_CONFIRMATIONS = 2


@dataclass(slots=True)
class _Walk:
    """One walk from its first page to wherever it stopped."""

    progress: Progress = field(default_factory=Progress)
    stopped: Stop = "failed"
    failure: Finding | None = None
    last: Turned | None = None
    confirmed: bool = False


def exchange(
    bound: Bound, *, spool: Spool, random: Callable[[], float], standing: Standing, observer: Observer
) -> Conversation[Evidence]:
    """Ask for everything that *bound* promises; items go to *spool*, facts come back as evidence."""
    talk = Talk(contract=bound.contract, random=random, standing=standing, observer=observer, reached=bound.resumed)
    evidence = yield from _restarting(talk, bound, spool)
    spool.seal()
    sent = sum(attempt.bytes for attempt in talk.attempts)
    return replace(evidence, attempts=tuple(talk.attempts), bytes=sent, resumed=bound.resumed)


def _restarting(talk: Talk, bound: Bound, spool: Spool) -> Conversation[Evidence]:
    """Walk; where the contract names what is wrong as something to start anew after, start anew, a few times at most."""
    for restarts in count():
        before = yield from testify_before(talk, bound)
        evidence = yield from _pinned(talk, bound, spool)
        if before is not None or restarts:
            evidence = replace(evidence, before=before, restarts=restarts)
        if restarts == _RESTARTS or not _to_restart(bound.contract, evidence):
            return evidence
        spool.restart()
    raise AssertionError("count() has no end")


def _to_restart(contract: Contract, evidence: Evidence) -> bool:
    """Whether another walk may be whole: what stopped this one, or what speaks against it, is named for that."""
    named = contract.walk.restart_on
    if not named or contract.effects == "write":
        return False
    verdict = judge(contract, evidence)
    return isinstance(verdict, Incomplete) and verdict.findings[0].code in named


def _pinned(talk: Talk, bound: Bound, spool: Spool) -> Conversation[Evidence]:
    """Open what is walked, walk it, call the witnesses, and close it."""
    opening = yield from opened(talk, bound)
    if isinstance(opening, Finding):
        return Evidence(stopped="failed", failure=opening)
    walk = yield from _walked(talk, opening, spool)
    evidence = _gathered(walk, opening, spool)
    if walk.stopped == "end" and walk.last is not None:
        evidence = yield from testify(talk, opening, evidence, walk.last, _another_walk)
    yield from closed(talk, opening, walk.last)
    return evidence


def _gathered(walk: _Walk, bound: Bound, spool: Spool) -> Evidence:
    pages = tuple(walk.progress.pages)
    caught_up = bound.contract.claim.kind == "caught_up_to" and bool(pages)
    return Evidence(
        stopped=walk.stopped,
        pages=pages,
        failure=walk.failure,
        bound=bound.count,
        confirmed=walk.confirmed,
        kept=spool.kept,
        payload=spool.chained,
        position=_position(pages[-1]) if caught_up else None,
    )


def _position(last: Page) -> str | None:
    """Where to go on from, once all up to now is there: the last cursor that was given, or the last that was asked for."""
    return (last.next.text if last.next is not None else None) or last.asked


def _walked(talk: Talk, bound: Bound, spool: Spool | None) -> Conversation[_Walk]:
    """Walk from the first page to the end, the bound, or the first thing that cannot be mended."""
    if bound.contract.claim.kind == "generation":
        return (yield from _generated(talk, bound, spool))
    walk, position, draft, asked = _Walk(), None, bound.draft, ""
    for target, value in first(bound.contract.walk):
        draft = lay(draft, target, value)
    coming: dict[str, Request] = {}
    while True:
        known = None if position is None else coming.pop(position.key, None)
        request, soon = known or render(ask(draft, position)), tuple(coming.values())
        asked = request.url if position is None else asked
        if (lost := _lost(bound.contract, asked, request, position)) is not None:
            walk.failure = lost
            return walk
        purpose: Purpose = "page" if spool is not None else "differential"
        turned = yield from _page(talk, bound, request, walk.progress, position, soon=soon, purpose=purpose)
        if not isinstance(turned, Finding) and spool is not None and absent_end(bound.contract, walk.progress, turned):
            turned = yield from _confirmed(talk, bound, request, walk, turned, position=position)
        if isinstance(turned, Finding):
            walk.failure = turned
            return walk
        _commit(talk, walk, turned, spool)
        if turned.onward is None:
            walk.stopped = "bound" if turned.bounded else "end"
            return walk
        position = turned.onward
        coming = _coming(bound, draft, walk.progress, coming)


def _lost(contract: Contract, asked: str, request: Request, position: Position | None) -> Finding | None:
    """Find what the first page was asked for and a URL of the service leaves out; size and credential are no question."""
    if position is None or position.url is None:
        return None
    size, auth = contract.walk.page_size, contract.provider.auth
    aside = [] if size is None else [size.send.path]
    return forgotten(asked, request.url, [*aside, auth.name] if isinstance(auth, ApiKey) else aside)


def _generated(talk: Talk, bound: Bound, spool: Spool | None) -> Conversation[_Walk]:
    """Ask for one generated answer; one that was cut at its token limit is asked for anew with a higher one, never continued."""
    walk, draft, contract = _Walk(), bound.draft, bound.contract
    while True:
        accept = partial(answer, contract, limit=limit_of(contract, draft))
        turned = yield from talk.ask(render(draft), "page", accept, before=_tried(talk))
        if not isinstance(turned, Finding):
            _commit(talk, walk, turned, spool)
            walk.stopped = "end"
            return walk
        higher = raised(contract, draft) if turned.code == "token_limit" else None
        spent = _tried(talk) >= contract.policy.retry.attempts
        if higher is None or spent or not talk.standing.spend():
            walk.failure = turned
            return walk
        draft = higher


def _tried(talk: Talk) -> int:
    return sum(attempt.purpose == "page" for attempt in talk.attempts)


def _page(
    talk: Talk,
    bound: Bound,
    request: Request,
    progress: Progress,
    position: Position | None,
    *,
    purpose: Purpose,
    soon: tuple[Request, ...] = (),
) -> Conversation[Turned | Finding]:
    contract = bound.contract

    def accept(message: Message) -> Turned | Finding:
        if contract.claim.kind == "one":
            return alone(contract, message)
        count = None if purpose == "differential" else bound.count
        return turn(contract, progress, message, asked=position, url=request.url, bound=count)

    return (yield from talk.ask(request, purpose, accept, page=len(progress.pages) + 1, soon=soon))


def _confirmed(
    talk: Talk, bound: Bound, request: Request, walk: _Walk, turned: Turned, *, position: Position | None
) -> Conversation[Turned | Finding]:
    """Ask again for a page that ends the walk by what is not there: a fault that passes must not be taken for the end."""
    for _ in range(_CONFIRMATIONS):
        again = yield from _page(talk, bound, request, walk.progress, position, purpose="confirm")
        if isinstance(again, Finding) or not absent_end(bound.contract, walk.progress, again):
            return again
        if (again.page.count, again.page.ids) == (turned.page.count, turned.page.ids):
            walk.confirmed = True
            return again
        turned = again
    return Finding(code="mutated_during_walk", message="the last page is another one each time that it is asked for")


def _commit(talk: Talk, walk: _Walk, turned: Turned, spool: Spool | None) -> None:
    number = len(walk.progress.pages) + 1
    tried = sum(attempt.page == number and attempt.purpose == "page" for attempt in talk.attempts[-8:])
    walk.progress.commit(turned if tried < 2 else replace(turned, page=replace(turned.page, attempts=tried)))
    walk.last = turned
    if spool is not None:
        spool.append(turned.items, turned.page.count, turned.page.fingerprint)
        talk.observer.turned(turned.page)


def _coming(bound: Bound, draft: Draft, progress: Progress, known: dict[str, Request]) -> dict[str, Request]:
    """Write the requests of the pages that can be addressed up front, by position; those *known* are written already."""
    positions = plan(bound.contract, progress, bound.count)
    return {position.key: known.get(position.key) or render(ask(draft, position)) for position in positions}


def _another_walk(talk: Talk, bound: Bound) -> Conversation[SecondWalk]:
    """Walk once more, keeping the identifiers only."""
    walk = yield from _walked(talk, bound, None)
    if walk.failure is not None:
        return SecondWalk((), walk.failure)
    pages = walk.progress.pages
    ids = tuple(sorted(identity for page in pages for identity in page.ids))
    size = bound.contract.walk.page_size
    return SecondWalk(ids, counts=tuple(page.count for page in pages), size=None if size is None else size.ask)
