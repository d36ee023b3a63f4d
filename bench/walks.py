"""Fifty pages of a service that takes 20 ms for each: sixteen in flight beside one at a time."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import anyio

from bench.desk import Keepalive, tool_file
from bench.figures import Line, spread
from bench.processes import upstream
from bench.speaking import Failure
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import Surroundings, surroundings

__all__ = ["contract", "measure"]

PAGES, SIZE, MILLISECONDS = 50, 100, 20
_FASTER = 8.0


def contract(
    origin: str, *, walk: dict[str, object], policy: dict[str, object], delay: int, keepalive: Keepalive = "call"
) -> Contract:
    """Return the contract of an offset walk over the upstream at *origin*, read from a tool file as any other."""
    query = {"limit": SIZE, "delay": delay}
    with tempfile.TemporaryDirectory(prefix="unabridged-bench-") as directory:
        file = Path(directory) / "desk.json"
        offset = {"kind": "offset", "send": "query:offset", **walk}
        text = tool_file("desk_walk", origin, query=query, walk=offset, policy=policy, keepalive=keepalive)
        file.write_text(text, encoding="utf-8")
        catalog = read([file])
    if catalog.problems:
        raise Failure("\n".join(map(str, catalog.problems)))
    return catalog.contracts[0]


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Walk with each number of pages in flight, in *rounds* interleaved rounds."""
    say(f"walks of {PAGES} pages, {MILLISECONDS} ms each")
    with upstream() as origin:
        taken = anyio.run(_rounds, origin, rounds)
    ratio = [one / several for one, several in zip(taken[1], taken[16], strict=True)]
    subject = f"{PAGES} pages at {MILLISECONDS} ms"
    return [
        Line(subject=subject, figure="16 in flight, times faster than 1", measured=spread(ratio), at_least=_FASTER),
        *(
            Line(
                subject=subject, figure=f"{flight} in flight", unit="ms", measured=spread([one * 1000 for one in times])
            )
            for flight, times in taken.items()
        ),
    ]


async def _rounds(origin: str, rounds: int) -> dict[int, list[float]]:
    around = surroundings({})
    contracts = {
        flight: contract(origin, walk={}, policy={"in_flight": flight}, delay=MILLISECONDS) for flight in (1, 4, 16)
    }
    taken: dict[int, list[float]] = {flight: [] for flight in contracts}
    for _ in range(rounds):
        for flight, one in contracts.items():
            taken[flight].append(await _walked(one, around))
    return taken


async def _walked(one: Contract, around: Surroundings) -> float:
    started = time.perf_counter()
    answer = await call(one, {"total": PAGES * SIZE}, surroundings=around)
    taken = time.perf_counter() - started
    if not isinstance(answer, Delivered) or answer.payload.count != PAGES * SIZE:
        raise Failure(f"the walk was not whole: {answer!r:.500}")
    answer.payload.close()
    return taken
