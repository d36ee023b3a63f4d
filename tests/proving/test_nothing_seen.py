"""What was not seen proves nothing: an empty collection, a trial without an answer, a recording that lacks what is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Outcome, Request
from unabridged.tools.proving.prove import Proven, prove
from unabridged.tools.recordings.replaying import Replay

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _proven(service: Any, tool: Contract) -> Proven:
    return await prove(tool, {}, surroundings=World(service).surroundings(), requests=60)


async def _from_a_recording(service: Any, tool: Contract) -> Proven:
    """What a recording of one call shows, and nothing else."""
    called = (await _proven(service, tool)).log.trials["written"].exchanges
    around = replace(
        World(service).surroundings(), open_transport=lambda tool, variables: Replay.of(called).open(tool, variables)
    )
    return await prove(tool, {}, surroundings=around, requests=60, source="recording")


def _outcome(found: Proven, place: str) -> str:
    return found.proof.lines[place].outcome


# ------------------------------------------------------------------------------------------ a census


@pytest.mark.parametrize(("count", "outcome"), [(0, "open"), (1, "open"), (2, "proven")])
@pytest.mark.requirement("L10")
async def test_a_census_of_fewer_than_two_items_is_not_proven(count: int, outcome: str) -> None:
    service = Service(kind="offset", total=None, count=count)

    def counting(request: Request) -> Outcome:
        return answer({"n": count}) if request.url.startswith("https://desk.test/count") else service(request)

    census = {"request": {"url": "https://desk.test/count"}, "at": "/n"}
    found = await _proven(counting, service.contract(complete={"require": "censused", "census": census}))
    assert _outcome(found, "complete.census") == outcome
