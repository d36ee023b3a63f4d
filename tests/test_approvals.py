"""A person's yes: asked for by both revisions over both transports, worth one call, and for nothing but what was shown."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams, ElicitResult, ErrorData

from tests.refunds import COMMAND, Shop, environment, over_http, shop, tool_file
from unabridged.schemas.answer import Answer, Asked
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.server.app import Service, build
from unabridged.server.surface import Offer, Surface
from unabridged.tools.call import call_or_ask
from unabridged.tools.catalog import read
from unabridged.tools.observer import Observer
from unabridged.tools.people import Caller
from unabridged.tools.surroundings import surroundings

Action = Literal["accept", "decline", "cancel"]
Mode = Literal["legacy", "auto"]
ORDER = {"order": "A-1", "amount": 5}


class Person:
    """Somebody who reads what is asked, and answers always the same."""

    def __init__(self, action: Action = "accept", content: dict[str, Any] | None = None) -> None:
        self.read: list[str] = []
        self.reading = anyio.Event()
        self._result = ElicitResult(action=action, content={"approve": True} if action == "accept" else content)

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult | ErrorData:
        assert isinstance(params, ElicitRequestFormParams)
        assert list(params.requested_schema["properties"]) == ["approve"]
        self.read.append(params.message)
        self.reading.set()
        return await self.answered()

    async def answered(self) -> ElicitResult | ErrorData:
        """Answer."""
        return self._result


class Absent(Person):
    """Somebody who reads, and never answers."""

    async def answered(self) -> ElicitResult | ErrorData:
        await anyio.sleep_forever()
        raise AssertionError


class Broken(Person):
    """A host that has no window to ask in after all."""

    async def answered(self) -> ElicitResult | ErrorData:
        return ErrorData(code=-32603, message="no window")


Opened = Callable[[Person | None], AbstractAsyncContextManager[Client]]


@pytest.fixture(scope="module")
def counter() -> Generator[Shop]:
    with shop() as held:
        yield held


@pytest.fixture
def upstream(counter: Shop) -> Shop:
    """The shop, of which nothing was asked yet."""
    counter.asked.clear()
    counter.refunds.clear()
    return counter


@pytest.fixture(scope="module", params=["stdio", "http"])
def transport(
    request: pytest.FixtureRequest, counter: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Any]:
    state = tmp_path_factory.mktemp("state")
    file = tool_file(state, counter.port)
    if request.param == "stdio":
        yield StdioServerParameters(command=str(COMMAND), args=["serve", str(file)], env=environment(state))
        return
    with over_http(state, file) as url:
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
    content: Any = result.structured_content
    assert isinstance(content, dict)
    return {**content}


@pytest.mark.anyio
async def test_a_person_sees_what_will_be_sent_and_their_yes_sends_it_once(opened: Opened, upstream: Shop) -> None:
    person = Person()
    async with opened(person) as client:
        result = await client.call_tool("refund", ORDER)
    assert envelope(result)["data"] == {"id": "r1", "amount": 5}
    assert envelope(result)["proof"]["approved"]["by"].startswith(("local", "anonymous"))
    assert upstream.refunds == [{"amount": 5, "order": "A-1"}]
    (read,) = person.read
    assert f"Sends: POST http://127.0.0.1:{upstream.port}/orders/A-1/refunds\n" in read
    assert '  "amount": 5' in read


def refused(result: CallToolResult) -> str:
    return str(envelope(result)["error"]["code"])


@pytest.mark.anyio
@pytest.mark.parametrize("action", ["decline", "cancel"])
async def test_a_person_who_says_no_or_closes_the_window_lets_nothing_be_sent(
    opened: Opened, upstream: Shop, action: Action
) -> None:
    async with opened(Person(action)) as client:
        assert refused(await client.call_tool("refund", ORDER)) == "approval_declined"
    assert upstream.refunds == []


@pytest.mark.anyio
async def test_a_client_that_cannot_ask_gets_the_reason_and_nothing_is_sent(opened: Opened, upstream: Shop) -> None:
    async with opened(None) as client:
        error = envelope(await client.call_tool("refund", ORDER))["error"]
    assert error["code"] == "approval_unavailable"
    assert "elicitation" in error["message"]
    assert upstream.refunds == []


@pytest.mark.anyio
async def test_a_person_releases_an_answer_and_the_proof_says_so(opened: Opened, upstream: Shop) -> None:
    person = Person()
    async with opened(person) as client:
        content = envelope(await client.call_tool("search"))
    assert content["status"] == "complete"
    assert content["proof"]["released"]["codes"] == ["low_relevance"]
    assert "Lacks: low_relevance" in person.read[0]
    assert upstream.asked == ["GET /search"]


@pytest.mark.anyio
async def test_two_calls_are_two_questions(opened: Opened, upstream: Shop) -> None:
    person = Person()
    async with opened(person) as client, anyio.create_task_group() as group:
        for order in ("A-1", "A-2"):
            group.start_soon(client.call_tool, "refund", {"order": order, "amount": 5})
    assert sorted(refund["order"] for refund in upstream.refunds) == ["A-1", "A-2"]
    assert len(person.read) == 2


@pytest.mark.anyio
async def test_a_caller_who_leaves_while_a_person_thinks_leaves_nothing_behind(opened: Opened, upstream: Shop) -> None:
    person = Absent()
    async with opened(person) as client:
        with anyio.move_on_after(30) as waiting:
            async with anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "refund", ORDER)
                await person.reading.wait()
                group.cancel_scope.cancel()
        assert not waiting.cancelled_caught
        assert envelope(await client.call_tool("plain"))["status"] == "complete"
    assert upstream.refunds == []


# ------------------------------------------------------------------------------------------- 2025: the call waits


@pytest.fixture(params=["stdio", "http"])
def hasty(request: pytest.FixtureRequest, upstream: Shop, tmp_path: Path) -> Generator[Any]:
    """A server whose questions are soon over."""
    file = tool_file(tmp_path, upstream.port, approval={"expires": "PT0.3S"})
    if request.param == "stdio":
        yield StdioServerParameters(command=str(COMMAND), args=["serve", str(file)], env=environment(tmp_path))
        return
    with over_http(tmp_path, file) as url:
        yield url


@pytest.mark.anyio
async def test_a_question_that_nobody_answers_is_over_and_nothing_is_sent(hasty: Any, upstream: Shop) -> None:
    with anyio.fail_after(30):
        async with Client(hasty, mode="legacy", elicitation_callback=Absent()) as client:
            assert refused(await client.call_tool("refund", ORDER)) == "approval_stale"
    assert upstream.refunds == []


@pytest.mark.anyio
async def test_a_host_that_has_no_window_after_all_lets_nothing_be_sent(transport: Any, upstream: Shop) -> None:
    with anyio.fail_after(30):
        async with Client(transport, mode="legacy", elicitation_callback=Broken()) as client:
            assert refused(await client.call_tool("refund", ORDER)) == "approval_unavailable"
    assert upstream.refunds == []


class Meanwhile(Person):
    """Somebody who says yes after something has changed."""

    def __init__(self, change: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._change = change

    async def answered(self) -> ElicitResult | ErrorData:
        await self._change()
        return await super().answered()


def offering(offer: Offer) -> Service:
    """What serves *offer* in this process, with the real engine."""

    async def ask(
        promise: Contract, arguments: Mapping[str, Json], observer: Observer, caller: Caller
    ) -> Answer | Asked:
        around = replace(surroundings({}), observer=observer, tools=offer.now.tools)
        return await call_or_ask(promise, arguments, surroundings=around, caller=caller)

    return Service(offer=offer, call=ask, kept=lambda _: None, version="1")


def surface(path: Path) -> Surface:
    return Surface({one.name: one for one in read((path,)).contracts})


@pytest.mark.anyio
@pytest.mark.requirement("G38")
async def test_a_tool_that_is_withdrawn_while_the_call_waits_is_not_sent(upstream: Shop, tmp_path: Path) -> None:
    offer = Offer(surface(tool_file(tmp_path, upstream.port)))
    left = Surface({name: one for name, one in offer.now.contracts.items() if name != "refund"})
    person = Meanwhile(partial(offer.change, left))
    async with Client(build(offering(offer)), mode="legacy", elicitation_callback=person) as client:
        error = envelope(await client.call_tool("refund", ORDER))["error"]
    assert (error["code"], "withdrawn" in error["message"], len(person.read)) == ("approval_stale", True, 1)
    assert upstream.asked == []


@pytest.mark.anyio
@pytest.mark.requirement("G38")
async def test_what_was_shown_is_sent_where_the_definition_changes_while_the_call_waits(
    upstream: Shop, tmp_path: Path
) -> None:
    path = tool_file(tmp_path, upstream.port)
    offer = Offer(surface(path))
    path.write_text(path.read_text().replace("/orders/", "/elsewhere/"))
    person = Meanwhile(partial(offer.change, surface(path)))
    async with Client(build(offering(offer)), mode="legacy", elicitation_callback=person) as client:
        assert envelope(await client.call_tool("refund", ORDER))["status"] == "complete"
    assert "/orders/A-1/refunds" in person.read[0]
    assert upstream.asked == ["POST /orders/A-1/refunds"]
