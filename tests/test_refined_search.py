"""The question that found the wrong accounts, from beginning to end: refused, refined by a model, asked again, whole.

Without the gate the nearest twenty would have been delivered, with accounts among them that nobody asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.scripted import code, items
from tests.standins.accounts import CHURNED, QUESTION, REFINED, account_book
from tests.standins.cases import ENVIRONMENT, pointed
from tests.standins.generating import CONTRACTS, Waits, world
from tests.standins.wire import Heard, Said, said, serving
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.policy import Ask, Recover
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import Surroundings

pytestmark = pytest.mark.anyio

Model = Callable[[Heard], Said]

(SEARCH,) = (one for one in read([bundled()["pinecone"]]).contracts if one.name == "pinecone_search")
REFINING = Recover(
    on=("low_relevance",),
    ask={
        "refined": Ask(
            tool="openai_chat_generate",
            with_={"prompt": "Say this in the words of an account book: {input.text}"},
        )
    },
    with_={"text": "{refined.text}"},
)


def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return (
        b"data: "
        + json.dumps({"object": "chat.completion.chunk", "model": "m", "choices": [choice]}).encode()
        + b"\n\n"
    )


def stream(*events: bytes) -> Said:
    return Said(content=b"".join(events), headers={"content-type": "text/event-stream"})


def refines(heard: Heard) -> Said:
    """A model that knows the words of the book, and says them in two pieces."""
    assert QUESTION in json.dumps(heard.body, ensure_ascii=False)
    return stream(
        chunk({"content": REFINED[:20]}), chunk({"content": REFINED[20:]}), chunk({}, "stop"), b"data: [DONE]\n\n"
    )


def is_cut(_: Heard) -> Said:
    return stream(chunk({"content": REFINED[:20]}))


def refuses(_: Heard) -> Said:
    return stream(chunk({"refusal": "No."}), chunk({}, "stop"), b"data: [DONE]\n\n")


def is_overloaded(_: Heard) -> Said:
    return said({"error": {"message": "Overloaded"}}, status=503)


def around_them(*tools: Contract) -> Surroundings:
    made = world(Waits(), tools)
    return replace(made, environment={**made.environment, **ENVIRONMENT})


async def asked(model: Model, *, recover: tuple[Recover, ...] = (REFINING,)) -> Answer:
    async with serving(account_book()) as index, serving(model) as endpoint:
        search: Contract = pointed(SEARCH, index)
        search = replace(search, policy=replace(search.policy, recover=recover))
        helper = pointed(CONTRACTS["openai_chat_generate"], endpoint)
        around = around_them(search, helper)
        return await call(search, {"text": QUESTION, "top_k": 20}, surroundings=around)


@pytest.mark.requirement("G51")
async def test_the_refined_question_finds_the_fourteen_accounts_and_the_receipt_tells_how() -> None:
    answer = await asked(refines)
    assert isinstance(answer, Delivered)
    legs = [(leg.way, leg.tool, leg.finding and leg.finding.code, leg.changed) for leg in answer.receipt.tried]
    assert legs == [
        ("first", "pinecone_search", "low_relevance", ()),
        ("recover 1: ask refined", "openai_chat_generate", None, ()),
        ("recover 1", "pinecone_search", None, ("text",)),
    ]
    assert answer.receipt.tried[0].finding is not None
    assert "0.62" in str(answer.receipt.tried[0].finding.have) or "0.61" in str(answer.receipt.tried[0].finding.have)
    found = items(answer)
    assert len(found) == 14
    assert {one["_id"] for one in found} == set(CHURNED)
    assert {round(one["_score"], 2) for one in found} == {0.88}


@pytest.mark.parametrize("model", [is_cut, refuses, is_overloaded])
async def test_a_model_that_gives_no_whole_answer_leaves_the_refusal_as_it_was(model: Model) -> None:
    answer = await asked(model)
    assert code(answer) == "low_relevance"
    assert [leg.way for leg in answer.receipt.tried] == ["first", "recover 1: ask refined"]


async def test_without_a_way_back_it_is_an_error_and_never_an_empty_success() -> None:
    assert code(await asked(refines, recover=())) == "low_relevance"


async def test_without_the_gate_accounts_that_nobody_asked_for_would_have_been_delivered() -> None:
    ungated = replace(SEARCH, complete=replace(SEARCH.complete, gate=None))
    async with serving(account_book()) as index:
        answer = await call(pointed(ungated, index), {"text": QUESTION, "top_k": 20}, surroundings=around_them())
    assert {one["_id"] for one in items(answer)} - set(CHURNED)
