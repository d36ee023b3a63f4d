"""Chains of calls over an upstream that is often wrong: what the measurement counts is so, and nothing wrong is ever delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

import httpx2
import orjson
import pytest

from bench.chains import ORIGIN, POLICY, Tally, Wire, around, believing, in_memory, over_http, through
from bench.shop import TOOLS, Asked, Json, contracts, sound, truth
from bench.troubles import LOUD, SILENT, Broken, Reply, Silent

pytestmark = pytest.mark.anyio

KEY = "k1"
CONTRACTS = contracts(ORIGIN, POLICY)


@dataclass(slots=True)
class Plotted:
    """The shop, with one trouble at one place, the first *times* that it is asked there."""

    place: Asked
    trouble: Silent | Reply | Broken
    times: int
    wire: Wire = field(init=False)

    def __post_init__(self) -> None:
        self.wire = Wire(self, Random(1))

    def answer(self, wanted: Asked) -> Reply | Broken:
        body = sound(wanted, self.wire.now(), ORIGIN)
        if wanted != self.place or self.times == 0:
            return Reply(content=orjson.dumps(body))
        self.times -= 1
        if isinstance(self.trouble, Reply | Broken):
            return self.trouble
        return Reply(content=orjson.dumps(self.trouble(wanted, body, Random(7))))

    async def believed(self) -> Json:
        transport = httpx2.MockTransport(self.wire.naively)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as http:
            return await believing(http)(self.place.tool, KEY)

    async def proven(self) -> Json:
        ask = through(CONTRACTS, around(self.wire), Tally())
        return await ask(self.place.tool, KEY)


def places() -> Iterator[Asked]:
    for tool in TOOLS:
        if isinstance(truth(tool, KEY), dict):
            yield Asked(tool=tool, key=KEY)
        else:
            yield from (Asked(tool=tool, key=KEY, position=position) for position in (0, 4, 8))


def silent() -> Iterator[object]:
    for place in places():
        body = sound(place, 1_800_000_000.0, ORIGIN)
        for trouble in SILENT["record" if place.single else "list"]:
            if trouble(place, body, Random(7)) is not None:
                yield pytest.param(place, trouble, id=f"{place.tool} {place.position} {trouble.__name__}")


def loud() -> Iterator[object]:
    for place in places():
        for number, trouble in enumerate(LOUD):
            yield pytest.param(place, trouble, id=f"{place.tool} {place.position} loud {number}")


@pytest.mark.parametrize(("place", "trouble"), [*silent()])
async def test_a_silent_trouble_deceives_who_believes_and_nobody_else(place: Asked, trouble: Silent) -> None:
    right = truth(place.tool, KEY)
    believed = await Plotted(place, trouble, 1).believed()
    assert believed is not None
    assert believed != right
    assert await Plotted(place, trouble, 1).proven() == right
    assert await Plotted(place, trouble, -1).proven() in (
        None,
        right,
    )  # each time; an offset reaches what a page leaves out


@pytest.mark.parametrize(("place", "trouble"), [*loud()])
async def test_a_loud_trouble_is_noticed_by_anyone_and_mended(place: Asked, trouble: Reply | Broken) -> None:
    assert await Plotted(place, trouble, 1).believed() is None
    assert await Plotted(place, trouble, 1).proven() == truth(place.tool, KEY)
    assert await Plotted(place, trouble, -1).proven() is None


@pytest.mark.parametrize("trouble", SILENT["count"])
async def test_a_count_that_is_wrong_is_mended_or_refused(trouble: Silent) -> None:
    place = Asked(tool="events", key=KEY, count=True)
    assert await Plotted(place, trouble, 1).proven() == truth("events", KEY)
    assert await Plotted(place, trouble, -1).proven() is None


@pytest.mark.parametrize(("length", "right", "chains"), [(5, 0.95, 300), (6, 0.97, 100), (6, 0.7, 60)])
async def test_no_chain_is_silently_wrong(length: int, right: float, chains: int) -> None:
    tally = await in_memory(chains, length=length, right=right, seed="ci", client="ours")
    assert tally.ended["silent"] == 0
    assert tally.late == 0
    assert tally.ended["whole"] >= (0.99 if right > 0.9 else 0.8) * chains


async def test_the_naive_client_fails_as_often_as_the_arithmetic_says() -> None:
    tally = await in_memory(300, length=5, right=0.95, seed="ci", client="naive")
    assert tally.ended["whole"] / 300 == pytest.approx(0.95**5, abs=0.08)  # over three standard deviations
    assert tally.ended["silent"] > 10
    assert tally.ended["loud"] > 10


async def test_chains_over_real_connections_are_whole() -> None:
    tally = await over_http(20, length=6, right=0.9, seed="ci", client="ours")
    assert tally.ended["silent"] == 0
    assert tally.ended["whole"] >= 19
