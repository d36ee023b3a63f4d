"""A simulated service that walks honestly and fails at random, from one seed: clock, chance and faults are all its own.

`simulate(seed)` runs one call and tells what came of it.  The same seed gives the same run, so that every failure can be
run again alone: `uv run python -c "import anyio; from tests.simulation import simulate; print(anyio.run(simulate, 42))"`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tests.scripted import World, answer, contract, query
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Json, Outcome, Request, Response

__all__ = ["Run", "simulate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One simulated call: what it was, and what came of it."""

    seed: int
    kind: str
    count: int
    told: tuple[str, ...]
    answered: Answer
    delivered: Json
    truth: Json
    world: World
    contract: Contract


Body = dict[str, Any]
Lie = Callable[[Random, Body], Outcome]


def _without(name: str) -> Lie:
    return lambda random, body: answer({key: value for key, value in body.items() if key != name})


def _with(name: str, value: Json) -> Lie:
    return lambda random, body: answer({**body, name: value})


def _dropped(random: Random, body: Body) -> Outcome:
    rows = list(body["rows"])
    if rows:
        rows.pop(random.randrange(len(rows)))
    return answer({**body, "rows": rows})


def _doubled(random: Random, body: Body) -> Outcome:
    rows = list(body["rows"])
    return answer({**body, "rows": rows + rows[:1]})


def _null_row(random: Random, body: Body) -> Outcome:
    return answer({**body, "rows": [*body["rows"], None]})


def _cut(random: Random, body: Body) -> Outcome:
    content = json.dumps(body).encode()
    return replace(answer(body), content=content[: random.randrange(len(content))])


LIES: dict[str, Lie] = {
    "rows missing": _without("rows"),
    "rows null": _with("rows", None),
    "rows empty": _with("rows", []),
    "total missing": _without("total"),
    "total grown": lambda random, body: answer({**body, "total": body["total"] + 1}),
    "more missing": _without("more"),
    "more false": _with("more", False),
    "more true": _with("more", True),
    "next missing": _without("next"),
    "next null": _with("next", None),
    "next the same": _with("next", "1"),
    "a row dropped": _dropped,
    "a row doubled": _doubled,
    "a null row": _null_row,
    "cut json": _cut,
    "empty object": lambda random, body: answer({}),
    "error in 200": lambda random, body: answer({"error": "overloaded"}),
    "html": lambda random, body: replace(answer("x"), headers=(("content-type", "text/html"),)),
    "503": lambda random, body: answer({}, status=503),
    "429": lambda random, body: answer({}, status=429, fields={"retry-after": str(random.randrange(20))}),
    "401": lambda random, body: answer({}, status=401),
    "206": lambda random, body: answer(body, status=206),
    "cut body": lambda random, body: Fault(kind="truncated", code="truncated_body", sent="maybe", detail="cut"),
    "refused": lambda random, body: Fault(kind="connect", code="unreachable", sent="never", detail="refused"),
    "surplus": lambda random, body: Fault(kind="protocol", code="surplus_bytes", sent="maybe", detail="surplus"),
}

SENDS = {"cursor": "after", "keyset": "after", "offset": "offset", "page": "page", "next_url": "after", "link": "after"}


def _walk(kind: str, random: Random) -> dict[str, Any]:
    sized = {"page_size": {"send": "query:n", "ask": 5}}
    send = {"send": f"query:{SENDS[kind]}"}
    match kind:
        case "cursor":
            return {"kind": kind, "more": "/more", "next": "/next", **send, **sized}
        case "keyset":
            return {"kind": kind, "more": "/more", "key": "/id", **send, **sized}
        case "next_url":
            return {"kind": kind, "next": "/next", **sized}
        case "link":
            licence = {"documented": "https://desk.test/docs", "liveness": "required"}
            return {"kind": kind, "end": {"next": {"value": "continue", "absent": "end"}}, "absence": licence, **sized}
        case _:
            return {"kind": kind, **send, **sized}


class Service:
    """Serves *count* rows, *size* to a page, and lies on chosen requests."""

    def __init__(self, kind: str, count: int, size: int, random: Random, rate: float) -> None:
        self.kind, self.size, self.random, self.rate = kind, size, random, rate
        self.rows: list[Json] = [{"id": str(number + 1), "n": number} for number in range(count)]
        self.told: list[str] = []

    def __call__(self, request: Request) -> Outcome:
        body, headers = self._honest(request)
        if self.random.random() >= self.rate:
            return answer(body, fields=headers)
        name = self.random.choice(list(LIES))
        self.told.append(name)
        outcome = LIES[name](self.random, body)
        return (
            replace(outcome, headers=outcome.headers + tuple(headers.items()))
            if isinstance(outcome, Response)
            else outcome
        )

    def _honest(self, request: Request) -> tuple[Body, dict[str, str]]:
        asked = query(request)
        size = min(self.size, int(asked.get("n", "5")))
        number = int(asked.get(SENDS[self.kind], 1 if self.kind == "page" else 0))
        start = (number - 1) * size if self.kind == "page" else number
        end = start + size
        more = end < len(self.rows)
        url = f"https://desk.test/rows?after={end}&n={size}"
        onward: Json = (url if self.kind == "next_url" else str(end)) if more else None
        headers = {"link": f'<{url}>; rel="next"'} if self.kind == "link" and more else {}
        return {"rows": self.rows[start:end], "total": len(self.rows), "more": more, "next": onward}, headers


async def simulate(seed: int) -> Run:
    """Run one call against a service that lies by *seed*."""
    random = Random(seed)
    kind = random.choice(list(SENDS))
    count = random.choice([0, 1, 4, 5, 6, 23, 57])
    service = Service(kind, count, random.choice([2, 5]), random, random.choice([0.0, 0.02, 0.15, 0.5, 1.0]))
    promised = contract(
        request={"url": "https://desk.test/rows"},
        response={"items": {"at": "/rows", "id": "/id"}},
        walk=_walk(kind, random),
        complete={"require": "counted", "total": {"at": "/total"}},
        policy={"deadline": 60, "in_flight": random.choice([1, 3])},
    )
    costs = random.choice([0.0, 0.5, 14.0])
    world = World(service, costs=lambda request: costs * random.random())
    answered = await world.call(promised)
    delivered: Json = None
    if isinstance(answered, Delivered):
        delivered = json.loads(b"".join(answered.payload.chunks()))
        answered.payload.close()
    return Run(
        seed=seed,
        kind=kind,
        count=count,
        told=tuple(service.told),
        answered=answered,
        delivered=delivered,
        truth=service.rows,
        world=world,
        contract=promised,
    )
