"""LLMock and AIMock in all four families, asked through the bundled tools: what is whole is delivered, what they break is refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.model_servers.servers import Llmock, aimock, llmock
from tests.standins.cases import pointed
from tests.standins.generating import CONTRACTS, KEYS, TOOLS, Waits, alone, asked, code, patient, result
from tests.standins.streams import WHOLE
from unabridged.schemas.answer import Withheld
from unabridged.schemas.contract import Contract
from unabridged.tools.call import call
from unabridged.tools.surroundings import surroundings

pytestmark = [pytest.mark.slow, pytest.mark.anyio]

each_family = pytest.mark.parametrize("family", TOOLS)
LONGEST = 24  # events in the longest stream
PING = 2  # where LLMock's Anthropic streams have a keep-alive, which may say anything


@pytest.fixture(scope="module")
def scripted() -> Iterator[Llmock]:
    with llmock() as port:
        yield Llmock(port)


@pytest.fixture(scope="module")
def worded() -> Iterator[str]:
    with aimock() as port:
        yield f"http://127.0.0.1:{port}"


def origin(server: Llmock, family: str) -> str:
    """Where LLMock speaks *family*."""
    return f"http://127.0.0.1:{server.port}" + {"anthropic": "/anthropic", "gemini": "/gemini"}.get(family, "")


SAYS = {"type": "reply", "text": WHOLE, "times": None}


def breaks(kind: str, after: int, **more: object) -> dict[str, object]:
    return {"type": "stream_fault", "kind": kind, "after_chunks": after, **more}


# ------------------------------------------------------------------------------------------------ LLMock


@each_family
async def test_llmock_is_heard_out(scripted: Llmock, family: str) -> None:
    scripted.then(SAYS)
    told = result(await asked(family, origin(scripted, family)))
    assert (told["text"], list(told)) == (WHOLE, ["text", "stop_reason", "model", "usage"])
    assert told["usage"]["output_tokens"] > 0


@pytest.mark.requirement("G54")
@each_family
@pytest.mark.parametrize(
    ("kind", "due"),
    [("truncate", "generation_truncated"), ("disconnect", "truncated_body"), ("malformed", "not_json")],
)
async def test_llmock_breaks_a_stream_at_every_chunk_and_is_never_believed(
    scripted: Llmock, family: str, kind: str, due: str
) -> None:
    broken = 0
    for after in range(LONGEST):
        scripted.then(SAYS, breaks(kind, after, times=None))
        answer = await asked(family, origin(scripted, family), change=alone)
        if scripted.requests()[0]["fault"] is None:
            break  # the stream has no more chunks than this
        broken += 1
        if (family, kind, after) == ("anthropic", "malformed", PING):
            assert result(answer)["text"] == WHOLE
        else:
            assert code(answer) == due, after
    assert broken > 10


@each_family
@pytest.mark.parametrize("kind", ["truncate", "disconnect", "malformed"])
async def test_llmock_breaks_a_stream_once_and_the_next_one_is_delivered(
    scripted: Llmock, family: str, kind: str
) -> None:
    for after in range(1, 8):
        scripted.then(SAYS, breaks(kind, after))
        answer = await asked(family, origin(scripted, family))
        assert result(answer)["text"] == WHOLE
        assert answer.receipt.requests == 2 or (family, after) == ("anthropic", PING)


@each_family
async def test_llmock_stands_still_and_is_given_up(scripted: Llmock, family: str) -> None:
    scripted.then(SAYS, breaks("stall", 3, stall_seconds=30))
    answer = await asked(family, origin(scripted, family), change=lambda contract: patient(contract, 0.5))
    assert result(answer)["text"] == WHOLE
    assert answer.receipt.requests == 2


@each_family
async def test_llmock_limits_the_rate_and_is_obeyed(scripted: Llmock, family: str) -> None:
    scripted.then(SAYS, {"type": "fail", "status": 429, "retry_after": 4, "times": 2})
    waits = Waits()
    assert result(await asked(family, origin(scripted, family), waits=waits))["text"] == WHOLE
    assert len(scripted.requests()) == 3
    assert sum(waits.seconds) >= 8


@each_family
async def test_llmock_is_down_and_is_not_stormed(scripted: Llmock, family: str) -> None:
    scripted.then({"type": "fail", "status": 503, "times": None})
    answer = await asked(family, origin(scripted, family))
    assert isinstance(answer, Withheld)
    assert code(answer) == "unavailable"
    assert len(scripted.requests()) == answer.receipt.requests == 3


@each_family
@pytest.mark.parametrize(("reason", "due"), [("length", "token_limit"), ("content_filter", "generation_refused")])
async def test_llmock_stops_for_a_reason_that_is_no_end(scripted: Llmock, family: str, reason: str, due: str) -> None:
    if (family, reason) == ("responses", "content_filter"):
        pytest.skip("LLMock 0.2.2 calls it completed")
    scripted.then({"type": "reply", "text": "The harbour", "finish_reason": reason, "times": None})
    assert code(await asked(family, origin(scripted, family))) == due


@pytest.mark.requirement("G55")
@each_family
async def test_llmock_stops_at_the_limit_and_a_higher_limit_brings_the_whole_text(
    scripted: Llmock, family: str
) -> None:
    scripted.then({"type": "reply", "text": "The harbour", "finish_reason": "length", "times": 2}, SAYS)
    answer = await asked(family, origin(scripted, family), max_tokens=256)
    assert result(answer)["text"] == WHOLE
    assert [limit_of(request["body"]) for request in scripted.requests()] == [256, 512, 1024]


def limit_of(body: Mapping[str, Any]) -> Any:
    """The most tokens that a request allows, in whichever family."""
    told = {**body, **body.get("generationConfig", {})}
    names = ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")
    return next(told[name] for name in names if name in told)


@each_family
async def test_llmock_finds_nothing_wrong_with_how_it_is_asked(scripted: Llmock, family: str) -> None:
    """It judges its clients: whether they waited as they were told, backed off, gave up, or believed a cut stream."""
    scripted.then({"type": "fail", "status": 429, "retry_after": 1}, breaks("truncate", 3), SAYS)
    contract = pointed(CONTRACTS[TOOLS[family]], origin(scripted, family))
    answer = await call(contract, {"prompt": "When is the harbour open?"}, surroundings=surroundings(KEYS))
    assert result(answer)["text"] == WHOLE
    verdict = scripted.verdict()
    assert (verdict["attempts"], verdict["faults_injected"], verdict["findings"]) == (3, 2, [])


async def test_of_forty_calls_at_once_each_has_a_whole_text_or_a_reason(scripted: Llmock) -> None:
    kinds = ("truncate", "disconnect", "malformed")
    scripted.then(SAYS, *(breaks(kinds[number % 3], 1 + number % 9) for number in range(24)))
    world = surroundings(KEYS)
    texts: list[str | None] = []

    async def one(family: str) -> None:
        contract = pointed(CONTRACTS[TOOLS[family]], origin(scripted, family))
        answer = await call(contract, {"prompt": "When is the harbour open?"}, surroundings=world)
        texts.append(None if isinstance(answer, Withheld) else result(answer)["text"])

    async with anyio.create_task_group() as calls:
        for family in [*TOOLS] * 10:
            calls.start_soon(one, family)
    assert len(texts) == 40
    assert set(texts) <= {WHOLE, None}
    assert texts.count(WHOLE) > 20


# ------------------------------------------------------------------------------------------------ AIMock


@each_family
async def test_aimock_is_heard_out(worded: str, family: str) -> None:
    told = result(await asked(family, worded, "Answer the whole"))
    assert (told["text"], list(told)) == (WHOLE, ["text", "stop_reason", "model", "usage"])


@each_family
async def test_aimock_ends_a_stream_after_every_chunk_and_is_never_believed(worded: str, family: str) -> None:
    codes = [code(await asked(family, worded, f"Answer cut-{chunks}", change=alone)) for chunks in range(1, 5)]
    assert set(codes) <= {"generation_truncated", "truncated_body"}


@each_family
async def test_aimock_leaves_in_the_middle(worded: str, family: str) -> None:
    assert code(await asked(family, worded, "Answer late", change=alone)) == "truncated_body"


@each_family
@pytest.mark.parametrize(
    ("word", "due"),
    [
        ("short", "token_limit"),
        ("odd", "unknown_stop_reason"),
        ("tool", "unexpected_tool_call"),
        ("over", "unavailable"),
        ("busy", "rate_limited"),
    ],
)
async def test_aimock_says_what_is_no_answer(worded: str, family: str, word: str, due: str) -> None:
    assert code(await asked(family, worded, f"Answer {word}")) == due


@pytest.mark.requirement("G55")
@each_family
async def test_aimock_cuts_below_a_limit_and_a_higher_one_brings_the_whole_text(worded: str, family: str) -> None:
    answer = await asked(family, worded, "Answer tight", max_tokens=300)
    assert result(answer)["text"] == WHOLE
    assert answer.receipt.requests == 2


RECORD = {
    "type": "object",
    "required": ["city", "inhabitants"],
    "properties": {"city": {"type": "string"}, "inhabitants": {"type": "integer"}},
    "additionalProperties": False,
}


def structured(contract: Contract) -> Contract:
    """Let the text be JSON of a city."""
    assert contract.response.generation is not None
    generation = replace(contract.response.generation, schema=RECORD)
    return replace(contract, response=replace(contract.response, generation=generation))


@pytest.mark.requirement("G56")
@each_family
async def test_json_that_aimock_streams_in_pieces_comes_as_output(worded: str, family: str) -> None:
    told = result(await asked(family, worded, "Answer record", change=structured))
    assert told["output"] == {"city": "Paris", "inhabitants": 2102650}


@pytest.mark.requirement("G56")
@each_family
async def test_prose_where_json_is_due_is_refused(worded: str, family: str) -> None:
    assert code(await asked(family, worded, "Answer the whole", change=structured)) == "output_invalid"


@each_family
async def test_half_a_character_in_an_event_is_refused(worded: str, family: str) -> None:
    """JavaScript cuts its strings in 16-bit units, so that AIMock splits a face between two events (RFC 7493, 2.1)."""
    assert code(await asked(family, worded, "Answer faces", change=alone)) == "not_json"
