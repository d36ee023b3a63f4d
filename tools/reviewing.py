"""Releasing an answer that proves less than it should: a person sees what it lacks, and says yes to handing it over.

Only the answer of the tool itself, to the arguments as they came, is put up; and only where every doubt about it may be passed
over by the contract (`review`).  It is judged again with what the person released, and leaves like any other answer.  What one
credential has read is never released to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from ..schemas.answer import Answer, Asked, Question, Receipt, Withheld
from ..schemas.approving import Approval, Decision
from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import Complete, Finding, Incomplete
from ..schemas.wire import Fault, Json
from ..validators.judgement import judge
from .account import account
from .answering import answered, weighed
from .approving import declined, stale
from .binding import bind
from .canonical import digest
from .keeping import keep, recall
from .people import Approved, Caller, Declined, Deferred, Said, Stale, Unavailable
from .showing import shortfall_shown
from .spool import Spool
from .surroundings import Surroundings

__all__ = ["Doubt", "Doubts", "parked", "releasable", "review"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """An answer that a person may release: *contract* bound to its call, what was seen, and why it is held back.

    *whose* names the credential that it was read with, a fault where it could not be told.
    """

    contract: Contract
    arguments: Mapping[str, Json]
    evidence: Evidence
    spool: Spool
    refusal: Withheld
    grade: Grade
    whose: str | Fault


@dataclass(slots=True)
class Doubts:
    """The first doubtful answer of a call, kept open until it is known whether a better one comes."""

    held: Doubt | None = field(default=None)

    def offer(self, doubt: Doubt) -> None:
        """Hold *doubt*, or let it go where there is one before it."""
        if self.held is None:
            self.held = doubt
        else:
            doubt.spool.close()

    def close(self) -> None:
        """Let go what is held."""
        if self.held is not None:
            self.held.spool.close()


def releasable(contract: Contract, evidence: Evidence) -> Grade | None:
    """Return the grade that *evidence* reaches once a person passed over every doubt that *contract* names; None if none."""
    if not contract.review:
        return None
    verdict = judge(contract, replace(evidence, released=contract.review))
    return verdict.grade if isinstance(verdict, Complete) else None


async def parked(
    contract: Contract, arguments: Mapping[str, Json], surroundings: Surroundings, *, name: str
) -> Doubt | None:
    """Return the answer that was put up for release under *name* in an earlier round; None where there is none."""
    bound = bind(contract, arguments, environment=surroundings.environment, key="")
    if isinstance(bound, Finding):
        return None
    whose = await account(bound.contract, surroundings)
    held = None if isinstance(whose, Fault) else recall(surroundings.store, _place(name, whose))
    if held is None:
        return None
    grade = releasable(bound.contract, held.evidence)
    refusal = weighed(bound.contract, held.evidence, held.spool, identity=held.receipt)
    if grade is None or not isinstance(refusal, Withheld):
        held.spool.close()
        return None
    told = replace(refusal, receipt=replace(refusal.receipt, tried=held.tried, decisions=held.decisions))
    return Doubt(
        contract=bound.contract,
        arguments=arguments,
        evidence=held.evidence,
        spool=held.spool,
        refusal=told,
        grade=grade,
        whose=whose,
    )


async def review(doubt: Doubt, caller: Caller, surroundings: Surroundings) -> Answer | Asked:
    """Ask whether *doubt* may be handed over; its spool is given with the answer, or closed."""
    try:
        whose = await account(doubt.contract, surroundings)
        if isinstance(whose, Fault) or whose != doubt.whose:
            doubt.spool.close()
            return _held_back(doubt, after=_unavailable("it is not certain with which credential it was read"))
        question = _question(doubt, whose)
        said = await caller.people.ask(question)
    except BaseException:  # cancelled
        doubt.spool.close()
        raise
    if caller.resumes is not None and not isinstance(said, Deferred):
        surroundings.store.take(_place(caller.resumes, whose))
    return _meant(doubt, question, said, whose, surroundings)


def _question(doubt: Doubt, whose: str) -> Question:
    contract, receipt = doubt.contract, doubt.refusal.receipt
    codes = tuple(dict.fromkeys(finding.code for finding in doubt.refusal.verdict.findings))
    bound_to = ["review", contract.digest, dict(doubt.arguments), whose, doubt.evidence.payload, list(codes)]
    message = shortfall_shown(
        contract,
        doubt.refusal.verdict.findings,
        claim=receipt.claim,
        reached=str(doubt.grade),
        items=receipt.items,
        pages=receipt.pages,
    )
    return Question(
        kind="review",
        tool=contract.name,
        message=message,
        subject=digest(bound_to),
        expires=(contract.approval or Approval()).expires,
        codes=codes,
    )


def _meant(doubt: Doubt, question: Question, said: Said, whose: str, surroundings: Surroundings) -> Answer | Asked:
    now = surroundings.now()
    match said:
        case Approved(by):
            return _released(doubt, Decision(kind="review", action="approved", by=by, at=now, codes=question.codes))
        case Deferred(state, name):
            receipt = doubt.refusal.receipt
            until = now + question.expires
            place = _place(name, whose)
            kept = keep(
                surroundings.store,
                place,
                doubt.evidence,
                doubt.spool,
                receipt=receipt.id,
                until=until,
                tried=receipt.tried,
                decisions=receipt.decisions,
            )
            doubt.spool.close()
            if kept:
                return Asked(question=question, state=state)
            return _held_back(doubt, after=_unavailable("the answer cannot be kept until a person has looked"))
        case Declined(before=True):
            doubt.spool.close()
            return _held_back(doubt, after=declined(said, "it was not released"))
        case Declined(by, action):
            doubt.spool.close()
            return _decided(doubt.refusal, Decision(kind="review", action=action, by=by, at=now, codes=question.codes))
        case Stale(why, used):
            doubt.spool.close()
            return _held_back(doubt, before=stale(question, why, used=used))
        case Unavailable(why):
            doubt.spool.close()
            return _held_back(doubt, after=_unavailable(why))
        case _:
            assert_never(said)


def _released(doubt: Doubt, decision: Decision) -> Answer:
    evidence = replace(doubt.evidence, released=decision.codes)
    told = doubt.refusal.receipt
    answer = answered(doubt.contract, evidence, doubt.spool, identity=told.id)
    receipt = replace(answer.receipt, tried=told.tried, decisions=told.decisions)
    return _decided(replace(answer, receipt=receipt), decision)


def _decided(answer: Answer, decision: Decision) -> Answer:
    return replace(answer, receipt=replace(answer.receipt, decisions=(*answer.receipt.decisions, decision)))


def _unavailable(why: str) -> Finding:
    return Finding(code="approval_unavailable", message=f"a person might release it, but {why}")


def _held_back(doubt: Doubt, *, before: Finding | None = None, after: Finding | None = None) -> Withheld:
    found = doubt.refusal.verdict.findings
    findings = (*((before,) if before else ()), *found, *((after,) if after else ()))
    receipt: Receipt = replace(doubt.refusal.receipt, findings=findings)
    return Withheld(verdict=Incomplete(findings=findings, witnesses=doubt.refusal.verdict.witnesses), receipt=receipt)


def _place(name: str, whose: str) -> str:
    return f"review:{name}:{whose}"
