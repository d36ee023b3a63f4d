"""The judge alone: complete evidence is complete, and anything taken from it, added to it or turned around is noticed.

Laws by hypothesis over sound evidence of any length; a table for what each grade can see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import contract
from unabridged.schemas.claim import Grade
from unabridged.schemas.completeness import Freshness
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Count, Evidence, Page, Reading, SecondWalk
from unabridged.schemas.verdict import Complete, Finding, Incomplete
from unabridged.schemas.wire import State
from unabridged.validators.judgement import judge
from unabridged.validators.rules import chain

TRUE, FALSE = Reading(State.TRUE), Reading(State.FALSE)
NULL, ABSENT = Reading(State.NULL), Reading(State.ABSENT)

COUNTED = contract()
TERMINATED = contract(complete={"require": "terminated"})
CENSUSED = contract(complete={"require": "censused", "census": {"request": {"url": "/count"}, "at": "/n"}})
DIFFERENTIAL = contract(complete={"require": "differential", "differential": {"page_size": 7}})


def evidence(sizes: list[int]) -> Evidence:
    """Sound evidence of a cursor walk over pages of these *sizes*, with every witness that a contract may ask for."""
    total = sum(sizes)
    numbers = iter(range(total))
    pages: list[Page] = []
    for index, size in enumerate(sizes):
        last = index == len(sizes) - 1
        ids = tuple(str(next(numbers)) for _ in range(size))
        pages.append(
            Page(
                number=index + 1,
                asked=None if index == 0 else f'"c{index}"',
                offered=None if last else f'"c{index + 1}"',
                more=FALSE if last else TRUE,
                next=NULL if last else Reading(State.VALUE, f"c{index + 1}"),
                decision="end" if last else "continue",
                count=size,
                ids=ids,
                total=total,
                fingerprint=f"page of {ids}",
            )
        )
    return evidence_of(tuple(pages))


def evidence_of(pages: tuple[Page, ...]) -> Evidence:
    """Evidence whose spool agrees with its *pages*."""
    items = sum(page.count for page in pages)
    ids = tuple(sorted(identity for page in pages for identity in page.ids))
    return Evidence(
        stopped="end",
        pages=pages,
        kept=items,
        payload=chain(page.fingerprint for page in pages),
        before=Count(items),
        after=Count(items),
        second=SecondWalk(ids, counts=(items,)),
    )


SIZES = st.lists(st.integers(1, 5), min_size=2, max_size=8)


@given(SIZES, st.sampled_from([COUNTED, TERMINATED, CENSUSED, DIFFERENTIAL]))
def test_sound_evidence_is_complete_at_the_grade_that_is_asked_for(sizes: list[int], promised: Contract) -> None:
    verdict = judge(promised, evidence(sizes))
    assert isinstance(verdict, Complete), verdict
    assert verdict.grade >= promised.complete.require


def with_page(whole: Evidence, index: int, **facts: Any) -> Evidence:
    pages = list(whole.pages)
    pages[index] = replace(pages[index], **facts)
    return replace(whole, pages=tuple(pages))


def _remove_page(whole: Evidence, index: int) -> Evidence:
    return replace(whole, pages=whole.pages[:index] + whole.pages[index + 1 :])


def _remove_page_renumbered(whole: Evidence, index: int) -> Evidence:
    pages = whole.pages[:index] + whole.pages[index + 1 :]
    return replace(whole, pages=tuple(replace(page, number=number + 1) for number, page in enumerate(pages)))


def _repeat_page(whole: Evidence, index: int) -> Evidence:
    return replace(whole, pages=whole.pages[: index + 1] + whole.pages[index:])


def _swap_pages(whole: Evidence, index: int) -> Evidence:
    pages = list(whole.pages)
    other = (index + 1) % len(pages)
    pages[index], pages[other] = pages[other], pages[index]
    return replace(whole, pages=tuple(pages))


def _lose_item(whole: Evidence, index: int) -> Evidence:
    page = whole.pages[index]
    return with_page(whole, index, count=page.count - 1, ids=page.ids[1:])


def _repeat_item(whole: Evidence, index: int) -> Evidence:
    page = whole.pages[index]
    return with_page(whole, index, ids=(*page.ids[1:], whole.pages[index - 1].ids[0]))


def _alter_kept_bytes(whole: Evidence, index: int) -> Evidence:
    return with_page(whole, index, fingerprint="other bytes")


def _alter_position(whole: Evidence, index: int) -> Evidence:
    return with_page(whole, index, asked='"elsewhere"')


def _turn_marker(whole: Evidence, index: int) -> Evidence:
    return with_page(whole, index, more=FALSE if whole.pages[index].more == TRUE else TRUE)


def _lose_marker(whole: Evidence, index: int) -> Evidence:
    return with_page(whole, index, more=ABSENT)


def _null_marker(whole: Evidence, index: int) -> Evidence:
    return with_page(whole, index, more=NULL)


MUTATIONS: list[Callable[[Evidence, int], Evidence]] = [
    _remove_page,
    _remove_page_renumbered,
    _repeat_page,
    _swap_pages,
    _lose_item,
    _repeat_item,
    _alter_kept_bytes,
    _alter_position,
    _turn_marker,
    _lose_marker,
    _null_marker,
]


@pytest.mark.requirement("G44")
@pytest.mark.parametrize("mutate", MUTATIONS, ids=[mutation.__name__.strip("_") for mutation in MUTATIONS])
@given(sizes=SIZES, at=st.integers(0, 7), promised=st.sampled_from([COUNTED, TERMINATED, CENSUSED, DIFFERENTIAL]))
def test_whatever_is_taken_added_or_turned_around_makes_it_incomplete(
    mutate: Callable[[Evidence, int], Evidence], sizes: list[int], at: int, promised: Contract
) -> None:
    whole = evidence(sizes)
    mutated = mutate(whole, at % len(whole.pages))
    assert isinstance(judge(promised, mutated), Incomplete)


def _lie_about_the_end(whole: Evidence) -> Evidence:
    """The service marks its second to last page as the last: everything in the evidence agrees with everything else."""
    pages = whole.pages[:-1]
    last = replace(pages[-1], more=FALSE, next=NULL, offered=None, decision="end")
    return replace(evidence_of((*pages[:-1], last)), before=whole.before, after=whole.after, second=whole.second)


def _lose_rows_everywhere(whole: Evidence) -> Evidence:
    """The service lost the rows of a page in the middle, and its cursor goes on."""
    page = whole.pages[0]
    lost = replace(page, count=0, ids=(), fingerprint="nothing")
    honest = evidence_of((lost, *whole.pages[1:]))
    return replace(honest, before=whole.before, after=whole.after, second=whole.second)


@pytest.mark.requirement("G43", "G44")
@pytest.mark.parametrize(
    ("lie", "promised", "seen"),
    [
        (_lie_about_the_end, TERMINATED, False),
        (_lie_about_the_end, COUNTED, True),
        (_lie_about_the_end, DIFFERENTIAL, True),
        (_lie_about_the_end, CENSUSED, True),
        (_lose_rows_everywhere, TERMINATED, False),
        (_lose_rows_everywhere, COUNTED, True),
        (_lose_rows_everywhere, DIFFERENTIAL, True),
        (_lose_rows_everywhere, CENSUSED, True),
    ],
)
def test_each_grade_sees_what_it_says_it_sees(
    lie: Callable[[Evidence], Evidence], promised: Contract, *, seen: bool
) -> None:
    assert isinstance(judge(promised, lie(evidence([3, 3, 3, 2]))), Incomplete) is seen


REFUSED: list[tuple[str, Contract, Callable[[Evidence], Evidence], str]] = [
    ("a failure", COUNTED, lambda e: replace(e, failure=Finding(code="not_json", message="")), "not_json"),
    ("no page", COUNTED, lambda e: replace(e, pages=()), "broken_chain"),
    ("the total moved", COUNTED, lambda e: with_page(e, 1, total=12), "total_changed"),
    ("the total is wrong", COUNTED, lambda e: replace(e, pages=tuple(replace(p, total=9) for p in e.pages)), "total_mismatch"),
    ("no total", COUNTED, lambda e: replace(e, pages=tuple(replace(p, total=None) for p in e.pages)), "total_missing"),
    ("no census", CENSUSED, lambda e: replace(e, after=None), "census_missing"),
    ("the census failed", CENSUSED, lambda e: replace(e, after=Count(None, Finding(code="unavailable", message=""))), "unavailable"),
    ("the census moved", CENSUSED, lambda e: replace(e, after=Count(12)), "census_moved"),
    ("the census differs", CENSUSED, lambda e: replace(e, before=Count(9), after=Count(9)), "census_mismatch"),
    ("no second walk", DIFFERENTIAL, lambda e: replace(e, second=None), "differential_mismatch"),
    ("another second walk", DIFFERENTIAL, lambda e: replace(e, second=SecondWalk(("1",))), "differential_mismatch"),
    ("the spool lost one", COUNTED, lambda e: replace(e, kept=e.kept - 1), "payload_mismatch"),
    ("the claim is stronger", contract(complete={"require": "counted"}), lambda e: e, "unproven"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("promised", "change", "code"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_evidence_is_refused_with_its_reason(
    promised: Contract, change: Callable[[Evidence], Evidence], code: str
) -> None:
    verdict = judge(promised, change(evidence([3, 3, 3, 2])))
    assert isinstance(verdict, Incomplete)
    assert code in [finding.code for finding in verdict.findings]


@pytest.mark.requirement("G43")
@pytest.mark.parametrize("count", [None, Count(None)])
def test_a_count_that_is_not_there_bears_no_witness(count: Count | None) -> None:
    verdict = judge(CENSUSED, replace(evidence([3, 2]), before=count, after=count))
    assert isinstance(verdict, Incomplete)
    assert "census" not in [witness.name for witness in verdict.witnesses]


@pytest.mark.requirement("G43")
def test_unknown_never_rounds_up() -> None:
    verdict = judge(TERMINATED, replace(evidence([3, 2]), second=None))
    assert isinstance(verdict, Complete)
    axes = dict(verdict.axes)
    assert axes["records"] == axes["meaning"] == axes["consistency"] == "unknown"
    assert verdict.grade is Grade.TERMINATED


# ------------------------------------------------------------------------------------------ generated answers

GENERATED = contract(
    claim="generation",
    response={"media": "text/event-stream", "generation": {"text": "event:*:/text"}},
    walk={"kind": "stream", "terminal": {"event": "done"}},
    complete={"outcome": {"at": "terminal:/reason", "accept": "stop", "truncated": "length"}},
)
STREAMED = contract(walk={"kind": "stream", "terminal": {"event": "done"}})


def answer_evidence(**facts: Any) -> Evidence:
    """Sound evidence of one generated answer, but for *facts*."""
    sound: dict[str, Any] = {"ended": "the event done", "reason": "stop", "fingerprint": "text"}
    page = Page(number=1, asked=None, offered=None, more=None, next=None, decision="end", count=1, ids=(), **sound)
    return replace(evidence_of((replace(page, **facts),)), before=None, after=None, second=None)


def test_a_finished_answer_is_terminated_and_a_restated_one_is_corroborated() -> None:
    plain, restated = judge(GENERATED, answer_evidence()), judge(GENERATED, answer_evidence(restated=True))
    assert isinstance(plain, Complete)
    assert isinstance(restated, Complete)
    assert plain.grade is restated.grade is Grade.TERMINATED
    assert (dict(plain.axes)["cardinality"], dict(restated.axes)["cardinality"]) == ("unknown", "corroborated")


@pytest.mark.requirement("G44", "G21")
@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"ended": None}, "end_marker_missing"),
        ({"reason": None}, "stop_reason_missing"),
        ({"reason": "length"}, "token_limit"),
        ({"reason": "tired"}, "unknown_stop_reason"),
        ({"count": 0}, "not_one"),
        ({"count": 2}, "not_one"),
    ],
)
def test_an_answer_that_is_not_known_to_be_finished_is_incomplete(facts: dict[str, Any], code: str) -> None:
    verdict = judge(GENERATED, answer_evidence(**facts))
    assert isinstance(verdict, Incomplete)
    assert code in [finding.code for finding in verdict.findings]


def test_two_answers_are_never_one() -> None:
    page = answer_evidence().pages[0]
    two = evidence_of((page, replace(page, number=2, asked="1", fingerprint="other")))
    assert isinstance(judge(GENERATED, two), Incomplete)


@pytest.mark.requirement("G44", "G21")
@given(st.integers(1, 5))
def test_a_list_in_one_stream_needs_the_event_that_ends_it(size: int) -> None:
    whole = with_page(evidence([size]), 0, more=None, next=None, ended="the event done")
    assert isinstance(judge(STREAMED, whole), Complete)
    assert isinstance(judge(STREAMED, with_page(whole, 0, ended=None)), Incomplete)


# ----------------------------------------------------------------------------------------- what a person released

REVIEWED = contract(complete={"require": "counted"}, review=["unproven", "stale"])


@pytest.mark.requirement("G53", "G43")
@given(SIZES)
def test_a_weaker_proof_that_a_person_released_is_complete_at_the_grade_that_it_really_reaches(
    sizes: list[int],
) -> None:
    seen = replace(evidence(sizes), second=None)
    withheld = judge(REVIEWED, seen)
    assert isinstance(withheld, Incomplete)
    assert [finding.code for finding in withheld.findings] == ["unproven"]
    verdict = judge(REVIEWED, replace(seen, released=("unproven",)))
    assert isinstance(verdict, Complete)
    assert verdict.grade is Grade.TERMINATED
    assert [one.standing for one in verdict.witnesses if one.name == "released"] == ["unknown"]


@pytest.mark.requirement("G53")
@given(SIZES, st.sampled_from(["unproven", "stale", "duplicate_id", "payload_mismatch", "broken_chain"]))
def test_what_is_not_whole_is_released_by_nobody(sizes: list[int], code: str) -> None:
    whole = evidence(sizes)
    cut = replace(whole, pages=whole.pages[:-1], released=(code, "unproven", "end_marker_missing", "payload_mismatch"))
    everything = replace(REVIEWED, review=(code, "unproven", "end_marker_missing", "payload_mismatch"))
    assert isinstance(judge(everything, cut), Incomplete)


@pytest.mark.requirement("G53")
@given(SIZES)
def test_a_release_of_one_doubt_is_none_of_another(sizes: list[int]) -> None:
    dated = replace(REVIEWED, complete=replace(REVIEWED.complete, fresh=Freshness(max_age=60)))
    seen = evidence(sizes)  # which does not say how old it is
    for released, left in (((), ["stale", "unproven"]), (("stale",), ["unproven"]), (("unproven",), ["stale"])):
        verdict = judge(dated, replace(seen, released=released))
        assert isinstance(verdict, Incomplete)
        assert [finding.code for finding in verdict.findings] == left
    assert isinstance(judge(dated, replace(seen, released=("stale", "unproven"))), Complete)
