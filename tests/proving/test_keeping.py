"""A service whose links to the next page leave out the question: `prove` says what has to travel along."""

from __future__ import annotations

import pytest

from tests.proving.experiments import lines, proposed
from tests.scripted import World
from tests.test_leading import script, tool
from unabridged.schemas.claim import Grade
from unabridged.tools.proving.prove import Proven, prove

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def _proven(kept: str = "") -> Proven:
    return await prove(tool(), {"done": True}, surroundings=World(script(kept)).surroundings(), requests=60)


@pytest.mark.requirement("L18")
async def test_the_parameter_that_is_lost_is_proposed_for_every_page() -> None:
    found = await _proven()
    assert proposed(found) == {'request: {strict: {query:done: "{input.done}"}}': Grade.TERMINATED}
    assert found.stumble is not None
    assert found.stumble.code == "query_lost"
    assert "walk" not in lines(found, "proven")


async def test_where_nothing_is_lost_nothing_is_proposed() -> None:
    assert not [line for line in proposed(await _proven("&done=true")) if "strict" in line]
