"""A transport that answers from a script: the core's tests have no socket, no clock and no wait.

A script is a function from a request to an outcome.  `Waits` is a clock that only moves when somebody sleeps.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import TypeAdapter

from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Json, Outcome, Request, Response
from unabridged.tools.call import call
from unabridged.tools.observer import Observer, Silent
from unabridged.tools.surroundings import Surroundings

Script = Callable[[Request], Outcome]

_CONTRACT = TypeAdapter(Contract)


def contract(**parts: Any) -> Contract:
    """A cursor walk over tickets with a total, but for *parts*."""
    whole: dict[str, Any] = {
        "name": "list_tickets",
        "description": "All tickets.",
        "claim": "all",
        "input": {"type": "object", "properties": {}, "additionalProperties": False},
        "request": {"url": "https://desk.test/tickets"},
        "response": {"items": {"at": "/tickets", "id": "/id"}},
        "walk": {"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after"},
        "complete": {"require": "counted", "total": {"at": "/count"}},
        "provider": {"name": "desk", "base_url": "https://desk.test"},
    }
    return _CONTRACT.validate_python({**whole, **parts})


def answer(body: Json, *, status: int = 200, fields: Mapping[str, str] | None = None) -> Response:
    """A whole JSON response; *fields* are laid over its header."""
    fields = {"content-type": "application/json", **(fields or {})}
    content = json.dumps(body).encode()
    return Response(
        status=status,
        headers=tuple(fields.items()),
        content=content,
        framing="content-length",
        received_at=1_000_000.0,
        wire_bytes=len(content),
    )


def query(request: Request) -> Mapping[str, str]:
    """The last value of each query parameter."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(request.url).query, keep_blank_values=True).items()}


@dataclass(slots=True)
class World:
    """A clock that only sleepers move, and everything that was sent and waited for."""

    script: Script
    time: float = 0.0
    costs: Callable[[Request], float] = lambda request: 0.0
    sent: list[Request] = field(default_factory=list[Request])
    waits: list[float] = field(default_factory=list[float])

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.sent.append(request)
        cost = self.costs(request)
        self.time += min(cost, timeout)
        if cost > timeout:
            return Fault(kind="timeout", code="attempt_timeout", sent="maybe", detail="no answer in time")
        return self.script(request)

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[World]:
        yield self

    def surroundings(self, observer: Observer | None = None, **environment: str) -> Surroundings:
        return Surroundings(
            open_transport=self.open,
            environment=environment,
            random=lambda: 0.5,
            identify=lambda: "receipt-1",
            clock=lambda: self.time,
            now=lambda: 1_000_000.0 + self.time,
            sleep=self.sleep,
            observer=observer or Silent(),
        )

    async def call(self, contract: Contract, **arguments: Json) -> Answer:
        return await call(contract, arguments, surroundings=self.surroundings())


def content(delivered: Answer) -> bytes:
    """The bytes of a delivered answer."""
    assert isinstance(delivered, Delivered), delivered
    whole = b"".join(delivered.payload.chunks())
    delivered.payload.close()
    return whole


def items(delivered: Answer) -> list[Any]:
    """The items of a delivered answer."""
    return list(json.loads(content(delivered)))


def code(withheld: Answer) -> str:
    """The first reason of a withheld answer."""
    assert not isinstance(withheld, Delivered), items(withheld)
    return withheld.verdict.findings[0].code
