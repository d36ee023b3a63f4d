"""`unabridged mutate`: what it prints, what each exit status means, and that a recording needs no service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import anyio
import pytest

from tests.mutating.speaking import AT
from tests.scripted import World, answer, content
from unabridged.schemas.recording import Recording
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.mutating.listening import Tap
from unabridged.tools.recordings.file import save

COMMAND = Path(sys.executable).with_name("unabridged")


def ran(state: Path, *words: str) -> tuple[int, str, str]:
    """Run a command with a state of its own; its status and what it wrote to both outputs."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "UNABRIDGED_TOOLS")}
    environment = {**kept, "UNABRIDGED_STATE": str(state)}
    done = subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, check=False, env=environment, cwd=state, timeout=120
    )
    return done.returncode, done.stdout, done.stderr


def test_every_survivor_is_shown_with_the_line_that_would_catch_it(tmp_path: Path) -> None:
    status, out, err = ran(tmp_path, "mutate", "demo_calm")
    assert (status, out) == (0, "")
    assert "blind  demo_calm: " in err
    assert "item_substituted" in err
    said = " ".join(err.split())
    assert "caught by response: {items: {schema: " in said
    assert "would be seen by complete: {differential: {page_size: " in said


@pytest.mark.parametrize(("least", "status"), [("0.5", 0), ("0.99", 3)])
def test_a_share_that_is_not_reached_is_an_exit_status(tmp_path: Path, least: str, status: int) -> None:
    assert ran(tmp_path, "mutate", "demo_calm", "--min-score", least)[0] == status


def test_a_recording_is_corrupted_without_the_service_and_scores_the_same_every_time(tmp_path: Path) -> None:
    assert ran(tmp_path, "call", "demo_calm", "--record", "calm.json")[0] == 0
    runs = [ran(tmp_path, "mutate", "demo_calm", "--recording", "calm.json", "--json") for _ in range(2)]
    assert runs[0] == runs[1]
    status, out, _ = runs[0]
    found = json.loads(out)
    assert status == 0
    assert found["tool"] == "demo_calm"
    assert found["caught"] > found["silent"] > 0
    assert found["crashed"] == 0
    assert {one["mutation"] for one in found["survivors"]} >= {"field_retyped", "item_substituted"}
    assert all(one["remedy"] is None or one["remedy"]["line"] for one in found["survivors"])


def test_a_tool_without_a_whole_answer_has_no_score(tmp_path: Path) -> None:
    status, _, err = ran(tmp_path, "mutate", "demo_early_end")
    assert status == 3
    assert "total_mismatch" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["demo_calm", "--recording", "none.json"], "it cannot be read"),
        (["demo_nothing"], "there is no tool 'demo_nothing'"),
        (["demo_calm", "status=open", "--recording", "calm.json"], "a recording holds the arguments of its call"),
    ],
)
def test_wrong_usage_is_a_sentence(tmp_path: Path, words: list[str], says: str) -> None:
    status, out, err = ran(tmp_path, "mutate", *words)
    assert (status, out) == (2, "")
    assert says in err


WRITER = """
unabridged: 1
api: {name: desk, base_url: "http://127.0.0.1:9", network: {allow: [loopback]}}
tools:
  - name: close_ticket
    description: Close a ticket.
    claim: one
    effects: write
    request: {method: POST, url: /close, body: {}}
    response: {schema: {type: object, required: [closed], properties: {closed: {const: true}}}}
"""


def test_a_tool_that_writes_is_never_called_for_it(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(WRITER, "utf-8")
    status, _, err = ran(tmp_path, "mutate", "close_ticket", "--tools", "desk.yaml")
    assert status == 2
    assert "close_ticket writes; record one call of it" in err


async def _recorded(file: Path) -> Recording:
    (promise,) = read([file]).contracts
    world = World(lambda _: answer({"closed": True}))
    tap = Tap(world.open)
    assert content(await call(promise, {}, surroundings=tap.around(world.surroundings()))) == b'{"closed": true}'
    return Recording(tool=promise.name, at=AT, exchanges=tuple(tap.exchanges))


def test_a_recorded_write_is_corrupted_offline(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(WRITER, "utf-8")
    save(tmp_path / "close.json", anyio.run(_recorded, tmp_path / "desk.yaml"))
    status, out, err = ran(
        tmp_path, "mutate", "close_ticket", "--tools", "desk.yaml", "--recording", "close.json", "--json"
    )
    assert status == 0, err
    found = json.loads(out)
    assert found["caught"] > 20
    assert found["silent"] == 0
