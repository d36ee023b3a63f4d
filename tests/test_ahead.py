"""Pages that can be addressed up front are sent ahead: a bounded number at once, each once, and none that nobody asks for."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import anyio.lowlevel
import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Fault, Json, Outcome, Request
from unabridged.tools.ahead import sending_ahead
from unabridged.tools.call import call

pytestmark = pytest.mark.anyio

SIZE, MANY = 5, 200


@dataclass(slots=True)
class Busy:
    """A world that takes a while: it counts what is under way at once, and what was dropped before it was answered."""

    world: World
    under_way: int = 0
    most: int = 0
    dropped: int = 0
    order: list[int] = field(default_factory=list[int])

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        self.order.append(int(query(request)["offset"]))
        try:
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            return await self.world.send(request, timeout=timeout)
        except anyio.get_cancelled_exc_class():
            self.dropped += 1
            raise
        finally:
            self.under_way -= 1

    @asynccontextmanager
    async def open(self, contract: Contract, environment: Mapping[str, str]) -> AsyncGenerator[Busy]:
        yield self


def rows(request: Request, *, total: int = MANY, size: int = SIZE) -> Outcome:
    start = int(query(request)["offset"])
    numbers: list[Json] = [{"id": number} for number in range(start, min(start + size, total))]
    return answer({"tickets": numbers, "count": total})


def offset_walk(in_flight: int, **parts: Any) -> Contract:
    walk = {"kind": "offset", "send": "query:offset"}
    return contract(walk=walk, policy={"in_flight": in_flight}, **parts)


@pytest.mark.parametrize("in_flight", [1, 2, 4, 16])
async def test_as_many_pages_are_under_way_at_once_as_the_policy_allows(in_flight: int) -> None:
    busy = Busy(World(rows))
    surroundings = replace(busy.world.surroundings(), open_transport=busy.open)

    answered = await call(offset_walk(in_flight), {}, surroundings=surroundings)

    assert [item["id"] for item in items(answered)] == list(range(MANY))
    assert busy.most == in_flight


async def test_each_page_is_asked_for_once() -> None:
    busy = Busy(World(rows))
    surroundings = replace(busy.world.surroundings(), open_transport=busy.open)

    await call(offset_walk(8), {}, surroundings=surroundings)

    assert sorted(busy.order) == list(range(0, MANY, SIZE))
    assert busy.dropped == 0


async def test_what_was_sent_ahead_of_a_page_that_cannot_be_had_is_dropped() -> None:
    def broken(request: Request) -> Outcome:
        return answer({}, status=404) if query(request)["offset"] == "10" else rows(request)

    busy = Busy(World(broken))
    surroundings = replace(busy.world.surroundings(), open_transport=busy.open)

    withheld = await call(offset_walk(8), {}, surroundings=surroundings)

    assert code(withheld) == "not_found"
    assert busy.under_way == 0
    assert len(busy.order) < MANY // SIZE


async def test_pages_behind_a_page_that_is_shorter_than_planned_are_asked_for_where_it_ended() -> None:
    def uneven(request: Request) -> Outcome:
        return rows(request, size=3 if query(request)["offset"] == "10" else SIZE)

    busy = Busy(World(uneven))
    surroundings = replace(busy.world.surroundings(), open_transport=busy.open)

    answered = await call(offset_walk(4), {}, surroundings=surroundings)

    assert [item["id"] for item in items(answered)] == list(range(MANY))
    assert 13 in busy.order


async def test_a_page_that_failed_ahead_is_asked_for_again() -> None:
    refused: list[str] = []

    def flaky(request: Request) -> Outcome:
        place = query(request)["offset"]
        if place == "20" and place not in refused:
            refused.append(place)
            return answer({}, status=503)
        return rows(request)

    busy = Busy(World(flaky))
    surroundings = replace(busy.world.surroundings(), open_transport=busy.open)

    answered = await call(offset_walk(8), {}, surroundings=surroundings)

    assert [item["id"] for item in items(answered)] == list(range(MANY))
    assert busy.order.count(20) == 2


async def test_what_was_too_early_to_be_sent_ahead_is_sent_when_it_is_asked_for() -> None:
    early = Fault(kind="admission", code="circuit_open", sent="never", detail="too early", after=1.0)
    first, second = (Request(method="GET", url=f"https://desk.test/{name}") for name in ("first", "second"))
    outcomes: dict[Request, Iterator[Outcome]] = {
        first: iter([answer({})]),
        second: iter([early, answer({})]),
    }

    async def send(request: Request) -> Outcome:
        await anyio.lowlevel.checkpoint()
        return next(outcomes[request])

    async with sending_ahead(send) as ahead:
        await ahead.carry(first, [second])
        assert await ahead.carry(second, []) == answer({})
