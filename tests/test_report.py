"""The report: counts that add up, gates that are odd, and nothing at all on a new machine."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.refunds import COMMAND, environment
from tests.served import contract
from tests.served import receipt as served_receipt
from unabridged.schemas.answer import Question, Receipt, Tried
from unabridged.schemas.evidence import Attempt, Evidence
from unabridged.schemas.verdict import Finding
from unabridged.server.overview import gates, overview
from unabridged.server.receipts import Receipts
from unabridged.server.state import FileShelf
from unabridged.server.tally import Counts, Event, Tally, tallies
from unabridged.tools.shelf import MemoryShelf

LATE = Finding(code="unavailable", message="it is not there")


def complain(message: str) -> None:
    raise AssertionError(message)


@pytest.fixture
def receipts(tmp_path: Path) -> Generator[Receipts]:
    with closing(Receipts(tmp_path, clock=time.time, warn=complain)) as kept:
        yield kept


def receipt(name: str, tool: str = "tickets", **changes: Any) -> Receipt:
    return served_receipt(contract(tool), id=name, **changes)


def question(tool: str = "refund") -> Question:
    return Question(kind="approval", tool=tool, message="?", subject="s", expires=1.0)


def leg(way: str, finding: Finding | None) -> Tried:
    return Tried(way=way, tool="tickets", provider="desk", finding=finding, requests=1, elapsed=0.1)


def attempt(finding: Finding | None) -> Attempt:
    return Attempt(
        purpose="page", page=1, number=1, method="GET", status=200, finding=finding, waited=0, elapsed=0, bytes=1
    )


def test_each_call_is_counted_once_under_the_way_in_which_it_ended(receipts: Receipts) -> None:
    for kept in (
        receipt("a"),
        receipt("b", evidence=Evidence(stopped="end", attempts=(attempt(LATE), attempt(None)))),
        receipt("c", tool="mirror", tried=(leg("first", LATE), leg("fallback 1", None))),
        receipt("d", tried=(leg("first", LATE), leg("recover 1", None))),
        receipt("e", source="cache", age=3.0),
        receipt("f", source="cache", age=3.0, because=LATE),
        receipt("g", evidence=Evidence(stopped="end", released=("low_relevance",))),
        receipt("h", payload_digest=None, findings=(LATE,)),
        receipt("i", findings=(Finding(code="too_large", message="it is too large"),)),
        receipt("j", tool="other"),
    ):
        receipts.keep(kept)
    tickets, other = overview(receipts.briefly(0))
    assert (tickets.tool, tickets.calls, tickets.delivered) == ("tickets", 9, 7)
    assert tickets.came == {
        "at once": 1,
        "after retries": 1,
        "fallback": 1,
        "recover": 1,
        "cache": 1,
        "stood in": 1,
        "released": 1,
    }
    assert tickets.withheld == {"unavailable": 1, "too_large": 1}
    assert (other.tool, other.calls) == ("other", 1)


def test_older_receipts_are_left_out(receipts: Receipts) -> None:
    receipts.keep(receipt("a"))
    assert receipts.briefly(time.time() + 1) == []


def test_what_people_say_is_counted_by_tool_and_gate() -> None:
    shelf = MemoryShelf(clock=lambda: 0.0)
    events: list[Event] = ["asked", "asked", "asked", "approved", "declined", "unavailable"]
    for event in events:
        Tally(shelf).count(question(), event)
    Tally(shelf).count(replace(question(), kind="review"), "asked")
    (approval, review) = tallies(shelf)
    assert approval == ("refund", "approval", Counts(asked=3, approved=1, declined=1, unavailable=1))
    assert (approval[2].decided, approval[2].unanswered) == (2, 1)
    assert review[1:] == ("review", Counts(asked=1))


@pytest.mark.parametrize(
    ("approved", "declined", "said"),
    [
        (19, 0, None),
        (20, 0, "nobody may be reading"),
        (198, 2, "nobody may be reading"),
        (197, 3, None),
        (2, 18, "nobody wants"),
        (3, 17, None),
        (0, 20, "nobody wants"),
    ],
)
def test_a_gate_is_odd_where_nearly_everything_is_allowed_or_refused(
    approved: int, declined: int, said: str | None
) -> None:
    counts = Counts(asked=approved + declined, approved=approved, declined=declined)
    (gate,) = gates([("refund", "approval", counts)])
    assert (said is None and gate.warning is None) or (said or "") in (gate.warning or "")


def reported(state: Path, *words: str) -> str:
    return subprocess.run(
        [COMMAND, "report", *words], env=environment(state), capture_output=True, text=True, check=True
    ).stdout


def test_a_new_machine_has_nothing_to_report(tmp_path: Path) -> None:
    assert reported(tmp_path) == "No call of the last 7 days left a receipt, and nobody was asked.\n"
    assert json.loads(reported(tmp_path, "--json")) == {"days": 7, "tools": [], "gates": []}


def test_the_report_of_a_gate_that_nobody_reads(receipts: Receipts, tmp_path: Path) -> None:
    receipts.keep(receipt("a"))
    with closing(FileShelf(tmp_path, clock=time.time, warn=complain)) as shelf:
        for _ in range(25):
            Tally(shelf).count(question(), "asked")
            Tally(shelf).count(question(), "approved")
    shown = reported(tmp_path)
    assert shown.startswith("1 call in 7 days: 1 delivered, 0 withheld\n")
    assert "refund  approval     25   25   0       0     0              0      100.0%" in shown
    assert "refund, approval: nearly everything is allowed" in shown
    (gate,) = json.loads(reported(tmp_path, "--json"))["gates"]
    assert (gate["approved"], gate["unanswered"], gate["approved_share"]) == (25, 0, 1.0)
