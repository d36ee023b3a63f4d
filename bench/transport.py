"""One request and its answer, nothing else: the verifying transport beside a pooled httpx2 client in the same process."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

import anyio
import httpx2

from bench.desk import Keepalive
from bench.figures import Line, spread
from bench.processes import upstream
from bench.speaking import Failure
from bench.walks import contract
from unabridged.schemas.wire import Request, Response
from unabridged.tools.upstreams import Upstreams

__all__ = ["measure"]

_SIZES: Mapping[str, int] = {"0.5 KB": 1, "50 KB": 100, "500 KB": 1000}
_CALLS: Mapping[str, int] = {"0.5 KB": 40, "50 KB": 20, "500 KB": 5}
_POOLED = "pooled httpx2"

Ask = Callable[[str], Awaitable[int]]
"""Ask one URL and return how many bytes of content came."""


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Compare the CPU time of one request, in *rounds* interleaved rounds for each size."""
    say("one request of the transport")
    with upstream() as origin:
        taken = anyio.run(_rounds, origin, rounds)
    lines: list[Line] = []
    for size in _SIZES:
        pooled = taken[size][_POOLED]
        for name in ("a connection for each call", "connections kept"):
            ratio = spread([ours / theirs for ours, theirs in zip(taken[size][name], pooled, strict=True)])
            lines.append(Line(subject=f"one GET, {size}", figure=f"CPU / {_POOLED}, {name}", measured=ratio))
    return lines


async def _rounds(origin: str, rounds: int) -> dict[str, dict[str, list[float]]]:
    async with httpx2.AsyncClient() as client:
        ways = {"a connection for each call": _ours(origin, "call"), "connections kept": _ours(origin, "trusted")}
        asking = {**ways, _POOLED: _pooled(client)}
        taken: dict[str, dict[str, list[float]]] = {size: {name: [] for name in asking} for size in _SIZES}
        for number in range(-2, rounds):
            for size, count in _SIZES.items():
                for name, ask in asking.items():
                    seconds = await _cpu_of(ask, f"{origin}/items?total={count}", _CALLS[size], count)
                    if number >= 0:
                        taken[size][name].append(seconds)
    return taken


async def _cpu_of(ask: Ask, url: str, calls: int, count: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        if await ask(url) < 400 * count:
            raise Failure("the content is too short")
    return (time.process_time() - started) / calls


def _ours(origin: str, keepalive: Keepalive) -> Ask:
    one = contract(origin, walk={}, policy={}, delay=0, keepalive=keepalive)
    upstreams = Upstreams()

    async def ask(url: str) -> int:
        async with upstreams.open(one, {}) as transport:
            outcome = await transport.send(Request(method="GET", url=url), timeout=5)
        if not isinstance(outcome, Response):
            raise Failure(f"no answer: {outcome}")
        return len(outcome.content)

    return ask


def _pooled(client: httpx2.AsyncClient) -> Ask:
    async def ask(url: str) -> int:
        return len((await client.get(url)).content)

    return ask
