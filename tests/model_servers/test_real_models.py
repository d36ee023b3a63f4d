"""LiteLLM's proxy and a real llama.cpp, asked through the bundled tools.

Neither is installed by default: `tests/model_servers/install heavy`, then `uv run pytest -m models`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.model_servers.servers import Proxy, litellm, llama
from tests.standins.generating import alone, asked, code, result
from tests.standins.streams import WHOLE
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json

pytestmark = [pytest.mark.models, pytest.mark.anyio]


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    with litellm() as running:
        yield running


@pytest.fixture(scope="module")
def real() -> Iterator[str]:
    with llama() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("family", "model", "reason"),
    [("anthropic", "claude", "end_turn"), ("chat", "gpt", "stop"), ("gemini", "gpt", "STOP")],
)
async def test_what_the_proxy_says_is_delivered(proxy: Proxy, family: str, model: str, reason: str) -> None:
    answer = await asked(family, f"http://127.0.0.1:{proxy.port}", key=proxy.key, model=model)
    told = result(answer)
    assert (told["text"], told["stop_reason"]) == (WHOLE, reason)
    assert answer.receipt.requests == 1


async def test_plain_json_for_a_stream_that_was_asked_for_is_taken_for_what_it_is(proxy: Proxy) -> None:
    answer = await asked("anthropic", f"http://127.0.0.1:{proxy.port}", key=proxy.key, model="claude")
    assert result(answer)["text"] == WHOLE
    assert [page.ended for page in answer.receipt.evidence.pages] == ["its own body"]


async def test_a_stream_that_the_proxy_cannot_begin_is_refused(proxy: Proxy) -> None:
    origin = f"http://127.0.0.1:{proxy.port}"
    assert code(await asked("responses", origin, key=proxy.key, model="gpt", change=alone)) == "unavailable"


async def test_a_wrong_key_is_refused_at_once(proxy: Proxy) -> None:
    answer = await asked("chat", f"http://127.0.0.1:{proxy.port}", key="sk-wrong", model="gpt")
    assert code(answer) == "request_rejected"  # without a database the proxy says 400, and not 401
    assert answer.receipt.requests == 1


# ----------------------------------------------------------------------------------------------- llama.cpp


def sending(**members: Json) -> Callable[[Contract], Contract]:
    """Let the request's body have *members* as well."""

    def change(contract: Contract) -> Contract:
        return replace(contract, request=replace(contract.request, body={**contract.request.body, **members}))

    return change


@pytest.mark.requirement("G54")
@pytest.mark.parametrize("family", ["anthropic", "chat", "responses"])
async def test_a_real_model_that_is_cut_at_its_limit_is_refused(real: str, family: str) -> None:
    answer = await asked(family, real, "Count from one to a thousand:", max_tokens=16, change=alone)
    assert code(answer) == "token_limit"


async def test_completed_is_not_believed_of_an_answer_as_long_as_its_limit(real: str) -> None:
    answer = await asked("responses", real, "Count from one to a thousand:", max_tokens=16, change=alone)
    assert code(answer) == "token_limit"
    assert "as many tokens as it was allowed" in answer.receipt.findings[0].message


@pytest.mark.parametrize(
    ("family", "until"),
    [("anthropic", {"stop_sequences": ["e"]}), ("chat", {"stop": ["e"]}), ("responses", {"stop": ["e"]})],
)
async def test_a_real_model_that_stops_by_itself_is_delivered(real: str, family: str, until: dict[str, Json]) -> None:
    told = result(await asked(family, real, "Say yes or no.", change=sending(**until), max_tokens=300))
    assert told["text"].strip()
    assert 0 < told["usage"]["output_tokens"] < 300


OPENING: dict[str, Json] = {
    "type": "object",
    "required": ["open", "city"],
    "properties": {"open": {"type": "boolean"}, "city": {"enum": ["Paris", "Rome"]}},
    "additionalProperties": False,
}
GRAMMAR = r'''root ::= "{\"open\":" ("true" | "false") ",\"city\":" ("\"Paris\"" | "\"Rome\"") "}"'''


@pytest.mark.requirement("G56")
@pytest.mark.parametrize("family", ["chat", "responses"])
async def test_a_real_model_that_is_held_to_a_grammar_gives_the_output_that_is_due(real: str, family: str) -> None:
    told = result(await asked(family, real, "Is it open?", change=structured(OPENING, grammar=GRAMMAR)))
    assert told["output"] == json.loads(told["text"])
    assert told["output"]["city"] in ("Paris", "Rome")


@pytest.mark.parametrize("family", ["chat", "responses"])
async def test_a_real_model_that_says_something_else_is_refused(real: str, family: str) -> None:
    due: dict[str, Json] = {**OPENING, "required": ["open", "city", "until"]}
    change = structured(due, grammar=GRAMMAR)
    assert code(await asked(family, real, "Is it open?", change=change)) == "output_invalid"


def structured(schema: dict[str, Json], **members: Json) -> Callable[[Contract], Contract]:
    """Let the text be JSON of *schema*, and the request's body have *members* as well."""

    def change(contract: Contract) -> Contract:
        assert contract.response.generation is not None
        generation = replace(contract.response.generation, schema=schema)
        return sending(**members)(replace(contract, response=replace(contract.response, generation=generation)))

    return change
