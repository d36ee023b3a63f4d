"""What happens around a call: receipts, incidents, spans, and payloads that are given back."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp_types import CallToolResult
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext

from tests.served import Content, contract, receipt, service
from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.verdict import Finding, Incomplete
from unabridged.schemas.wire import Json
from unabridged.server.app import Service, build
from unabridged.server.surface import Offer, Surface
from unabridged.tools.observer import Observer
from unabridged.tools.people import Caller


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Counted:
    """A payload that counts how often it was given back."""

    def __init__(self, content: bytes) -> None:
        self.count = 1
        self.size = len(content)
        self.closed = 0
        self._content = content

    def chunks(self) -> Any:
        yield self._content

    def close(self) -> None:
        self.closed += 1


def forgotten(_: Answer) -> None:
    """Keep nothing."""


def serving(answer: Answer, *, kept: Callable[[Answer], None] = forgotten, budget: int = 45_000) -> Service:
    async def call(promise: Contract, arguments: Mapping[str, Json], observer: Observer, _: Caller) -> Answer:
        return answer

    return Service(
        offer=Offer(Surface({"tickets": contract("tickets")})), call=call, kept=kept, version="1", budget=budget
    )


async def called(served: Service, tool: str = "tickets") -> CallToolResult:
    with anyio.fail_after(20):
        async with Client(build(served)) as client:
            return await client.call_tool(tool, {})


def delivered(content: bytes = b"[1]") -> Delivered:
    return Delivered(payload=Counted(content), receipt=receipt(contract("tickets")))


@pytest.mark.requirement("C3")
@pytest.mark.anyio
async def test_every_answer_is_kept_before_the_client_has_it() -> None:
    kept: list[Answer] = []
    answer = delivered()
    await called(serving(answer, kept=kept.append))
    assert kept == [answer]


@pytest.mark.anyio
async def test_what_is_kept_of_an_answer_that_is_too_large_is_its_refusal() -> None:
    kept: list[Answer] = []
    await called(serving(delivered(b"[" + b"1" * 9999 + b"]"), kept=kept.append, budget=9000))
    (answer,) = kept
    assert isinstance(answer, Withheld)
    assert answer.receipt.findings[-1].code == "too_large"


@pytest.mark.anyio
async def test_a_client_that_gave_no_argument_is_not_told_to_check_them() -> None:
    finding = Finding(code="request_rejected", message="The request is rejected.")
    refused = Withheld(verdict=Incomplete(findings=(finding,)), receipt=receipt(contract("tickets")))
    told = (await called(serving(refused))).structured_content
    assert told is not None
    assert told["error"]["fix"].startswith("No argument was given")


@pytest.mark.anyio
async def test_an_answer_whose_receipt_cannot_be_kept_is_still_delivered(caplog: pytest.LogCaptureFixture) -> None:
    def kept(_: Answer) -> None:
        raise OSError("the disk is full of hunter2")

    result = await called(serving(delivered(), kept=kept))
    assert result.is_error is False
    assert "rc_7Q2M could not be kept: OSError" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.anyio
@pytest.mark.parametrize("content", [b"[1]", b"[" + b"1" * 9999 + b"]", b"[1\n]"])
async def test_a_payload_is_given_back_however_the_call_ends(content: bytes) -> None:
    payload = Counted(content)
    await called(serving(Delivered(payload=payload, receipt=receipt(contract("tickets"))), budget=9000))
    assert payload.closed > 0


@pytest.mark.anyio
async def test_a_payload_that_would_break_the_framing_is_withheld() -> None:
    result = await called(serving(delivered(b"[1\n]")))
    assert result.is_error is True
    assert result.structured_content["error"]["code"] == "internal_error"


@pytest.mark.requirement("G37")
@pytest.mark.anyio
async def test_an_incident_is_logged_with_its_place_and_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        result = await called(service(), "broken")
    incident = result.structured_content["error"]["message"].split()[-1].rstrip(".")
    (record,) = caplog.records
    assert f"incident {incident} in broken: RuntimeError" in record.getMessage()
    assert "served.py" in record.getMessage()
    assert record.exc_info is None


class Recorded(NonRecordingSpan):
    """A span that remembers its attributes."""

    def __init__(self) -> None:
        super().__init__(SpanContext(trace_id=1, span_id=1, is_remote=False))
        self.attributes: dict[str, object] = {}

    def set_attribute(self, key: str, value: object) -> None:
        self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        self.attributes.update(attributes)


@pytest.mark.anyio
async def test_the_current_span_learns_how_the_call_went() -> None:
    span = Recorded()
    answers = build(service())

    async def in_span(ctx: Any, call_next: Any) -> Any:
        with trace.use_span(span):
            return await call_next(ctx)

    answers.middleware.append(in_span)
    with anyio.fail_after(20):
        async with Client(answers) as client:
            await client.call_tool("short", {})
    assert span.attributes == {
        "unabridged.tool": "short",
        "unabridged.grade": "counted",
        "unabridged.pages": 2,
        "unabridged.attempts": 3,
        "unabridged.receipt": "rc_7Q2M",
        "unabridged.code": "total_mismatch",
    }


@pytest.mark.anyio
async def test_arguments_reach_the_call_and_their_absence_is_an_empty_object() -> None:
    seen: list[Mapping[str, Json]] = []

    async def call(promise: Contract, arguments: Mapping[str, Json], observer: Observer, _: Caller) -> Answer:
        seen.append(arguments)
        return Delivered(payload=Content(b"[]", 0), receipt=receipt(promise))

    served = Service(offer=Offer(Surface({"tickets": contract("tickets")})), call=call, kept=forgotten, version="1")
    with anyio.fail_after(20):
        async with Client(build(served)) as client:
            await client.call_tool("tickets", {"status": "open"})
            await client.call_tool("tickets")
    assert json.dumps(seen) == '[{"status": "open"}, {}]'
