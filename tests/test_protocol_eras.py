"""What differs between the revisions of the protocol, line by line, from one server."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types.methods import serialize_server_result

from tests.served import contract, service
from tests.talking import INITIALIZE, INITIALIZED, META, Talk, introduced, modern, talking
from unabridged.server.app import build


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def new() -> Generator[Talk]:
    with talking() as talk:
        yield talk


@pytest.fixture(scope="module")
def old() -> Generator[Talk]:
    with introduced() as talk:
        yield talk


def answer(talk: Talk, message: dict[str, Any]) -> dict[str, Any]:
    talk.say(message)
    result: dict[str, Any] = talk.hear_answer(message["id"])["result"]
    return result


def request(method: str, **params: object) -> dict[str, Any]:
    """Return a request as a 2025 client sends it."""
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


# ------------------------------------------------------------------------------------------- 2026-07-28


def test_a_2026_client_discovers_what_is_served(new: Talk) -> None:
    found = answer(new, modern("server/discover"))
    assert found["supportedVersions"] == ["2026-07-28"]
    assert found["capabilities"] == {"tools": {"listChanged": True}}
    assert found["instructions"].startswith("Every tool here answers whole or not at all.")
    assert found["ttlMs"] == 5_000


def test_a_2026_list_may_be_kept_for_seconds_and_not_shared(new: Talk) -> None:
    listed = answer(new, modern("tools/list"))
    assert (listed["ttlMs"], listed["cacheScope"], listed["resultType"]) == (5_000, "private", "complete")
    assert len(listed["tools"]) == 7


@pytest.mark.parametrize("tool", ["tickets", "short"])
def test_a_2026_result_is_complete_and_says_who_answers(new: Talk, tool: str) -> None:
    result = answer(new, modern("tools/call", name=tool, arguments={}))
    assert result.keys() == {"content", "structuredContent", "isError", "resultType", "_meta"}
    assert result["resultType"] == "complete"
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "unabridged"


@pytest.mark.requirement("M4")
@pytest.mark.parametrize("tool", ["tickets", "short"])
def test_a_2026_result_passes_the_protocol_s_own_check(new: Talk, tool: str) -> None:
    result = answer(new, modern("tools/call", name=tool, arguments={}))
    assert serialize_server_result("tools/call", "2026-07-28", result) == result


def test_a_2026_connection_refuses_the_handshake_of_2025(new: Talk) -> None:
    new.say(INITIALIZE)
    assert new.hear_answer("init")["error"]["code"] == -32022


def test_a_revision_that_nobody_knows_is_refused_with_those_that_are_served(new: Talk) -> None:
    message = modern("tools/list")
    message["params"]["_meta"] = {**META, "io.modelcontextprotocol/protocolVersion": "2031-01-01"}
    new.say(message)
    error = new.hear_answer(1)["error"]
    assert (error["code"], error["data"]["supported"]) == (-32022, ["2026-07-28"])


def test_a_2026_client_may_listen_for_changes_of_the_list(new: Talk) -> None:
    new.say(modern("subscriptions/listen", request="ears", notifications={"toolsListChanged": True}))
    assert new.hear()["method"] == "notifications/subscriptions/acknowledged"
    new.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "ears"}})
    assert answer(new, modern("tools/list"))["tools"]


# ------------------------------------------------------------------------------------------- 2025-11-25 and before


@pytest.mark.requirement("M4")
@pytest.mark.parametrize("tool", ["tickets", "short"])
def test_a_2025_result_passes_the_protocol_s_own_check(old: Talk, tool: str) -> None:
    result = answer(old, request("tools/call", name=tool, arguments={}))
    sieved = serialize_server_result("tools/call", "2025-11-25", result)
    assert {name: result[name] for name in sieved} == sieved
    assert "_meta" not in result


def test_a_2025_connection_refuses_the_envelope_of_2026(old: Talk) -> None:
    old.say(modern("tools/list"))
    assert old.hear_answer(1)["error"]["code"] == -32600


def test_a_2025_server_says_that_it_tells_of_changes() -> None:
    with talking() as talk:
        opening = answer(talk, INITIALIZE)
        assert opening["capabilities"]["tools"] == {"listChanged": True}
        assert opening["instructions"].startswith("Every tool here")


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18"])
def test_a_client_of_an_older_revision_gets_the_same_answer(version: str) -> None:
    with talking() as talk:
        opening = {**INITIALIZE, "params": {**INITIALIZE["params"], "protocolVersion": version}}
        assert answer(talk, opening)["protocolVersion"] == version
        talk.say(INITIALIZED)
        assert len(answer(talk, request("tools/list"))["tools"]) == 7
        result = answer(talk, request("tools/call", name="tickets", arguments={}))
        assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


# ------------------------------------------------------------------------------------------- both


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_many_tools_come_in_pages_and_a_cursor_that_was_not_given_out_is_refused(mode: Any) -> None:
    many = service(*(contract(f"t{number:04}") for number in range(600)))
    with anyio.fail_after(30):
        async with Client(build(many), mode=mode) as client:
            first = await client.list_tools()
            second = await client.list_tools(cursor=first.next_cursor)
            with pytest.raises(MCPError, match="Invalid cursor"):
                await client.list_tools(cursor=base64.b64encode(b"page:7").decode())
    assert (len(first.tools), len(second.tools), second.next_cursor) == (500, 107, None)
