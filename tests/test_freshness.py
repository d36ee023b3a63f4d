"""How old an answer is, by what it says itself, by Age and by Date; and that too old is refused."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate

import pytest

from tests.scripted import World, answer, code, contract, items
from unabridged.schemas.wire import Json

NOW = 1_000_000.0  # when the scripted answers were received
TICKETS: list[Json] = [{"id": 1}]

pytestmark = pytest.mark.anyio


def page(fields: dict[str, str], stated: Json = None) -> World:
    body: dict[str, Json] = {"tickets": TICKETS, "count": 1, "more": False, "next": None}
    response = answer(body if stated is None else {**body, "as_of": stated}, fields=fields)
    return World(lambda request: replace(response, elapsed=2.0))


def fresh(max_age: int, *, at: str | None = None) -> dict[str, Json]:
    return {
        "require": "counted",
        "total": {"at": "/count"},
        "fresh": {"max_age": max_age, **({"at": at} if at else {})},
    }


def date(age: float) -> str:
    return formatdate(NOW - age, usegmt=True)


AGES = [
    pytest.param({"date": date(60)}, None, 60, id="Date"),
    pytest.param({"age": "58"}, None, 60, id="Age, and two seconds on the way"),
    pytest.param({"date": date(10), "age": "58"}, None, 60, id="the older of Age and Date"),
    pytest.param({}, NOW - 60, 60, id="a stated time in seconds"),
    pytest.param({}, "1970-01-12T13:45:40Z", 60, id="a stated time in words"),
    pytest.param({"age": "58"}, "1970-01-12T13:46:30Z", 60, id="Age makes a stated time older"),
]


@pytest.mark.requirement("G24")
@pytest.mark.parametrize(("fields", "stated", "age"), AGES)
async def test_an_answer_is_as_old_as_the_oldest_that_is_said_of_it(
    fields: dict[str, str], stated: Json, age: int
) -> None:
    at = None if stated is None else "/as_of"
    young, old = contract(complete=fresh(age, at=at)), contract(complete=fresh(age - 1, at=at))
    assert items(await page(fields, stated).call(young)) == TICKETS
    assert code(await page(fields, stated).call(old)) == "stale"


@pytest.mark.requirement("G24")
@pytest.mark.parametrize(
    ("fields", "stated"), [({}, None), ({}, "yesterday"), ({"date": "soon"}, None), ({"date": date(0)}, True)]
)
async def test_an_age_that_cannot_be_known_is_refused(fields: dict[str, str], stated: Json) -> None:
    asked = contract(complete=fresh(1_000_000, at=None if stated is None else "/as_of"))
    assert code(await page(fields, stated).call(asked)) == "stale"


@pytest.mark.requirement("G24")
async def test_a_stated_time_that_is_missing_is_not_replaced_by_the_date() -> None:
    assert code(await page({"date": date(0)}).call(contract(complete=fresh(60, at="/as_of")))) == "stale"


async def test_without_a_promise_of_freshness_nothing_is_refused() -> None:
    assert items(await page({"date": date(1_000_000)}).call(contract())) == TICKETS
