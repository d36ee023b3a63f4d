"""Streams that two model servers really sent, broken at every boundary between two events, over real sockets.

Whatever breaks a stream off or breaks it open is refused with its own code, and a sound stream after it is one whole answer.
"""

from __future__ import annotations

from functools import partial

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import World
from tests.standins.cutting import (
    BREAKS,
    ORDERS,
    Fault,
    busy,
    overloaded,
    relabelled,
    replaying,
    sound,
    stalled,
    wrapped,
)
from tests.standins.generating import CONTRACTS, KEYS, TOOLS, Waits, alone, asked, code, patient, result
from tests.standins.streams import RECORDINGS, WHOLE, Recording
from unabridged.schemas.answer import Delivered
from unabridged.schemas.wire import Response
from unabridged.tools.call import call

pytestmark = pytest.mark.anyio

each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=str)
each_break = pytest.mark.parametrize("name", BREAKS)

CODES = {
    "ended": "generation_truncated",
    "closed": "truncated_body",
    "reset": "truncated_body",
    "unreadable": "not_json",
    "unclosed": "not_json",
    "halved": "not_json",
    "failed": "unavailable",
    "interrupted": "unavailable",
    "replaced": "framing_error",
}

PING = b"event: ping"  # does not count, and may say anything, as long as it is one line


@each_recording
async def test_a_recorded_stream_is_delivered_in_the_one_shape_of_all_families(recording: Recording) -> None:
    async with replaying(sound(recording)) as server:
        told = result(await asked(recording.family, server.url))
    assert told["text"] == WHOLE
    assert list(told) == ["text", "stop_reason", "model", "usage"]
    assert list(told["usage"]) == ["input_tokens", "output_tokens"]


@pytest.mark.requirement("G54")
@each_break
@each_recording
async def test_a_stream_that_is_broken_at_any_boundary_is_refused_with_its_code(
    recording: Recording, name: str
) -> None:
    for boundary in range(len(recording.chunks)):
        last = boundary == len(recording.chunks) - 1
        due = "generation_truncated" if name == "halved" and last else CODES[name]  # nothing comes behind its half
        async with replaying(BREAKS[name](recording, boundary)) as server:
            answer = await asked(recording.family, server.url, change=alone)
        event = recording.chunks[boundary]
        if name == "unclosed" and event.startswith(PING):
            assert result(answer)["text"] == WHOLE
        else:
            assert code(answer) == due, boundary


@pytest.mark.requirement("G55")
@each_break
@each_recording
async def test_a_sound_stream_after_a_broken_one_is_one_whole_answer(recording: Recording, name: str) -> None:
    for boundary in range(len(recording.chunks)):
        async with replaying(BREAKS[name](recording, boundary), sound(recording)) as server:
            answer = await asked(recording.family, server.url)
        assert result(answer)["text"] == WHOLE
        assert answer.receipt.requests == 2 or recording.chunks[boundary].startswith(PING)


@each_recording
async def test_a_stream_that_stands_still_is_given_up_and_asked_for_anew(recording: Recording) -> None:
    for boundary in (0, len(recording.chunks) // 2, len(recording.chunks) - 1):
        async with replaying(stalled(recording, boundary), sound(recording)) as server:
            answer = await asked(recording.family, server.url, change=lambda contract: patient(contract, 0.25))
        assert result(answer)["text"] == WHOLE
        assert [attempt.finding and attempt.finding.code for attempt in answer.receipt.evidence.attempts] == [
            "attempt_timeout",
            None,
        ]


@each_recording
async def test_a_provider_that_asks_to_wait_is_obeyed(recording: Recording) -> None:
    waits = Waits()
    async with replaying(busy(recording), sound(recording)) as server:
        assert result(await asked(recording.family, server.url, waits=waits))["text"] == WHOLE
    assert waits.seconds[0] >= 3


@each_recording
async def test_a_provider_that_is_overloaded_is_asked_again(recording: Recording) -> None:
    async with replaying(overloaded(recording), sound(recording)) as server:
        assert result(await asked(recording.family, server.url))["text"] == WHOLE


@each_recording
@pytest.mark.parametrize(
    ("refusing", "due"), [(busy, "rate_limited"), (overloaded, "unavailable"), (wrapped, "generation_truncated")]
)
async def test_a_provider_that_never_answers_is_named_by_what_it_says(
    recording: Recording, refusing: Fault, due: str
) -> None:
    async with replaying(refusing(recording, 0)) as server:
        answer = await asked(recording.family, server.url)
    assert code(answer) == due


@each_recording
async def test_a_stream_under_the_name_of_plain_json_is_refused(recording: Recording) -> None:
    async with replaying(relabelled(recording)) as server:
        assert code(await asked(recording.family, server.url, change=alone)) == "not_json"


@pytest.mark.parametrize("name", ORDERS)
@each_recording
async def test_events_that_a_middlebox_loses_or_repeats_are_seen_unless_they_are_bare_pieces_of_text(
    recording: Recording, name: str
) -> None:
    """Responses states the text twice, so nothing passes; the others neither count their pieces nor repeat them."""
    for boundary in range(len(recording.chunks)):
        async with replaying(ORDERS[name](recording, boundary)) as server:
            answer = await asked(recording.family, server.url, change=alone)
        if isinstance(answer, Delivered) and result(answer)["text"] != WHOLE:
            assert recording.family != "responses"
            assert _is_a_piece(recording, boundary), recording.chunks[boundary]


def _is_a_piece(recording: Recording, boundary: int) -> bool:
    """Whether the event there brings text and nothing else."""
    event = recording.chunks[boundary]
    return any(mark in event for mark in (b'"text_delta"', b'"delta":{"content":"', b'"parts":[{"text":"'))


STATED_TWICE = tuple(recording for recording in RECORDINGS if recording.family == "responses")


@given(st.sampled_from(STATED_TWICE), st.data())
def test_no_edit_of_a_stream_that_states_its_text_twice_changes_what_is_delivered(
    recording: Recording, data: st.DataObject
) -> None:
    content = b"".join(recording.chunks)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(content))] * 2)))
    edited = content[:start] + data.draw(st.binary(max_size=40) | st.just(content[start:end] * 2)) + content[end:]
    said = Response(
        status=200,
        headers=(("content-type", "text/event-stream"),),
        content=edited,
        framing="chunked",
        received_at=0.0,
        wire_bytes=len(edited),
    )
    contract = alone(CONTRACTS[TOOLS[recording.family]])
    world = World(lambda request: said)
    answer = anyio.run(partial(call, contract, {"prompt": "x"}, surroundings=world.surroundings(None, **KEYS)))
    assert not isinstance(answer, Delivered) or result(answer)["text"] == WHOLE
