"""A person's yes: asked for by both revisions over both transports, worth one call, and for nothing but what was shown."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitResult

from tests.refunds import COMMAND, Shop, environment, over_http, shop, tool_file

Action = Literal["accept", "decline", "cancel"]
Mode = Literal["legacy", "auto"]
ORDER = {"order": "A-1", "amount": 5}


class Person:
    """Somebody who reads what is asked, and answers always the same."""

    def __init__(self, action: Action = "accept", content: dict[str, Any] | None = None) -> None:
        self.read: list[str] = []
        self._result = ElicitResult(action=action, content={"approve": True} if content is None else content)

    async def __call__(self, _: Any, params: Any) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        assert list(params.requested_schema["properties"]) == ["approve"]
        self.read.append(params.message)
        return self._result


Opened = Callable[[Person | None], AbstractAsyncContextManager[Client]]


@pytest.fixture
def upstream() -> Generator[Shop]:
    with shop() as held:
        yield held


@pytest.fixture(params=["stdio", "http"])
def transport(request: pytest.FixtureRequest, upstream: Shop, tmp_path: Path) -> Generator[Any]:
    file = tool_file(tmp_path, upstream.port)
    if request.param == "stdio":
        yield StdioServerParameters(command=str(COMMAND), args=["serve", str(file)], env=environment(tmp_path))
        return
    with over_http(tmp_path, file) as url:
        yield url


@pytest.fixture(params=["legacy", "auto"])
def opened(request: pytest.FixtureRequest, transport: Any) -> Opened:
    @asynccontextmanager
    async def open_client(person: Person | None) -> AsyncGenerator[Client]:
        with anyio.fail_after(30):
            async with Client(transport, mode=request.param, elicitation_callback=person) as client:
                yield client

    return open_client


def envelope(result: CallToolResult) -> dict[str, Any]:
    assert result.structured_content is not None
    return result.structured_content


@pytest.mark.anyio
async def test_a_person_sees_what_will_be_sent_and_their_yes_sends_it_once(opened: Opened, upstream: Shop) -> None:
    person = Person()
    async with opened(person) as client:
        result = await client.call_tool("refund", ORDER)
    assert envelope(result)["data"] == {"id": "r1", "amount": 5}
    assert upstream.refunds == [{"amount": 5, "order": "A-1"}]
    (read,) = person.read
    assert f"Sends: POST http://127.0.0.1:{upstream.port}/orders/A-1/refunds\n" in read
    assert '  "amount": 5' in read
