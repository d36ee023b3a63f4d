"""The relevance gate: what is near enough is delivered, what is not is an error, and never an empty success."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from io import StringIO
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.scripted import World, answer, code, contract, items
from unabridged.schemas.answer import Delivered, Withheld
from unabridged.schemas.claim import Grade
from unabridged.schemas.completeness import Gate
from unabridged.schemas.contract import Contract
from unabridged.schemas.verdict import Complete, Incomplete
from unabridged.schemas.wire import Json
from unabridged.server.facts import facts
from unabridged.server.rendering import console, proof, show
from unabridged.server.result import reply
from unabridged.tools.call import call
from unabridged.tools.keeping import MemoryStore
from unabridged.validators.judgement import judge
from unabridged.validators.relevance import DISTANCES, passing

pytestmark = pytest.mark.anyio


def ranking(gate: dict[str, Any], **parts: Any) -> Contract:
    whole: dict[str, Any] = {
        "name": "search",
        "claim": "top_k",
        "response": {"items": {"at": "/matches", "id": "/id"}},
        "walk": {"kind": "single"},
        "complete": {"gate": {"at": "/score", **gate}},
    }
    return contract(**{**whole, **parts})


COSINE = {"metric": "cosine", "min": 0.75}


def matches(*scores: Json) -> World:
    found: list[Json] = [{"id": f"d{index}", "score": score} for index, score in enumerate(scores)]
    return World(lambda request: answer({"matches": found}))


def scored(delivered: object) -> list[Any]:
    assert isinstance(delivered, Delivered), delivered
    return [item["score"] for item in items(delivered)]


def said_of_the_gate(answered: object) -> list[str]:
    assert isinstance(answered, Delivered), answered
    return [one.says for one in answered.receipt.witnesses if one.name == "gate"]


@pytest.mark.requirement("G51")
async def test_what_passes_is_delivered_and_what_does_not_is_left_out() -> None:
    delivered = await matches(0.88, 0.31, 0.75, 0.749999).call(ranking(COSINE))
    assert isinstance(delivered, Delivered)
    assert delivered.receipt.evidence.pages[0].ids == ('"d0"', '"d2"')
    assert delivered.receipt.items == 2
    assert [(one.axis, one.says) for one in delivered.receipt.witnesses if one.name == "gate"] == [
        ("meaning", "2 of 4 pass 0.75 (cosine), best 0.88")
    ]
    assert scored(delivered) == [0.88, 0.75]


@pytest.mark.requirement("G51")
@pytest.mark.parametrize("scores", [(), (0.62,), (0.62, 0.1), (-1,)])
async def test_below_the_gate_is_an_error_and_never_an_empty_success(scores: tuple[float, ...]) -> None:
    world = matches(*scores)
    withheld = await world.call(ranking(COSINE))
    assert code(withheld) == "low_relevance"
    assert len(world.sent) == 1  # the same question has the same answer
    assert isinstance(withheld, Withheld)
    finding = withheld.verdict.findings[0]
    assert finding.have == (f"best {max(scores):g}" if scores else "nothing found")
    assert finding.expected == "at least 0.75"


METRICS = [
    pytest.param({"metric": "cosine", "min": 0.75}, (0.9, 0.2), [0.9], id="cosine"),
    pytest.param({"metric": "dot_product", "min": 10}, (12.5, 3), [12.5], id="dot product"),
    pytest.param({"metric": "similarity", "min": 0}, (0, -0.1), [0], id="similarity, at the bound"),
    pytest.param({"metric": "score", "min": 7}, (9, 6.9), [9], id="score"),
    pytest.param({"metric": "cosine_distance", "max": 0.25}, (0.1, 0.8), [0.1], id="cosine distance"),
    pytest.param({"metric": "euclidean", "max": 1.5}, (1.2, 4), [1.2], id="euclidean"),
    pytest.param({"metric": "l2", "max": 1}, (1, 1.0001), [1], id="l2, at the bound"),
    pytest.param({"metric": "distance", "max": 0.3}, (0.3, 0.31), [0.3], id="distance"),
]


@pytest.mark.parametrize(("gate", "scores", "kept"), METRICS)
async def test_each_metric_knows_which_way_is_near(
    gate: dict[str, Any], scores: tuple[float, ...], kept: list[float]
) -> None:
    assert scored(await matches(*scores).call(ranking(gate))) == kept


@pytest.mark.parametrize("missing", [None, "0.9", True, [], {}])
async def test_an_item_whose_score_is_no_number_is_refused(missing: Json) -> None:
    assert code(await matches(0.9, missing).call(ranking(COSINE))) == "score_missing"


async def test_an_item_without_a_score_is_refused() -> None:
    world = World(lambda request: answer({"matches": [{"id": "a", "score": 0.9}, {"id": "b"}]}))
    withheld = await world.call(ranking(COSINE))
    assert isinstance(withheld, Withheld)
    assert (code(withheld), withheld.verdict.findings[0].where) == ("score_missing", "body:/matches/1/score")


@pytest.mark.parametrize(
    ("gate", "scores", "outcome"),
    [
        pytest.param({"keep": "all_or_error"}, (0.9, 0.8), 2, id="all pass"),
        pytest.param({"keep": "all_or_error"}, (0.9, 0.7), "low_relevance", id="one does not"),
        pytest.param({"min_items": 2}, (0.9, 0.8, 0.1), 2, id="enough pass"),
        pytest.param({"min_items": 3}, (0.9, 0.8, 0.1), "low_relevance", id="too few pass"),
    ],
)
async def test_enough_items_must_pass(gate: dict[str, Any], scores: tuple[float, ...], outcome: Json) -> None:
    answered = await matches(*scores).call(ranking({**COSINE, **gate}))
    assert (len(items(answered)) if isinstance(answered, Delivered) else code(answered)) == outcome


async def test_the_score_may_be_written_over_the_body() -> None:
    assert scored(await matches(0.9, 0.1).call(ranking({**COSINE, "at": "/matches/*/score"}))) == [0.9]


def top(k: int, gate: dict[str, Any] | None = None, **parts: Any) -> Contract:
    return ranking(gate or COSINE, claim={"top_k": k}, **parts)


DISTANCE = {"metric": "l2", "max": 1}

MORE_THAN_K = [
    pytest.param(COSINE, (0.8, 0.8, 0.8, 0.99, 0.95), [0, 3, 4], id="the best come last"),
    pytest.param(COSINE, (0.1, 0.1, 0.1, 0.99, 0.95), [3, 4], id="only what comes behind the first k passes"),
    pytest.param(COSINE, (0.99, 0.8, 0.95, 0.1, 0.9), [0, 2, 4], id="they come in the order in which they were sent"),
    pytest.param(COSINE, (0.8, 0.9, 0.8, 0.8, 0.9), [0, 1, 4], id="of equal ones the earlier"),
    pytest.param(DISTANCE, (0.5, 0.4, 0.9, 0.1, 0.2), [1, 3, 4], id="by a distance less is nearer"),
    pytest.param(DISTANCE, (0.5, 0.5, 0.5, 0.5, 0.2), [0, 1, 4], id="of equal distances the earlier"),
    pytest.param({**COSINE, "keep": "all_or_error"}, (0.8, 0.9, 0.1, 0.8), [0, 1, 3], id="all of the k best pass"),
]


@pytest.mark.requirement("G51")
@pytest.mark.parametrize(("gate", "scores", "best"), MORE_THAN_K)
async def test_of_more_than_k_items_the_k_best_are_delivered(
    gate: dict[str, Any], scores: tuple[float, ...], best: list[int]
) -> None:
    delivered = await matches(*scores).call(top(3, gate))
    assert isinstance(delivered, Delivered), delivered
    page = delivered.receipt.evidence.pages[0]
    assert page.ids == tuple(f'"d{index}"' for index in best)
    assert (page.count, page.scores, delivered.receipt.claim) == (len(best), scores, "top_k: 3")
    assert [item["id"] for item in items(delivered)] == [f"d{index}" for index in best]


async def test_the_facts_of_a_ranking_are_those_of_all_items_that_came() -> None:
    delivered = await matches(0.8, 0.8, 0.1, 0.99, 0.95).call(top(3))
    proof = json.loads(reply(top(3), delivered).envelope)["proof"]
    assert proof["gate"] == {"metric": "cosine", "threshold": 0.75, "of": 5, "passed": 4, "best": 0.99}
    assert proof["count"] == 3
    assert said_of_the_gate(delivered) == ["4 of 5 pass 0.75 (cosine), best 0.99; the best 3 are kept"]


@pytest.mark.parametrize(
    ("gate", "scores", "says"),
    [
        pytest.param({}, (0.1, 0.2, 0.3, 0.4), "0 of 4 items pass the gate (cosine), and at least 1 must", id="none"),
        pytest.param(
            {"min_items": 2}, (0.1, 0.2, 0.9), "1 of 3 items pass the gate (cosine), and at least 2 must", id="few"
        ),
        pytest.param(
            {"keep": "all_or_error"}, (0.9, 0.1, 0.8), "2 of 3 items pass the gate (cosine), and all must", id="not all"
        ),
        pytest.param(
            {"keep": "all_or_error"},
            (0.9, 0.1, 0.8, 0.2),
            "2 of 4 items pass the gate (cosine), and the best 3 must",
            id="not all of the best",
        ),
    ],
)
async def test_too_little_of_all_that_came_is_an_error(
    gate: dict[str, Any], scores: tuple[float, ...], says: str
) -> None:
    withheld = await matches(*scores).call(top(3, {**COSINE, **gate}))
    assert code(withheld) == "low_relevance"
    assert isinstance(withheld, Withheld)
    assert withheld.verdict.findings[0].message == says


async def test_an_item_behind_the_first_k_cannot_be_ranked_without_a_score() -> None:
    assert code(await matches(0.9, 0.8, None).call(top(2))) == "score_missing"


async def test_the_best_come_byte_by_byte_as_they_were_sent() -> None:
    body = b'{"matches": [{"id": 1, "score": 0.80}, {"score":0.1,"id":2},\n {"id" : 3, "score":9.0e-1}, {"id":4,"score":1}]}'
    world = World(lambda request: replace(answer({}), content=body))
    delivered = await world.call(top(2))
    assert isinstance(delivered, Delivered)
    assert b"".join(delivered.payload.chunks()) == b'[{"id" : 3, "score":9.0e-1},{"id":4,"score":1}]'


async def test_the_best_of_columns_come_as_they_were_sent() -> None:
    body = b'{"ids":["a","b","c"],"far":[0.30,0.1,2e-1]}'
    columns = {"items": {"columns": {"id": "/ids", "far": "/far"}, "id": "/id"}}
    gated = ranking({"at": "/far", "metric": "distance", "max": 1}, claim={"top_k": 2}, response=columns)
    delivered = await World(lambda request: replace(answer({}), content=body)).call(gated)
    assert isinstance(delivered, Delivered)
    assert b"".join(delivered.payload.chunks()) == b'[{"id":"b","far":0.1},{"id":"c","far":2e-1}]'


async def test_without_a_gate_the_first_k_are_delivered_in_the_order_of_the_service() -> None:
    delivered = await matches(0.1, 0.9, 0.2, 0.99).call(top(2, complete={}))
    assert scored(delivered) == [0.1, 0.9]


@pytest.mark.parametrize(
    ("gate", "scores", "told"),
    [
        pytest.param(COSINE, (0.76, 0.8, 0.99), True, id="similarities that rise"),
        pytest.param(COSINE, (0.76, 0.76, 0.99), True, id="and never fall"),
        pytest.param(COSINE, (0.76, 0.99, 0.8), False, id="in no order"),
        pytest.param(COSINE, (0.99, 0.8), False, id="similarities that fall"),
        pytest.param(COSINE, (0.8, 0.8), False, id="all equal"),
        pytest.param(COSINE, (0.8,), False, id="one"),
        pytest.param(DISTANCE, (0.9, 0.5, 0.1), True, id="distances that fall"),
        pytest.param(DISTANCE, (0.1, 0.5, 0.9), False, id="distances that rise"),
    ],
)
async def test_a_ranking_that_begins_with_the_farthest_is_delivered_and_says_so(
    gate: dict[str, Any], scores: tuple[float, ...], told: bool
) -> None:
    delivered = await matches(*scores).call(ranking(gate))
    assert scored(delivered) == list(scores)
    assert [says.endswith(", farthest first") for says in said_of_the_gate(delivered)] == [told]


def test_no_score_passes_a_gate_that_has_no_bound() -> None:
    for metric in (*DISTANCES, "cosine", "score"):
        gate = TypeAdapter(Gate).validate_python({"at": "/score", "metric": metric})
        assert not any(passing(gate, score) for score in (-1e300, 0.0, 1e300))


# ------------------------------------------------------------------------------------------- what a person may release


REVIEWED = ranking(COSINE, review=["low_relevance"])


@pytest.mark.requirement("G53")
async def test_what_is_too_far_off_is_withheld_whole_where_a_person_may_release_it() -> None:
    withheld = await matches(0.62, 0.9, 0.1).call(ranking({**COSINE, "min_items": 2}, review=["low_relevance"]))
    assert code(withheld) == "low_relevance"
    evidence = withheld.receipt.evidence
    assert (evidence.failure, evidence.kept, evidence.pages[0].scores) == (None, 3, (0.62, 0.9, 0.1))


@pytest.mark.requirement("G53")
@pytest.mark.parametrize("scores", [(0.62, 0.1), ()])
async def test_a_released_answer_is_complete_at_its_grade_and_says_that_a_person_released_it(
    scores: tuple[float, ...],
) -> None:
    evidence = (await matches(*scores).call(REVIEWED)).receipt.evidence
    verdict = judge(REVIEWED, replace(evidence, released=("low_relevance",)))
    assert isinstance(verdict, Complete)
    assert verdict.grade is Grade.TERMINATED
    assert [one.says for one in verdict.witnesses if one.name == "released"] == [
        f"a person released it in spite of low_relevance: 0 of {len(scores)} items pass the gate (cosine), and at least 1 must"
    ]


@pytest.mark.requirement("G53")
async def test_nothing_is_released_that_the_contract_does_not_name() -> None:
    evidence = (await matches(0.62).call(REVIEWED)).receipt.evidence
    for review, released in (
        ((), ("low_relevance",)),
        (("stale",), ("low_relevance",)),
        (("low_relevance",), ("stale",)),
    ):
        other = replace(REVIEWED, review=review)
        assert isinstance(judge(other, replace(evidence, released=released)), Incomplete)


async def test_of_what_a_person_may_release_the_k_best_are_kept() -> None:
    reviewed = top(2, review=["low_relevance"])
    evidence = (await matches(0.1, 0.62, 0.3, 0.5).call(reviewed)).receipt.evidence
    assert (evidence.kept, evidence.pages[0].ids, evidence.pages[0].count) == (2, ('"d1"', '"d3"'), 2)
    assert isinstance(judge(reviewed, replace(evidence, released=("low_relevance",))), Complete)


async def test_an_answer_that_passes_is_gated_where_a_person_may_release_others() -> None:
    assert scored(await matches(0.9, 0.1).call(REVIEWED)) == [0.9]


@pytest.mark.parametrize("claimed", [2, 1, None])
async def test_the_judge_counts_the_k_best_anew(claimed: int | None) -> None:
    evidence = (await matches(0.9, 0.8, 0.95, 0.99).call(top(3))).receipt.evidence
    assert isinstance(judge(top(3), evidence), Complete)
    verdict = judge(top(3), replace(evidence, bound=claimed))
    assert isinstance(verdict, Incomplete)
    assert "payload_mismatch" in {finding.code for finding in verdict.findings}


@pytest.mark.parametrize("change", ["more", "fewer", "no scores", "better scores"])
async def test_the_judge_weighs_the_scores_anew(change: str) -> None:
    gated = ranking(COSINE)
    evidence = (await matches(0.9, 0.8, 0.1).call(gated)).receipt.evidence
    page = evidence.pages[0]
    altered = {
        "more": replace(page, scores=(0.9, 0.8, 0.7, 0.1), count=3, ids=(*page.ids, '"d2"')),
        "fewer": replace(page, count=1, ids=page.ids[:1]),
        "no scores": replace(page, scores=()),
        "better scores": replace(page, scores=(0.9, 0.8, 0.79)),
    }[change]
    verdict = judge(gated, replace(evidence, pages=(altered,), kept=altered.count))
    assert isinstance(verdict, Incomplete)
    assert {finding.code for finding in verdict.findings} & {"low_relevance", "payload_mismatch"}


async def test_the_proof_says_how_the_items_stand_to_the_gate() -> None:
    gated = ranking(COSINE)
    envelope = json.loads(reply(gated, await matches(0.88, 0.31, 0.8).call(gated)).envelope)
    assert envelope["proof"]["gate"] == {"metric": "cosine", "threshold": 0.75, "of": 3, "passed": 2, "best": 0.88}


async def test_what_is_kept_of_a_call_holds_no_score_but_the_nearest() -> None:
    receipt = facts((await matches(0.88, 0.31, 0.8).call(ranking(COSINE))).receipt)
    assert receipt.evidence.pages[0].scores == ()
    relevance = receipt.evidence.pages[0].relevance
    assert relevance is not None
    assert (relevance.best, relevance.worst) == (0.88, 0.8)


async def test_people_see_how_near_it_is() -> None:
    delivered = await matches(0.88, 0.31, 0.8).call(ranking(COSINE))
    shown = StringIO()
    show(console(shown), proof(delivered.receipt))
    assert "2 of 3 pass 0.75 (cosine), best 0.88" in shown.getvalue()


SCORES = st.lists(st.one_of(st.floats(-1, 2, allow_nan=False), st.integers(-1, 2)), max_size=8)


GATES = st.fixed_dictionaries(
    {
        "metric": st.sampled_from(sorted({*DISTANCES, "cosine", "dot_product", "similarity", "score"})),
        "keep": st.sampled_from(["passing", "all_or_error"]),
        "min_items": st.integers(1, 4),
    }
)


@pytest.mark.requirement("G51")
@given(scores=SCORES, bound=st.floats(-1, 2, allow_nan=False), gate=GATES, k=st.integers(1, 9))
def test_what_is_delivered_is_what_passes_among_the_k_best_and_nothing_else(
    scores: list[float], bound: float, gate: dict[str, Any], k: int
) -> None:
    far = gate["metric"] in DISTANCES
    gated = ranking({**gate, "max" if far else "min": bound}, claim={"top_k": k})
    answered = anyio.run(partial(matches(*scores).call, gated))
    near = [index for index, score in enumerate(scores) if (score <= bound if far else score >= bound)]
    if len(near) < gate["min_items"] or (gate["keep"] == "all_or_error" and len(near) < min(k, len(scores))):
        assert code(answered) == "low_relevance"
        return
    assert isinstance(answered, Delivered)
    kept = [int(item["id"][1:]) for item in items(answered)]
    assert kept == sorted(kept)
    assert len(kept) == min(k, len(near))
    left_out = [(scores[index] if far else -scores[index], index) for index in near if index not in kept]
    assert all((scores[index] if far else -scores[index], index) < other for index in kept for other in left_out)


@pytest.mark.parametrize(
    ("claim", "kept"), [("top_k", [0.88, 0.8, 0.99]), ({"top_k": 3}, [0.88, 0.8, 0.99]), ({"top_k": 2}, [0.88, 0.99])]
)
async def test_a_gated_answer_that_was_kept_is_given_again(claim: Any, kept: list[float]) -> None:
    world = matches(0.88, 0.31, 0.8, 0.99)
    gated = ranking(COSINE, claim=claim, policy={"cache": {"fresh": "1h"}}, digest="its own")
    around = world.surroundings()
    around = replace(around, store=MemoryStore(now=around.now))
    answers = [await call(gated, {}, surroundings=around) for _ in range(2)]
    assert [answer.receipt.source for answer in answers] == ["upstream", "cache"]
    assert [scored(answer) for answer in answers] == [kept] * 2
    assert len(world.sent) == 1
