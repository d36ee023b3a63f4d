"""Items that come side by side, one list for each member: put together as they arrived, or refused where they do not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.scripted import World, answer, code, content, contract, items
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json

pytestmark = pytest.mark.anyio


def columnar(**columns: Any) -> Contract:
    return contract(
        claim="top_k",
        response={"items": {"columns": {"id": "/ids/0", "distance": "/distances/0", **columns}, "id": "/id"}},
        walk={"kind": "single"},
        complete={"gate": {"at": "/distance", "metric": "cosine_distance", "max": 0.25}},
    )


BODY = (
    b'{"ids":[["a","b","c"]],"distances":[[0.10, 0.2,9e-1]],\n "documents":[["x\\u00e9",null , "z"]],"uris":null,'
    b'"metadatas":[[{"n":1.50},{},{"n":2}]]}'
)


def answering(body: bytes = BODY) -> World:
    return World(lambda request: replace(answer({}), content=body))


async def test_the_members_of_each_item_are_put_together_as_they_arrived() -> None:
    delivered = await answering().call(columnar(document="/documents/0", metadata="/metadatas/0"))
    assert content(delivered) == (
        b'[{"id":"a","distance":0.10,"document":"x\\u00e9","metadata":{"n":1.50}},'
        b'{"id":"b","distance":0.2,"document":null,"metadata":{}}]'
    )


async def test_the_gate_looks_into_a_column() -> None:
    assert [item["id"] for item in items(await answering().call(columnar()))] == ["a", "b"]
    far = BODY.replace(b"0.10, 0.2,9e-1", b"0.5,0.6,0.7")
    assert code(await answering(far).call(columnar())) == "low_relevance"


async def test_no_items_at_all_are_not_near_enough() -> None:
    assert code(await answering(b'{"ids":[[]],"distances":[[]]}').call(columnar())) == "low_relevance"


UNFIT = [
    pytest.param(BODY.replace(b"0.10, 0.2,9e-1", b"0.10,0.2"), {}, "columns_uneven", id="a shorter column"),
    pytest.param(BODY.replace(b'"a","b","c"', b'"a","b","c","d"'), {}, "columns_uneven", id="a longer one"),
    pytest.param(BODY, {"uri": "/uris/0"}, "items_missing", id="a null column"),
    pytest.param(BODY, {"vector": "/embeddings/0"}, "items_missing", id="a missing column"),
    pytest.param(BODY, {"meta": "/metadatas/0/0"}, "items_missing", id="a column that is no list"),
    pytest.param(BODY.replace(b'"b"', b"null"), {}, "id_missing", id="an item without an identifier"),
    pytest.param(BODY.replace(b'"b"', b'"a"'), {}, "duplicate_id", id="an item twice"),
    pytest.param(BODY.replace(b" 0.2,", b"null,"), {}, "score_missing", id="a score that is null"),
]


@pytest.mark.parametrize(("body", "columns", "expected"), UNFIT)
async def test_columns_that_do_not_fit_are_refused(body: bytes, columns: dict[str, Json], expected: str) -> None:
    assert code(await answering(body).call(columnar(**columns))) == expected


async def test_a_column_may_be_null_or_missing_where_the_file_says_so() -> None:
    uri = {"at": "/uris/0", "null": "omit"}
    vector = {"at": "/embeddings/0", "absent": "omit"}
    delivered = await answering().call(columnar(uri=uri, vector=vector))
    assert [set(item) for item in items(delivered)] == [{"id", "distance"}] * 2
