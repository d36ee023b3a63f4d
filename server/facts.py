"""What of a receipt may be kept: facts about an answer, and nothing that the upstream's content or a caller's argument said.

It takes away; it never adds.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ..schemas.answer import Receipt
from ..schemas.evidence import Evidence, Page, Reading, SecondWalk
from ..schemas.verdict import Finding

__all__ = ["facts"]


def facts(receipt: Receipt) -> Receipt:
    """Return *receipt* without anything that the upstream's content said.

    Identifiers and scores go; positions become short digests, so that a loop can still be seen; readings keep their state only,
    and of the fields their names and types (`Page.outline`).
    What a caller's argument was goes as well: only where it did not fit stays.
    """
    findings = tuple(map(_facts_of_finding, receipt.findings))
    tried = tuple(replace(leg, finding=leg.finding and _facts_of_finding(leg.finding)) for leg in receipt.tried)
    return replace(receipt, findings=findings, tried=tried, evidence=_facts_of_evidence(receipt.evidence))


def _facts_of_finding(finding: Finding) -> Finding:
    if finding.code == "invalid_arguments":
        return replace(finding, message="an argument does not fit the tool's input schema", have=None, expected=None)
    return finding


def _facts_of_evidence(evidence: Evidence) -> Evidence:
    second = evidence.second and SecondWalk((), evidence.second.finding)
    pages = tuple(map(_facts_of_page, evidence.pages))
    failure = evidence.failure and _facts_of_finding(evidence.failure)
    return replace(evidence, pages=pages, second=second, failure=failure, position=_digest(evidence.position))


def _facts_of_page(page: Page) -> Page:
    return replace(
        page,
        asked=_digest(page.asked),
        offered=_digest(page.offered),
        more=_state(page.more),
        next=_state(page.next),
        stable=tuple(Reading(reading.state) for reading in page.stable),
        ids=(),
        scores=(),
    )


def _state(reading: Reading | None) -> Reading | None:
    return reading and Reading(reading.state)


def _digest(value: str | None) -> str | None:
    return None if value is None else hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
