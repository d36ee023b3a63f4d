"""Lists that come as one stream: the same proofs as for pages, and the items' bytes as they arrived."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.recorded import said
from tests.scripted import World, code, content, contract, items
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Response

pytestmark = pytest.mark.anyio

LINES = b'{"id": 1, "price": 1.50}\n{"id": 2}\n{"done": true, "count": 2}\n'
DONE = {"at": "body:/done", "is": True}


def lines(**parts: Any) -> Contract:
    """Every line is an item but the last, which says so and counts them."""
    whole: dict[str, Any] = {
        "response": {"media": "application/x-ndjson", "items": {"at": "", "id": "/id"}},
        "walk": {"kind": "stream", "terminal": DONE},
        "complete": {"require": "counted", "total": {"at": "terminal:/count"}},
    }
    return contract(**{**whole, **parts})


def batches(**item: Any) -> Contract:
    """Every event holds a list of items."""
    return contract(
        response={"media": "text/event-stream", "items": {"at": "/rows", "id": "/id", **item}},
        walk={"kind": "stream", "terminal": {"event": "end"}, "ignore": {"event": "beat"}},
        complete={"require": "terminated"},
    )


async def ask(asked: Contract, *streams: bytes, media: str = "application/x-ndjson") -> Answer:
    said_next = iter([*streams, *[streams[-1]] * 4])

    def script(_request: object) -> Response:
        return said(next(said_next), media)

    return await World(script).call(asked)


async def test_every_event_but_the_last_is_an_item_as_it_arrived() -> None:
    answer = await ask(lines(), LINES)
    assert content(answer) == b'[{"id": 1, "price": 1.50},{"id": 2}]'
    assert answer.receipt.grade is Grade.COUNTED
    assert answer.receipt.items == 2


async def test_the_lists_inside_the_events_are_one_list() -> None:
    stream = b'data: {"rows": [{"id": 1.0}]}\n\nevent: beat\ndata: {}\n\ndata: {"rows": []}\n\ndata: {"rows": [{"id":2},\ndata: {"id":3}]}\n\nevent: end\ndata: {}\n\n'
    answer = await ask(batches(), stream, media="text/event-stream")
    assert content(answer) == b'[{"id": 1.0},{"id":2},{"id":3}]'
    assert answer.receipt.grade is Grade.TERMINATED


async def test_the_last_event_may_hold_items_too() -> None:
    stream = b'data: {"rows": [{"id": 1}]}\n\nevent: end\ndata: {"rows": [{"id": 2}]}\n\n'
    assert items(await ask(batches(), stream, media="text/event-stream")) == [{"id": 1}, {"id": 2}]


async def test_an_array_is_a_stream_of_its_elements() -> None:
    array = b'[{"id": 1},\r\n{"id": 2},\r\n{"done": true, "count": 2}]'
    asked = lines(
        response={"items": {"at": "", "id": "/id"}}, walk={"kind": "stream", "terminal": DONE, "format": "array"}
    )
    assert items(await ask(asked, array, media="application/json")) == [{"id": 1}, {"id": 2}]


@pytest.mark.requirement("G21")
async def test_a_list_that_is_cut_at_any_byte_is_never_delivered() -> None:
    told = [await ask(lines(), LINES[:at]) for at in range(len(LINES))]
    assert {code(answer) for answer in told} == {"end_marker_missing"}


REFUSED: list[tuple[str, bytes, str]] = [
    ("the end does not come", b'{"id": 1}\n{"id": 2}\n', "end_marker_missing"),
    ("an item behind the end", LINES + b'{"id": 3}\n', "surplus_bytes"),
    ("an item is lost", LINES.replace(b'{"id": 2}\n', b""), "total_mismatch"),
    ("an item comes twice", LINES.replace(b'{"id": 2}', b'{"id": 1}'), "duplicate_id"),
    ("an item without identifier", LINES.replace(b'{"id": 2}', b"{}"), "id_missing"),
    ("a null item", LINES.replace(b'{"id": 2}', b"null"), "item_invalid"),
    ("a line that is no JSON", LINES.replace(b'{"id": 2}', b'{"id": 2'), "not_json"),
    ("no total", LINES.replace(b', "count": 2', b""), "total_missing"),
    ("an empty answer", b"", "end_marker_missing"),
]


@pytest.mark.parametrize(("stream", "due"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
async def test_a_stream_that_is_not_whole_is_refused(stream: bytes, due: str) -> None:
    assert code(await ask(lines(), stream)) == due


async def test_a_stream_that_was_cut_once_is_asked_for_again() -> None:
    assert items(await ask(lines(), LINES[:40], LINES)) == [{"id": 1, "price": 1.5}, {"id": 2}]


async def test_a_missing_list_in_the_middle_is_refused_unless_it_is_licensed() -> None:
    stream = b'data: {"rows": [{"id": 1}]}\n\ndata: {"note": 1}\n\nevent: end\ndata: {}\n\n'
    assert code(await ask(batches(), stream, media="text/event-stream")) == "items_missing"
    assert items(await ask(batches(absent="empty"), stream, media="text/event-stream")) == [{"id": 1}]


async def test_the_first_items_of_a_stream_are_taken_from_a_whole_one_only() -> None:
    asked = lines(claim={"first": 1}, complete={"require": "terminated"})
    assert items(await ask(asked, LINES)) == [{"id": 1, "price": 1.5}]
    assert code(await ask(asked, LINES[:40])) == "end_marker_missing"


async def test_a_stream_without_items_is_asked_for_twice() -> None:
    nothing = b'{"done": true, "count": 0}\n'
    assert items(await ask(lines(), nothing)) == []
    assert items(await ask(lines(), nothing, LINES)) == [{"id": 1, "price": 1.5}, {"id": 2}]


async def test_each_event_is_looked_at_as_a_body_of_its_own() -> None:
    response = {
        "media": "application/x-ndjson",
        "items": {"at": ""},
        "veto": {"at": "body:/warning", "state": "value"},
        "classify": {"when": {"status": 200, "at": "body:/error", "state": "value"}, "as": "transient"},
    }
    asked = lines(response={**response, "veto": [response["veto"]], "classify": [response["classify"]]})
    assert code(await ask(asked, LINES.replace(b'{"id": 2}', b'{"id": 2, "warning": "cut"}'))) == "partial_flag"
    assert code(await ask(asked, LINES.replace(b'{"id": 2}', b'{"error": "shard"}'))) == "unavailable"


async def test_lists_inside_the_items_of_a_stream_are_looked_at() -> None:
    nested = [{"at": "event:*:/comments/more", "must": False, "absent": "ok"}]
    asked = lines(response={"media": "application/x-ndjson", "items": {"at": "", "id": "/id"}, "nested": nested})
    assert (
        code(await ask(asked, LINES.replace(b'{"id": 2}', b'{"id": 2, "comments": {"more": true}}')))
        == "nested_truncated"
    )
    assert len(items(await ask(asked, LINES))) == 2


async def test_a_plain_body_is_not_taken_for_a_stream() -> None:
    asked = lines(response={"media": ["application/x-ndjson", "application/json"], "items": {"at": "", "id": "/id"}})
    body = json.dumps({"done": True, "count": 0}).encode()
    assert code(await ask(asked, body, media="application/json")) == "wrong_media_type"


async def test_a_text_with_raw_line_ends_between_its_tokens_is_delivered_on_one_line() -> None:
    asked = lines(response={"media": "application/json-seq", "items": {"at": "", "id": "/id"}})
    stream = b'\x1e{"id":\n 1}\n\x1e{"done": true, "count": 1}\n'
    answer = await ask(asked, stream, media="application/json-seq")
    assert isinstance(answer, Delivered)
    assert content(answer) == b'[{"id": 1}]'
