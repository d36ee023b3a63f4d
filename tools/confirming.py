"""Settling a write whose answer was lost: a read, asked until it says that the write took effect, or twice that it did not.

That it took effect is believed at once.  That it did not is believed when it was read twice, because what was just written may
not be visible yet.  Anything else settles nothing.  No clock, no network; what is read is judged like any other answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import TypeAlias, assert_never

from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.expectation import Expectation
from ..schemas.operation import Confirm
from ..schemas.verdict import Finding
from ..schemas.wire import Request
from ..validators.reading import Message, holds
from .asking import Conversation, Talk
from .draft import Draft, render
from .observer import Observer
from .progress import Turned
from .retry import backoff
from .spool import Spool
from .standing import Standing
from .turning import alone
from .witnessing import Bound

__all__ = ["confirming", "unsettled"]


class _Told(Enum):
    """What one read says, where it does not say that the write took effect."""

    NOT_APPLIED = "not applied"
    NEITHER = "neither"


_Seen: TypeAlias = Turned | _Told


def unsettled(bound: Bound, evidence: Evidence) -> bool:
    """Whether *evidence* is of a write with an unknown outcome that a read can settle."""
    unknown = evidence.failure is not None and evidence.failure.code == "outcome_unknown"
    return unknown and bound.confirm is not None and bound.contract.confirm is not None


def confirming(
    bound: Bound,
    evidence: Evidence,
    *,
    spool: Spool,
    random: Callable[[], float],
    standing: Standing,
    observer: Observer,
) -> Conversation[Evidence]:
    """Ask the read that settles the write of *bound*; its result goes to *spool*, and what was read to the evidence."""
    confirm, draft = bound.contract.confirm, bound.confirm
    if confirm is None or draft is None:
        return evidence
    talk = Talk(contract=_reading(bound.contract, confirm), random=random, standing=standing, observer=observer)
    seen = yield from _asked(talk, confirm, _request(draft))
    attempts = (*evidence.attempts, *talk.attempts)
    evidence = replace(evidence, attempts=attempts, bytes=sum(attempt.bytes for attempt in attempts))
    return _settled(evidence, spool, seen)


def _reading(contract: Contract, confirm: Confirm) -> Contract:
    """The contract of the read: the API's own ways of saying no, and the status and the place of *confirm*."""
    written = contract.response
    response = Expectation(
        status=confirm.status,
        media=written.media,
        framing=written.framing,
        classify=written.classify,
        data=confirm.data,
    )
    return replace(contract, effects="read", response=response)


def _request(draft: Draft) -> Request:
    return render(draft, "probe")


def _asked(talk: Talk, confirm: Confirm, request: Request) -> Conversation[_Seen | Finding]:
    """Look at the state, several times where that may help; a finding where it cannot be seen."""
    retry, wait = talk.contract.policy.retry, 0.0
    looks, seen = max(2, retry.attempts), _Told.NEITHER

    def accept(message: Message) -> _Seen | Finding:
        return _read(talk.contract, confirm, message)

    for number in range(1, looks + 1):
        before = seen
        asking: Conversation[_Seen | Finding] = talk.ask(request, "settle", accept, wait=wait)
        looked = yield from asking
        if not isinstance(looked, _Told):
            return looked
        seen = looked
        if seen is before is _Told.NOT_APPLIED:
            return seen
        wait = max(retry.base, backoff(retry, number, talk.random))
    return _Told.NEITHER


def _read(contract: Contract, confirm: Confirm, message: Message) -> _Seen | Finding:
    if confirm.applied and all(holds(condition, message) for condition in confirm.applied):
        return alone(contract, message)
    denied = bool(confirm.not_applied) and all(holds(condition, message) for condition in confirm.not_applied)
    return _Told.NOT_APPLIED if denied else _Told.NEITHER


def _settled(evidence: Evidence, spool: Spool, seen: _Seen | Finding) -> Evidence:
    cause = evidence.failure
    match seen:
        case Turned(page=page, items=items):
            spool.append(items, page.count, page.fingerprint)
            return replace(
                evidence,
                stopped="end",
                failure=None,
                pages=(page,),
                kept=spool.kept,
                payload=spool.chained,
                settled="applied",
            )
        case _Told.NOT_APPLIED:
            message = "a read shows, twice, that the write did not take effect"
            failure = Finding(code="not_applied", message=message, have=cause.have if cause else None)
            return replace(evidence, failure=failure, settled="not_applied")
        case _Told.NEITHER:
            return _still_unknown(
                evidence, "the read that settles it shows neither that it took effect nor that it did not"
            )
        case Finding():
            return _still_unknown(evidence, f"the read that settles it gave no answer: {seen.message}")
        case _:
            assert_never(seen)


def _still_unknown(evidence: Evidence, why: str) -> Evidence:
    cause = evidence.failure
    if cause is None:
        return evidence
    return replace(evidence, failure=replace(cause, message=f"{cause.message}; {why}"))
