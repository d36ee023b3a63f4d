"""From evidence to answer: judge, write the receipt, and hand the payload over, or withhold it with the reasons.

The only place where `Delivered` is built.
"""

from __future__ import annotations

from typing import assert_never

from ..schemas.answer import Answer, Delivered, Receipt, Withheld
from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import Complete, Finding, Incomplete, Verdict
from ..validators.judgement import judge
from ..validators.witnesses import total_of
from .spool import Spool

__all__ = ["answered", "refused"]


def answered(contract: Contract, evidence: Evidence, spool: Spool, *, identity: str) -> Answer:
    """Judge *evidence* and answer; *spool* is handed over with a whole answer, and closed with any other."""
    verdict = judge(contract, evidence)
    match verdict:
        case Complete():
            return Delivered(payload=spool, receipt=_receipt(contract, evidence, verdict, identity, spool.digest))
        case Incomplete():
            spool.close()
            return Withheld(verdict=verdict, receipt=_receipt(contract, evidence, verdict, identity, None))
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
        items=None if contract.claim.kind == "one" else sum(page.count for page in evidence.pages),
        expected=_expected(contract, evidence),
        requests=len(evidence.attempts),
        pages=len(evidence.pages),
        contract_digest=contract.digest,
        payload_digest=payload_digest,
        as_of=evidence.started_at,
        elapsed=evidence.ended_at - evidence.started_at,
    )


def _expected(contract: Contract, evidence: Evidence) -> int | None:
    stated = total_of(contract, evidence)
    counts = [
        count.value for count in (evidence.after, evidence.before) if count is not None and count.value is not None
    ]
    return stated if stated is not None else counts[0] if counts else None
