"""Finding the bound of a gate: what each bound would find, miss and refuse, and which one the labels bear."""

from __future__ import annotations

import itertools
import json
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.standins.pinecone import Pinecone
from tests.standins.wire import serving
from unabridged.schemas.completeness import Gate
from unabridged.server.commands.calibrate import calibrate
from unabridged.server.usage import UsageError
from unabridged.tools.calibration import Measured, bounds, recommended


def gate(**parts: Any) -> Gate:
    whole = {"at": "/score", "metric": "cosine", "min": 0.75, **parts}
    return TypeAdapter(Gate).validate_python(whole)


def query(relevant: str, **scores: float) -> Measured:
    return Measured(items=tuple(scores.items()), relevant=frozenset(relevant.split()))


# The scores that a real embedding gave: an answer, a paraphrase, a right one that 0.75 rejects, and no answer at all.
REAL = (
    query("refunds", refunds=0.828, paging=0.114, cat=0.05),
    query("refunds", refunds=0.948, paging=0.12, cat=0.02),
    query("paging", paging=0.726, refunds=0.17, cat=0.03),
    query("", cat=0.11, refunds=0.09, paging=0.01),
)


def test_a_right_document_below_the_usual_bound_is_found_by_measuring() -> None:
    tried = bounds(gate(), REAL)
    declared = next(one for one in tried if one.at == 0.75)
    assert (declared.precision, round(declared.recall, 2), declared.lost) == (1.0, 0.67, 1 / 3)
    best = recommended(tried, precision=0.95)
    assert best is not None
    assert 0.17 < best.at <= 0.726
    assert (best.precision, best.recall, best.f1, best.refused, best.lost, best.let_through) == (1, 1, 1, 0.25, 0, 0)


def test_of_equal_bounds_the_strictest_is_taken() -> None:
    tried = bounds(gate(), (query("a", a=0.9), query("", b=0.5, c=0.2)))
    best = recommended(tried, precision=0.5)
    assert best is not None
    assert best.at == 0.75  # the declared one is stricter than 0.7, which divides the scores just as well


def test_a_distance_is_calibrated_from_the_other_side() -> None:
    measured = (query("a", a=0.1, b=0.9), query("b", b=0.3, c=0.8), query("", c=0.7))
    best = recommended(bounds(gate(metric="distance", min=None, max=0.25), measured), precision=1)
    assert best is not None
    assert (0.3 <= best.at < 0.7, best.recall, best.let_through) == (True, 1, 0)


def test_no_bound_is_recommended_where_none_separates() -> None:
    overlapping = (query("a", b=0.9, a=0.8), query("b", a=0.9, b=0.8))
    assert recommended(bounds(gate(), overlapping), precision=0.95) is None
    assert recommended(bounds(gate(), (query("", a=0.9), query("", b=0.8))), precision=0) is None
    assert recommended(bounds(gate(), ()), precision=0) is None


SCORES = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0, 1, allow_nan=False), max_size=6)
QUERIES = st.lists(st.tuples(SCORES, st.frozensets(st.sampled_from("abcdefgh"), max_size=3)), max_size=6)


@given(QUERIES, st.sampled_from(["cosine", "distance"]), st.integers(1, 3))
def test_a_stricter_bound_never_finds_more_and_never_refuses_less(
    drawn: list[tuple[dict[str, float], frozenset[str]]], metric: str, min_items: int
) -> None:
    side = {"min": 0.5} if metric == "cosine" else {"min": None, "max": 0.5}
    measured = [Measured(items=tuple(scores.items()), relevant=ids) for scores, ids in drawn]
    tried = bounds(gate(metric=metric, min_items=min_items, **side), measured)
    for open_, strict in itertools.pairwise(tried):
        assert strict.recall <= open_.recall
        assert strict.refused >= open_.refused
        assert strict.lost >= open_.lost
        assert strict.let_through <= open_.let_through
    assert all(one.precision is None or 0 <= one.precision <= 1 for one in tried)


@given(QUERIES)
def test_a_bound_between_two_scores_divides_them(drawn: list[tuple[dict[str, float], frozenset[str]]]) -> None:
    measured = [Measured(items=tuple(scores.items()), relevant=ids) for scores, ids in drawn]
    scores = sorted({score for one in measured for _, score in one.items})
    tried = {one.at for one in bounds(gate(), measured)}
    for low, high in itertools.pairwise(scores):
        assert any(low < bound <= high for bound in tried)


def test_the_table_is_sorted_from_open_to_strict() -> None:
    near = [one.at for one in bounds(gate(), REAL)]
    far = [one.at for one in bounds(gate(metric="l2", min=None, max=0.5), REAL)]
    assert (near, far) == (sorted(near), sorted(far, reverse=True))


# ---------------------------------------------------------------------------------------------------- the command

DOCUMENTS = {
    "refunds": "Refunds are issued within 14 days of the purchase date.",
    "paging": "The invoice API returns at most 100 rows per page; follow next_cursor until null.",
    "cat": "Our office cat is called Biscuit.",
}
LABELLED: tuple[dict[str, Any], ...] = (
    {"arguments": {"text": "refunds issued within 14 days of purchase"}, "relevant": ["refunds"]},
    {"arguments": {"text": "invoice API returns rows per page"}, "relevant": ["paging"]},
    {"arguments": {"text": "the office cat called Biscuit"}, "relevant": ["cat"]},
    {"arguments": {"text": "capital of France"}, "relevant": []},
)
TOOL = """
unabridged: 1
api:
  name: kb
  base_url: {origin}
  network: {{allow: [loopback]}}
  auth: {{kind: api_key, in: header, name: Api-Key, value: {{env: KB_KEY}}}}
tools:
  - name: search_kb
    description: What the knowledge base says.
    claim: {{top_k: {claimed}}}
    effects: read
    input: {{type: object, properties: {{text: {{type: string}}}}, required: [text]}}
    request:
      method: POST
      url: /records/namespaces/__default__/search
      body: {{query: {{inputs: {{text: "{{input.text}}"}}, top_k: 3}}}}
    response: {{items: {{at: /result/hits, id: /_id}}}}
    complete: {{gate: {{at: /_score, metric: cosine, min: 0.9}}}}
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNABRIDGED_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("KB_KEY", "test-only")
    return tmp_path


def run(places: Path, lines: list[str], *, as_json: bool = False, precision: float = 0.95, claimed: int = 3) -> int:
    """Calibrate against the stand-in with a file of these *lines*."""
    file = places / "labelled.jsonl"
    file.write_text("\n".join(lines), "utf-8")

    async def against() -> int:
        index = Pinecone()
        index.put(DOCUMENTS)
        async with serving(index) as origin:
            tool = places / "kb.yaml"
            tool.write_text(TOOL.format(origin=origin, claimed=claimed), "utf-8")
            command = partial(calibrate, "search_kb", str(file), [str(tool)], precision=precision, as_json=as_json)
            return await anyio.to_thread.run_sync(command)

    return anyio.run(against)


def test_a_bound_is_recommended_from_labelled_queries(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(places, [json.dumps(one) for one in LABELLED]) == 0
    out, err = capsys.readouterr()
    assert "complete.gate.min: 0." in out
    assert "recommended" in out
    assert "declared" in out
    assert "4 queries are few; with 30 or more the figures begin to hold." in err


def test_programs_get_every_bound(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(places, [json.dumps(one) for one in LABELLED], as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["tool"], told["bound"], told["declared"], told["queries"], told["relevant"], told["few"]) == (
        ("search_kb", "min", 0.9, 4, 3, True)
    )
    best = next(one for one in told["bounds"] if one["at"] == told["recommended"])
    assert (best["precision"], best["recall"], best["refused"], best["lost"]) == (1, 1, 0.25, 0)


def test_of_more_items_than_are_claimed_the_best_are_measured(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(places, [json.dumps(one) for one in LABELLED], as_json=True, claimed=1) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["queries"], told["not_measured"]) == (4, [])
    most_open = told["bounds"][0]
    assert (most_open["precision"], most_open["recall"], most_open["refused"]) == (0.75, 1, 0)


def test_where_nothing_separates_that_is_said(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [json.dumps({**one, "relevant": ["nobody"]}) for one in LABELLED]
    assert run(places, wrong) == 3
    out, err = capsys.readouterr()
    assert "No bound reaches a precision of 0.95 over 4 queries with 4 relevant items" in out
    assert "Nothing that is labelled ever came" in err


def test_a_query_that_gets_no_answer_is_named_and_not_measured(
    places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps(one) for one in LABELLED]
    assert run(places, [*lines, "", '{"arguments": {"txt": "x"}, "relevant": []}'], as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["queries"], told["not_measured"]) == (4, [{"line": 6, "code": "invalid_arguments"}])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "labelled.jsonl:1: expected"),
        ('{"arguments": {}}', "labelled.jsonl:1: expected"),
        ('{"arguments": {}, "relevant": [], "id": 1}', "labelled.jsonl:1: expected"),
        ('{"arguments": {}, "relevant": [null]}', "expected identifiers under `relevant`"),
        ("", "holds no query"),
    ],
)
def test_a_line_that_is_no_query_is_named(places: Path, line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(places, [line])
