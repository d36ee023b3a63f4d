"""Is the whole answer there?  Rules speak against it, witnesses for it, and the grade is what they reach.

`unknown` never rounds up: a claim is complete where no rule finds anything and a witness reaches the required grade.  No I/O.
"""

from __future__ import annotations

from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import AXES, Axis, Complete, Finding, Incomplete, Standing, Verdict, Witness
from .rules import RULES
from .witnesses import WITNESSES

__all__ = ["RELEASABLE", "judge"]

RELEASABLE = frozenset({"low_relevance", "stale", "unproven"})
"""The codes in spite of which a person may release an answer: it is whole as far as it goes, and may still not be meant."""

_ORDER: tuple[Standing, ...] = ("corroborated", "asserted", "unknown")  # the strongest word on an axis counts


def _standing(axis: Axis, witnesses: tuple[Witness, ...]) -> Standing:
    standings: set[Standing] = {witness.standing for witness in witnesses if witness.axis == axis}
    for standing in _ORDER:
        if standing in standings:
            return standing
    return "unknown"


def judge(contract: Contract, evidence: Evidence) -> Verdict:
    """Appraise *evidence* by *contract*: complete at the grade that the witnesses reach, or incomplete with every reason.

    What a person released by `evidence.released` is no reason against, as far as the contract lets a person release it.
    """
    found = tuple(finding for rule in RULES for finding in rule(contract, evidence))
    if not evidence.pages or evidence.failure is not None:
        return Incomplete(findings=found)
    witnesses = tuple(witness for testimony in WITNESSES for witness in testimony(contract, evidence))
    grade = max(witness.grade for witness in witnesses)
    if grade < contract.complete.require and all(finding.code in RELEASABLE for finding in found):
        found = (*found, _unproven(contract, grade))
    released = tuple(finding for finding in found if _is_released(contract, evidence, finding))
    findings = tuple(finding for finding in found if finding not in released)
    if findings:
        return Incomplete(findings=findings, witnesses=witnesses)
    witnesses += tuple(_release(finding) for finding in released)
    return Complete(grade=grade, axes=tuple((axis, _standing(axis, witnesses)) for axis in AXES), witnesses=witnesses)


def _is_released(contract: Contract, evidence: Evidence, finding: Finding) -> bool:
    allowed = RELEASABLE.intersection(contract.review)
    return finding.code in allowed and finding.code in evidence.released


def _release(finding: Finding) -> Witness:
    """Put on record that the answer was handed over in spite of *finding*; it vouches for nothing."""
    said = f"a person released it in spite of {finding.code}: {finding.message}"
    return Witness(name="released", axis="meaning", standing="unknown", says=said)


def _unproven(contract: Contract, grade: Grade) -> Finding:
    message = "the evidence is sound and weaker than the contract requires"
    return Finding(
        code="unproven",
        message=message,
        where="complete.require",
        have=str(grade),
        expected=str(contract.complete.require),
    )
