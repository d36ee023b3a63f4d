"""The bundled tools of vector stores against a stand-in that reckons real scores, and that Pinecone's own client accepts."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

import anyio
import pinecone
import pytest

from tests.scripted import code, items
from tests.standins.accounts import CHURNED, QUESTION, REFINED, account_book, texts
from tests.standins.cases import ENVIRONMENT, pointed
from tests.standins.pinecone import Pinecone
from tests.standins.vectors import bag_of_words, cosine
from tests.standins.wire import serving
from unabridged.schemas.answer import Answer, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import Surroundings, surroundings

pytestmark = pytest.mark.anyio

DOCUMENTS = {
    "refunds": "Refunds are issued within 14 days of the purchase date.",
    "paging": "The invoice API returns at most 100 rows per page; follow next_cursor until null.",
    "cat": "Our office cat is called Biscuit.",
}


@cache
def tool(name: str) -> Contract:
    return next(one for one in read(tuple(bundled().values())).contracts if one.name == name)


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


def around() -> Surroundings:
    return replace(surroundings(ENVIRONMENT), sleep=_at_once, random=lambda: 0.5)


async def asked(index: Pinecone, name: str, **arguments: Json) -> Answer:
    async with serving(index) as origin:
        return await call(pointed(tool(name), origin), arguments, surroundings=around())


def documents() -> Pinecone:
    index = Pinecone()
    index.put(DOCUMENTS)
    return index


def vector(text: str) -> list[Json]:
    return list(bag_of_words(text))


async def test_what_is_near_is_found_by_vector_and_by_text() -> None:
    words = "refunds issued within 14 days of the purchase"
    by_vector = items(await asked(documents(), "pinecone_query", vector=vector(words)))
    by_text = items(await asked(documents(), "pinecone_search", text=words))
    assert [one["id"] for one in by_vector] == [one["_id"] for one in by_text] == ["refunds"]
    assert (
        by_vector[0]["score"] == by_text[0]["_score"] == cosine(bag_of_words(words), bag_of_words(DOCUMENTS["refunds"]))
    )


@pytest.mark.requirement("G51")
@pytest.mark.parametrize("text", ["how do I paginate the invoice API", "what is the capital of France"])
async def test_what_is_not_near_is_an_error(text: str) -> None:
    assert code(await asked(documents(), "pinecone_query", vector=vector(text))) == "low_relevance"
    assert code(await asked(documents(), "pinecone_search", text=text)) == "low_relevance"


async def test_a_vector_of_another_dimension_is_rejected_by_the_index() -> None:
    assert code(await asked(documents(), "pinecone_query", vector=[1, 2, 3])) == "request_rejected"


@pytest.mark.requirement("G52")
@pytest.mark.parametrize(("lag", "outcome"), [(0, 1), (2, 3), (9, "not_yet_visible")])
async def test_a_write_that_must_be_seen_is_waited_for(lag: int, outcome: Json) -> None:
    index = documents()
    index.lag = lag
    index.put({"new": "The harbour opens at six."})
    answered = await asked(index, "pinecone_search", text="The harbour opens at six", min_lsn=4)
    if isinstance(answered, Withheld):
        assert code(answered) == outcome
    else:
        assert ([one["_id"] for one in items(answered)], len(index.heard)) == (["new"], outcome)


# ------------------------------------------------------------------------------------- a question asked wrongly


@pytest.mark.requirement("G51")
async def test_a_question_in_the_wrong_words_is_an_error_and_in_the_right_ones_finds_fourteen_accounts() -> None:
    wrong = await asked(account_book(), "pinecone_search", text=QUESTION, top_k=20)
    assert code(wrong) == "low_relevance"
    assert isinstance(wrong, Withheld)
    assert str(wrong.verdict.findings[0].have)[:9] == "best 0.61"
    right = await asked(account_book(), "pinecone_search", text=REFINED, top_k=20)
    found = items(right)
    assert {one["_id"] for one in found} == set(CHURNED)
    assert {round(one["_score"], 2) for one in found} == {0.88}


def test_the_wrong_words_rank_accounts_that_nobody_asked_for_among_the_nearest_twenty() -> None:
    asked_for = bag_of_words(QUESTION)
    ranked = sorted(texts(), key=lambda one: -cosine(asked_for, bag_of_words(texts()[one])))[:20]
    assert set(ranked) > set(CHURNED)
    assert round(cosine(asked_for, bag_of_words(texts()[ranked[0]])), 2) == 0.62


# --------------------------------------------------------------------------------------- Pinecone's own client


def _by_the_client(origin: str) -> dict[str, Any]:
    with pinecone.Pinecone(api_key="test-only").Index(host=origin) as client:
        written = client.upsert(
            vectors=[
                {"id": name, "values": list(bag_of_words(text)), "metadata": {"text": text}}
                for name, text in DOCUMENTS.items()
            ],
            namespace="docs",
        )
        query = list(bag_of_words("refunds issued within 14 days of the purchase"))
        found = client.query(vector=query, top_k=2, include_metadata=True, namespace="docs")
        with pytest.raises(pinecone.PineconeError) as refused:
            client.query(vector=[1.0, 2.0, 3.0], top_k=1)
        return {
            "written": written.upserted_count,
            "total": client.describe_index_stats().total_vector_count,
            "matches": [(one.id, round(one.score, 3)) for one in found.matches],
            "refused": str(refused.value),
        }


def _by_text(origin: str) -> list[tuple[str, float, str]]:
    with pinecone.Pinecone(api_key="test-only").Index(host=origin) as client:
        client.upsert_records(
            namespace="docs", records=[{"_id": name, "text": text} for name, text in DOCUMENTS.items()]
        )
        found = client.search(namespace="docs", top_k=1, inputs={"text": "Biscuit, the office cat"}, fields=["text"])
        return [(hit.id, hit.score, hit.fields["text"]) for hit in found.result.hits]


async def test_what_pinecones_own_client_finds_by_text_is_what_our_tool_finds() -> None:
    async with serving(Pinecone()) as origin:
        theirs = await anyio.to_thread.run_sync(partial(_by_text, origin))
        arguments: dict[str, Json] = {"text": "Biscuit, the office cat", "namespace": "docs", "top_k": 1}
        ours = await call(pointed(tool("pinecone_search"), origin), arguments, surroundings=around())
    assert theirs == [
        ("cat", cosine(bag_of_words("Biscuit, the office cat"), bag_of_words(DOCUMENTS["cat"])), DOCUMENTS["cat"])
    ]
    assert [(one["_id"], one["_score"], one["fields"]["text"]) for one in items(ours)] == theirs


async def test_the_stand_in_speaks_so_that_pinecones_own_client_understands_it() -> None:
    index = Pinecone()
    async with serving(index) as origin:
        seen = await anyio.to_thread.run_sync(partial(_by_the_client, origin))
        ours = await call(
            pointed(tool("pinecone_query"), origin),
            {"vector": vector("refunds issued within 14 days of the purchase"), "namespace": "docs"},
            surroundings=around(),
        )
    assert (seen["written"], seen["total"]) == (3, 3)
    assert "does not match the dimension" in seen["refused"]
    assert [(one["id"], round(one["score"], 3)) for one in items(ours)] == seen["matches"][:1]
