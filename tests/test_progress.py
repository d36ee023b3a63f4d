"""Progress: always further, in the words of the contract, and never a burden to the walk."""

from __future__ import annotations

from dataclasses import replace

import anyio
import pytest

from tests.served import contract, page
from unabridged.schemas.completeness import Completeness, Total
from unabridged.schemas.location import location
from unabridged.server.progress import Steps, reporting


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


COUNTED = contract("tickets")
UNCOUNTED = replace(COUNTED, complete=Completeness())
BY_PAGES = replace(COUNTED, complete=Completeness(total=Total(at=location("/pages"), scope="pages")))


def test_items_are_counted_against_the_total_of_the_walk() -> None:
    steps = Steps(COUNTED)
    steps.turned(page(1, 8, 11))
    assert steps.told() == (8.0, 11.0, "page 1: 8 of 11 items")


def test_a_total_of_anything_else_is_no_total_of_items() -> None:
    for promise in (UNCOUNTED, BY_PAGES):
        steps = Steps(promise)
        steps.turned(page(1, 8, 11))
        steps.turned(page(2, 8, 11))
        assert steps.told() == (2.0, None, "page 2: 16 items so far")


def test_pages_are_counted_against_the_last_page_that_the_service_announces() -> None:
    steps = Steps(UNCOUNTED)
    steps.turned(replace(page(1, 8, 11), last_page=4))
    assert steps.told() == (1.0, 4, "page 1 of 4: 8 items so far")


@pytest.mark.requirement("M5")
@pytest.mark.anyio
async def test_each_report_is_further_than_the_one_before_and_pages_without_items_are_not_reported() -> None:
    told: list[float] = []
    heard = anyio.Event()

    async def report(value: float, total: float | None, text: str) -> None:
        told.append(value)
        heard.set()

    steps = Steps(COUNTED)
    with anyio.fail_after(5):
        async with reporting(steps, report):
            for number, count in enumerate((3, 0, 4, 4), start=1):
                steps.turned(page(number, count, 11))
                if count:
                    await heard.wait()
                    heard = anyio.Event()
    assert told == [3.0, 7.0, 11.0]


@pytest.mark.anyio
async def test_pages_that_turn_while_a_report_is_on_its_way_are_told_together() -> None:
    told: list[float] = []
    sending, sent = anyio.Event(), anyio.Event()

    async def report(value: float, total: float | None, text: str) -> None:
        told.append(value)
        sending.set()
        await sent.wait()

    steps = Steps(COUNTED)
    with anyio.fail_after(5):
        async with reporting(steps, report):
            steps.turned(page(1, 1, 11))
            await sending.wait()
            for number in range(2, 12):
                steps.turned(page(number, 1, 11))
            sending = anyio.Event()
            sent.set()
            await sending.wait()
    assert told == [1.0, 11.0]
