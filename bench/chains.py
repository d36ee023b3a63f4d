"""Whole chains of tool calls over an upstream that is right most of the time: a naive client beside Unabridged.

Every delivered answer is compared with the truth.  Ten thousand chains are run in memory, on a clock that only waiting moves;
a smaller number over real connections.  Each is one seed: the same seed gives the same chain.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Literal, TypeAlias

import anyio
import httpx2

from bench import naive
from bench.figures import Line, share
from bench.shop import TOOLS, Json, asked, contracts, leads, truth
from bench.troubles import Broken, Reply, Source, Upstream
from bench.wrongly import serving
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Outcome, Request, Response
from unabridged.tools.call import call
from unabridged.tools.shelf import MemoryShelf
from unabridged.tools.surroundings import Surroundings, surroundings

__all__ = [
    "ORIGIN",
    "POLICY",
    "Ask",
    "Ending",
    "Tally",
    "Wire",
    "around",
    "believing",
    "chain",
    "in_memory",
    "measure",
    "over_http",
    "through",
]

Ending: TypeAlias = Literal["whole", "loud", "silent"]
"""Of a chain: every answer was the true one, a call failed and said so, or an answer was wrong and nobody said so."""

Ask: TypeAlias = Callable[[str, str], Awaitable[Json]]
"""Calls a tool with a key; None where it failed and said so."""

_SETTINGS: tuple[tuple[int, float], ...] = ((5, 0.95), (6, 0.97))
_THOUSAND, _REAL = 1_000, 300
_WHOLE = 99.5  # percent, the target
ORIGIN = "https://shop.test"
POLICY: Mapping[str, Json] = {"deadline": 30, "attempt_timeout": 2}
_QUICK: Mapping[str, Json] = {"deadline": 30, "attempt_timeout": 0.5, "retry": {"base": 0.02, "cap": 0.1}}
_LOUD = (httpx2.HTTPError, ValueError, TypeError, KeyError, AttributeError)


@dataclass(slots=True)
class Tally:
    """How chains ended, and what it took."""

    ended: Counter[Ending] = field(default_factory=Counter[Ending])
    codes: Counter[str] = field(default_factory=Counter[str])
    requests: int = 0
    late: int = 0

    @property
    def total(self) -> int:
        """How many chains were run."""
        return self.ended.total()


async def chain(start: str, length: int, ask: Ask) -> Ending:
    """Call the first *length* tools, each with what the answer before it leads to, until one is not the true one."""
    key = start
    for tool in TOOLS[:length]:
        told = await ask(tool, key)
        if told is None:
            return "loud"
        if told != truth(tool, key):
            return "silent"
        key = leads(told)
    return "whole"


# ------------------------------------------------------------------------------------------ in memory


@dataclass(slots=True)
class Wire:
    """A line to the upstream, with a clock that only waiting moves."""

    upstream: Source
    random: Random
    time: float = 0.0

    def now(self) -> float:
        """Unix time, as the clock has it."""
        return 1_800_000_000.0 + self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        answered = self.upstream.answer(asked(request.url))
        self.time += timeout if answered is Broken.SILENT else min(timeout, 0.05 + 0.2 * self.random.random())
        match answered:
            case Broken.SILENT:
                return Fault(kind="timeout", code="attempt_timeout", sent="maybe", detail="no answer in time")
            case Broken.RESET | Broken.CUT:
                return Fault(kind="truncated", code="truncated_body", sent="maybe", detail="the message was cut")
            case Reply():
                return _response(answered, self.now())

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Wire]:
        yield self

    async def naively(self, request: httpx2.Request) -> httpx2.Response:
        """Answer a request of httpx2."""
        match self.upstream.answer(asked(str(request.url))):
            case Broken.SILENT:
                raise httpx2.ReadTimeout("no answer in time")
            case Broken():
                raise httpx2.RemoteProtocolError("the message was cut")
            case Reply() as reply:
                headers = {"content-type": reply.media, **dict(reply.fields)}
                return httpx2.Response(reply.status, headers=headers, content=reply.content)


def _response(reply: Reply, now: float) -> Response:
    return Response(
        status=reply.status,
        headers=(("content-type", reply.media), *reply.fields),
        content=reply.content,
        framing="content-length",
        received_at=now,
        wire_bytes=len(reply.content),
    )


def _line(seed: str, right: float) -> Wire:
    upstream = Upstream(origin=ORIGIN, right=right, random=Random(f"{seed}/upstream"), now=lambda: 0.0)
    line = Wire(upstream, Random(f"{seed}/line"))
    upstream.now = line.now
    return line


async def in_memory(chains: int, *, length: int, right: float, seed: str, client: Literal["naive", "ours"]) -> Tally:
    """Run *chains* chains of *length* calls in memory, over an upstream that is *right* for that share of calls."""
    line, tally = _line(f"{seed}/{client}", right), Tally()
    if client == "ours":
        world = around(line)
        ask = through(contracts(ORIGIN, POLICY), world, tally)
        return await _run(chains, length, f"{seed}/{client}", ask, tally)
    transport = httpx2.MockTransport(line.naively)
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        return await _run(chains, length, f"{seed}/{client}", believing(http), tally)


async def _run(chains: int, length: int, seed: str, ask: Ask, tally: Tally) -> Tally:
    for number in range(chains):
        tally.ended[await chain(f"{seed}/{number}".replace("/", "-"), length, ask)] += 1
    return tally


def around(line: Wire) -> Surroundings:
    """The world of calls over *line*: every clock is its own."""
    numbers = count(1)
    return Surroundings(
        open_transport=line.open,
        environment={},
        random=line.random.random,
        identify=lambda: f"call-{next(numbers)}",
        clock=lambda: line.time,
        now=line.now,
        sleep=line.sleep,
        shelf=MemoryShelf(clock=line.now),
        places=MemoryShelf(clock=line.now),
    )


def through(tools: Mapping[str, Contract], world: Surroundings, tally: Tally) -> Ask:
    """Ask through the engine, and count what it took."""

    async def ask(tool: str, key: str) -> Json:
        answer = await call(tools[tool], {"key": key}, surroundings=world)
        tally.requests += answer.receipt.requests
        tally.late += answer.receipt.elapsed > tools[tool].policy.deadline + 0.1
        if not isinstance(answer, Delivered):
            tally.codes[answer.verdict.findings[0].code] += 1
            return None
        content = b"".join(answer.payload.chunks())
        answer.payload.close()
        return json.loads(content)

    return ask


def believing(http: httpx2.AsyncClient) -> Ask:
    """Ask naively: what raises is loud, and everything else is an answer."""

    async def ask(tool: str, key: str) -> Json:
        try:
            told = await naive.ask(http, tool, key)
        except _LOUD:
            return None
        return {} if told is None else told

    return ask


# ------------------------------------------------------------------------------------------ over real connections


async def over_http(chains: int, *, length: int, right: float, seed: str, client: Literal["naive", "ours"]) -> Tally:
    """Run *chains* chains over real connections on this machine, through the real transport."""
    tally = Tally()
    async with serving(right=right, seed=f"{seed}/{client}") as origin:
        if client == "ours":
            ask = through(contracts(origin, _QUICK), surroundings({}), tally)
            return await _run(chains, length, f"{seed}-{client}", ask, tally)
        async with httpx2.AsyncClient(base_url=origin, timeout=0.5) as http:
            return await _run(chains, length, f"{seed}-{client}", believing(http), tally)


# ------------------------------------------------------------------------------------------ figures


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Run *rounds* thousand chains of each setting in memory, and 300 over real connections."""
    lines: list[Line] = []
    for length, right in _SETTINGS:
        for client in ("naive", "ours"):
            say(f"{rounds},000 chains of {length} calls, right {right:.0%} of the time, {client}")
            tally = anyio.run(_thousands, rounds, length, right, client)
            lines += _told(tally, length, right, client, "in memory")
            say(f"{_REAL} chains of {length} calls over HTTP, {client}")
            tally = anyio.run(_real, length, right, client)
            lines += _told(tally, length, right, client, "over HTTP")
    return lines


async def _thousands(rounds: int, length: int, right: float, client: Literal["naive", "ours"]) -> Tally:
    return await in_memory(rounds * _THOUSAND, length=length, right=right, seed=f"{length}", client=client)


async def _real(length: int, right: float, client: Literal["naive", "ours"]) -> Tally:
    return await over_http(_REAL, length=length, right=right, seed=f"{length}", client=client)


def _told(tally: Tally, length: int, right: float, client: str, where: str) -> list[Line]:
    name = "httpx2, naive" if client == "naive" else "Unabridged"
    subject = f"{tally.total:,} chains of {length}, {right:.0%} right, {where}"
    whole = share(tally.ended["whole"], tally.total)
    if client == "naive":
        expected = f"{name}: whole (by arithmetic {100 * right**length:.1f})"
        return [Line(subject=subject, figure=expected, measured=whole, unit="%")]
    silent = share(tally.ended["silent"], tally.total)
    late = share(tally.late, tally.total)
    return [
        Line(subject=subject, figure=f"{name}: whole", measured=whole, unit="%", at_least=_WHOLE),
        Line(subject=subject, figure=f"{name}: silently wrong", measured=silent, unit="%", at_most=0.0),
        Line(subject=subject, figure=f"{name}: calls over their deadline", measured=late, unit="%", at_most=0.0),
    ]
