"""A walk that was short somewhere in its middle: nothing on its last page can mend it, and another walk can."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.wire import Json, Outcome, Request

pytestmark = pytest.mark.anyio

ROWS: list[Json] = [{"id": number} for number in range(9)]
COUNTED: dict[str, Any] = {"require": "counted", "total": {"at": "/count"}}
CENSUSED: dict[str, Any] = {
    "require": "censused",
    "census": {"request": {"url": "https://desk.test/count"}, "at": "/count"},
}


class Lossy:
    """Three pages of three, of which the second lacks an item the first *times* that it is asked for."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, request: Request) -> Outcome:
        if request.url.endswith("/count"):
            return answer({"count": 9})
        start = int(query(request).get("after", "0"))
        rows = ROWS[start : start + 3]
        if start == 3 and self.times > 0:
            self.times -= 1
            rows = rows[1:]
        following = start + 3 if start < 6 else None
        return answer({"tickets": rows, "count": 9, "more": following is not None, "next": following})


def promised(complete: dict[str, Any], *restart_on: str) -> Any:
    walk = {"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after", "restart_on": restart_on}
    return contract(walk=walk, complete=complete)


@pytest.mark.parametrize(
    ("complete", "named"), [(COUNTED, "total_mismatch"), (CENSUSED, "census_mismatch")], ids=["counted", "censused"]
)
async def test_a_walk_that_is_short_in_its_middle_is_walked_anew(complete: dict[str, Any], named: str) -> None:
    told = await World(Lossy(1)).call(promised(complete, named))
    assert items(told) == ROWS
    assert told.receipt.evidence.restarts == 1
    assert code(await World(Lossy(1)).call(promised(complete))) == named


@pytest.mark.parametrize("complete", [COUNTED, CENSUSED], ids=["counted", "censused"])
async def test_a_service_that_stays_short_is_refused_after_three_walks(complete: dict[str, Any]) -> None:
    told = await World(Lossy(9)).call(promised(complete, "total_mismatch", "census_mismatch"))
    assert code(told) in ("total_mismatch", "census_mismatch")
    assert told.receipt.evidence.restarts == 2


async def test_a_write_is_never_begun_anew() -> None:
    world = World(lambda _: answer({"error": "no"}, status=201))
    write = contract(
        claim="one",
        effects="write",
        request={"url": "https://desk.test/tickets", "method": "POST", "body": {}},
        response={"status": [201], "data": "/ticket"},
        walk={"kind": "single", "restart_on": ["outcome_unknown", "data_missing"]},
        complete={},
    )
    assert code(await world.call(write)) == "outcome_unknown"
    assert len(world.sent) == 1
