"""Taking down a conversation and holding it again: the same bytes, the same grade, no network."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.scripted import World, answer, code, content, contract, query
from unabridged.schemas.answer import Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.recording import Recording
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.call import call
from unabridged.tools.mutating.listening import sounded
from unabridged.tools.recordings.file import read_recording, recording_text
from unabridged.tools.recordings.recording import Tape
from unabridged.tools.recordings.replayed import call_again, differs

pytestmark = pytest.mark.anyio


def _pages(request: Request) -> Outcome:
    after = int(query(request).get("after", "0"))
    tickets: list[Json] = [{"id": number} for number in range(after, min(after + 2, 5))]
    more = after + 2 < 5
    return answer({"tickets": tickets, "more": more, "next": str(after + 2) if more else None, "count": 5})


async def _recorded(world: World, **parts: Any) -> tuple[Recording, Any]:
    tool = contract(**parts)
    around = world.surroundings()
    tape = Tape(around.open_transport)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    return tape.recording(tool, {}, told, at=1_000_000.0), told


async def test_a_recorded_call_gives_the_same_bytes_and_grade_again() -> None:
    recording, told = await _recorded(World(_pages))
    again = await call_again(read_recording(recording_text(recording).encode(), "a"), contract())
    assert (content(again), again.receipt.grade) == (content(told), told.receipt.grade)
    assert [exchange.asked_by for exchange in recording.exchanges] == ["list_tickets"] * 3


async def test_a_refusal_is_refused_again_for_the_same_reason() -> None:
    recording, told = await _recorded(World(lambda request: answer({"tickets": None})))
    again = await call_again(recording, contract())
    assert code(again) == code(told) == "items_missing"
    assert recording.ended is not None
    assert recording.ended.code == "items_missing"


async def test_faults_and_retries_are_held_again_and_waits_take_no_time() -> None:
    faults = iter([Fault(kind="connect", code="unreachable", sent="never", detail="refused", elapsed=3.0)] * 2)
    recording, told = await _recorded(World(lambda request: next(faults, None) or _pages(request)))
    again = await call_again(recording, contract())
    assert content(again) == content(told)
    assert again.receipt.requests == told.receipt.requests == 5
    assert again.receipt.elapsed >= 6.0


async def test_freshness_is_judged_at_the_time_of_the_recording() -> None:
    dated = {"date": "Mon, 12 Jan 1970 13:46:40 GMT"}
    parts = {"complete": {"fresh": {"max_age": 60}}, "walk": {"kind": "single"}, "claim": "one"}
    script = World(lambda request: answer({"id": 1}, fields={"content-type": "application/json", **dated}))
    recording, told = await _recorded(script, **parts, response={})
    again = await call_again(recording, contract(**parts, response={}))
    assert content(again) == content(told)
    assert again.receipt.as_of == told.receipt.as_of


async def test_a_request_that_was_not_recorded_is_refused_and_says_so() -> None:
    recording, _ = await _recorded(World(_pages))
    cut = replace(recording, exchanges=recording.exchanges[:1])
    assert code(await call_again(cut, contract())) == "not_recorded"
    told = await differs(cut, contract())
    assert told == "then it was delivered (5 items, counted), and now it is withheld (not_recorded)"
    assert await differs(recording, contract()) is None


async def test_what_exceeds_the_bounds_is_counted_and_not_kept() -> None:
    tool, around = contract(), World(_pages).surroundings()
    tape = Tape(around.open_transport, most_exchanges=2)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    recording = tape.recording(tool, {}, told, at=0.0)
    assert (len(recording.exchanges), recording.left_out) == (2, 1)
    small = Tape(around.open_transport, most_bytes=10)
    await call(tool, {}, surroundings=replace(around, open_transport=small.open))
    assert (small.exchanges, small.left_out) == ([], 3)


async def test_an_outcome_that_was_left_out_is_refused_and_no_earlier_one_is_given_in_its_place() -> None:
    counts = iter([5, 6])

    def script(request: Request) -> Outcome:
        return answer({"count": next(counts)}) if request.url.endswith("/count") else _pages(request)

    census = {"request": {"url": "https://desk.test/count"}, "at": "/count"}
    tool, around = contract(complete={"require": "censused", "census": census}), World(script).surroundings()
    tape = Tape(around.open_transport, most_exchanges=4)
    told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    recording = tape.recording(tool, {}, told, at=0.0)
    assert (code(told), recording.left_out) == ("census_moved", 1)
    assert code(await call_again(recording, tool)) == "not_recorded"
    heard = await sounded(tool, {}, recording.exchanges, at=0.0, environment={}, whole=False)
    assert isinstance(heard, Withheld)
    assert code(heard) == "not_recorded"


async def test_the_call_may_be_made_again_with_other_arguments_only_if_they_ask_the_same() -> None:
    schema = {"type": "object", "properties": {"status": {"type": "string"}}}
    asking = {"input": schema, "request": {"url": "https://desk.test/tickets", "query": {"status": "{input.status}"}}}
    recording, _ = await _recorded(World(_pages), **asking)
    other = await call_again(recording, contract(**asking), arguments={"status": "open"})
    assert code(other) == "not_recorded"


async def test_a_write_with_a_key_of_idempotency_is_held_again_without_a_person() -> None:
    parts: dict[str, Any] = {
        "effects": "write",
        "claim": "one",
        "approval": "required",
        "walk": {"kind": "single"},
        "complete": {},
        "response": {},
        "request": {
            "method": "POST",
            "url": "https://desk.test/tickets",
            "body": {"a": 1},
            "idempotency": {"header": "Key"},
        },
    }
    world = World(lambda request: answer({"id": 1}))
    open_to_all = contract(**{**parts, "approval": None})
    tape = Tape(world.open)
    told = await call(open_to_all, {}, surroundings=replace(world.surroundings(), open_transport=tape.open))
    recording = replace(tape.recording(open_to_all, {}, told, at=0.0), receipt="another")
    assert json.loads(content(await call_again(recording, contract(**parts)))) == {"id": 1}


def _tool(name: str, host: str, **parts: Any) -> Contract:
    provider = {"name": host, "base_url": f"https://{host}"}
    return contract(name=name, provider=provider, request={"url": "/tickets"}, **parts)


async def test_the_legs_of_a_fallback_and_of_a_mirror_are_held_again_and_say_who_asked() -> None:
    mirror = {"name": "mirror", "base_url": "https://mirror.test"}
    first = _tool("list", "desk.test", policy={"fallback": [{"mirror": mirror}, "spare"], "retry": {"attempts": 1}})
    tools = {one.name: one for one in (first, _tool("spare", "spare.test"))}

    def script(request: Request) -> Outcome:
        return _pages(request) if "spare.test" in request.url else answer({}, status=503)

    around = replace(World(script).surroundings(), tools=tools)
    tape = Tape(around.open_transport)
    told = await call(first, {}, surroundings=replace(around, open_transport=tape.open))
    recording = tape.recording(first, {}, told, at=0.0)
    again = await call_again(read_recording(recording_text(recording).encode(), "a"), first, tools=tools)
    assert content(again) == content(told)
    assert [(leg.way, leg.tool) for leg in again.receipt.tried] == [(leg.way, leg.tool) for leg in told.receipt.tried]
    asked = [(exchange.asked_by, exchange.request.url.split("/")[2]) for exchange in recording.exchanges]
    assert list(dict.fromkeys(asked)) == [("list", "desk.test"), ("list", "mirror.test"), ("spare", "spare.test")]


async def test_where_cursors_come_from_is_known_of_every_leg_that_sends_them_to_the_same_place() -> None:
    walk = {"kind": "cursor", "more": "/more", "next": "/after", "send": "query:after"}
    spare = _tool("spare", "spare.test", walk=walk)
    first = _tool("list", "desk.test", policy={"fallback": ["spare"], "retry": {"attempts": 1}})

    def script(request: Request) -> Outcome:
        if "spare.test" in request.url:
            return answer({"tickets": [], "more": False, "after": None, "count": 0})
        return answer({}, status=503) if "after" in request.url else _pages(request)

    around = replace(World(script).surroundings(), tools={"spare": spare, "list": first})
    tape = Tape(around.open_transport)
    await call(first, {}, surroundings=replace(around, open_transport=tape.open))
    assert tape.flows == {"query:after": ("body:/next", "body:/after")}


async def test_the_tool_file_says_what_is_taken_out_of_every_recording() -> None:
    tool = contract(policy={"redact": ["/tickets/*/mail", "header:X-User"]})
    around = World(_pages).surroundings()
    tape = Tape(around.open_transport)
    await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
    assert tape.places == {"/tickets/*/mail", "header:X-User"}


@pytest.mark.parametrize("word", ["email", "link:next", "", 1, "input:header:x"])
def test_a_file_that_would_take_out_what_is_no_place_is_wrong(word: object) -> None:
    with pytest.raises(ValueError, match="a place in a recording"):
        contract(policy={"redact": [word]})


async def test_pages_that_were_asked_for_ahead_are_held_again() -> None:
    walk = {"kind": "offset", "send": "query:after", "page_size": {"send": "query:n", "ask": 2}}
    parts = {"walk": walk, "policy": {"concurrency": {"calls": 4}}, "complete": {"total": {"at": "/count"}}}
    recording, told = await _recorded(World(_pages), **parts)
    again = await call_again(recording, contract(**parts))
    assert content(again) == content(told)
