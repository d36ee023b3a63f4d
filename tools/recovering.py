"""The ways back to a whole answer: other arguments, then other providers, in the order of the file.

A whole answer comes from one of them, under its own contract; no way ever adds to what another one brought.  Each that was
gone stands in the receipt.  Where no way leads to an answer, the tool's own refusal is what is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeGuard

from ..schemas.answer import Answer, Withheld
from ..schemas.contract import Contract
from ..schemas.policy import Fallback
from ..schemas.wire import Json
from .journey import Journey, Once
from .once import Trip

__all__ = ["FINAL", "recovered"]

FINAL = frozenset(
    {"invalid_arguments", "request_rejected", "not_found", "too_large", "outcome_unknown", "generation_refused"}
    | {"approval_unavailable", "approval_declined", "approval_stale", "internal_error"}
    | {"not_applied", "write_in_progress", "idempotency_conflict", "idempotency_mismatch"}
)
"""Codes that speak of the call and not of the service: nobody else is asked, unless a fallback names the code itself."""

_UNSETTLED = frozenset({"outcome_unknown", "not_applied", "write_in_progress"})
"""What may have taken effect, or still may: no other way is gone, whatever the file says, and this is what is told."""


async def recovered(contract: Contract, arguments: Mapping[str, Json], trip: Trip, once: Once) -> Answer:
    """Call *contract*, and go its ways back, one after the other, until one leads to a whole answer."""
    policy = contract.policy
    if not policy.recover and not policy.fallback:
        return await once(contract, arguments, until=trip.deadline)
    journey = Journey(contract=contract, arguments=arguments, trip=trip, once=once)
    answer = own = await journey.leg("first", contract, arguments, until=_share(contract, trip))
    for number, step in enumerate(policy.recover, 1):
        if _goes_on(answer, contract) and _code(answer) in step.on:
            until = _share(contract, trip)
            answer = await journey.with_others(f"recover {number}", contract, step, until=until, refusal=answer)
    reason = _code(answer) if isinstance(answer, Withheld) else ""
    for number, fallback in enumerate(policy.fallback, 1):
        if _goes_on(answer, contract) and _elsewhere(contract, fallback, reason, _code(answer)):
            until = _share(contract, trip, gone=number)
            answer = await journey.elsewhere(f"fallback {number}", contract, fallback, until=until, refusal=answer)
    return _told(own if _goes_on(answer, contract) else answer, journey)


def _told(answer: Answer, journey: Journey) -> Answer:
    """Put the legs into the receipt of the one that is told: what the whole call cost is what all of them did."""
    legs = tuple(journey.legs)
    if len(legs) < 2:
        return answer
    requests, elapsed = sum(leg.requests for leg in legs), sum(leg.elapsed for leg in legs)
    return replace(answer, receipt=replace(answer.receipt, tried=legs, requests=requests, elapsed=elapsed))


def _goes_on(answer: Answer, contract: Contract) -> TypeGuard[Withheld]:
    """Whether another way may be gone: there is no answer yet, and no write that may have taken effect."""
    return isinstance(answer, Withheld) and not (contract.effects == "write" and _code(answer) in _UNSETTLED)


def _code(answer: Withheld) -> str:
    return answer.verdict.findings[0].code


def _elsewhere(contract: Contract, fallback: Fallback, reason: str, latest: str) -> bool:
    """Whether *fallback* may be asked after the tool's own refusal (*reason*), and after the *latest* of any way.

    A refusal by a model ends it, whichever model said so: nobody is asked until one is found that does not mind.
    """
    if contract.effects == "write" and not fallback.equivalent:
        return False
    return all(_is_for(contract, fallback, code) for code in {reason, latest} if code in (reason, "generation_refused"))


def _is_for(contract: Contract, fallback: Fallback, code: str) -> bool:
    gone = (
        code == "not_found" and contract.claim.kind == "generation"
    )  # a model that no longer is; no caller can mend it
    by_default = code not in FINAL or gone
    return code in fallback.also or (code in fallback.on if fallback.on else by_default)


def _share(contract: Contract, trip: Trip, gone: int = 0) -> float:
    """Until when a way may last: where fallbacks are still due, one attempt's time is kept back, half of what is left at most."""
    kept = min(contract.policy.attempt_timeout, trip.left() / 2) if gone < len(contract.policy.fallback) else 0.0
    return trip.deadline - kept
