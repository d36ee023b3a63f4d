"""Is the whole answer there?  Rules speak against it, witnesses for it, and the grade is what they reach.

`unknown` never rounds up: a claim is complete where no rule finds anything and a witness reaches the required grade.  No I/O.
"""

from __future__ import annotations

from ..schemas.contract import Contract, Grade
from ..schemas.evidence import Evidence
from ..schemas.verdict import AXES, Axis, Complete, Finding, Incomplete, Standing, Verdict, Witness
from .rules import RULES
from .witnesses import WITNESSES

__all__ = ["judge"]

_ORDER: tuple[Standing, ...] = ("corroborated", "asserted", "unknown")  # the strongest word on an axis counts


def _standing(axis: Axis, witnesses: tuple[Witness, ...]) -> Standing:
    standings: set[Standing] = {witness.standing for witness in witnesses if witness.axis == axis}
    for standing in _ORDER:
        if standing in standings:
            return standing
    return "unknown"


def judge(contract: Contract, evidence: Evidence) -> Verdict:
    """Appraise *evidence* by *contract*: complete at the grade that the witnesses reach, or incomplete with every reason."""
    findings = tuple(finding for rule in RULES for finding in rule(contract, evidence))
    if not evidence.pages or evidence.failure is not None:
        return Incomplete(findings=findings)
    witnesses = tuple(witness for testimony in WITNESSES for witness in testimony(contract, evidence))
    if findings:
        return Incomplete(findings=findings, witnesses=witnesses)
    grade = max(witness.grade for witness in witnesses)
    if grade < contract.complete.require:
        return Incomplete(findings=(_unproven(contract, grade),), witnesses=witnesses)
    return Complete(grade=grade, axes=tuple((axis, _standing(axis, witnesses)) for axis in AXES), witnesses=witnesses)


def _unproven(contract: Contract, grade: Grade) -> Finding:
    message = "the evidence is sound and weaker than the contract requires"
    return Finding(
        code="unproven",
        message=message,
        where="complete.require",
        have=str(grade),
        expected=str(contract.complete.require),
    )
