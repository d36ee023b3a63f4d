"""The SDK's own client, in both eras, over every transport: what a program that uses it gets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from tests.served import service
from tests.talking import ROOT, Served, serving
from unabridged.server.app import build

Opened = Callable[[], AbstractAsyncContextManager[Client]]
Mode = Literal["legacy", "auto"]

VERSIONS: dict[Mode, str] = {"legacy": "2025-11-25", "auto": "2026-07-28"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with serving(TEST_BUDGET="45000") as it:
        yield it


@pytest.fixture(params=["in memory", "stdio", "http"])
def transport(request: pytest.FixtureRequest, served: Served) -> Any:
    match request.param:
        case "http":
            return served.url
        case "stdio":
            environment = {"PATH": os.environ["PATH"], "TEST_LOG": "CRITICAL"}
            command = ["-m", "tests.served", "stdio"]
            return StdioServerParameters(command=sys.executable, args=command, cwd=ROOT, env=environment)
        case _:
            return build(service())


@pytest.fixture(params=["legacy", "auto"])
def opened(request: pytest.FixtureRequest, transport: Any) -> Opened:
    mode: Mode = request.param

    @asynccontextmanager
    async def open_client() -> AsyncGenerator[Client]:
        with anyio.fail_after(30):
            async with Client(transport, mode=mode) as client:
                assert client.protocol_version == VERSIONS[mode]
                yield client

    return open_client


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.anyio
async def test_the_server_introduces_itself_and_lists_its_tools(opened: Opened) -> None:
    async with opened() as client:
        assert client.server_info is not None
        assert (client.server_info.name, client.server_info.version) == ("unabridged", "1.2.3")
        assert client.instructions is not None
        assert "FAILED <code>" in client.instructions
        listed = await client.list_tools()
    assert [tool.name for tool in listed.tools] == ["broken", "large", "noisy", "seconds", "short", "slow", "tickets"]
    assert listed.next_cursor is None
    assert all(tool.output_schema is not None and tool.annotations is not None for tool in listed.tools)


@pytest.mark.requirement("M1", "M4")
@pytest.mark.anyio
async def test_a_whole_answer_arrives_whole_and_passes_the_client_s_own_check(opened: Opened) -> None:
    async with opened() as client:
        await client.list_tools()  # from here on the client checks results against the output schema
        result = await client.call_tool("tickets", {"status": "open"})
    assert result.is_error is False
    assert result.structured_content == json.loads(text_of(result))
    assert result.structured_content["status"] == "complete"
    assert [item["id"] for item in result.structured_content["items"]] == list(range(11))
    assert result.structured_content["proof"]["grade"] == "counted"


@pytest.mark.requirement("M2")
@pytest.mark.anyio
async def test_a_refusal_says_why_in_both_places(opened: Opened) -> None:
    async with opened() as client:
        await client.list_tools()
        result = await client.call_tool("short", {})
    assert result.is_error is True
    first, _, rest = text_of(result).partition("\n")
    assert first == "FAILED total_mismatch: 3 of 11 items came."
    assert result.structured_content == json.loads(rest)
    assert result.structured_content["error"]["expected"] == 11
    assert "items" not in result.structured_content


@pytest.mark.requirement("M3")
@pytest.mark.anyio
async def test_an_answer_over_the_budget_is_refused_whole(opened: Opened) -> None:
    async with opened() as client:
        small = await client.call_tool("large", {"size": 30_000})
        result = await client.call_tool("large", {"size": 100_000})
    assert small.is_error is False
    assert text_of(result).startswith("FAILED too_large: The answer is whole (204 items, ")


@pytest.mark.requirement("G40")
@pytest.mark.anyio
async def test_an_exception_of_ours_never_reaches_the_client(opened: Opened) -> None:
    async with opened() as client:
        result = await client.call_tool("broken", {})
    assert text_of(result).startswith("FAILED internal_error: ")
    assert "hunter2" not in text_of(result)
    assert "RuntimeError" not in text_of(result)


@pytest.mark.anyio
async def test_an_unknown_tool_is_a_protocol_error(opened: Opened) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match="Unknown tool: 'nobody'") as caught:
            await client.call_tool("nobody", {})
    assert caught.value.error.code == -32602


@pytest.mark.requirement("M5", "G33")
@pytest.mark.parametrize(
    "transport", ["stdio", "http"], indirect=True
)  # in memory nobody says whether progress is wanted
@pytest.mark.anyio
async def test_progress_comes_page_by_page_and_a_cancelled_call_frees_the_connection(opened: Opened) -> None:
    told: list[tuple[float, float | None, str | None]] = []
    seen = anyio.Event()

    async def report(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, total, message))
        if len(told) == 2:
            seen.set()

    async with opened() as client, anyio.create_task_group() as group:
        group.start_soon(lambda: client.call_tool("slow", {}, progress_callback=report))
        await seen.wait()
        group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            assert (await client.call_tool("tickets", {})).is_error is False
    assert told[0][1:] == (1000.0, "page 1: 1 of 1,000 items")
    assert told[0][0] < told[1][0]


@pytest.mark.anyio
async def test_calls_at_once_do_not_wait_for_each_other(opened: Opened) -> None:
    results: dict[int, CallToolResult] = {}

    async with opened() as client:

        async def call(number: int) -> None:
            results[number] = await client.call_tool("large", {"size": 20_000 + number * 500})

        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "slow")
            async with anyio.create_task_group() as calls:
                for number in range(20):
                    calls.start_soon(call, number)
            group.cancel_scope.cancel()
    assert [len(results[number].structured_content["items"]) for number in range(20)] == [
        (20_000 + number * 500) // 490 for number in range(20)
    ]
