"""Settling a write whose answer was lost: a read, asked until it says that the write took effect, or may say that it did not.

That it took effect is believed at once.  That it did not is believed only when its effect has had the time to show that the
contract gives it, when two reads in a row say so, and when nothing that the service said speaks against it.  Anything else
settles nothing.  No clock, no network: the time is that of the attempts and the waits between them, which is never more than
went by.  What is read is judged like any other answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from itertools import count
from typing import Final, TypeAlias, assert_never

from ..schemas.contract import Contract
from ..schemas.evidence import Attempt, Evidence
from ..schemas.expectation import Expectation
from ..schemas.operation import Confirm
from ..schemas.verdict import Finding
from ..schemas.wire import Request
from ..validators.holding import holds
from ..validators.reading import Message
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
    TOO_SOON = "not applied, as far as could be seen before the deadline"


_Seen: TypeAlias = Turned | _Told

_LOOKS: Final = 20  # of equal distance at most, in the time that an effect has to show
_EXACT: Final = 1e-6  # seconds by which a sum of waits may be off
_GIVEN_UP: Final = frozenset({"attempt_timeout", "deadline_exceeded"})


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
    doubt = _against(evidence.attempts, repeatable=bound.draft.resend) if seen is _Told.NOT_APPLIED else None
    attempts = (*evidence.attempts, *talk.attempts)
    evidence = replace(evidence, attempts=attempts, bytes=sum(attempt.bytes for attempt in attempts))
    return _settled(evidence, spool, seen, confirm) if doubt is None else _still_unknown(evidence, doubt)


def _against(attempts: tuple[Attempt, ...], *, repeatable: bool) -> str | None:
    """Say why the write may take effect later although no read shows it; None where nothing speaks for that."""
    for attempt in attempts:
        finding = attempt.finding
        said = frozenset[object]() if finding is None else frozenset({finding.code, finding.have})
        if attempt.status is not None and 200 <= attempt.status < 300:
            return f"no read shows its effect, but the service answered {attempt.status}"
        if "write_in_progress" in said:
            return "no read shows its effect, but the service said that it was still at it"
        if not repeatable and said & _GIVEN_UP:
            return "no read shows its effect, but the service was still at it when it was given up"
    return None


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
    """Look at the state until the effect shows or has had its time to; a finding where the state cannot be seen."""
    seen: _Told | None = None

    def accept(message: Message) -> _Seen | Finding:
        return _read(talk.contract, confirm, message)

    for number in count():
        before, wait = seen, _wait(talk, confirm, number)
        asking: Conversation[_Seen | Finding] = talk.ask(request, "settle", accept, wait=wait)
        looked = yield from asking
        if isinstance(looked, Finding) and looked.code == "deadline_exceeded" and before is not None:
            return _Told.TOO_SOON
        if not isinstance(looked, _Told):
            return looked
        seen = looked
        over = _passed(talk) >= confirm.settles - _EXACT
        if over and (seen is _Told.NEITHER or seen is before):
            return seen
    raise AssertionError("count() has no end")


def _passed(talk: Talk) -> float:
    return sum(attempt.waited + attempt.elapsed for attempt in talk.attempts)


def _wait(talk: Talk, confirm: Confirm, number: int) -> float:
    """How long to wait before the look after *number* others: longer and longer, and not beyond the time there is."""
    if number == 0:
        return 0.0
    retry = talk.contract.policy.retry
    wait = max(retry.base, backoff(retry, number, talk.random), confirm.settles / _LOOKS)
    left = confirm.settles - _passed(talk)
    return min(wait, left) if left > _EXACT else wait


def _read(contract: Contract, confirm: Confirm, message: Message) -> _Seen | Finding:
    if confirm.applied and all(holds(condition, message) for condition in confirm.applied):
        return alone(contract, message)
    denied = bool(confirm.not_applied) and all(holds(condition, message) for condition in confirm.not_applied)
    return _Told.NOT_APPLIED if denied else _Told.NEITHER


def _settled(evidence: Evidence, spool: Spool, seen: _Seen | Finding, confirm: Confirm) -> Evidence:
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
            message = "reads show that the write did not take effect, and its effect had the time to show"
            failure = Finding(code="not_applied", message=message, have=cause.have if cause else None)
            return replace(evidence, failure=failure, settled="not_applied")
        case _Told.NEITHER:
            return _still_unknown(
                evidence, "the read that settles it shows neither that it took effect nor that it did not"
            )
        case _Told.TOO_SOON:
            time = f"the deadline came before the {confirm.settles:g} s were over in which it may show"
            return _still_unknown(evidence, f"no read showed its effect, and {time}")
        case Finding():
            return _still_unknown(evidence, f"the read that settles it gave no answer: {seen.message}")
        case _:
            assert_never(seen)


def _still_unknown(evidence: Evidence, why: str) -> Evidence:
    cause = evidence.failure
    if cause is None:
        return evidence
    return replace(evidence, failure=replace(cause, message=f"{cause.message}; {why}"))
