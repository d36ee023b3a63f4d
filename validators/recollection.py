"""Is a kept answer fit to be given again?  Its evidence is judged once more, by today's contract and at today's age.

It never takes the word of whoever kept the answer that it was whole.  No I/O, no clock: the age is a parameter.
"""

from __future__ import annotations

from dataclasses import replace

from ..schemas.contract import Contract
from ..schemas.evidence import Evidence, Page
from ..schemas.verdict import Verdict
from .judgement import judge

__all__ = ["OF_THE_SERVICE", "judge_fresh", "judge_last"]

OF_THE_SERVICE = frozenset(
    # no answer, or none in time
    {"deadline_exceeded", "attempt_timeout", "unreachable", "unavailable", "rate_limited"}
    | {"circuit_open", "overloaded_here", "upstream_error"}
    # a message that is not whole
    | {"truncated_body", "unproven_end", "surplus_bytes", "framing_error", "truncated_coding", "digest_mismatch"}
    | {"digest_missing", "partial_response", "wrong_media_type", "not_json", "empty_body"}
    # an answer of another shape
    | {"schema_violation", "items_missing", "item_invalid", "columns_uneven", "id_missing", "score_missing"}
    | {"partial_flag", "nested_truncated", "data_missing", "channel_vanished"}
    # a walk that did not come to its end
    | {"cursor_expired", "end_marker_missing", "cursor_missing", "more_without_cursor", "cursor_after_end"}
    | {"cursor_loop", "repeated_page", "duplicate_id", "unexpected_empty_page", "channel_dead"}
    | {
        "generation_truncated",
        "broken_stream",
        "generation_failed",
        "generation_empty",
        "generation_mismatch",
        "stop_reason_missing",
    }
    | {"output_invalid"}
    # witnesses against
    | {"total_missing", "total_mismatch", "total_changed", "census_missing", "census_moved", "census_mismatch"}
    | {"past_end_not_empty", "differential_mismatch", "page_count_mismatch", "mutated_during_walk", "stale"}
)
"""Codes that speak of the service as it is now, and not of the call: for these alone the last whole answer may stand in.

Never for what the service says of the thing itself or of who asks (`not_found`, `auth_failed`): that is an answer.
"""


def judge_fresh(contract: Contract, evidence: Evidence, *, age: float) -> Verdict:
    """Judge *evidence* that is *age* seconds old as if it had just come: what is too old by now is `stale`."""
    return judge(contract, _aged(evidence, age))


def judge_last(contract: Contract, evidence: Evidence, *, age: float) -> Verdict:
    """Judge *evidence* that is *age* seconds old by everything but its age, which is for `policy.degrade` to bound."""
    return judge(replace(contract, complete=replace(contract.complete, fresh=None)), _aged(evidence, age))


def _aged(evidence: Evidence, seconds: float) -> Evidence:
    """Let *seconds* pass for every page that told how old it was."""
    return replace(evidence, pages=tuple(_older(page, seconds) for page in evidence.pages))


def _older(page: Page, seconds: float) -> Page:
    return page if page.age is None else replace(page, age=page.age + seconds)
