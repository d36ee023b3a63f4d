"""From evidence to answer: judge, write the receipt, and hand the payload over, or withhold it with the reasons.

The only place where `Delivered` is built.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..schemas.answer import Answer, Delivered, Receipt, Withheld
from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import Complete, Finding, Incomplete, Verdict
from ..validators.judgement import judge
from ..validators.recollection import judge_fresh, judge_last
from ..validators.witnesses import total_of
from .doubting import unsettled
from .keeping import Held
from .spool import Spool

__all__ = ["answered", "recalled", "refused", "weighed"]


def answered(contract: Contract, evidence: Evidence, spool: Spool, *, identity: str) -> Answer:
    """Judge *evidence* and answer; *spool* is handed over with a whole answer, and closed with any other."""
    answer = weighed(contract, evidence, spool, identity=identity)
    if isinstance(answer, Withheld):
        spool.close()
    return answer


def weighed(contract: Contract, evidence: Evidence, spool: Spool, *, identity: str) -> Answer:
    """Judge *evidence* and answer; *spool* is handed over with a whole answer, and left as it is with any other."""
    verdict = judge(contract, evidence)
    match verdict:
        case Complete():
            return Delivered(payload=spool, receipt=_receipt(contract, evidence, verdict, identity, spool.digest))
        case Incomplete():
            return Withheld(verdict=verdict, receipt=_receipt(contract, evidence, verdict, identity, None))
        case _:
            assert_never(verdict)


def recalled(
    contract: Contract, held: Held, *, identity: str, now: float, because: Finding | None = None
) -> Delivered | None:
    """Judge a kept answer anew, and give it again; None, and the spool closed, where it does not hold any more.

    *now* is Unix time in seconds.  With *because* it stands in for that failure, however old it is; without, it must be as
    fresh as the contract wants an answer to be.
    """
    age = now - held.evidence.started_at
    judged = judge_fresh if because is None else judge_last
    verdict = judged(contract, held.evidence, age=age)
    match verdict:
        case Complete():
            receipt = _receipt(contract, held.evidence, verdict, identity, held.spool.digest)
            again = replace(receipt, source="cache", age=age, because=because, origin=held.receipt, tried=held.tried)
            return Delivered(payload=held.spool, receipt=replace(again, requests=0, elapsed=0.0))
        case Incomplete():
            held.spool.close()
            return None
        case _:
            assert_never(verdict)


def refused(contract: Contract, finding: Finding, *, identity: str, at: float) -> Withheld:
    """Withhold without having asked anything: *finding* says why."""
    evidence = Evidence(stopped="failed", failure=finding, started_at=at, ended_at=at)
    verdict = Incomplete(findings=(finding,))
    return Withheld(verdict=verdict, receipt=_receipt(contract, evidence, verdict, identity, None))


def _receipt(
    contract: Contract, evidence: Evidence, verdict: Verdict, identity: str, payload_digest: str | None
) -> Receipt:
    complete = verdict if isinstance(verdict, Complete) else None
    claim = contract.claim.kind if evidence.bound is None else f"{contract.claim.kind}: {evidence.bound}"
    return Receipt(
        id=identity,
        tool=contract.name,
        provider=contract.provider.name,
        claim=claim,
        required=contract.complete.require,
        grade=complete.grade if complete else Grade.NONE,
        axes=complete.axes if complete else (),
        witnesses=verdict.witnesses,
        findings=verdict.findings if isinstance(verdict, Incomplete) else (),
        evidence=evidence,
        items=None if contract.claim.single else sum(page.count for page in evidence.pages),
        expected=_expected(contract, evidence),
        requests=len(evidence.attempts),
        pages=len(evidence.pages),
        contract_digest=contract.digest,
        payload_digest=payload_digest,
        as_of=evidence.started_at,
        elapsed=evidence.ended_at - evidence.started_at,
        unproven=unsettled(contract, evidence.started_at),
    )


def _expected(contract: Contract, evidence: Evidence) -> int | None:
    stated = total_of(contract, evidence)
    counts = [
        count.value for count in (evidence.after, evidence.before) if count is not None and count.value is not None
    ]
    return stated if stated is not None else counts[0] if counts else None
