"""The desk of the demo: it lies as it says, its naive client is taken in, and what either hands over is judged by the truth."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from unabridged.schemas.claim import Grade
from unabridged.schemas.completeness import Completeness
from unabridged.schemas.expectation import Expectation, Items
from unabridged.schemas.walk import Single
from unabridged.server.demo.desk import Desk
from unabridged.server.demo.lies import LIES
from unabridged.server.demo.naive import list_tickets
from unabridged.server.demo.story import Silent, difference, tell
from unabridged.server.demo.tickets import TICKETS
from unabridged.server.sources import DEMO
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import surroundings

SILENT = {
    "overload": "3 of 11",
    "marker_missing": "8 of 11",
    "early_end": "4 of 11",
    "lost_page": "7 of 11",
    "error_in_success": "4 of 11",
    "partial_content": "4 of 11",
    "repeated_page": "7 of 11, 4 twice",
    "duplicate": "1 twice",
    "total_drift": "10 of 11",
    "comments_cut": "5 altered",
    "stale": "4 altered",
    "surplus": "4 of 11, 2 foreign",
    "never_recovers": "3 of 11",
}
LOUD = {"hangs", "rate_limited", "login_page", "gzip_cut", "body_cut"}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk(stall=0.01) as opened:
        yield opened


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=30, trust_env=False) as opened:
        yield opened


def url(desk: Desk, lie: str) -> str:
    return f"{desk.url}/{lie.replace('_', '-')}/tickets"


def test_a_desk_that_does_not_lie_gives_all_tickets(desk: Desk, client: httpx2.Client) -> None:
    assert list_tickets(client, url(desk, "calm")) == list(TICKETS)


@pytest.mark.parametrize(("lie", "flaw"), SILENT.items(), ids=SILENT)
def test_a_naive_client_hands_over_wrong_tickets_without_an_error(
    desk: Desk, client: httpx2.Client, lie: str, flaw: str
) -> None:
    assert difference(list_tickets(client, url(desk, lie))) == flaw


@pytest.mark.parametrize("lie", sorted(LOUD))
def test_some_lies_reach_a_naive_client_as_errors(desk: Desk, client: httpx2.Client, lie: str) -> None:
    with pytest.raises((httpx2.HTTPError, ValueError)):
        list_tickets(client, url(desk, lie))


@pytest.mark.parametrize(
    "lie", ["overload", "hangs", "rate_limited", "login_page", "gzip_cut", "body_cut", "partial_content"]
)
def test_the_second_attempt_is_whole(desk: Desk, client: httpx2.Client, lie: str) -> None:
    with suppress(httpx2.HTTPError, ValueError):
        list_tickets(client, url(desk, lie))
    assert list_tickets(client, url(desk, lie)) == list(TICKETS)


def test_a_cursor_loop_never_ends(desk: Desk, client: httpx2.Client) -> None:
    cursors = [
        client.get(url(desk, "cursor_loop"), params={"page[after]": "c4"}).json()["meta"]["after_cursor"]
        for _ in range(3)
    ]
    assert cursors == ["c4"] * 3


def test_every_lie_is_told_by_one_of_these_tests() -> None:
    assert {lie.__name__ for lie in LIES} == {*SILENT, *LOUD, "calm", "cursor_loop"}


def test_attempts_are_counted_for_each_client(desk: Desk) -> None:
    answers = [
        httpx2.get(url(desk, "overload"), headers={"User-Agent": name}, trust_env=False).json()["meta"]
        for name in ("one", "other", "one", "other")
    ]
    assert [meta == {} for meta in answers] == [True, True, False, False]


@pytest.mark.parametrize(
    ("target", "status"),
    [("/nothing", 404), ("/calm/tickets?page[after]=x", 400), ("/calm/tickets?status=open", 200)],
)
def test_the_desk_answers_other_questions_as_a_service_does(
    desk: Desk, client: httpx2.Client, target: str, status: int
) -> None:
    assert client.get(desk.url + target).status_code == status


def test_the_desk_ends_its_conversations_when_it_closes() -> None:
    with Desk(stall=60.0) as desk:
        waiting = socket.create_connection(("127.0.0.1", desk.port))
        waiting.sendall(b"GET /calm/tickets HTTP/1.1\r\nHost: desk\r\n\r\n")
        assert waiting.recv(15) == b"HTTP/1.1 200 OK"
        waiting.sendall(b"GET /overload/tickets HTTP/1.1\r\nHost: desk\r\n\r\n")
    with waiting, waiting.makefile("rb") as answers:
        rest = b""
        with suppress(ConnectionResetError):  # the desk may close before it has read the question
            rest = answers.read()
    assert b"HTTP/1.1" not in rest


def test_what_is_no_http_ends_the_conversation(desk: Desk) -> None:
    with socket.create_connection(("127.0.0.1", desk.port)) as connection:
        connection.sendall(b"nonsense\r\n\r\n")
        assert connection.recv(1) == b""


@pytest.mark.requirement("C5")
def test_the_demo_shows_what_both_hand_over_and_counts_it_from_the_run(tmp_path: Path) -> None:
    done = told("--json", tmp_path)
    story = json.loads(done.stdout)
    calls = {call["tool"]: call for call in story["calls"]}
    assert done.returncode == 0
    assert len(calls) == len(LIES)
    assert calls["demo_list_tickets"]["naive"] == {"outcome": "silent", "count": 3, "flaw": "3 of 11"}
    assert calls["demo_list_tickets"]["unabridged"]["outcome"] == "whole"
    assert calls["demo_never_recovers"]["unabridged"]["reason"] == "end_marker_missing"
    assert story["unabridged"]["silent"] == story["unabridged"]["endless"] == 0
    for who in ("naive", "unabridged"):
        outcomes = [call[who]["outcome"] for call in story["calls"]]
        assert story[who] == {outcome: outcomes.count(outcome) for outcome in ("whole", "silent", "loud", "endless")}


@pytest.mark.requirement("C5")
def test_the_demo_fits_a_line_a_lie(tmp_path: Path) -> None:
    lines = told("", tmp_path).stdout.splitlines()
    rows = [line for line in lines if re.search(r"[✓✗!■] .*[✓■] ", line)]
    assert len(rows) == len(LIES)
    assert max(map(len, lines)) <= 116


@pytest.mark.requirement("C5")
@pytest.mark.anyio
async def test_the_demo_would_notice_a_contract_that_proves_nothing(desk: Desk) -> None:
    sound = next(contract for contract in read([DEMO]).contracts if contract.name == "demo_list_tickets")
    hurried = replace(
        sound,
        response=Expectation(items=Items(at="/tickets", id=("/id",))),
        walk=Single(),
        complete=Completeness(require=Grade.NONE),
    )
    around = surroundings({"UNABRIDGED_DEMO_PORT": str(desk.port)})
    row = await tell(hurried, desk.url, lambda contract: call(contract, {}, surroundings=around))
    assert row.unabridged == row.naive == Silent(3, "3 of 11")


def told(option: str, state: Path) -> subprocess.CompletedProcess[str]:
    words: list[str | Path] = [Path(sys.executable).with_name("unabridged"), "demo", *option.split()]
    environment = {**os.environ, "UNABRIDGED_STATE": str(state)}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment, timeout=120)
