"""A service whose calls are small real functions, and the process that serves it: `python -m tests.served stdio`."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from unabridged.schemas.answer import Answer, Delivered, Receipt, Withheld
from unabridged.schemas.claim import Claim, Grade
from unabridged.schemas.completeness import Completeness, Total
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Evidence, Page
from unabridged.schemas.expectation import Expectation, Items
from unabridged.schemas.location import location
from unabridged.schemas.operation import Operation
from unabridged.schemas.provider import Provider
from unabridged.schemas.verdict import Finding, Incomplete, Witness
from unabridged.schemas.wire import Json
from unabridged.server.app import Service
from unabridged.server.http import serve_http
from unabridged.server.settings import SettingError, http_settings
from unabridged.server.stdio import serve_stdio
from unabridged.server.surface import Offer, Surface
from unabridged.tools.observer import Observer
from unabridged.tools.people import Caller

__all__ = ["Content", "contract", "receipt", "service"]

ELEVEN = b"[" + b",".join(b'{"id":%d,"subject":"caf\xc3\xa9 \\"quoted\\" \\u000a"}' % n for n in range(11)) + b"]"


@dataclass(frozen=True, slots=True)
class Content:
    """A payload in memory."""

    content: bytes
    count: int | None

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        yield self.content[:7]
        yield self.content[7:]

    def close(self) -> None:
        pass


def contract(name: str, **changes: object) -> Contract:
    """A contract that promises all tickets of a desk."""
    fields: dict[str, object] = {
        "name": name,
        "title": "Tickets",
        "description": "All tickets of the desk.",
        "claim": Claim("all"),
        "input": {"type": "object", "properties": {"status": {"type": "string"}, "since": {"type": "string"}}},
        "request": Operation(url="/api/tickets"),
        "response": Expectation(
            items=Items(at="/tickets", schema={"type": "object", "properties": {"id": {}, "subject": {}}})
        ),
        "complete": Completeness(require=Grade.COUNTED, total=Total(at=location("/count"))),
        "provider": Provider(name="desk", base_url="https://desk.example"),
    }
    return Contract(**{**fields, **changes})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # one fixture for all fields


def receipt(promise: Contract, **changes: object) -> Receipt:
    """How a call of *promise* went: two pages, three requests."""
    fields: dict[str, object] = {
        "id": "rc_7Q2M",
        "tool": promise.name,
        "provider": promise.provider.name,
        "claim": str(promise.claim),
        "required": promise.complete.require,
        "grade": Grade.COUNTED,
        "axes": (),
        "witnesses": (Witness(name="total", axis="cardinality", standing="corroborated", says="11 of 11"),),
        "findings": (),
        "evidence": Evidence(stopped="end"),
        "items": 11,
        "expected": 11,
        "requests": 3,
        "pages": 2,
        "contract_digest": "c" * 64,
        "payload_digest": "d" * 64,
        "as_of": 1_795_000_000.25,
        "elapsed": 0.5,
    }
    return Receipt(**{**fields, **changes})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # one fixture for all fields


def page(number: int, count: int, total: int) -> Page:
    """Return the facts of one page."""
    return Page(
        number=number,
        asked=None,
        offered=None,
        more=None,
        next=None,
        decision="continue",
        count=count,
        ids=(),
        total=total,
    )


async def _delivered(promise: Contract, _: Mapping[str, Json], observer: Observer) -> Answer:
    observer.turned(page(1, 8, 11))
    await asyncio.sleep(0)
    observer.turned(page(2, 3, 11))
    return Delivered(payload=Content(ELEVEN, 11), receipt=receipt(promise))


async def _withheld(promise: Contract, _: Mapping[str, Json], observer: Observer) -> Answer:
    finding = Finding(
        code="total_mismatch",
        message="3 of 11 items came.",
        where="body:/count",
        page=1,
        have=3,
        expected=11,
        after=2.5,
    )
    witnesses = (Witness(name="end", axis="end", standing="asserted", says="the cursor is null"),)
    return Withheld(verdict=Incomplete(findings=(finding,), witnesses=witnesses), receipt=receipt(promise, items=3))


async def _slow(promise: Contract, _: Mapping[str, Json], observer: Observer) -> Answer:
    print("slow: started", file=sys.stderr, flush=True)
    try:
        for number in range(1, 1_000):
            observer.turned(page(number, 1, 1_000))
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        print("slow: cancelled", file=sys.stderr, flush=True)
        raise
    return Delivered(payload=Content(ELEVEN, 11), receipt=receipt(promise))


async def _seconds(promise: Contract, _: Mapping[str, Json], observer: Observer) -> Answer:
    observer.turned(page(1, 8, 11))
    print("seconds: started", file=sys.stderr, flush=True)
    await asyncio.sleep(1.0)
    return Delivered(payload=Content(ELEVEN, 11), receipt=receipt(promise))


async def _broken(*_: object) -> Answer:
    raise RuntimeError("a secret that nobody may see: hunter2")


async def _large(promise: Contract, arguments: Mapping[str, Json], _: Observer) -> Answer:
    size = arguments.get("size", 0)
    assert isinstance(size, int)
    item = b'{"id":1234567890,"subject":"' + b"x" * 460 + b'"}'
    items = b"[" + b",".join([item] * (size // len(item))) + b"]"
    return Delivered(payload=Content(items, size // len(item)), receipt=receipt(promise))


async def _noisy(promise: Contract, _: Mapping[str, Json], observer: Observer) -> Answer:
    print("a stray print")
    os.write(1, b"a stray write\n")
    assert sys.stdin.read() == ""
    return await _delivered(promise, _, observer)


_Call: TypeAlias = Callable[[Contract, Mapping[str, Json], Observer], Awaitable[Answer]]

_CALLS: dict[str, _Call] = {
    "tickets": _delivered,
    "short": _withheld,
    "slow": _slow,
    "seconds": _seconds,
    "broken": _broken,
    "large": _large,
    "noisy": _noisy,
    "test_error_handling": _withheld,
}


def service(
    *more: Contract, budget: int = 45_000, tool_budget: int | None = None, pinned: Sequence[str] = ()
) -> Service:
    """Return a service with one tool for each way in which a call can go."""
    promises = {name: contract(name) for name in _CALLS if not name.startswith("test_")}
    promises |= {promise.name: promise for promise in more}

    async def call(promise: Contract, arguments: Mapping[str, Json], observer: Observer, _: Caller) -> Answer:
        return await _CALLS.get(promise.name, _delivered)(promise, arguments, observer)

    return Service(
        offer=Offer(Surface(promises, budget=tool_budget, pinned=pinned)),
        call=call,
        kept=lambda _: None,
        version="1.2.3",
        budget=budget,
    )


def diagnostic() -> tuple[Contract, ...]:
    """Return the tools that the conformance suite looks for and that a contract can be."""
    header = {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}
    address = {"$ref": "#/$defs/address"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "address",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }
        },
        "properties": {"name": {"type": "string"}, "address": address},
        "allOf": [{"anyOf": [{"required": ["name"]}, {"required": ["address"]}]}],
        "if": {"required": ["address"]},
        "then": {"required": ["name"]},
        "else": {"required": ["name"]},
        "additionalProperties": False,
    }
    return (
        contract("test_error_handling"),
        contract("test_x_mcp_header", input=header),
        contract("json_schema_2020_12_tool", input=schema),
    )


async def _serve(transport: str) -> int:
    budget = int(os.environ.get("TEST_BUDGET", "45000"))
    shown = os.environ.get("TEST_TOOL_BUDGET")
    served = service(
        *(diagnostic() if "TEST_DIAGNOSTIC" in os.environ else ()),
        budget=budget,
        tool_budget=None if shown is None else int(shown),
        pinned=os.environ.get("TEST_PINNED", "").split(),
    )
    if transport == "stdio":
        return await serve_stdio(served)
    settings = http_settings(os.environ, port=int(os.environ.get("TEST_PORT", "0")))
    try:
        return await serve_http(served, settings, listening=lambda url: print(url, flush=True))
    except SettingError as wrong:
        print(wrong, flush=True)
        return 2


if __name__ == "__main__":
    logging.basicConfig(level=os.environ.get("TEST_LOG", "INFO"), stream=sys.stderr)
    raise SystemExit(asyncio.run(_serve(sys.argv[1])))
