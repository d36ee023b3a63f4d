"""The envelope: one JSON in both places, a failure that says why in its first words, and no part of an answer in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.served import ELEVEN, Content, contract, receipt
from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.claim import Claim
from unabridged.schemas.codes import CODES
from unabridged.schemas.evidence import Evidence
from unabridged.schemas.verdict import Finding, Incomplete, Witness
from unabridged.schemas.wire import Json
from unabridged.server.pricing import input_schema
from unabridged.server.result import Reply, failed_internally, reply, within_budget

TICKETS = contract("tickets")


def delivered(content: bytes = ELEVEN, count: int | None = 11) -> Delivered:
    return Delivered(payload=Content(content, count), receipt=receipt(TICKETS, items=count))


def withheld(*findings: Finding, witnesses: tuple[Witness, ...] = ()) -> Withheld:
    return Withheld(verdict=Incomplete(findings=findings, witnesses=witnesses), receipt=receipt(TICKETS))


def envelope(answered: Reply) -> dict[str, Any]:
    """Return the envelope; the text must hold the same JSON, and the members both."""
    read: dict[str, Any] = json.loads(answered.envelope)
    text = answered.text.partition("\n")[2] if answered.failed else answered.text
    members = {name: json.loads(content) for name, content in answered.members().items()}
    assert text.encode() == answered.envelope
    assert members == {"content": [{"type": "text", "text": answered.text}], "structuredContent": read}
    return read


def error_of(answer: Answer) -> dict[str, Any]:
    read = envelope(reply(TICKETS, answer))
    assert read.keys() == {"status", "error"}
    assert read["status"] == "failed"
    error: dict[str, Any] = read["error"]
    members = ["code", "message", "have", "expected", "where", "for", "against", "retry", "fix", "receipt"]
    assert list(error) == [*members, *(["input_schema"] if error["code"] == "invalid_arguments" else [])]
    return error


# ------------------------------------------------------------------------------------------- whole answers


def test_a_whole_answer_holds_its_items_byte_for_byte_and_its_proof() -> None:
    answered = reply(TICKETS, delivered())
    assert answered.envelope.startswith(b'{"status":"complete","items":' + ELEVEN + b',"proof":{')
    assert envelope(answered)["proof"] == {
        "claim": "all",
        "grade": "counted",
        "required": "counted",
        "count": 11,
        "expected": 11,
        "pages": 2,
        "attempts": 3,
        "provider": "desk",
        "as_of": "2026-11-18T11:06:40.250Z",
        "receipt": "rc_7Q2M",
    }
    assert not answered.failed


def test_a_single_result_is_data() -> None:
    read = envelope(reply(TICKETS, delivered(b'{"id":7}', None)))
    assert (read["data"], "items" in read, read["proof"]["count"]) == ({"id": 7}, False, None)


@pytest.mark.parametrize(("kept", "shown"), [("etag-7", "etag-7"), ('"c8"', "c8"), ("7", "7")])
def test_an_answer_that_caught_up_says_to_where(kept: str, shown: str) -> None:
    promise = replace(TICKETS, claim=Claim("caught_up_to"))
    told = receipt(promise, evidence=Evidence(stopped="end", position=kept))
    read = envelope(reply(promise, Delivered(payload=Content(b"[]", 0), receipt=told)))
    assert (read["proof"]["claim"], read["proof"]["position"]) == ("caught_up_to", shown)


def test_no_other_answer_shows_where_the_walk_stood() -> None:
    told = receipt(TICKETS, evidence=Evidence(stopped="end", position="a-cursor"))
    assert "a-cursor" not in reply(TICKETS, Delivered(payload=Content(b"[]", 0), receipt=told)).text


@pytest.mark.parametrize("end", [b"\n", b"\r"])
def test_a_raw_line_end_in_a_payload_never_gets_near_a_wire(end: bytes) -> None:
    with pytest.raises(ValueError, match="line end"):
        reply(TICKETS, delivered(b"[1," + end + b"2]", 2))


# ------------------------------------------------------------------------------------------- refusals


@pytest.mark.requirement("M2")
def test_a_refusal_begins_with_failed_its_code_and_one_sentence() -> None:
    finding = Finding(
        code="total_mismatch",
        message="3 of 11 items came.",
        where="body:/count",
        page=2,
        have=3,
        expected=11,
        after=2.5,
    )
    other = Finding(code="stale", message="The answer is an hour old.")
    witness = Witness(name="end", axis="end", standing="asserted", says="the cursor is null")
    answered = reply(TICKETS, withheld(finding, other, witnesses=(witness,)))
    assert answered.text.startswith("FAILED total_mismatch: 3 of 11 items came.\n{")
    assert answered.failed
    assert error_of(withheld(finding, other, witnesses=(witness,))) == {
        "code": "total_mismatch",
        "message": "3 of 11 items came.",
        "have": 3,
        "expected": 11,
        "where": "page 2, body:/count",
        "for": ["end: the cursor is null"],
        "against": [{"code": "stale", "message": "The answer is an hour old."}],
        "retry": {"safe": True, "after_s": 2.5},
        "fix": CODES["total_mismatch"].fix,
        "receipt": "rc_7Q2M",
    }


@pytest.mark.requirement("G40")
@pytest.mark.parametrize("code", sorted(CODES.keys() - {"more_without_cursor"}))  # of one answer: tests/test_advice.py
def test_every_code_has_its_fix_and_says_whether_a_read_may_be_repeated(code: str) -> None:
    error = error_of(withheld(Finding(code=code, message="x")))
    assert error["retry"]["safe"] is CODES[code].retry
    assert error["fix"]
    assert code == "too_large" or error["fix"] == CODES[code].fix


def test_arguments_that_do_not_fit_are_refused_with_the_schema_that_they_should_fit() -> None:
    error = error_of(withheld(Finding(code="invalid_arguments", message="x")))
    assert error["input_schema"] == input_schema(TICKETS)


def test_a_schema_that_would_not_fit_into_a_refusal_is_left_out() -> None:
    many = {"properties": {f"argument_{number}": {"type": "string"} for number in range(500)}}
    wide = replace(TICKETS, input=many)
    refused = reply(wide, withheld(Finding(code="invalid_arguments", message="x")))
    assert "input_schema" not in envelope(refused)["error"]
    assert len(refused.text) < 10_000


def test_a_code_that_the_tool_file_made_up_is_explained_like_a_veto() -> None:
    error = error_of(withheld(Finding(code="our_own", message="The flag is up.")))
    assert (error["code"], error["fix"], error["retry"]["safe"]) == ("our_own", CODES["partial_flag"].fix, True)


@pytest.mark.parametrize(
    ("code", "safe"), [("truncated_body", False), ("unavailable", False), ("unreachable", True), ("rate_limited", True)]
)
def test_a_write_may_be_repeated_only_where_nothing_can_have_happened(code: str, safe: bool) -> None:
    write = replace(TICKETS, effects="write")
    read = envelope(reply(write, withheld(Finding(code=code, message="x"))))
    assert read["error"]["retry"]["safe"] is safe


def test_a_reason_is_one_line_without_control_characters() -> None:
    answered = reply(TICKETS, withheld(Finding(code="not_json", message="two\nlines\x00and\x1b[31m red")))
    assert answered.text.split("\n")[0] == "FAILED not_json: Two lines and [31m red."


@pytest.mark.requirement("G23")
@given(
    st.lists(
        st.builds(
            Finding,
            code=st.sampled_from(sorted(CODES)) | st.text(max_size=9999),
            message=st.text() | st.just('"' * 9999) | st.just("\x00é" * 9999),
            where=st.none() | st.just("/\U0001f600" * 999),
            page=st.none() | st.integers(),
            have=st.none() | st.integers() | st.text() | st.just('"' * 999),
        ),
        min_size=1,
        max_size=60,
    ),
    st.lists(st.just(Witness(name="x" * 999, axis="end", standing="asserted", says='\\"' * 999)), max_size=60),
)
def test_a_failure_is_always_short_and_holds_no_items(findings: list[Finding], witnesses: list[Witness]) -> None:
    answered = reply(TICKETS, withheld(*findings, witnesses=tuple(witnesses)))
    assert len(answered.text) < 10_000
    assert answered.text.count("\n") == 1
    assert envelope(answered).keys() == {"status", "error"}


def test_the_longest_failure_is_shown_whole_by_every_host() -> None:
    worst = Finding(code='"' * 99, message='"' * 9999, where='"' * 9999, page=2**70, have=10**5000, expected='"' * 999)
    witness = Witness(name='"' * 999, axis="end", standing="asserted", says='"' * 999)
    answered = reply(TICKETS, withheld(*[worst] * 60, witnesses=(witness,) * 60))
    assert 9_000 < len(answered.text) < 10_000
    envelope(answered)


@pytest.mark.requirement("G40")
def test_a_failure_of_ours_names_the_incident_and_nothing_else() -> None:
    answered = failed_internally("ab12cd34")
    assert answered.failed
    assert "ab12cd34" in answered.text
    assert envelope(answered)["error"]["code"] == "internal_error"


# ------------------------------------------------------------------------------------------- the size budget


class Unread:
    """A payload that may be measured and not read."""

    def __init__(self, size: int) -> None:
        self.count = 9
        self.size = size
        self.closed = False

    def chunks(self) -> Iterator[bytes]:
        raise AssertionError("read")

    def close(self) -> None:
        self.closed = True


def test_an_answer_within_the_budget_is_left_as_it_is() -> None:
    answer = delivered()
    assert within_budget(answer, 45_000) is answer


def test_the_budget_counts_characters_and_not_bytes() -> None:
    answer = delivered(b'["' + "é".encode() * 30_000 + b'"]', 1)
    assert within_budget(answer, 45_000) is answer
    assert isinstance(within_budget(answer, 30_000), Withheld)


@pytest.mark.requirement("M3")
def test_an_answer_over_the_budget_is_refused_whole_with_its_size_and_how_to_narrow_it() -> None:
    payload = Unread(5_000_000)
    answer = within_budget(Delivered(payload=payload, receipt=receipt(TICKETS)), 45_000)
    assert payload.closed
    error = error_of(answer)
    assert error["code"] == "too_large"
    assert error["have"] == "9 items, 5,000,000 bytes"
    assert error["expected"] == "at most 45,000 characters"
    assert error["fix"] == "Call again with one of these arguments, or with a narrower value: status, since."
    assert error["retry"] == {"safe": False, "after_s": None}
    assert [finding.code for finding in answer.receipt.findings] == ["too_large"]


def test_a_tool_without_arguments_says_that_nothing_narrows_it() -> None:
    answer = within_budget(Delivered(payload=Unread(5_000_000), receipt=receipt(TICKETS)), 45_000)
    read = envelope(reply(replace(TICKETS, input={}), answer))
    assert "No argument of this tool narrows it" in read["error"]["fix"]


# ------------------------------------------------------------------------------------------- advice


@pytest.mark.parametrize(
    ("arguments", "advice"), [({}, "what the tool file itself sends"), ({"q": 1}, "the arguments")]
)
def test_a_refusal_of_what_the_caller_had_no_part_in_is_not_put_down_to_arguments(
    arguments: dict[str, Json], advice: str
) -> None:
    refused = withheld(Finding(code="request_rejected", message="The request is rejected."))
    told: dict[str, Any] = envelope(reply(TICKETS, refused, given=arguments))["error"]
    assert advice in told["fix"]
    assert ("Check the arguments" in told["fix"]) == bool(arguments)
