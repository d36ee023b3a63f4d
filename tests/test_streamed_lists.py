"""Lists that come as one stream: the same proofs as for pages, and the items' bytes as they arrived."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.recorded import said
from tests.scripted import World, code, content, contract, items
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.expectation import Nested
from unabridged.schemas.location import location
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


async def test_an_event_that_holds_no_item_is_not_looked_into() -> None:
    nested = [{"at": "event:*:/c/more", "must": False}]
    asked = lines(response={"media": "application/x-ndjson", "items": {"at": "", "id": "/id"}, "nested": nested})
    whole = b'{"id": 1, "c": {"more": false}}\n{"done": true, "count": 1}\n'
    assert len(items(await ask(asked, whole))) == 1
    assert code(await ask(asked, whole.replace(b"false", b"true"))) == "nested_truncated"
    assert code(await ask(asked, whole.replace(b', "c": {"more": false}', b""))) == "nested_truncated"


async def test_only_the_events_that_hold_lists_are_looked_into() -> None:
    asked = batches()
    nested = (Nested(at=location("event:*:/rows/*/more")),)
    asked = replace(asked, response=replace(asked.response, nested=nested))
    stream = b'data: {"rows": [{"id": 1, "more": false}]}\n\nevent: end\ndata: {"rows": [{"id": 2, "more": false}]}\n\n'
    assert len(items(await ask(asked, stream, media="text/event-stream"))) == 2
    cut = stream.replace(b'2, "more": false', b'2, "more": true')
    assert code(await ask(asked, cut, media="text/event-stream")) == "nested_truncated"
    assert len(items(await ask(asked, stream.replace(b'{"rows": [{"id": 2, "more": false}]}', b"{}"), media="text/event-stream"))) == 1  # fmt: skip


async def test_the_oldest_item_of_a_stream_tells_its_age() -> None:
    fresh = {"fresh": {"at": "event:*:/at", "max_age": "30d"}}
    asked = lines(complete=fresh)
    day = "1970-01-12"  # of the received answer
    new = f'{{"id": 1, "at": "{day}"}}\n{{"id": 2, "at": "{day}"}}\n{{"done": true, "count": 2}}\n'.encode()
    assert len(items(await ask(asked, new))) == 2
    assert code(await ask(asked, new.replace(day.encode(), b"1969-01-01", 1))) == "stale"
    assert code(await ask(asked, new.replace(b', "at": "1970-01-12"', b"", 1))) == "stale"
    assert code(await ask(asked, new.replace(b'"done": true', b'"done": true, "at": "1969-01-01"'))) == "stale"
    assert code(await ask(asked, b'{"done": true, "count": 0}\n')) == "stale"
    named = lines(complete={"fresh": {"at": "event:row:/at", "max_age": "30d"}})
    assert code(await ask(named, new)) == "stale"
    assert len(items(await ask(named, new.replace(b'{"id"', b'{"type": "row", "id"')))) == 2


@pytest.mark.parametrize(
    ("numbers", "due"),
    [((7, 8), None), ((6, 8), "not_yet_visible"), ((8, 6), "not_yet_visible"), ((7, "x"), "sequence_missing")],
)
async def test_the_lowest_sequence_number_of_a_stream_counts(numbers: tuple[object, ...], due: str | None) -> None:
    asked = lines(complete={"lsn": {"at": "event:*:/lsn", "gte": 7}})
    told = [json.dumps({"id": at, "lsn": number}) for at, number in enumerate(numbers)]
    answer = await ask(asked, "\n".join([*told, '{"done": true}', ""]).encode())
    assert due is None if isinstance(answer, Delivered) else code(answer) == due


@pytest.mark.parametrize(
    ("place", "due"), [("event:*:/rev", "mutated_during_walk"), ("terminal:/rev", None), ("event:*:/no", "mutated_during_walk")]
)  # fmt: skip
async def test_what_must_be_stable_is_the_same_in_every_event(place: str, due: str | None) -> None:
    asked = lines(walk={"kind": "stream", "terminal": DONE, "stable": [place]})
    stream = b'{"id": 1, "rev": 1}\n{"id": 2, "rev": 2}\n{"done": true, "count": 2, "rev": 2}\n'
    answer = await ask(asked, stream)
    assert due is None if isinstance(answer, Delivered) else code(answer) == due
    assert isinstance(await ask(asked, stream.replace(b"2}\n", b"1}\n")), Delivered) is (place != "event:*:/no")


NUMBERED = b'{"id": 1, "n": 0}\n{"id": 2, "n": 1}\n{"done": true, "count": 2, "n": 2}\n'


@pytest.mark.parametrize(
    ("stream", "due"),
    [
        (NUMBERED, None),
        (NUMBERED.replace(b', "n": 1', b""), "broken_stream"),
        (NUMBERED.replace(b'"n": 2', b'"n": 3'), "broken_stream"),
        (NUMBERED.replace(b'"n": 0', b'"n": 2').replace(b'"n": 1', b'"n": 3'), "broken_stream"),
        (NUMBERED.replace(b', "n": 0', b"").replace(b', "n": 1', b"").replace(b', "n": 2', b""), None),
    ],
)
async def test_numbered_events_of_a_list_have_no_gap(stream: bytes, due: str | None) -> None:
    asked = lines(walk={"kind": "stream", "terminal": DONE, "numbered": "event:*:/n"})
    answer = await ask(asked, stream)
    assert due is None if isinstance(answer, Delivered) else code(answer) == due


async def test_an_event_that_does_not_count_need_not_look_like_the_others() -> None:
    response: dict[str, Any] = {"media": "application/x-ndjson", "items": {"at": "", "id": "/id"}, "schema": {"anyOf": [{"required": ["id"]}, {"required": ["done"]}]}}  # fmt: skip
    walk = {"kind": "stream", "terminal": DONE, "ignore": {"event": "heartbeat"}}
    beat = b'{"type": "heartbeat"}\n'
    assert len(items(await ask(lines(response=response, walk=walk), beat + LINES + beat))) == 2
    assert code(await ask(lines(response=response, walk=walk), b'{"type": "other"}\n' + LINES)) == "schema_violation"
    response["veto"] = [{"at": "body:/warning", "state": "value"}]
    warned = b'{"type": "heartbeat", "warning": "cut"}\n'
    assert code(await ask(lines(response=response, walk=walk), warned + LINES)) == "partial_flag"


async def test_an_array_that_is_cut_is_no_json() -> None:
    asked = lines(
        response={"items": {"at": "", "id": "/id"}}, walk={"kind": "stream", "terminal": DONE, "format": "array"}
    )
    assert code(await ask(asked, b'[{"id": 1}, {"done": true, "count": 1}', media="application/json")) == "not_json"
    assert code(await ask(asked, b'{"id": 1}', media="application/json")) == "wrong_media_type"


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
