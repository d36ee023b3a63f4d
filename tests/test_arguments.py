"""What a caller gives is refused before anything is sent, where no request can say it."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest

from tests.scripted import World, answer, code, contract
from unabridged.validators.arguments import misfit

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


WRITE: dict[str, Any] = {
    "claim": "one",
    "effects": "write",
    "input": {"type": "object", "properties": {"filter": {}}},
    "request": {"url": "https://desk.test/tickets", "method": "POST", "body": {"filter": "{input.filter}"}},
    "walk": {"kind": "single"},
    "complete": {},
}


@pytest.mark.requirement("M8")
@pytest.mark.parametrize("number", [inf, -inf, nan])
async def test_a_number_that_json_cannot_say_is_refused_before_anything_is_sent(number: float) -> None:
    world = World(lambda _: answer({}))
    arguments: list[dict[str, Any]] = [{"filter": number}, {"filter": {"a": [1, number]}}]
    for given in arguments:
        assert code(await world.call(contract(**WRITE), **given)) == "invalid_arguments"
    assert world.sent == []


def test_the_refusal_names_the_place() -> None:
    found = misfit({"type": "object"}, {"a": [{"b": inf}]})
    assert found is not None
    assert found.where == "arguments:/a/0/b"
