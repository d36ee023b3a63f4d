"""Receipts: kept for every answer, shared by processes, facts only, and never in the way of a call."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from unabridged.schemas.answer import Receipt
from unabridged.schemas.claim import Grade
from unabridged.schemas.evidence import Attempt, Evidence, Page, Reading, SecondWalk
from unabridged.schemas.verdict import Finding, Witness
from unabridged.schemas.wire import State
from unabridged.server.database import place
from unabridged.server.facts import facts
from unabridged.server.receipts import Found, Lost, Receipts, open_receipts

CANARY = "canary-7f3a"


def a_page(number: int) -> Page:
    return Page(
        number=number,
        asked=f"{CANARY}-asked",
        offered=f"{CANARY}-offered",
        more=Reading(State.TRUE, f"{CANARY}-more"),
        next=Reading(State.VALUE, f"{CANARY}-next"),
        decision="continue",
        count=4,
        ids=(f'"{CANARY}-{number}"',),
        total=11,
        stable=(Reading(State.VALUE, f"{CANARY}-stable"),),
        fingerprint="ab" * 32,
    )


def a_receipt(identifier: str = "r-0001") -> Receipt:
    finding = Finding(code="cursor_missing", message="The cursor is missing.", where="body:/meta/after_cursor", page=1)
    attempt = Attempt(
        purpose="page", page=1, number=1, method="GET", status=200, finding=finding, waited=0.0, elapsed=0.8, bytes=700
    )
    return Receipt(
        id=identifier,
        tool="demo_list_tickets",
        provider="demo",
        claim="all",
        required=Grade.COUNTED,
        grade=Grade.COUNTED,
        axes=(("end", "asserted"), ("cardinality", "corroborated")),
        witnesses=(
            Witness(name="total", axis="cardinality", standing="corroborated", says="11 of 11", grade=Grade.COUNTED),
        ),
        findings=(finding,),
        evidence=Evidence(
            stopped="end",
            pages=(a_page(1), a_page(2)),
            attempts=(attempt,),
            second=SecondWalk((f"{CANARY}-second",)),
            position=f"{CANARY}-position",
        ),
        items=11,
        expected=11,
        requests=4,
        pages=3,
        contract_digest="cd" * 32,
        payload_digest="ef" * 32,
        as_of=1_763_700_000.0,
        elapsed=1.25,
    )


@pytest.fixture
def kept_in(tmp_path: Path) -> Callable[..., Receipts]:
    def build(
        directory: Path | None = tmp_path / "state", at: float = 1_000_000.0, warnings: list[str] | None = None
    ) -> Receipts:
        return Receipts(directory, clock=lambda: at, warn=(warnings if warnings is not None else []).append)

    return build


@pytest.mark.requirement("C3")
def test_a_kept_receipt_comes_back_as_it_was_but_for_the_upstreams_values(kept_in: Callable[..., Receipts]) -> None:
    receipts = kept_in()
    receipts.keep(a_receipt())
    receipts.close()
    again = kept_in()
    assert again.find("r-0001") == Found(facts(a_receipt()))
    assert again.find("last") == Found(facts(a_receipt()))
    again.close()


@pytest.mark.requirement("G37")
def test_nothing_that_the_upstream_said_is_in_the_file(kept_in: Callable[..., Receipts], tmp_path: Path) -> None:
    receipts = kept_in()
    receipts.keep(a_receipt())
    receipts.close()
    written = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
    assert b"demo_list_tickets" in written
    assert CANARY.encode() not in written


def test_a_callers_argument_is_not_kept(kept_in: Callable[..., Receipts], tmp_path: Path) -> None:
    wrong = Finding(code="invalid_arguments", message=f"email: {CANARY!r} is not a number", where="arguments:/email")
    receipts = kept_in()
    receipts.keep(
        replace(a_receipt(), findings=(wrong,), evidence=Evidence(stopped="failed", failure=wrong, position=None))
    )
    receipts.close()
    written = b"".join(file.read_bytes() for file in (tmp_path / "state").iterdir())
    assert b"arguments:/email" in written
    assert CANARY.encode() not in written


def test_the_facts_of_a_receipt_still_show_a_loop() -> None:
    pages = facts(a_receipt()).evidence.pages
    assert pages[0].asked == pages[1].asked != pages[0].offered


def test_the_file_is_for_its_owner_only(kept_in: Callable[..., Receipts], tmp_path: Path) -> None:
    receipts = kept_in()
    receipts.keep(a_receipt())
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "state").iterdir()}
    receipts.close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert set(modes.values()) == {0o600}


def test_an_unambiguous_beginning_of_an_id_is_enough(kept_in: Callable[..., Receipts]) -> None:
    receipts = kept_in()
    for identifier in ("r-11", "r-12", "r-2", "r-22"):
        receipts.keep(a_receipt(identifier))
    assert receipts.find("r-11") == Found(facts(a_receipt("r-11")))
    assert receipts.find("r-2") == Found(facts(a_receipt("r-2")))
    several, none = receipts.find("r-1"), receipts.find("x%")
    receipts.close()
    assert isinstance(several, Lost)
    assert "several" in several.why
    assert isinstance(none, Lost)


def test_receipts_older_than_thirty_days_are_removed(kept_in: Callable[..., Receipts]) -> None:
    day = 86_400.0
    for identifier, at in (("r-old", 0.0), ("r-young", 2 * day), ("r-new", 31 * day)):
        receipts = kept_in(at=at)
        receipts.keep(a_receipt(identifier))
        receipts.close()
    receipts = kept_in(at=31 * day)
    found = {identifier: type(receipts.find(identifier)) for identifier in ("r-old", "r-young", "r-new")}
    receipts.close()
    assert found == {"r-old": Lost, "r-young": Found, "r-new": Found}


def test_no_more_than_ten_thousand_receipts_are_kept(kept_in: Callable[..., Receipts]) -> None:
    receipts = kept_in()
    for number in range(10_241):  # the last one is number 40 * 256, at which the oldest are removed
        receipts.keep(a_receipt(f"r-{number:05}"))
    assert isinstance(receipts.find("r-00240"), Lost)
    assert isinstance(receipts.find("r-00241"), Found)
    receipts.close()


def test_a_directory_that_cannot_be_used_is_told_once_and_breaks_nothing(
    kept_in: Callable[..., Receipts], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    warnings: list[str] = []
    receipts = kept_in(tmp_path / "file" / "state", warnings=warnings)
    receipts.keep(a_receipt())
    receipts.keep(a_receipt())
    assert len(warnings) == 1
    assert "UNABRIDGED_STATE" in warnings[0]


def test_a_file_that_is_no_database_is_told_once_and_breaks_nothing(
    kept_in: Callable[..., Receipts], tmp_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "receipts.sqlite3").write_bytes(b"not a database" * 100)
    warnings: list[str] = []
    receipts = kept_in(warnings=warnings)
    receipts.keep(a_receipt())
    receipts.keep(a_receipt())
    assert len(warnings) == 1
    assert isinstance(receipts.find("last"), Lost)


def test_a_file_that_somebody_else_holds_costs_a_call_its_receipt_and_nothing_more(
    kept_in: Callable[..., Receipts], tmp_path: Path
) -> None:
    warnings: list[str] = []
    receipts = kept_in(warnings=warnings)
    receipts.keep(a_receipt("r-before"))
    holder = sqlite3.connect(tmp_path / "state" / "receipts.sqlite3", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    receipts.keep(a_receipt("r-lost"))
    holder.execute("ROLLBACK")
    holder.close()
    receipts.keep(a_receipt("r-after"))
    found = [type(receipts.find(identifier)) for identifier in ("r-before", "r-lost", "r-after")]
    receipts.close()
    assert found == [Found, Lost, Found]
    assert len(warnings) == 1


def test_a_receipt_of_another_version_is_refused_with_a_reason(
    kept_in: Callable[..., Receipts], tmp_path: Path
) -> None:
    receipts = kept_in()
    receipts.keep(a_receipt())
    receipts.close()
    with sqlite3.connect(tmp_path / "state" / "receipts.sqlite3") as connection:
        connection.execute('UPDATE receipts SET facts = \'{"id": "r-0001"}\'')
    connection.close()
    again = kept_in()
    lost = again.find("r-0001")
    again.close()
    assert isinstance(lost, Lost)
    assert "another version" in lost.why


def test_state_can_be_switched_off(kept_in: Callable[..., Receipts]) -> None:
    assert place({"UNABRIDGED_STATE": "off"}) is None
    receipts = open_receipts({"UNABRIDGED_STATE": "off"})
    receipts.keep(a_receipt())
    lost = receipts.find("last")
    assert isinstance(lost, Lost)
    assert "off" in lost.why


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"UNABRIDGED_STATE": "/here"}, "linux", "/here"),
        ({"XDG_STATE_HOME": "/x"}, "linux", "/x/unabridged"),
        ({"XDG_STATE_HOME": "relative"}, "linux", str(Path.home() / ".local/state/unabridged")),
        ({}, "darwin", str(Path.home() / "Library/Application Support/unabridged")),
    ],
)
def test_the_state_is_where_the_platform_expects_it(environment: dict[str, str], platform: str, expected: str) -> None:
    assert str(place(environment, platform=platform)) == expected


_WRITER = """
import sys
from pathlib import Path
from tests.test_receipts import a_receipt
from unabridged.server.receipts import Receipts
receipts = Receipts(Path(sys.argv[1]), clock=lambda: 1.0, warn=lambda message: sys.exit(message))
sys.stdin.readline()
for number in range(100):
    receipts.keep(a_receipt(f"r-{sys.argv[2]}-{number}"))
receipts.close()
"""


def test_several_processes_keep_their_receipts_in_one_file(kept_in: Callable[..., Receipts], tmp_path: Path) -> None:
    directory = tmp_path / "state"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(directory), str(number)], stdin=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for number in range(4)
    ]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    outcomes = [writer.communicate()[1] for writer in writers]
    receipts = kept_in()
    found = [receipts.find(f"r-{writer}-{number}") for writer in range(4) for number in range(100)]
    receipts.close()
    assert outcomes == [b""] * 4
    assert all(isinstance(one, Found) for one in found)
