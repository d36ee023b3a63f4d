"""Tools that are found and called through two: what a client sees, and that nothing else changes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import jsonschema
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ElicitResult, TextContent, Tool

from tests.refunds import COMMAND, Shop, environment, over_http, shop, tool_file
from tests.served import contract, service
from tests.talking import ROOT, Served, introduced, serving
from unabridged.server.app import build
from unabridged.server.indirect import stand_ins
from unabridged.server.surface import Surface

Opened = Callable[[], AbstractAsyncContextManager[Client]]
Mode = Literal["legacy", "auto"]

MODES: tuple[Mode, ...] = ("legacy", "auto")
BUDGET = {"TEST_TOOL_BUDGET": "0", "TEST_PINNED": "tickets"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with serving(TEST_BUDGET="45000", **BUDGET) as it:
        yield it


@pytest.fixture(params=["in memory", "stdio", "http"])
def transport(request: pytest.FixtureRequest, served: Served) -> Any:
    match request.param:
        case "http":
            return served.url
        case "stdio":
            settings = {"PATH": os.environ["PATH"], "TEST_LOG": "CRITICAL", **BUDGET}
            return StdioServerParameters(
                command=sys.executable, args=["-m", "tests.served", "stdio"], cwd=ROOT, env=settings
            )
        case _:
            return build(service(tool_budget=0, pinned=("tickets",)))


@pytest.fixture(params=MODES)
def opened(request: pytest.FixtureRequest, transport: Any) -> Opened:
    @asynccontextmanager
    async def open_client() -> AsyncGenerator[Client]:
        with anyio.fail_after(30):
            async with Client(transport, mode=request.param) as client:
                yield client

    return open_client


def text_of(result: CallToolResult) -> str:
    (block,) = result.content
    assert isinstance(block, TextContent)
    return block.text


async def through(client: Client, name: str, arguments: Mapping[str, Any] | None = None) -> CallToolResult:
    given = {} if arguments is None else {"arguments": dict(arguments)}
    return await client.call_tool("call_tool", {"name": name, **given})


# ------------------------------------------------------------------------------------------- what is shown


@pytest.mark.requirement("M11")
@pytest.mark.anyio
async def test_above_the_budget_two_tools_and_the_pinned_ones_are_listed(opened: Opened) -> None:
    async with opened() as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(listed) == ["call_tool", "search_tools", "tickets"]
        assert "`call_tool`" in (client.instructions or "")
        search = listed["search_tools"].annotations
        assert search is not None
        assert (search.read_only_hint, search.open_world_hint) == (True, False)


@pytest.mark.parametrize(("budget", "shown"), [(None, 7), (10_000, 7), (100, 2), (0, 2)])
def test_the_budget_decides_how_tools_are_shown(budget: int | None, shown: int) -> None:
    promises = service().offer.now.contracts
    content, _ = Surface(promises, budget=budget).listing.page(None)
    assert len(json.loads(content)) == shown


@pytest.mark.parametrize(("effects", "reads"), [("read", True), ("write", False)])
def test_calling_counts_as_reading_only_where_nothing_can_be_written(effects: str, reads: bool) -> None:
    promises = {"a": contract("a"), "b": contract("b", effects=effects)}
    (_, call) = [Tool.model_validate(shown) for shown in stand_ins(promises)]
    assert call.annotations is not None
    assert (call.annotations.read_only_hint, call.annotations.destructive_hint) == (reads, not reads)


@pytest.mark.anyio
async def test_every_answer_fits_the_schema_that_its_tool_declares(opened: Opened) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("search_tools", {"query": "tickets of the desk"}),
        ("search_tools", {"query": ""}),
        ("search_tools", {"query": "zebra"}),
        ("search_tools", {"query": 7}),
        ("call_tool", {"name": "tickets"}),
        ("call_tool", {"name": "short"}),
        ("call_tool", {"name": "ticket"}),
        ("call_tool", {}),
    ]
    async with opened() as client:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        for tool, arguments in calls:
            result = await client.call_tool(tool, arguments)
            jsonschema.validate(result.structured_content, schemas[tool] or {})
            assert json.loads(text_of(result).partition("\n")[2] if result.is_error else text_of(result))


# ------------------------------------------------------------------------------------------- finding


@pytest.mark.anyio
async def test_a_search_names_the_best_tools_and_how_to_call_the_best_few(opened: Opened) -> None:
    async with opened() as client:
        result = await client.call_tool("search_tools", {"query": "slow", "limit": 1})
    told: Any = result.structured_content
    assert (told["status"], told["of"]) == ("complete", 7)
    (first,) = told["tools"]
    assert (first["name"], first["effects"], first["claim"]) == ("slow", "read", "all")
    assert first["input_schema"]["properties"].keys() == {"status", "since"}


def searched(query: str, *, count: int = 12, limit: int | None = None) -> Any:
    promises = {f"t{n:02}": contract(f"t{n:02}", description="All tickets.", tags=("desk",)) for n in range(count)}
    surface = Surface(promises, budget=0)
    reply = surface.answered("search_tools", {"query": query} | ({} if limit is None else {"limit": limit}))
    assert reply is not None
    return json.loads(reply.envelope)


def test_a_search_says_how_many_more_there_are() -> None:
    told = searched("all tickets", limit=3)
    assert (len(told["tools"]), told["matched"], told["more"], told["of"]) == (3, 12, 9, 12)
    assert "9 more" in told["hint"]


def test_only_the_best_few_come_with_their_schema() -> None:
    told = searched("tickets")
    assert ["input_schema" in tool for tool in told["tools"]] == [True] * 5 + [False] * 5


def test_a_large_schema_leaves_no_room_for_others_and_the_first_is_shown_all_the_same() -> None:
    wide = {"properties": {f"argument_{number}": {"type": "string"} for number in range(500)}}
    promises = {name: contract(name, input=wide) for name in ("a", "b")}
    reply = Surface(promises, budget=0).answered("search_tools", {"query": "tickets"})
    assert reply is not None
    assert ["input_schema" in tool for tool in json.loads(reply.envelope)["tools"]] == [True, False]


@pytest.mark.parametrize("query", ["", "  ", "what can I do with the tools?", "ticket"])
def test_a_question_that_says_nothing_is_answered_with_what_there_is(query: str) -> None:
    told = searched(query, count=30)
    assert (told["tools"], told["tags"], told["apis"]) == ([], {"desk": 30}, {"desk": 30})


def test_what_is_not_found_is_said_so_with_names_that_are_near() -> None:
    told = searched("tikets")
    assert (told["tools"], told["matched"]) == ([], 0)
    assert told["near"][0] == "t00"
    assert "No tool" in told["hint"]


@pytest.mark.parametrize("limit", [3, 3.0])
def test_a_whole_number_is_a_limit_however_it_is_written(limit: Any) -> None:
    assert len(searched("tickets", limit=limit)["tools"]) == 3


def test_tools_that_are_not_proven_are_not_kept_quiet_about() -> None:
    surface = Surface({"tickets": contract("tickets")}, budget=0, waiting=frozenset({"rooms"}))
    for arguments in ({"query": "tickets"}, {"query": "rooms"}):
        reply = surface.answered("search_tools", arguments)
        assert reply is not None
        assert "proven" in json.loads(reply.envelope)["hint"]
    refused = surface.answered("call_tool", {"name": "rooms"})
    assert refused is not None
    assert json.loads(refused.envelope)["error"]["code"] == "definition_unproven"


@pytest.mark.parametrize("arguments", [{}, {"query": 7}, {"query": "a", "limit": 0}, {"query": "a", "more": 1}])
def test_a_wrong_search_is_refused_with_what_is_wrong(arguments: dict[str, Any]) -> None:
    reply = Surface({}, budget=0).answered("search_tools", arguments)
    assert reply is not None
    assert reply.failed
    assert reply.text.startswith("FAILED invalid_arguments: ")


# ------------------------------------------------------------------------------------------- calling


@pytest.mark.requirement("M11")
@pytest.mark.parametrize("name", ["tickets", "short", "large", "broken"])
@pytest.mark.anyio
async def test_a_call_gives_what_the_tool_itself_gives(name: str, opened: Opened) -> None:
    async with opened() as client:
        direct, indirect = await client.call_tool(name, {}), await through(client, name)
    if name == "broken":  # each incident has a name of its own
        assert (text_of(direct)[:22], text_of(indirect)[:22]) == ("FAILED internal_error:",) * 2
        return
    assert text_of(indirect) == text_of(direct)
    assert indirect.structured_content == direct.structured_content
    assert indirect.is_error == direct.is_error


@pytest.mark.anyio
async def test_a_name_that_no_tool_has_is_refused_with_names_that_are_near(opened: Opened) -> None:
    async with opened() as client:
        result = await through(client, "tickts")
    told: Any = result.structured_content
    assert result.is_error
    assert (told["error"]["code"], told["error"]["near"][0]) == ("unknown_tool", "tickets")
    assert "tickets" in told["error"]["fix"]


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"name": 7},
        {"name": "tickets", "arguments": "x"},
        {"name": "tickets", "arguments": None},
        {"name": "tickets", "status": "open"},
    ],
)
def test_a_call_that_is_not_written_as_it_should_be_is_told_how(arguments: dict[str, Any]) -> None:
    surface = Surface({"tickets": contract("tickets"), "7": contract("7")}, budget=0)
    assert surface.called("call_tool", arguments) is None
    reply = surface.answered("call_tool", arguments)
    assert reply is not None
    told = json.loads(reply.envelope)["error"]
    assert (told["code"], reply.failed) == ("invalid_arguments", True)
    assert ("input_schema" in told) == (arguments.get("name") == "tickets")


@pytest.mark.anyio
async def test_a_name_that_the_server_never_had_is_still_an_error_of_the_protocol(opened: Opened) -> None:
    async with opened() as client:
        with pytest.raises(MCPError, match="Unknown tool: 'nobody'"):
            await client.call_tool("nobody", {})


@pytest.mark.anyio
async def test_progress_of_the_tool_within_is_told(opened: Opened) -> None:
    told: list[str | None] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)

    async with opened() as client:
        await client.call_tool("seconds", {}, progress_callback=progressed)
        directly, told = told, []
        await client.call_tool("call_tool", {"name": "seconds"}, progress_callback=progressed)
    assert told == directly


def test_a_call_within_tells_its_progress_and_is_cancelled_as_any_other() -> None:
    with introduced(settings={"TEST_TOOL_BUDGET": "0"}) as talk:
        talk.call("call_tool", name="slow")
        assert talk.hear()["params"]["message"] == "page 1: 1 of 1,000 items"
        assert talk.process.stderr is not None
        lines = iter(talk.process.stderr.readline, b"")
        assert any(line == b"slow: started\n" for line in lines)
        talk.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        assert any(line == b"slow: cancelled\n" for line in lines)


# ------------------------------------------------------------------------------------------- the real thing


@pytest.fixture(scope="module")
def upstream() -> Generator[Shop]:
    with shop() as held:
        yield held


@pytest.fixture
def file(upstream: Shop, tmp_path: Path) -> Path:
    upstream.refunds.clear()
    return tool_file(tmp_path, upstream.port)


@asynccontextmanager
async def asking(
    transport: str, mode: Mode, file: Path, state: Path, action: Literal["accept", "decline"]
) -> AsyncGenerator[tuple[Client, list[str]]]:
    """A client of `unabridged serve` whose person says the same to every question."""
    asked: list[str] = []

    async def say(context: Any, params: Any) -> ElicitResult:
        asked.append(params.message)
        return ElicitResult(action=action, content={"approve": True} if action == "accept" else None)

    settings = environment(state, UNABRIDGED_TOOL_BUDGET="0")
    with anyio.fail_after(30):
        if transport == "http":
            with over_http(state, file, UNABRIDGED_TOOL_BUDGET="0") as url:
                async with Client(url, mode=mode, elicitation_callback=say) as client:
                    yield client, asked
        else:
            command = StdioServerParameters(command=str(COMMAND), args=["serve", str(file)], env=settings)
            async with Client(command, mode=mode, elicitation_callback=say) as client:
                yield client, asked


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.anyio
async def test_a_person_is_asked_about_the_tool_within(
    transport: str, mode: Mode, file: Path, upstream: Shop, tmp_path: Path
) -> None:
    async with asking(transport, mode, file, tmp_path / "state", "accept") as (client, asked):
        result = await through(client, "refund", {"order": "A-1", "amount": 5})
        assert not result.is_error, text_of(result)
        told: Any = result.structured_content
        assert told["data"]["amount"] == 5
        assert "approved" in told["proof"]
        assert len(asked) == 1
        assert "POST" in asked[0]
    assert upstream.refunds == [{"amount": 5, "order": "A-1"}]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.anyio
async def test_a_no_to_the_tool_within_sends_nothing(mode: Mode, file: Path, upstream: Shop, tmp_path: Path) -> None:
    async with asking("stdio", mode, file, tmp_path / "state", "decline") as (client, _):
        result = await through(client, "refund", {"order": "A-1", "amount": 5})
    assert text_of(result).startswith("FAILED approval_declined")
    assert upstream.refunds == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.anyio
async def test_an_answer_of_the_tool_within_can_be_released(mode: Mode, file: Path, tmp_path: Path) -> None:
    async with asking("stdio", mode, file, tmp_path / "state", "accept") as (client, _):
        told: Any = (await through(client, "search", {})).structured_content
    assert told["proof"]["released"]["codes"] == ["low_relevance"]


@pytest.mark.anyio
async def test_wrong_arguments_come_back_with_the_schema_and_cost_no_request(
    file: Path, upstream: Shop, tmp_path: Path
) -> None:
    async with asking("stdio", "auto", file, tmp_path / "state", "accept") as (client, asked):
        result = await through(client, "refund", {"order": "A-1", "amount": "five"})
    told: Any = result.structured_content
    assert (told["error"]["code"], told["error"]["where"]) == ("invalid_arguments", "arguments:/amount")
    assert told["error"]["input_schema"]["required"] == ["order", "amount"]
    assert (asked, upstream.refunds) == ([], [])


@pytest.mark.anyio
async def test_a_call_within_leaves_the_receipt_of_its_tool(file: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with asking("stdio", "auto", file, state, "accept") as (client, _):
        told: Any = (await through(client, "plain", {})).structured_content
    receipt = told["proof"]["receipt"]
    done = await anyio.run_process([str(COMMAND), "explain", receipt, "--json"], env=environment(state))
    assert json.loads(done.stdout)["tool"] == "plain"
