"""Claude, then GPT, then Gemini in one definition, which is the one of docs/generation.md: the answer is one of theirs, whole.

The engine is asked directly, and once over each transport by the SDK's client, as a process that serves the page's file.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from tests.standins.cases import pointed
from tests.standins.cutting import BREAKS, Said, overloaded, replaying, sound, stalled
from tests.standins.generating import KEYS, Waits, code, result, world
from tests.standins.streams import RECORDINGS, WHOLE, Recording
from tests.talking import ROOT
from tests.wire.raw import Upstream
from unabridged.schemas.answer import Answer
from unabridged.schemas.contract import Contract
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read

pytestmark = pytest.mark.anyio

TICKET = "When is the harbour open?"
PAGE = (ROOT / "docs" / "generation.md").read_text("utf-8")
WRITER = re.findall(r"^```yaml title=\"writer.yaml\"[^\n]*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
CLAUDE, GPT, GEMINI = (
    next(one for one in RECORDINGS if (one.server, one.family) == ("llmock", family))
    for family in ("anthropic", "responses", "gemini")
)


@asynccontextmanager
async def providers(claude: Said, gpt: Said, gemini: Said) -> AsyncGenerator[Mapping[str, Upstream]]:
    """Serve the three, each saying one thing."""
    async with AsyncExitStack() as running:
        yield {
            name: await running.enter_async_context(replaying(said))
            for name, said in (("anthropic", claude), ("openai", gpt), ("gemini", gemini))
        }


def contracts(home: Path, at: Mapping[str, Upstream]) -> dict[str, Contract]:
    """The page's file and the bundled ones, read together and pointed at what runs here."""
    file = home / "writer.yaml"
    file.write_text(WRITER, "utf-8")
    catalog = read([file, bundled()["openai"], bundled()["gemini"]])
    assert catalog.problems == ()
    return {one.name: pointed(one, at[one.provider.name].url) for one in catalog.contracts}


async def summarised(home: Path, claude: Said, gpt: Said, gemini: Said) -> Answer:
    async with providers(claude, gpt, gemini) as at:
        tools = contracts(home, at)
        surroundings = world(Waits(), list(tools.values()))
        return await call(tools["summarise_ticket"], {"ticket": TICKET}, surroundings=surroundings)


def tried(answer: Answer) -> list[tuple[str, str, str | None]]:
    """Who was asked in which way, and why no answer came of it."""
    return [(one.way, one.provider, None if one.finding is None else one.finding.code) for one in answer.receipt.tried]


def words(recording: Recording) -> Recording:
    """The same recording with another text, so that nobody's pieces can be taken for another's."""
    chunks = tuple(chunk.replace(b"harbour", recording.family.encode()) for chunk in recording.chunks)
    return Recording(recording.server, recording.family, recording.head, chunks)


async def test_the_first_of_three_answers_and_nobody_else_is_asked(tmp_path: Path) -> None:
    answer = await summarised(tmp_path, sound(CLAUDE), sound(GPT), sound(GEMINI))
    assert result(answer)["stop_reason"] == "end_turn"
    assert (answer.receipt.provider, tried(answer)) == ("anthropic", [])


async def test_where_claude_is_overloaded_gpt_answers_and_the_receipt_says_so(tmp_path: Path) -> None:
    answer = await summarised(tmp_path, overloaded(CLAUDE, 0), sound(GPT), sound(GEMINI))
    assert result(answer)["text"] == WHOLE
    assert answer.receipt.provider == "openai"
    assert tried(answer) == [("first", "anthropic", "unavailable"), ("fallback 1", "openai", None)]


@pytest.mark.requirement("G31")
@pytest.mark.parametrize("name", BREAKS)
async def test_where_two_break_off_the_third_answers_alone_and_nothing_is_put_together(
    tmp_path: Path, name: str
) -> None:
    claude, gpt, gemini = words(CLAUDE), words(GPT), words(GEMINI)
    for boundary in (4, 9, 15):
        answer = await summarised(tmp_path, BREAKS[name](claude, boundary), BREAKS[name](gpt, boundary), sound(gemini))
        assert result(answer)["text"] == WHOLE.replace("harbour", "gemini")
        assert [(way, provider) for way, provider, _ in tried(answer)] == [
            ("first", "anthropic"),
            ("fallback 1", "openai"),
            ("fallback 2", "gemini"),
        ]


async def test_where_nobody_answers_the_tool_s_own_refusal_is_told_with_all_that_was_tried(tmp_path: Path) -> None:
    answer = await summarised(tmp_path, BREAKS["ended"](CLAUDE, 5), BREAKS["closed"](GPT, 5), overloaded(GEMINI, 0))
    assert code(answer) == "generation_truncated"
    assert tried(answer) == [
        ("first", "anthropic", "generation_truncated"),
        ("fallback 1", "openai", "truncated_body"),
        ("fallback 2", "gemini", "unavailable"),
    ]


async def test_what_the_first_model_refuses_to_do_is_asked_of_no_other(tmp_path: Path) -> None:
    refusal = Recording(
        CLAUDE.server,
        CLAUDE.family,
        CLAUDE.head,
        tuple(chunk.replace(b'"end_turn"', b'"refusal"') for chunk in CLAUDE.chunks),
    )
    async with providers(sound(refusal), sound(GPT), sound(GEMINI)) as at:
        tools = contracts(tmp_path, at)
        surroundings = world(Waits(), list(tools.values()))
        answer = await call(tools["summarise_ticket"], {"ticket": TICKET}, surroundings=surroundings)
        assert code(answer) == "generation_refused"
        assert [len(server.heard) for server in at.values()] == [1, 0, 0]


GONE = b'{"type":"error","error":{"type":"not_found_error","message":"model: claude"}}'


async def test_where_a_model_is_gone_the_next_is_asked_at_once(tmp_path: Path) -> None:
    head = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(GONE)
    answer = await summarised(tmp_path, Said(head + GONE), sound(GPT), sound(GEMINI))
    assert result(answer)["text"] == WHOLE
    assert tried(answer) == [("first", "anthropic", "not_found"), ("fallback 1", "openai", None)]
    assert answer.receipt.tried[0].requests == 1


async def test_a_provider_that_stands_still_leaves_time_for_the_next(tmp_path: Path) -> None:
    async with providers(stalled(CLAUDE, 5), sound(GPT), sound(GEMINI)) as at:
        tools = contracts(tmp_path, at)
        tool = tools["summarise_ticket"]
        hurried = replace(tool, policy=replace(tool.policy, deadline=1.5, attempt_timeout=1.4))
        answer = await call(hurried, {"ticket": TICKET}, surroundings=world(Waits(), list(tools.values())))
    assert result(answer)["text"] == WHOLE
    assert tried(answer) == [("first", "anthropic", "deadline_exceeded"), ("fallback 1", "openai", None)]


async def test_a_provider_that_fails_again_and_again_is_left_alone_and_the_next_answers_every_call(
    tmp_path: Path,
) -> None:
    async with providers(overloaded(CLAUDE, 0), sound(GPT), sound(GEMINI)) as at:
        tools = contracts(tmp_path, at)
        surroundings = world(Waits(), list(tools.values()))
        answers = [
            await call(tools["summarise_ticket"], {"ticket": TICKET}, surroundings=surroundings) for _ in range(40)
        ]
        asked = {name: len(server.heard) for name, server in at.items()}
    assert {result(answer)["text"] for answer in answers} == {WHOLE}
    assert tried(answers[-1])[0] == ("first", "anthropic", "circuit_open")
    assert asked["anthropic"] < 40
    assert (asked["openai"], asked["gemini"]) == (40, 0)


# ------------------------------------------------------------------------------------------- over MCP


def files(home: Path, at: Mapping[str, Upstream]) -> list[str]:
    """The three tool files with the base URLs of what runs here; nothing else is changed."""
    texts = {"writer": WRITER} | {name: bundled()[name].read_text("utf-8") for name in ("openai", "gemini")}
    for name, text in texts.items():
        url = at["anthropic" if name == "writer" else name].url
        moved, count = re.subn(
            r"^  base_url: .*$", f"  base_url: {url}\n  network: {{allow: [loopback]}}", text, flags=re.MULTILINE
        )
        assert count == 1
        (home / f"{name}.yaml").write_text(moved, "utf-8")
    return [str(home / f"{name}.yaml") for name in texts]


def environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), **KEYS}


@contextmanager
def stdio(home: Path, tools: list[str]) -> Generator[Any]:
    arguments = ["-m", "unabridged.server", "serve", *tools]
    yield StdioServerParameters(command=sys.executable, args=arguments, cwd=home, env=environment(home))


@contextmanager
def http(home: Path, tools: list[str]) -> Generator[Any]:
    command = [sys.executable, "-m", "unabridged.server", "serve", *tools, "--transport", "http", "--port", "0"]
    with Popen(
        command, cwd=home, env=environment(home), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            found = (re.search(r"http://127\.0\.0\.1:\d+\S*", line) for line in process.stderr)
            yield next(url[0] for url in found if url is not None)
        finally:
            process.kill()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("transport", [stdio, http])
async def test_a_client_gets_the_whole_answer_of_the_one_who_gave_it(tmp_path: Path, transport: Any, mode: Any) -> None:
    async with (
        providers(BREAKS["ended"](CLAUDE, 6), overloaded(GPT, 0), sound(GEMINI)) as at,
        AsyncExitStack() as running,
    ):
        target = running.enter_context(transport(tmp_path, files(tmp_path, at)))
        client = await running.enter_async_context(Client(target, mode=mode))
        await client.list_tools()
        told = await client.call_tool("summarise_ticket", {"ticket": TICKET})
    assert not told.is_error
    assert told.structured_content is not None
    assert told.structured_content["data"]["text"] == WHOLE
    assert [one["provider"] for one in told.structured_content["proof"]["tried"]] == ["anthropic", "openai", "gemini"]
