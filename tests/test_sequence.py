"""Read-your-writes: an answer from a state older than the write that must be seen is asked for again, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.verdict import Incomplete
from unabridged.schemas.wire import Json
from unabridged.validators.judgement import judge

pytestmark = [pytest.mark.anyio, pytest.mark.requirement("G52")]

INPUT = {"type": "object", "properties": {"seen": {"type": "integer"}}, "additionalProperties": False}


def reading(at: str = "header:x-lsn", gte: Any = "{input.seen}") -> Contract:
    complete = {"require": "counted", "total": {"at": "/count"}, "lsn": {"at": at, "gte": gte}}
    return contract(input=INPUT, complete=complete)


def answering(*numbers: Json) -> World:
    """A desk that answers at these sequence numbers, one after the other, and then at the last one."""
    left: Iterator[Json] = iter(numbers)
    at = [numbers[0]]

    def script(request: object) -> Any:
        at[0] = next(left, at[0])
        fields = {} if at[0] is None else {"x-lsn": str(at[0])}
        return answer({"tickets": [{"id": 1}], "count": 1, "more": False, "next": None, "lsn": at[0]}, fields=fields)

    return World(script)


async def test_an_answer_that_holds_the_write_is_delivered_and_says_so() -> None:
    delivered = await answering(40).call(reading(), seen=40)
    assert isinstance(delivered, Delivered)
    assert [one.says for one in delivered.receipt.witnesses if one.name == "sequence"] == [
        "answered at sequence number 40, at least 40"
    ]
    assert items(delivered) == [{"id": 1}]


async def test_an_older_state_is_asked_again_until_the_write_is_visible() -> None:
    world = answering(38, 39, 40)
    assert items(await world.call(reading(), seen=40)) == [{"id": 1}]
    assert (len(world.sent), len(world.waits)) == (3, 2)


async def test_a_write_that_does_not_become_visible_in_time_is_refused() -> None:
    world = answering(39)
    withheld = await world.call(reading(), seen=40)
    assert code(withheld) == "not_yet_visible"
    assert not isinstance(withheld, Delivered)
    assert (withheld.verdict.findings[0].have, withheld.verdict.findings[0].expected) == (39, 40)


@pytest.mark.parametrize("number", [None, "soon", "-1", "4.5"])
async def test_an_answer_that_does_not_say_its_number_is_refused_where_one_is_asked_for(number: Json) -> None:
    assert code(await answering(number).call(reading(), seen=40)) == "sequence_missing"


async def test_where_no_write_must_be_seen_nothing_is_asked_of_the_answer() -> None:
    assert items(await answering(None).call(reading())) == [{"id": 1}]


@pytest.mark.parametrize(("at", "gte"), [("body:/lsn", "{input.seen}"), ("header:X-LSN", 40)])
async def test_the_number_may_stand_in_the_body_and_the_least_one_in_the_file(at: str, gte: Json) -> None:
    assert code(await answering(39).call(reading(at, gte), seen=40)) == "not_yet_visible"
    assert items(await answering(41).call(reading(at, gte), seen=40)) == [{"id": 1}]


async def test_the_judge_compares_anew() -> None:
    evidence = (await answering(40).call(reading(), seen=40)).receipt.evidence
    for number, expected in ((39, "not_yet_visible"), (None, "sequence_missing")):
        altered = replace(evidence, pages=(replace(evidence.pages[0], sequence=number),))
        verdict = judge(reading(gte=40), altered)
        assert isinstance(verdict, Incomplete)
        assert verdict.findings[0].code == expected
