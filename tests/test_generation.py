"""Generated answers: only a finished one is delivered, in one shape for all families, and every other ending has its code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from tests.recorded import (
    ANTHROPIC,
    ANTHROPIC_CUT_AT_LIMIT,
    ARRAY,
    CHAT,
    CHAT_CUT_AT_LIMIT,
    GEMINI,
    GEMINI_CUT_AT_LIMIT,
    LINES,
    LLAMA_RESPONSES,
    RESPONSES,
    RESPONSES_CUT_AT_LIMIT,
    TEXT,
    said,
)
from tests.scripted import World, code, content
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.policy import Retry
from unabridged.schemas.verdict import Finding
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.assembling import assemble
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import read
from unabridged.tools.generating import answer
from unabridged.validators.inspection import Sound, inspect

pytestmark = pytest.mark.anyio

CLAUDE, CHATS, RESPONDS, GEMINIS = (
    "claude_generate",
    "openai_chat_generate",
    "openai_responses_generate",
    "gemini_generate",
)
WHOLE: dict[str, bytes] = {CLAUDE: ANTHROPIC, CHATS: CHAT, RESPONDS: RESPONSES, GEMINIS: GEMINI}
SSE, JSON = "text/event-stream", "application/json"
_CONTRACT = TypeAdapter(Contract)


@cache
def tools() -> dict[str, Contract]:
    files = tuple(bundled()[word] for word in ("anthropic", "openai", "gemini"))
    return {contract.name: contract for contract in read(files).contracts}


def once(contract: Contract) -> Contract:
    """The same tool, which asks once."""
    return replace(contract, policy=replace(contract.policy, retry=Retry(attempts=1)))


def ollama(**parts: Any) -> Contract:
    """A chat that streams JSON lines; no macro knows it."""
    tool: dict[str, Any] = {
        "name": "ollama_generate",
        "description": "A text by a local model.",
        "claim": "generation",
        "request": {
            "method": "POST",
            "url": "http://127.0.0.1:11434/api/chat",
            "body": {"options": {"num_predict": 64}},
        },
        "response": {
            "media": ["application/x-ndjson"],
            "generation": {
                "text": "event:*:/message/content",
                "model": "event:*:/model",
                "input_tokens": "terminal:/prompt_eval_count",
                "output_tokens": "terminal:/eval_count",
            },
        },
        "walk": {"kind": "stream", "terminal": {"at": "body:/done", "is": True}},
        "complete": {"outcome": {"at": "terminal:/done_reason", "accept": "stop", "truncated": "length"}},
    }
    api = {"name": "ollama", "base_url": "http://127.0.0.1:11434", "network": {"allow": ["loopback"]}}
    return _CONTRACT.validate_python(assemble(api, {**tool, **parts}))


async def ask(contract: Contract, outcome: Outcome | Callable[[Request], Outcome]) -> tuple[Answer, World]:
    world = World(outcome if callable(outcome) else lambda request: outcome)
    prompt: dict[str, Json] = {"prompt": "Hello?"} if "prompt" in contract.input.get("properties", {}) else {}
    return await world.call(contract, **prompt), world


async def result(contract: Contract, outcome: Outcome | Callable[[Request], Outcome]) -> Any:
    return json.loads(content((await ask(contract, outcome))[0]))


async def refusal(contract: Contract, stream: bytes, media: str = SSE) -> str:
    return code((await ask(once(contract), said(stream, media)))[0])


# ------------------------------------------------------------------------------------------- whole answers

ANSWERS: list[tuple[str, bytes, str, dict[str, Json]]] = [
    (CLAUDE, ANTHROPIC, SSE, {"stop_reason": "end_turn", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 0, "output_tokens": 0}}),
    (CHATS, CHAT, SSE, {"stop_reason": "stop", "model": "gpt-4o", "usage": {"input_tokens": 2, "output_tokens": 9}}),
    (RESPONDS, RESPONSES, SSE, {"stop_reason": "completed", "model": "gpt-4o", "usage": {"input_tokens": 2, "output_tokens": 9}}),
    (GEMINIS, GEMINI, SSE, {"stop_reason": "STOP", "model": None, "usage": {"input_tokens": 0, "output_tokens": 0}}),
    (GEMINIS, ARRAY, JSON, {"stop_reason": "STOP", "model": None, "usage": {"input_tokens": 0, "output_tokens": 0}}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "stream", "media", "told"), ANSWERS)
async def test_all_families_give_one_shape(tool: str, stream: bytes, media: str, told: dict[str, Json]) -> None:
    answer, world = await ask(tools()[tool], said(stream, media))
    assert json.loads(content(answer)) == {"text": TEXT, **told}
    assert isinstance(answer, Delivered)
    assert answer.receipt.grade is Grade.TERMINATED
    assert answer.receipt.items is answer.payload.count is None
    assert len(world.sent) == 1


async def test_json_lines_are_a_stream_like_any_other() -> None:
    assert await result(ollama(), said(LINES, "application/x-ndjson")) == {
        "text": TEXT,
        "stop_reason": "stop",
        "model": "gemma3",
        "usage": {"input_tokens": 26, "output_tokens": 9},
    }


def finished(content: bytes, old: bytes, new: bytes) -> bytes:
    """A recorded plain answer that was cut at its limit, as one that finished."""
    assert old in content
    return content.replace(old, new)


@pytest.mark.parametrize(
    ("tool", "body"),
    [
        (CLAUDE, finished(ANTHROPIC_CUT_AT_LIMIT, b'"max_tokens"', b'"end_turn"')),
        (CHATS, finished(CHAT_CUT_AT_LIMIT, b'"length"', b'"stop"')),
        (RESPONDS, finished(RESPONSES_CUT_AT_LIMIT, b'"incomplete"', b'"completed"')),
        (GEMINIS, finished(GEMINI_CUT_AT_LIMIT, b'"MAX_TOKENS"', b'"STOP"')),
    ],
)
async def test_a_plain_body_that_comes_instead_of_a_stream_is_read_as_what_it_is(tool: str, body: bytes) -> None:
    assert (await result(tools()[tool], said(body, JSON)))["text"] == "This answer is cut"


async def test_a_plain_body_whose_places_are_not_declared_is_refused() -> None:
    body = b'{"message":{"content":"Hi"},"done":true,"done_reason":"stop"}'
    response = {**_plain(ollama()), "media": [JSON, "application/x-ndjson"]}
    assert await refusal(ollama(response=response), body, JSON) == "wrong_media_type"


def _plain(contract: Contract) -> dict[str, Any]:
    return {"generation": contract.response.generation}


async def test_a_generation_without_a_stream_needs_places_in_the_body_only() -> None:
    plain = {"media": JSON, "generation": {"text": "body:/message/content"}}
    outcome = {"at": "body:/done_reason", "accept": "stop"}
    contract = ollama(response=plain, walk="single", complete={"outcome": outcome})
    assert await result(contract, said(b'{"message":{"content":"Hi"},"done_reason":"stop"}', JSON)) == {
        "text": "Hi",
        "stop_reason": "stop",
        "model": None,
        "usage": {"input_tokens": None, "output_tokens": None},
    }


async def test_the_text_of_responses_is_corroborated_by_the_whole_that_comes_last() -> None:
    answer, _ = await ask(tools()[RESPONDS], said(RESPONSES))
    assert isinstance(answer, Delivered)
    assert dict(answer.receipt.axes)["cardinality"] == "corroborated"


def _written(value: Json, *, ascii_only: bool) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode()


def _telling(tool: str, parts: list[str], *, ascii_only: bool) -> bytes:
    """A recorded stream that tells its text in these *parts*."""
    blocks = WHOLE[tool].split(b"\n\n")
    pieces = [
        at for at, block in enumerate(blocks) if b'"Hello there, this is"' in block or b'" a full answer."' in block
    ]
    first, last = (
        (blocks[pieces[0]], blocks[pieces[1] :]) if tool == GEMINIS else (blocks[pieces[0]], blocks[pieces[1] + 1 :])
    )
    told = [first.replace(b'"Hello there, this is"', _written(part, ascii_only=ascii_only)) for part in parts]
    rest = b"\n\n".join(last).replace(b'" a full answer."', b'""')
    whole = _written("".join(parts), ascii_only=ascii_only)
    return renumbered(b"\n\n".join([*blocks[: pieces[0]], *told, rest]).replace(_written(TEXT, ascii_only=True), whole))


def renumbered(stream: bytes) -> bytes:
    """The same, each event numbered by its place."""
    numbers = count()
    return re.sub(rb'"sequence_number":\d+', lambda _: b'"sequence_number":%d' % next(numbers), stream)


@pytest.mark.parametrize("tool", WHOLE)
@settings(deadline=None)  # the first draw reads the bundled files
@given(
    parts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6),
    ascii_only=st.booleans(),
)
def test_any_text_in_any_parts_arrives_as_it_was_written(tool: str, parts: list[str], *, ascii_only: bool) -> None:
    text = "".join(parts)
    told = texts(tools()[tool], _telling(tool, parts, ascii_only=ascii_only), SSE)
    assert told == (text if text.strip() else None)


# ------------------------------------------------------------------------------------------------ cutting

CUT: list[tuple[str, Callable[[], Contract], bytes, str]] = [
    *((tool, lambda tool=tool: tools()[tool], stream, SSE) for tool, stream in WHOLE.items()),
    ("gemini array", lambda: tools()[GEMINIS], ARRAY, JSON),
    ("json lines", ollama, LINES, "application/x-ndjson"),
]


@pytest.mark.requirement("G21", "G54")
@pytest.mark.parametrize(("contract", "stream", "media"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
async def test_a_stream_that_is_cut_at_any_byte_is_never_an_answer(
    contract: Callable[[], Contract], stream: bytes, media: str
) -> None:
    asked = once(contract())
    told = {at: (await ask(asked, said(stream[:at], media)))[0] for at in range(len(stream))}
    assert [at for at, answer in told.items() if isinstance(answer, Delivered)] == []
    assert {code(answer) for answer in told.values()} <= {"generation_truncated", "not_json", "empty_body"}


@pytest.mark.requirement("G21")
@pytest.mark.parametrize(("contract", "stream", "media"), [case[1:] for case in CUT], ids=[case[0] for case in CUT])
async def test_a_cut_stream_is_asked_for_again(contract: Callable[[], Contract], stream: bytes, media: str) -> None:
    streams = iter((stream[: len(stream) // 2], stream))
    answer, world = await ask(contract(), lambda request: said(next(streams), media))
    assert json.loads(content(answer))["text"] == TEXT
    assert len(world.sent) == 2
    assert world.sent[0] == world.sent[1]


@pytest.mark.parametrize("tool", WHOLE)
async def test_where_the_connection_s_end_is_the_only_mark_the_last_event_is_the_proof(tool: str) -> None:
    whole = replace(said(WHOLE[tool]), framing="close-delimited")
    cut = replace(said(WHOLE[tool][:-1]), framing="close-delimited")
    assert (await result(tools()[tool], whole))["text"] == TEXT
    assert code((await ask(once(tools()[tool]), cut))[0]) == "generation_truncated"


@pytest.mark.requirement("G55")
async def test_nothing_of_a_cut_answer_is_glued_to_the_next_one() -> None:
    streams = iter((ANTHROPIC[: ANTHROPIC.index(b'" a full')], ANTHROPIC.replace(b"Hello there", b"Good day")))
    told = await result(tools()[CLAUDE], lambda request: said(next(streams)))
    assert told["text"] == "Good day, this is a full answer."


# --------------------------------------------------------------------------------- every other ending


def altered(stream: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    for old, new in changes:
        assert old in stream, old
        stream = stream.replace(old, new)
    return stream


def inserted(stream: bytes, before: bytes, block: bytes) -> bytes:
    at = stream.index(before)
    return stream[:at] + block + b"\n\n" + stream[at:]


def sent(**event: Json) -> bytes:
    return b"data: " + json.dumps(event).encode()


def block(index: int, opened: dict[str, Json], *deltas: dict[str, Json]) -> bytes:
    """One whole block of Messages."""
    events = [
        sent(type="content_block_start", index=index, content_block=opened),
        *(sent(type="content_block_delta", index=index, delta=delta) for delta in deltas),
        sent(type="content_block_stop", index=index),
    ]
    return b"\n\n".join(events)


END_TURN, STOP, FINISH = b'"end_turn"', b'"finish_reason":"stop"', b'"finishReason":"STOP"'
COMPLETED = b'"response":{"id":"resp_1","object":"response","status":"completed"'
DELTA = b'"delta":{"content":" a full answer."}'

ENDINGS: list[tuple[str, str, bytes]] = [
    ("token_limit", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"max_tokens"'))),
    ("token_limit", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"model_context_window_exceeded"'))),
    ("generation_paused", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"pause_turn"'))),
    ("generation_refused", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"refusal"'))),
    ("unexpected_tool_call", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"tool_use"'))),
    ("unknown_stop_reason", CLAUDE, altered(ANTHROPIC, (END_TURN, b'"compaction"'))),
    ("stop_reason_missing", CLAUDE, altered(ANTHROPIC, (END_TURN, b"null"))),
    ("generation_empty", CLAUDE, altered(ANTHROPIC, (b"Hello there, this is", b""), (b" a full answer.", b" "))),
    ("unexpected_tool_call", CLAUDE, altered(ANTHROPIC, (b'"content_block":{"type":"text","text":""}', b'"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}'))),
    ("unavailable", CLAUDE, inserted(ANTHROPIC, b"event: content_block_stop", b"event: error\n" + sent(type="error", error={"type": "overloaded_error", "message": "Overloaded"}))),
    ("rate_limited", CLAUDE, inserted(ANTHROPIC, b"event: content_block_stop", b"event: error\n" + sent(type="error", error={"type": "rate_limit_error"}))),
    ("upstream_error", CLAUDE, inserted(ANTHROPIC, b"event: content_block_stop", b"event: error\n" + sent(type="error", error={"type": "new_error"}))),
    ("surplus_bytes", CLAUDE, ANTHROPIC + ANTHROPIC),
    ("framing_error", CLAUDE, ANTHROPIC.replace(b"event: content_block_stop", b"<html>", 1)),
    ("token_limit", CHATS, altered(CHAT, (STOP, b'"finish_reason":"length"'))),
    ("generation_refused", CHATS, altered(CHAT, (STOP, b'"finish_reason":"content_filter"'))),
    ("unexpected_tool_call", CHATS, altered(CHAT, (STOP, b'"finish_reason":"tool_calls"'))),
    ("unknown_stop_reason", CHATS, altered(CHAT, (STOP, b'"finish_reason":"eos"'))),
    ("stop_reason_missing", CHATS, altered(CHAT, (STOP, b'"finish_reason":null'))),
    ("generation_refused", CHATS, altered(CHAT, (DELTA, b'"delta":{"refusal":"I cannot"}'))),
    ("unexpected_tool_call", CHATS, altered(CHAT, (DELTA, b'"delta":{"tool_calls":[{"index":0,"id":"c"}]}'))),
    ("not_one", CHATS, altered(CHAT, (b'"choices":[{"index":0,' + DELTA, b'"choices":[{"index":1,' + DELTA))),
    ("not_one", CHATS, altered(CHAT, (DELTA + b',"logprobs":null,"finish_reason":null}', DELTA + b',"finish_reason":null},{"index":0,"delta":{"content":"!"}}'))),
    ("schema_violation", CHATS, altered(CHAT, (DELTA, b'"delta":{"content":["a"]}'))),
    ("unavailable", CHATS, inserted(CHAT, b"data: [DONE]", sent(error={"type": "server_error", "message": "x"}))),
    ("token_limit", RESPONDS, altered(RESPONSES, (COMPLETED, COMPLETED.replace(b"completed", b"incomplete")))),
    ("token_limit", RESPONDS, altered(RESPONSES, (COMPLETED + b',"error":null,"incomplete_details":null', COMPLETED + b',"error":null,"incomplete_details":{"reason":"max_output_tokens"}'))),
    ("generation_refused", RESPONDS, altered(RESPONSES, (COMPLETED + b',"error":null,"incomplete_details":null', COMPLETED + b',"error":null,"incomplete_details":{"reason":"content_filter"}'))),
    ("generation_failed", RESPONDS, altered(RESPONSES, (COMPLETED, COMPLETED.replace(b"completed", b"failed")))),
    ("generation_paused", RESPONDS, altered(RESPONSES, (COMPLETED, COMPLETED.replace(b"completed", b"in_progress")))),
    ("unknown_stop_reason", RESPONDS, altered(RESPONSES, (COMPLETED, COMPLETED.replace(b"completed", b"steered")))),
    ("unavailable", RESPONDS, altered(RESPONSES, (COMPLETED + b',"error":null', COMPLETED + b',"error":{"code":"server_error","message":"x"}'))),
    ("unexpected_tool_call", RESPONDS, inserted(RESPONSES, b"event: response.completed", sent(type="response.output_item.added", item={"type": "function_call"}))),
    ("generation_refused", RESPONDS, inserted(RESPONSES, b"event: response.completed", sent(type="response.refusal.delta", delta="I"))),
    ("generation_refused", RESPONDS, inserted(RESPONSES, b"event: response.completed", sent(type="response.content_part.added", part={"type": "refusal"}))),
    ("generation_mismatch", RESPONDS, altered(RESPONSES, (b'"delta":" a full answer."', b'"delta":" a answer."'))),
    ("rate_limited", RESPONDS, inserted(RESPONSES, b"event: response.completed", sent(type="error", code="rate_limit_exceeded"))),
    ("token_limit", GEMINIS, altered(GEMINI, (FINISH, b'"finishReason":"MAX_TOKENS"'))),
    ("generation_refused", GEMINIS, altered(GEMINI, (FINISH, b'"finishReason":"SAFETY"'))),
    ("generation_failed", GEMINIS, altered(GEMINI, (FINISH, b'"finishReason":"OTHER"'))),
    ("unexpected_tool_call", GEMINIS, altered(GEMINI, (FINISH, b'"finishReason":"MALFORMED_FUNCTION_CALL"'))),
    ("unknown_stop_reason", GEMINIS, altered(GEMINI, (FINISH, b'"finishReason":"CONTINUATION"'))),
    ("generation_refused", GEMINIS, b'data: {"promptFeedback":{"blockReason":"SAFETY"}}\n\n'),
    ("unexpected_tool_call", GEMINIS, altered(GEMINI, (b'{"text":" a full answer."}', b'{"functionCall":{"name":"f"}}'))),
    ("not_one", GEMINIS, altered(GEMINI, (b'"index":0}]', b'"index":1}]'))),
    ("generation_truncated", GEMINIS, altered(GEMINI, (b"," + FINISH, b""))),
    ("surplus_bytes", GEMINIS, GEMINI + GEMINI),
]  # fmt: skip


@pytest.mark.requirement("G54")
@pytest.mark.parametrize(
    ("due", "tool", "stream"), ENDINGS, ids=[f"{tool}-{due}-{at}" for at, (due, tool, _) in enumerate(ENDINGS)]
)
async def test_every_other_ending_has_its_own_code(due: str, tool: str, stream: bytes) -> None:
    assert await refusal(tools()[tool], stream) == due


@pytest.mark.parametrize(
    ("tool", "stream"),
    [
        (CLAUDE, inserted(ANTHROPIC, b"event: content_block_start", b"event: ping\n" + sent(type="ping"))),
        (CLAUDE, inserted(ANTHROPIC.replace(b'"index":0', b'"index":1'), b"event: content_block_start", block(0, {"type": "thinking", "thinking": "Hm", "text": "no"}, {"type": "thinking_delta", "thinking": "Hm", "text": "no"}))),
        (CHATS, altered(CHAT, (b'"content":""', b'"content":null,"reasoning_content":"Hm"'))),
        (RESPONDS, inserted(RESPONSES, b"event: response.completed", sent(type="response.reasoning_text.delta", delta="Hm"))),
        (RESPONDS, altered(RESPONSES, (b'"output":[{"id":"msg_1"', b'"output":[{"type":"reasoning","content":[{"type":"reasoning_text","text":"Hm"}]},{"id":"msg_1"'))),
        (GEMINIS, altered(GEMINI, (b'"parts":[{"text":"Hello', b'"parts":[{"text":"Hm","thought":true},{"text":"Hello'))),
    ],
)  # fmt: skip
async def test_thoughts_and_keep_alives_are_no_part_of_the_text(tool: str, stream: bytes) -> None:
    assert (await result(tools()[tool], said(stream)))["text"] == TEXT


async def test_a_thought_in_a_plain_answer_is_no_part_of_its_text() -> None:
    thought = b'"content":[{"type":"thinking","thinking":"Hm","text":"no"},'
    body = altered(ANTHROPIC_CUT_AT_LIMIT, (b'"max_tokens"', END_TURN), (b'"content":[', thought))
    assert (await result(tools()[CLAUDE], said(body, JSON)))["text"] == "This answer is cut"


@pytest.mark.parametrize(
    ("reason", "shown"), [("eos_token", "eos_token"), ("a secret word", "malformed"), ("<b>secret", "malformed")]
)
async def test_an_unknown_stop_reason_is_named_and_nothing_else_of_a_refused_answer(reason: str, shown: str) -> None:
    stream = altered(CHAT, (STOP, b'"finish_reason":' + json.dumps(reason).encode()))
    told, _ = await ask(once(tools()[CHATS]), said(stream))
    assert code(told) == "unknown_stop_reason"
    assert not isinstance(told, Delivered)
    assert told.verdict.findings[0].have == shown
    assert "secret" not in repr(told)
    assert "Hello" not in repr(told)


@pytest.mark.parametrize("tool", WHOLE)
async def test_without_its_last_or_its_deciding_event_no_stream_is_an_answer(tool: str) -> None:
    blocks = WHOLE[tool].split(b"\n\n")[:-1]
    decisive = [at for at, block in enumerate(blocks) if any(mark in block for mark in (END_TURN, STOP, FINISH))]
    for at in {*decisive, len(blocks) - 1}:
        lost = b"\n\n".join(blocks[:at] + blocks[at + 1 :]) + b"\n\n"
        assert await refusal(tools()[tool], lost) in ("generation_truncated", "stop_reason_missing"), at


async def test_any_lost_part_of_the_text_of_responses_is_noticed() -> None:
    blocks = RESPONSES.split(b"\n\n")[:-1]
    parts = [at for at, block in enumerate(blocks) if b"output_text.delta" in block]
    assert len(parts) == 2
    for at in parts:
        lost = b"\n\n".join(blocks[:at] + blocks[at + 1 :]) + b"\n\n"
        twice = b"\n\n".join([*blocks[:at], blocks[at], *blocks[at:]]) + b"\n\n"
        assert await refusal(tools()[RESPONDS], lost) == "broken_stream"
        assert await refusal(tools()[RESPONDS], twice) == "broken_stream"
        assert await refusal(tools()[RESPONDS], unnumbered(lost)) == "generation_mismatch"
        assert await refusal(tools()[RESPONDS], unnumbered(twice)) == "generation_mismatch"


def unnumbered(stream: bytes) -> bytes:
    """The same from a server that does not number its events."""
    return re.sub(rb'"sequence_number":\d+,', b"", stream)


@pytest.mark.parametrize("tool", WHOLE)
async def test_a_misspelt_event_name_loses_no_text(tool: str) -> None:
    stream = WHOLE[tool]
    told = await ask(
        once(tools()[tool]), said(stream.replace(b"event: content_block_delta", b"event: content_block_delto"))
    )
    assert json.loads(content(told[0]))["text"] == TEXT


def texts(contract: Contract, stream: bytes, media: str) -> str | None:
    """The text that would be delivered, None where the stream is refused."""
    judged = inspect(contract, Request(method="POST", url="https://model.test"), said(stream, media))
    turned = answer(contract, judged.message, limit=None) if isinstance(judged, Sound) else None
    return None if turned is None or isinstance(turned, Finding) else json.loads(turned.items)["text"]


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("tool", WHOLE)
def test_a_damaged_byte_never_loses_a_part_of_the_text(tool: str, *, deleted: bool) -> None:
    stream, changed = WHOLE[tool], set[int]()
    for at in range(len(stream)):
        instead = b"" if deleted else bytes([stream[at] ^ (1, 2, 4, 32)[at % 4]])
        text = texts(tools()[tool], stream[:at] + instead + stream[at + 1 :], SSE)
        if text not in (TEXT, None):
            assert abs(len(text) - len(TEXT)) <= 1, stream[at - 20 : at + 20]
            changed.add(at)
    inside = {at for part in (b"Hello there, this is", b" a full answer.") for at in _span(stream, part)}
    assert changed <= inside  # only a letter of the text itself, and not even that where the text comes twice
    assert not (changed and tool == RESPONDS)


def _span(stream: bytes, part: bytes) -> range:
    return range(stream.index(part), stream.index(part) + len(part))


# --------------------------------------------------------------------------------- one answer, and no two


def blocks_of(stream: bytes) -> list[bytes]:
    return stream.split(b"\n\n")[:-1]


def stream_of(*blocks: bytes) -> bytes:
    return b"".join(block + b"\n\n" for block in blocks)


def two_in_one(tool: str, first: bytes, second: bytes) -> bytes:
    """The first half of one answer, and then all of another one."""
    blocks = blocks_of(WHOLE[tool])
    halved = next(at for at, block in enumerate(blocks) if b'"Hello there, this is"' in block) + 1
    return stream_of(*blocks[:halved]) + altered(WHOLE[tool], (first, second))


MIXED: list[tuple[str, bytes]] = [
    (CLAUDE, two_in_one(CLAUDE, b"msg_UBQ47PHRy3PF34ol", b"msg_other")),
    (CHATS, two_in_one(CHATS, b"chatcmpl-bUPNgK1oRX3BtrSo", b"chatcmpl-other")),
    (RESPONDS, two_in_one(RESPONDS, b'"id":"resp_1"', b'"id":"resp_2"')),
    (RESPONDS, unnumbered(altered(RESPONSES, (COMPLETED, COMPLETED.replace(b"resp_1", b"resp_2"))))),
    (GEMINIS, altered(GEMINI, (b'{"candidates"', b'{"responseId":"a","candidates"')).replace(b'"responseId":"a"', b'"responseId":"b"', 1)),
]  # fmt: skip


@pytest.mark.requirement("G55")
@pytest.mark.parametrize(("tool", "stream"), MIXED, ids=[f"{tool}-{at}" for at, (tool, _) in enumerate(MIXED)])
async def test_a_stream_that_names_two_answers_is_none(tool: str, stream: bytes) -> None:
    assert await refusal(tools()[tool], stream) == "broken_stream"


@pytest.mark.parametrize(
    ("tool", "stream"),
    [
        (CHATS, CHAT.replace(b"chatcmpl-bUPNgK1oRX3BtrSo", b"")),
        (CHATS, CHAT.replace(b"chatcmpl-bUPNgK1oRX3BtrSo", b"", 1)),
        (CHATS, CHAT.replace(b'"id":"chatcmpl-bUPNgK1oRX3BtrSo",', b"")),
        (CHATS, CHAT.replace(b'"id":"chatcmpl-bUPNgK1oRX3BtrSo"', b'"id":null', 2)),
        (CHATS, CHAT.replace(b'"delta":{', b'"delta":{"role":"assistant",').replace(b'"role":"assistant","role":"assistant"', b'"role":"assistant"').replace(b'"assistant",}', b'"assistant"}')),
        (GEMINIS, altered(GEMINI, (b'{"candidates"', b'{"responseId":"a","candidates"'))),
        (GEMINIS, GEMINI.replace(b'{"candidates"', b'{"responseId":"a","candidates"', 1)),
        (RESPONDS, unnumbered(RESPONSES)),
        (RESPONDS, re.sub(rb'"sequence_number":(\d+)', lambda found: b'"sequence_number":%d' % (int(found[1]) + 1), RESPONSES)),
        (RESPONDS, RESPONSES + b"data: [DONE]\n\n"),
        (RESPONDS, altered(RESPONSES, (b'"part":{"type":"output_text","annotations":[],"text":"Hello there, this is a full answer."}', b'"part":{"type":"output_text","annotations":[]}'))),
        (CLAUDE, inserted(ANTHROPIC, b"event: message_start", b"event: ping\n" + sent(type="ping"))),
        (CLAUDE, inserted(ANTHROPIC, b"event: content_block_stop", sent(type="content_block_delta", index=0, delta={"type": "text_delta", "text": ""}))),
        (CLAUDE, inserted(ANTHROPIC, b"event: message_delta", block(1, {"type": "text", "text": ""}))),
    ],
)  # fmt: skip
async def test_oddities_that_the_protocols_allow_are_no_fault(tool: str, stream: bytes) -> None:
    assert (await result(once(tools()[tool]), said(stream)))["text"] == TEXT


TWO_BLOCKS = inserted(ANTHROPIC, b"event: message_delta", block(1, {"type": "text", "text": ""}, {"type": "text_delta", "text": " And more."}, {"type": "text_delta", "text": " Enough."}))  # fmt: skip


@pytest.mark.requirement("G54")
async def test_every_event_of_messages_but_a_bare_piece_and_a_ping_is_missed_where_it_is_lost_or_comes_twice() -> None:
    blocks = blocks_of(TWO_BLOCKS)
    for at, lost in enumerate(blocks):
        if b"content_block_delta" not in lost:
            assert await refusal(tools()[CLAUDE], stream_of(*blocks[:at], *blocks[at + 1 :])) in (
                "broken_stream",
                "generation_truncated",
                "stop_reason_missing",
            ), lost
        if b"content_block_delta" not in lost and b"message_delta" not in lost:
            twice = await refusal(tools()[CLAUDE], stream_of(*blocks[: at + 1], *blocks[at:]))
            assert twice in ("broken_stream", "surplus_bytes"), lost


@pytest.mark.requirement("G54")
@pytest.mark.parametrize(
    "order",
    [
        (0, 5, 6, 7, 8, 9, 10),  # the first block is lost
        (0, 1, 2, 3, 4, 6, 7, 8, 9, 10),  # the second one was never opened
        (3, 4, 5, 6, 7, 8, 9, 10),  # the beginning is lost
        (0, 1, 5, 2, 6, 3, 7, 4, 8, 9, 10),  # they are mixed
        (0, 5, 6, 7, 8, 1, 2, 3, 4, 9, 10),  # they changed places
        (0, 1, 2, 3, 5, 6, 7, 8, 4, 9, 10),  # the first one was closed after the second one
        (0, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10),  # a piece behind its block
        (1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10),  # a block before the message
    ],
)
async def test_the_blocks_of_messages_are_opened_written_and_closed_one_by_one(order: tuple[int, ...]) -> None:
    blocks = blocks_of(TWO_BLOCKS)
    assert len(blocks) == 11
    assert await refusal(tools()[CLAUDE], stream_of(*(blocks[at] for at in order))) == "broken_stream"


async def test_a_block_without_its_number_or_beside_its_place_is_refused() -> None:
    for number in (b'"index":7', b'"index":null', b'"index":"a"', b'"no":0'):
        stream = altered(ANTHROPIC, (b'"index":0,"delta"', number + b',"delta"'))
        assert await refusal(tools()[CLAUDE], stream) == "broken_stream"


@pytest.mark.parametrize("number", [b"17", b"7", b"9", b"-1", b'"a"', b"8.5", b"true", b"[]"])
async def test_a_number_that_is_not_the_next_one_breaks_a_stream(number: bytes) -> None:
    stream = altered(RESPONSES, (b'"sequence_number":8', b'"sequence_number":' + number))
    assert await refusal(tools()[RESPONDS], stream) == "broken_stream"


@given(st.data())
def test_no_edit_of_whole_events_of_messages_is_delivered_but_of_bare_pieces(data: st.DataObject) -> None:
    blocks = blocks_of(TWO_BLOCKS)
    order = list(range(len(blocks)))
    for _ in range(data.draw(st.integers(1, 4))):
        places = st.integers(0, len(order) - 1)
        at, to = data.draw(places), data.draw(places)
        edit = data.draw(st.sampled_from(("lose", "repeat", "move", "swap")))
        moved = order[at]
        if edit == "swap":
            order[at], order[to] = order[to], moved
            continue
        order = order if edit == "repeat" else order[:at] + order[at + 1 :]
        order = order if edit == "lose" else [*order[:to], moved, *order[to:]]
        if not order:
            return
    told = texts(tools()[CLAUDE], stream_of(*(blocks[at] for at in order)), SSE)
    frame = [at for at in order if b"content_block_delta" not in blocks[at] and b"message_delta" not in blocks[at]]
    inside = [at > 4 for at in order if at in range(1, 9)]
    assert told is None or (frame == [0, 1, 4, 5, 8, 10] and inside == sorted(inside))


@pytest.mark.parametrize(
    ("family", "rule", "nothing"),
    [
        ("openai_chat", "same", []),
        ("anthropic_messages", "blocks", None),
        ("anthropic_messages", "initial", []),
        ("openai_responses", "numbered", None),
    ],
)
def test_an_author_can_take_away_what_a_server_of_his_does_not_keep(family: str, rule: str, nothing: Json) -> None:
    kept, taken = ollama(walk=family, response={}, complete={}).walk, {"kind": family, rule: nothing}
    assert getattr(kept, rule)
    assert not getattr(ollama(walk=taken, response={}, complete={}).walk, rule)


# ------------------------------------------------------------------------------- what is stated once more

PIECE = b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"delta":" a full answer."}\n\n'
OUTPUT = b'"output":[{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"text":"Hello there, this is a full answer."}],"role":"assistant"}]'
STATED = (b'"text":"Hello there, this is a full answer."', b'"text":""')


@pytest.mark.requirement("G54")
@pytest.mark.parametrize("output", [b'"output":[]', b'"output":null', b'"other":1', OUTPUT.replace(*STATED)])
async def test_a_lost_part_is_seen_wherever_the_whole_is_stated(output: bytes) -> None:
    lost = unnumbered(altered(RESPONSES, (PIECE, b""), (OUTPUT, output)))
    assert await refusal(tools()[RESPONDS], lost) == "generation_mismatch"
    for kind in ("output_text", "content_part", "output_item"):  # each of the three alone is enough
        others = [one for one in ("output_text", "content_part", "output_item") if one != kind]
        kept = [
            block for block in blocks_of(lost) if not any(f"response.{one}.done".encode() in block for one in others)
        ]
        assert await refusal(tools()[RESPONDS], stream_of(*kept)) == "generation_mismatch", kind


@pytest.mark.parametrize("output", [b'"output":[]', b'"output":null', b'"other":1'])
async def test_a_last_event_without_output_states_nothing(output: bytes) -> None:
    assert (await result(once(tools()[RESPONDS]), said(altered(RESPONSES, (OUTPUT, output)))))["text"] == TEXT


@pytest.mark.parametrize("done", ["output_text", "content_part", "output_item", "completed"])
async def test_an_empty_text_that_is_stated_is_a_statement(done: str) -> None:
    blocks = [block.replace(*STATED) if f"response.{done}".encode() in block and b"[],\"text\":\"\"" not in block else block for block in blocks_of(RESPONSES)]  # fmt: skip
    assert stream_of(*blocks) != RESPONSES
    assert await refusal(tools()[RESPONDS], stream_of(*blocks)) == "generation_mismatch"


# ------------------------------------------------------------------------------- one reason, said twice

TERMINAL = b"response.completed"
ITEM = b'"type":"message","status":"completed"'
SPOKEN_AGAINST: list[tuple[str, bytes]] = [
    ("generation_failed", altered(RESPONSES, (TERMINAL, b"response.failed"))),
    ("token_limit", altered(RESPONSES, (TERMINAL, b"response.incomplete"))),
    ("generation_failed", altered(RESPONSES, (TERMINAL, b"response.cancelled"))),
    ("token_limit", altered(RESPONSES, (ITEM, ITEM.replace(b"completed", b"incomplete")))),
    ("token_limit", RESPONSES.replace(ITEM, ITEM.replace(b"completed", b"incomplete"), 1)),
    ("generation_refused", altered(RESPONSES, (b'"incomplete_details":null', b'"incomplete_details":{"reason":"content_filter"}'))),
]  # fmt: skip


@pytest.mark.requirement("G54")
@pytest.mark.parametrize(("due", "stream"), SPOKEN_AGAINST)
async def test_the_worst_of_all_reasons_counts(due: str, stream: bytes) -> None:
    assert await refusal(tools()[RESPONDS], stream) == due


async def test_an_item_that_is_incomplete_in_a_plain_answer_is_cut() -> None:
    whole = finished(RESPONSES_CUT_AT_LIMIT, b'"incomplete"', b'"completed"')
    assert await refusal(tools()[RESPONDS], whole.replace(b'msg-QpgQngUwr1y4rpuu","status":"completed"', b'msg-1","status":"incomplete"'), JSON) == "token_limit"  # fmt: skip


async def test_the_state_of_what_is_no_message_does_not_matter() -> None:
    searched = b'"output":[{"type":"web_search_call","id":"ws_1","status":"failed"},{"id":"msg_1"'
    stream = altered(RESPONSES, (b'"output":[{"id":"msg_1"', searched))
    assert (await result(once(tools()[RESPONDS]), said(stream)))["stop_reason"] == "completed"


@pytest.mark.parametrize(
    ("at", "detail", "due"),
    [
        ("cut", "stop", "token_limit"),
        ("odd", "stop", "unknown_stop_reason"),
        ("stop", "odd", "unknown_stop_reason"),
        ("cut", "no", "generation_refused"),
        ("no", "cut", "generation_refused"),
        ("lost", "no", "generation_refused"),
        ("cut", "odd", "unknown_stop_reason"),
    ],
)
async def test_of_two_places_of_a_reason_neither_outdoes_the_other(at: str, detail: str, due: str) -> None:
    outcome = {"at": "terminal:/done_reason", "detail": "terminal:/detail"}
    tables = {"accept": "stop", "truncated": "cut", "refused": "no", "failed": "lost"}
    stream = LINES.replace(b'"stop"', json.dumps(at).encode() + b',"detail":' + json.dumps(detail).encode())
    assert await refusal(ollama(complete={"outcome": {**outcome, **tables}}), stream, "application/x-ndjson") == due


# --------------------------------------------------------------------------------------- what is stable


@pytest.mark.requirement("G55")
async def test_text_behind_the_reason_why_an_answer_stopped_is_of_another_answer() -> None:
    first = stream_of(*blocks_of(CHAT)[:-1])
    assert await refusal(tools()[CHATS], first + CHAT) == "broken_stream"


async def test_an_empty_piece_behind_the_reason_is_no_text() -> None:
    *before, usage, done = blocks_of(CHAT)
    empty = (
        b'data: {"id":"chatcmpl-bUPNgK1oRX3BtrSo","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}]}'
    )
    answered, _ = await ask(tools()[CHATS], said(stream_of(*before, empty, usage, done), SSE))
    assert isinstance(answered, Delivered), answered


async def test_what_must_be_stable_is_there_and_the_same_in_all_events() -> None:
    def stable(place: str) -> Contract:
        return ollama(walk={"kind": "stream", "terminal": {"at": "body:/done", "is": True}, "stable": [place]})

    async def told(place: str) -> str:
        return await refusal(stable(place), LINES, "application/x-ndjson")

    assert (await result(stable("event:*:/model"), said(LINES, "application/x-ndjson")))["text"] == TEXT
    assert await told("event:*:/created_at") == "mutated_during_walk"
    assert await told("event:*:/nope") == "mutated_during_walk"
    assert await told("header:X-Nope") == "mutated_during_walk"


# ------------------------------------------------------------------------------------------ the token limit


def limited(tool: str, least: int) -> Callable[[Request], Outcome]:
    """A model that finishes when it may write *least* tokens, and is cut otherwise."""

    def script(request: Request) -> Outcome:
        assert request.body is not None
        body = json.loads(request.body.content)
        asked = body.get("max_tokens") or body.get("max_completion_tokens") or body.get("max_output_tokens")
        asked = asked or body["generationConfig"]["maxOutputTokens"]
        cut = {CLAUDE: b'"max_tokens"', CHATS: b'"finish_reason":"length"', GEMINIS: b'"finishReason":"MAX_TOKENS"'}
        whole = {CLAUDE: END_TURN, CHATS: STOP, GEMINIS: FINISH}
        stream = WHOLE[tool]
        if asked >= least:
            return said(stream)
        if tool == RESPONDS:
            return said(altered(stream, (COMPLETED, COMPLETED.replace(b"completed", b"incomplete"))))
        return said(altered(stream, (whole[tool], cut[tool])))

    return script


@pytest.mark.requirement("G55")
@pytest.mark.parametrize("tool", WHOLE)
async def test_a_stop_at_the_limit_is_asked_anew_with_a_higher_one(tool: str) -> None:
    answer, world = await ask(tools()[tool], limited(tool, 4096))
    assert json.loads(content(answer))["text"] == TEXT
    assert isinstance(answer, Delivered)
    assert len(world.sent) == 3
    findings = [attempt.finding.code if attempt.finding else None for attempt in answer.receipt.evidence.attempts]
    assert findings == ["token_limit", "token_limit", None]


@pytest.mark.parametrize("tool", WHOLE)
async def test_a_limit_is_raised_no_more_often_than_the_policy_asks(tool: str) -> None:
    answer, world = await ask(tools()[tool], limited(tool, 100_000))
    assert code(answer) == "token_limit"
    assert len(world.sent) == 3


async def test_a_limit_is_never_raised_beyond_the_most() -> None:
    answer, world = await ask(tools()[CLAUDE], limited(CLAUDE, 100_000))
    asked = [json.loads(request.body.content)["max_tokens"] for request in world.sent if request.body]
    assert asked == [1024, 2048, 4096]
    world = World(limited(CLAUDE, 100_000))
    answer = await world.call(tools()[CLAUDE], prompt="Hello?", max_tokens=8000)
    asked = [json.loads(request.body.content)["max_tokens"] for request in world.sent if request.body]
    assert (code(answer), asked) == ("token_limit", [8000, 8192])


async def test_an_answer_of_as_many_tokens_as_were_allowed_is_cut_whatever_it_says() -> None:
    world = World(lambda request: said(LLAMA_RESPONSES, JSON))
    contract = tools()[RESPONDS]
    lowered = {**contract.input, "properties": {**contract.input["properties"], "max_tokens": {"type": "integer"}}}
    answer = await world.call(replace(once(contract), input=lowered), prompt="Hello?", max_tokens=6)
    assert code(answer) == "token_limit"
    assert (
        json.loads(content(await world.call(contract, prompt="Hello?", max_tokens=16)))["usage"]["output_tokens"] == 6
    )


async def test_a_tool_that_does_not_say_where_its_limit_is_sent_is_asked_once() -> None:
    answer, world = await ask(ollama(), said(LINES.replace(b'"stop"', b'"length"'), "application/x-ndjson"))
    assert (code(answer), len(world.sent)) == ("token_limit", 1)


@pytest.mark.requirement("G3")
@pytest.mark.parametrize(("cut", "due"), [({0}, "token_limit"), ({1, 2, 3, 4}, "generation_truncated")])
async def test_attempts_and_raised_limits_are_counted_together(cut: set[int], due: str) -> None:
    world = World(lambda request: said(b"") if len(world.sent) - 1 in cut else limited(CLAUDE, 100_000)(request))
    told = await world.call(tools()[CLAUDE], prompt="Hello?")
    assert (code(told), len(world.sent)) == (due, 3)


async def test_a_generation_that_is_called_a_write_is_sent_once() -> None:
    contract = replace(tools()[CLAUDE], effects="write")
    cut, world = await ask(contract, said(ANTHROPIC[:-5]))
    assert (code(cut), len(world.sent)) == ("outcome_unknown", 1)
    limited_, world = await ask(contract, limited(CLAUDE, 4096))
    assert (code(limited_), len(world.sent)) == ("outcome_unknown", 1)


async def test_no_higher_limit_is_asked_for_when_the_time_is_over() -> None:
    contract = tools()[CLAUDE]
    world = World(limited(CLAUDE, 4096), costs=lambda request: contract.policy.deadline - 1)
    assert code(await world.call(contract, prompt="Hello?")) in ("deadline_exceeded", "token_limit")
    assert len(world.sent) <= 2


# --------------------------------------------------------------------------------------- structured output

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "score": {"type": "number"}},
    "required": ["name", "score"],
    "additionalProperties": False,
}


def structured() -> Contract:
    contract = tools()[CHATS]
    assert contract.response.generation is not None
    generation = replace(contract.response.generation, schema=SCHEMA)
    return replace(contract, response=replace(contract.response, generation=generation))


def writing(text: str) -> bytes:
    first = b"Hello there, this is"
    return altered(CHAT, (first, json.dumps(text)[1:-1].encode()), (b" a full answer.", b""))


@pytest.mark.requirement("G56")
async def test_structured_output_is_delivered_beside_the_text_as_it_was_written() -> None:
    text = '{"name": "Acme",\n "score": 1.50}'
    answer, _ = await ask(structured(), said(writing(text)))
    assert b'"output":{"name": "Acme", "score": 1.50}}' in content(answer)
    assert json.loads(content((await ask(structured(), said(writing(text))))[0]))["text"] == text


@pytest.mark.requirement("G56")
@pytest.mark.parametrize(
    "text",
    [
        "Here it is.",
        '```json\n{"name": "Acme", "score": 1}\n```',
        '{"name": "Acme"}',
        '{"name": "Acme", "score": "high"}',
        '{"name": "Acme", "score": 1, "more": true}',
        '{"name": "Acme", "score": 1',
        '{"name": "Acme", "score": 1} Done.',
        '{"name": "Acme", "score": NaN}',
        '{"name": "Acme", "score": 1, "score": 2}',
        "null",
    ],
)
async def test_output_that_is_not_what_was_asked_for_is_refused_without_showing_it(text: str) -> None:
    answer, _ = await ask(once(structured()), said(writing(text)))
    assert code(answer) == "output_invalid"
    assert not isinstance(answer, Delivered)
    assert "Acme" not in repr(answer.verdict)


async def test_output_that_does_not_fit_is_asked_for_again() -> None:
    streams = iter((writing("No."), writing('{"name": "Acme", "score": 1}')))
    told = await result(structured(), lambda request: said(next(streams)))
    assert told["output"] == {"name": "Acme", "score": 1}


# ------------------------------------------------------------------------------------------------- its terms


@pytest.mark.parametrize("tool", WHOLE)
def test_a_generation_is_a_read_and_may_be_asked_for_again(tool: str) -> None:
    assert tools()[tool].effects == "read"


@pytest.mark.parametrize("tool", WHOLE)
async def test_all_families_take_the_same_arguments(tool: str) -> None:
    properties = tools()[tool].input["properties"]
    assert set(properties) == {"prompt", "system", "max_tokens", "model"}
    assert tools()[tool].input["required"] == ["prompt"]
    world = World(lambda request: said(WHOLE[tool]))
    await world.call(tools()[tool], prompt="Hello?", system="Be brief.", max_tokens=100, model="m-1")
    assert world.sent[0].body is not None
    body = world.sent[0].body.content
    assert all(word in body + world.sent[0].url.encode() for word in (b"Hello?", b"Be brief.", b"100", b"m-1"))
