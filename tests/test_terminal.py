"""A person at a terminal: what the command shows them, what it takes for a yes, and what a script must say beforehand."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.refunds import COMMAND, Shop, environment, shop, tool_file
from tests.talking import PATIENCE

REFUND = ("refund", "order=A-1", "amount=5")


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: its status, its standard output, and what stood on the terminal."""

    status: int
    out: str
    shown: str


@pytest.fixture(scope="module")
def upstream() -> Generator[Shop]:
    with shop() as held:
        yield held


@pytest.fixture(autouse=True)
def no_refunds(upstream: Shop) -> None:
    upstream.refunds.clear()


def at_a_terminal(directory: Path, port: int, typed: bytes, *words: str) -> Ran:
    """Run a command at a terminal, and type when it asks."""
    file = tool_file(directory, port)
    ours, theirs = os.openpty()
    command = [str(COMMAND), "call", *words, "--tools", str(file)]
    with subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, env=environment(directory, TERM="dumb")
    ) as process:
        os.close(theirs)
        shown = _until(ours, b"[y/N] ")
        os.write(ours, typed)
        assert process.stdout is not None
        out = process.stdout.read().decode()
        shown += _rest(ours)
        status = process.wait(PATIENCE)
    os.close(ours)
    return Ran(status, out, shown.decode().replace("\r\n", "\n"))


def _until(terminal: int, mark: bytes) -> bytes:
    shown = b""
    while mark not in shown:
        assert select.select([terminal], [], [], PATIENCE)[0], shown
        shown += os.read(terminal, 4096)
    return shown


def _rest(terminal: int) -> bytes:
    shown = b""
    try:
        while select.select([terminal], [], [], 0.2)[0] and (chunk := os.read(terminal, 4096)):
            shown += chunk
    except OSError:  # Linux: the other side is closed
        pass
    return shown


def in_a_script(directory: Path, port: int, *words: str) -> Ran:
    """Run a command without a terminal."""
    command = [str(COMMAND), "call", *words, "--json", "--tools", str(tool_file(directory, port))]
    ran = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment(directory), check=False
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_the_request_is_shown_and_a_yes_sends_it(tmp_path: Path, upstream: Shop) -> None:
    ran = at_a_terminal(tmp_path, upstream.port, b"y\n", *REFUND)
    assert f"Sends: POST http://127.0.0.1:{upstream.port}/orders/A-1/refunds\n" in ran.shown
    assert '  "amount": 5,\n' in ran.shown
    assert (ran.status, json.loads(ran.out)) == (0, {"id": "r1", "amount": 5})


@pytest.mark.parametrize("typed", [b"n\n", b"\n", b"yep\n", b"\x04"], ids=["no", "nothing", "nearly", "the end"])
def test_everything_else_is_a_no_and_nothing_is_sent(tmp_path: Path, upstream: Shop, typed: bytes) -> None:
    ran = at_a_terminal(tmp_path, upstream.port, typed, *REFUND)
    assert (ran.status, ran.out, upstream.refunds) == (3, "", [])
    assert "approval_declined" in ran.shown


def test_an_answer_that_lacks_something_is_put_up_for_release(tmp_path: Path, upstream: Shop) -> None:
    ran = at_a_terminal(tmp_path, upstream.port, b"yes\n", "search")
    assert "Lacks: low_relevance: 0 of 3 items pass the gate" in ran.shown
    assert (ran.status, len(json.loads(ran.out))) == (0, 3)


def test_a_script_must_say_yes_beforehand(tmp_path: Path, upstream: Shop) -> None:
    refused = in_a_script(tmp_path, upstream.port, *REFUND)
    assert (refused.status, json.loads(refused.out)["error"]["code"]) == (3, "approval_unavailable")
    assert upstream.refunds == []
    sent = in_a_script(tmp_path, upstream.port, *REFUND, "--yes")
    assert sent.status == 0
    assert json.loads(sent.out)["proof"]["approved"]["by"] == "cli --yes"
    assert len(upstream.refunds) == 1


def test_a_yes_beforehand_releases_no_answer(tmp_path: Path, upstream: Shop) -> None:
    ran = in_a_script(tmp_path, upstream.port, "search", "--yes")
    error = json.loads(ran.out)["error"]
    assert (ran.status, error["code"], error["against"][0]["code"]) == (3, "low_relevance", "approval_unavailable")
