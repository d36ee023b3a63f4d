"""A real vector store with real embeddings: the gate over what they say, and the bound that calibration finds.

Neither is installed by default: `tests/vector_stores/install heavy`, then `uv run pytest -m vectors`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import anyio
import pinecone
import pytest

from tests.scripted import code, items
from tests.standins.accounts import CHURNED, QUESTION, REFINED, texts
from tests.standins.cases import ENVIRONMENT, pointed
from tests.standins.pinecone import Pinecone
from tests.standins.wire import serving
from tests.vector_stores.stores import Chroma, chroma, embedded
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.server.commands.calibrate import calibrate
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import surroundings

pytestmark = [pytest.mark.vectors, pytest.mark.anyio]

DOCUMENTS = {
    "refunds": "Refunds are issued within 14 days of the purchase date.",
    "paging": "The invoice API returns at most 100 rows per page; follow next_cursor until null.",
    "cat": "Our office cat is called Biscuit.",
    "password": "To reset your password open Settings and choose Security.",
}
QUERIES = {
    "How long do refunds take?": ["refunds"],
    "Refunds are issued within fourteen days of purchase.": ["refunds"],
    "how do I paginate the invoice API": ["paging"],
    "what is the capital of France": [],
}


@cache
def vectors(*texts: str) -> list[list[float]]:
    return embedded(texts)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chroma]:
    with chroma(tmp_path_factory.mktemp("store")) as running:
        yield running


@pytest.fixture(scope="module")
def shelf(store: Chroma) -> str:
    return store.collection("documents", DOCUMENTS, vectors(*DOCUMENTS.values()))


def contract(store: Chroma) -> Contract:
    bundle = read((bundled()["chroma"],)).contracts[0]
    return pointed(bundle, f"http://127.0.0.1:{store.port}")


async def asked(store: Chroma, collection: str, text: str, *, most: float | None = None, **arguments: Json) -> Answer:
    """Ask the bundled tool about *text*, with the bundled bound or *most*."""
    tool = contract(store)
    gate = tool.complete.gate
    if most is not None and gate is not None:
        tool = replace(tool, complete=replace(tool.complete, gate=replace(gate, max=most)))
    vector: list[Json] = [*vectors(*QUERIES)[list(QUERIES).index(text)]] if text in QUERIES else [*vectors(text)[0]]
    given: dict[str, Json] = {"collection": collection, "vector": vector, **arguments}
    return await call(tool, given, surroundings=surroundings(ENVIRONMENT))


@pytest.mark.requirement("G51")
async def test_what_is_near_is_delivered_as_items_with_their_distances(store: Chroma, shelf: str) -> None:
    found = items(await asked(store, shelf, "How long do refunds take?"))
    assert [(one["id"], round(one["distance"], 2), one["document"]) for one in found] == [
        ("refunds", 0.17, DOCUMENTS["refunds"])
    ]


@pytest.mark.requirement("G51")
async def test_what_is_not_near_is_an_error_and_so_is_a_right_answer_beyond_the_usual_bound(
    store: Chroma, shelf: str
) -> None:
    assert code(await asked(store, shelf, "what is the capital of France")) == "low_relevance"
    assert code(await asked(store, shelf, "how do I paginate the invoice API")) == "low_relevance"


async def test_what_the_store_rejects_is_said(store: Chroma, shelf: str) -> None:
    nobody = "00000000-0000-0000-0000-000000000000"
    assert code(await asked(store, nobody, "How long do refunds take?")) == "not_found"
    assert code(await asked(store, shelf, "How long do refunds take?", vector=[1, 2, 3])) == "request_rejected"


def test_calibration_finds_the_bound_that_the_usual_one_misses(
    store: Chroma, shelf: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**ENVIRONMENT, "UNABRIDGED_STATE": "off"}.items():
        monkeypatch.setenv(name, value)
    tool = tmp_path / "chroma.yaml"
    text = bundled()["chroma"].read_text("utf-8")
    local = f"http://127.0.0.1:{store.port}/api/v2\n  network: {{allow: [loopback]}}"
    start, end = text.index("  variables:"), text.index("  auth:")
    tool.write_text((text[:start] + text[end:]).replace("https://{host}/api/v2", local), "utf-8")
    labelled = tmp_path / "labelled.jsonl"
    lines = [
        {"arguments": {"collection": shelf, "vector": vector}, "relevant": relevant}
        for vector, relevant in zip(vectors(*QUERIES), QUERIES.values(), strict=True)
    ]
    labelled.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert calibrate("chroma_query", str(labelled), [str(tool)], precision=0.95, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert 0.274 <= told["recommended"] < 0.83
    declared = next(one for one in told["bounds"] if one["at"] == 0.25)
    best = next(one for one in told["bounds"] if one["at"] == told["recommended"])
    assert (round(declared["recall"], 2), round(declared["lost"], 2)) == (0.67, 0.33)
    assert (best["precision"], best["recall"], best["refused"]) == (1, 1, 0.25)
    found = items(
        anyio.run(partial(asked, store, shelf, "how do I paginate the invoice API", most=told["recommended"]))
    )
    assert [one["id"] for one in found] == ["paging"]


@pytest.mark.requirement("G51")
async def test_the_question_that_found_the_wrong_accounts_is_refused_by_a_real_embedding_too(store: Chroma) -> None:
    book = texts()
    collection = store.collection("accounts", book, vectors(*book.values()))
    assert code(await asked(store, collection, QUESTION, n_results=20)) == "low_relevance"
    delivered = await asked(store, collection, REFINED, n_results=20)
    assert isinstance(delivered, Delivered)
    assert {one["id"] for one in items(delivered)} == set(CHURNED)


def _written(origin: str) -> list[tuple[str, float]]:
    with pinecone.Pinecone(api_key="test-only").Index(host=origin) as client:
        stored = zip(DOCUMENTS.items(), vectors(*DOCUMENTS.values()), strict=True)
        client.upsert(
            vectors=[{"id": key, "values": values, "metadata": {"text": text}} for (key, text), values in stored]
        )
        matches: Any = client.query(vector=vectors(*QUERIES)[0], top_k=4).matches
        return [(one.id, one.score) for one in matches]


async def test_pinecones_client_gets_the_similarities_that_are_the_other_side_of_the_distances(
    store: Chroma, shelf: str
) -> None:
    async with serving(Pinecone(dimension=384)) as origin:
        similar = await anyio.to_thread.run_sync(partial(_written, origin))
    far = items(await asked(store, shelf, "How long do refunds take?", most=2.0))
    distances = {one["id"]: one["distance"] for one in far}
    assert [key for key, _ in similar] == [one["id"] for one in far]
    assert all(abs(1 - score - distances[key]) < 1e-3 for key, score in similar)
