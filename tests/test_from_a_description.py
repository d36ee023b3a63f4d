"""From a description to a tool that can be trusted, by the command line alone: import, prove, serve, and the day on which the API changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.described import BOOKINGS, Api, description, serving

COMMAND = Path(sys.executable).with_name("unabridged")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def api() -> Generator[Api]:
    with serving() as found:
        yield found


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def command(*words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "UNABRIDGED_STATE": str(tmp_path / "state"), "COLUMNS": "200"}
        done = subprocess.run(
            [COMMAND, *words], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )
        assert done.returncode == status, (words, done.returncode, done.stdout, done.stderr)
        return done

    return command


@pytest.fixture
def imported(api: Api, run: Run, tmp_path: Path) -> Path:
    """The tool file of the whole API, as `import` writes it."""
    (tmp_path / "openapi.json").write_text(json.dumps(description(api.url)))
    run("import", "openapi.json", "--out", "bookings.yaml")
    return tmp_path / "bookings.yaml"


def tools(run: Run, file: Path) -> dict[str, str]:
    """The names of the tools that were imported, by the last words of them."""
    rows: list[dict[str, str]] = json.loads(run("tools", str(file), "--json").stdout)
    return {row["name"].removeprefix("bookings_"): row["name"] for row in rows}


def test_what_was_imported_is_sound_and_refused_until_it_is_proven(api: Api, run: Run, imported: Path) -> None:
    run("check", str(imported))
    names = tools(run, imported)
    assert set(names) == {"list_bookings", "get_booking", "list_rooms", "list_notices"}
    refused = run("call", names["list_bookings"], "--tools", str(imported), status=3)
    assert "definition_unproven" in refused.stderr
    assert api.requests == []


def test_a_proven_tool_hands_over_everything_and_misses_what_vanishes(api: Api, run: Run, imported: Path) -> None:
    name = tools(run, imported)["list_bookings"]
    run("prove", name, "--tools", str(imported))
    whole = run("call", name, "--tools", str(imported), "--json")
    envelope = json.loads(whole.stdout)
    assert envelope["items"] == BOOKINGS
    assert envelope["proof"]["grade"] == "counted"
    api.change("total vanishes")
    assert "channel_vanished" in run("call", name, "--tools", str(imported), status=3).stderr


def test_a_count_of_the_page_and_a_list_without_an_end_stay_unproven(run: Run, imported: Path) -> None:
    names = tools(run, imported)
    run("prove", names["list_notices"], "--tools", str(imported), status=3)
    refused = run("call", names["list_notices"], "--tools", str(imported), status=3)
    assert "definition_unproven" in refused.stderr


def test_a_recording_proves_and_breaks_a_tool_without_the_service(api: Api, run: Run, imported: Path) -> None:
    name = tools(run, imported)["list_bookings"]
    run("prove", name, "--tools", str(imported))
    first = run("call", name, "--tools", str(imported), "--record", "bookings.recording")
    asked = len(api.requests)
    again = run("call", name, "--tools", str(imported), "--replay", "bookings.recording")
    assert again.stdout == first.stdout
    mutated = json.loads(
        run("mutate", name, "--tools", str(imported), "--recording", "bookings.recording", "--json").stdout
    )
    assert mutated["caught"] > 100
    assert len(api.requests) == asked
