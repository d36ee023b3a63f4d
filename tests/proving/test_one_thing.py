"""One thing, or several lists of which one answer cannot show that they are whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.scripted import World, answer, contract
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.proving.prove import Proven, prove

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def proven(body: Json, definition: Contract) -> Proven:
    return await prove(definition, {}, surroundings=World(lambda _: answer(body)).surroundings())


BROADCAST: dict[str, Json] = {"station": {"id": "one", "a/b": [{"id": 1}]}, "shows": [{"id": 2}], "page": 1}


def about_one(*, ambiguous: bool) -> Contract:
    doubt = {"claim": {"source": "openapi", "rule": "claim/one", "ambiguous": ["all"] if ambiguous else []}}
    return contract(
        claim="one",
        request={"url": "https://desk.test/broadcast"},
        response={},
        walk={"kind": "single"},
        complete={},
        provenance=doubt,
    )


async def test_an_answer_with_lists_is_not_proven_to_be_one_thing_where_that_was_in_doubt() -> None:
    doubted = about_one(ambiguous=True)
    schema = {"type": "object", "properties": {"station": {"properties": {"a/b": {"type": "array"}}}}}
    found = await proven(BROADCAST, replace(doubted, response=replace(doubted.response, schema=schema)))
    settled = found.proof.lines["claim"]
    assert settled.outcome == "open"
    assert "(/station/a~1b, /shows)" in settled.says


@pytest.mark.requirement("L11")
async def test_names_that_are_data_are_not_told_of_lists() -> None:
    body: Json = {"id": 1, "by": {"ada": [1], "bob": {"best": [2]}}, "ada@example.org": [3], "posts": {"all": []}}
    schema = {"type": "object", "properties": {"posts": {"properties": {"all": {"type": "array"}}}}}
    for data, named in (("", "/by, the whole of it, /posts/all"), ("/data", "/data/by, /data, /data/posts/all")):
        wrapped = schema if data == "" else {"type": "object", "properties": {"data": schema}}
        tool = about_one(ambiguous=True)
        tool = replace(tool, response=replace(tool.response, data=data, schema=wrapped))
        found = await proven(body if data == "" else {"data": body}, tool)
        assert "ada" not in str(found.proof)
        assert f"it holds lists ({named})" in found.proof.lines["claim"].says


async def test_an_answer_without_lists_is_one_thing_and_so_is_one_of_which_nobody_doubted_it() -> None:
    found = await proven({"id": 1, "of": {"name": "x"}}, about_one(ambiguous=True))
    assert found.proof.lines["claim"].outcome == "proven"
    found = await proven(BROADCAST, about_one(ambiguous=False))
    assert found.proof.lines["claim"].outcome == "proven"
