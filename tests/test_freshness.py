"""How old an answer is, by what it says itself, by Age and by Date; and that too old is refused."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items
from unabridged.schemas.answer import Delivered, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Evidence, Page, Reading
from unabridged.schemas.verdict import Complete, Incomplete
from unabridged.schemas.wire import Json, State
from unabridged.validators.freshness import timestamp
from unabridged.validators.judgement import judge
from unabridged.validators.reading import Found
from unabridged.validators.rules import chain

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
    pytest.param({}, "1970-01-12", 49_600, id="a day is its beginning"),
    pytest.param({}, "19700112", 49_600, id="a day without hyphens"),
    pytest.param({}, "1970-01", 1_000_000, id="a month is its beginning"),
    pytest.param({}, "Mon, 12 Jan 1970 13:45:40 GMT", 60, id="a stated time as HTTP writes it"),
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


def moment(value: Json) -> float | None:
    return timestamp(Found(State.VALUE, value))


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_unix_time_is_read_in_every_unit_as_a_number_and_as_text(unit: int) -> None:
    assert moment(1_767_225_600 * unit) == moment(str(1_767_225_600 * unit)) == 1_767_225_600


@pytest.mark.parametrize("value", [10**300, 1e300, -1, "9" * 19 + ".5", "99999-99-99", True, [], {}])
def test_what_is_no_time_is_not_read_as_one(value: Json) -> None:
    read = moment(value)
    assert read is None or read < 0 or read > 5e9  # or one so far off that it is no age


@pytest.mark.requirement("G24")
@pytest.mark.parametrize(
    ("ages", "outcome"),
    [
        pytest.param([10, 59, 30], "fresh", id="all young"),
        pytest.param([10, 61, 30], "stale", id="one too old"),
        pytest.param([10, None, 30], "stale", id="one that does not say"),
        pytest.param([], "fresh", id="none, with a young Date"),
    ],
)
async def test_of_many_stated_times_the_oldest_counts(ages: list[int | None], outcome: str) -> None:
    tickets: list[Json] = [
        {"id": index, **({} if age is None else {"at": NOW - age})} for index, age in enumerate(ages)
    ]
    body: Json = {"tickets": tickets, "count": len(tickets), "more": False, "next": None}
    world = World(lambda request: answer(body, fields={"date": date(0)}))
    answered = await world.call(contract(complete=fresh(60, at="/tickets/*/at")))
    assert outcome == ("fresh" if isinstance(answered, Delivered) else code(answered))


async def test_last_modified_can_tell_the_age() -> None:
    world = page({"date": date(0), "last-modified": date(3_600)})
    assert items(await world.call(contract(complete=fresh(3_600, at="header:Last-Modified")))) == TICKETS
    assert code(await world.call(contract(complete=fresh(3_599, at="header:Last-Modified")))) == "stale"


@pytest.mark.requirement("G24")
async def test_a_time_far_ahead_tells_no_age() -> None:
    assert code(await page({}, NOW + 90_000).call(contract(complete=fresh(60, at="/as_of")))) == "stale"


HALF_A_YEAR = 182 * 86_400
SCORE: dict[str, Json] = {"customer": "c-17", "score": 712, "as_of": NOW - HALF_A_YEAR, "currency": "EUR"}


def scoring(**parts: Any) -> Contract:
    return contract(
        **{
            "name": "credit_score",
            "claim": "one",
            "response": {"schema": {"type": "object", "required": ["customer", "score", "as_of"]}},
            "walk": {"kind": "single"},
            "complete": {"require": "terminated", "fresh": {"at": "/as_of", "max_age": "30d"}},
            **parts,
        }
    )


@pytest.mark.requirement("G24")
async def test_a_credit_score_half_a_year_old_is_stale_though_it_was_sent_just_now_and_all_else_holds() -> None:
    world = World(lambda request: answer(SCORE, fields={"date": date(0), "age": "0", "cache-control": "no-store"}))
    withheld = await world.call(scoring())
    assert code(withheld) == "stale"
    assert isinstance(withheld, Withheld)
    assert (withheld.verdict.findings[0].have, withheld.verdict.findings[0].expected) == (HALF_A_YEAR, 30 * 86_400)
    assert isinstance(await world.call(scoring(complete={})), Delivered)


@pytest.mark.requirement("G24", "G53")
async def test_a_stale_answer_that_a_person_may_release_is_kept_and_withheld_until_then() -> None:
    world = World(lambda request: answer(SCORE, fields={"date": date(0)}))
    reviewed = scoring(review=["stale"])
    withheld = await world.call(reviewed)
    assert (code(withheld), len(world.sent)) == ("stale", 1)
    evidence = withheld.receipt.evidence
    assert (evidence.failure, evidence.kept) == (None, 1)
    verdict = judge(reviewed, replace(evidence, released=("stale",)))
    assert isinstance(verdict, Complete)
    assert [one.says for one in verdict.witnesses if one.name == "released"] == [
        "a person released it in spite of stale: the answer is too old"
    ]


@pytest.mark.requirement("G24")
async def test_the_judge_reckons_the_age_anew() -> None:
    world = World(lambda request: answer({**SCORE, "as_of": NOW}, fields={"date": date(0)}))
    evidence = (await world.call(scoring())).receipt.evidence
    assert isinstance(judge(scoring(), evidence), Complete)
    for age in (None, 30 * 86_400 + 1):
        verdict = judge(scoring(), replace(evidence, pages=(replace(evidence.pages[0], age=age),)))
        assert isinstance(verdict, Incomplete)
        assert verdict.findings[0].code == "stale"


@pytest.mark.requirement("G24")
def test_of_a_walk_the_oldest_page_is_named_and_one_that_does_not_say_is_the_oldest() -> None:
    dated = contract(complete={"require": "terminated", "fresh": {"max_age": 60}})
    for ages, oldest in (((10.0, 90.0, 70.0), 2), ((10.0, 90.0, None), 3)):
        pages = [
            Page(
                number=number,
                asked=None if number == 1 else f"c{number - 1}",
                offered=None if number == len(ages) else f"c{number}",
                more=Reading(State.FALSE if number == len(ages) else State.TRUE),
                next=Reading(State.NULL) if number == len(ages) else Reading(State.VALUE, f"c{number}"),
                decision="end" if number == len(ages) else "continue",
                count=1,
                ids=(str(number),),
                fingerprint=f"{number}",
                age=age,
            )
            for number, age in enumerate(ages, 1)
        ]
        payload = chain(page.fingerprint for page in pages)
        verdict = judge(dated, Evidence(stopped="end", pages=tuple(pages), kept=3, payload=payload))
        assert isinstance(verdict, Incomplete)
        assert [(finding.code, finding.page) for finding in verdict.findings] == [("stale", oldest)]
