"""`unabridged mock` as it is typed: what it writes, what it prints, and what it says of mistakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from unabridged.server.mocking.copying import copy
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import read
from unabridged.tools.mocking.faults import BY_NAME

COMMAND = Path(sys.executable).with_name("unabridged")
PAGE = (Path(__file__).parents[2] / "docs" / "mock.md").read_text("utf-8")
WALKS = Path(__file__).parent / "walks.yaml"


def _environment(directory: Path) -> dict[str, str]:
    named = {"HOME": str(directory), "UNABRIDGED_STATE": "off", "WALKS_TOKEN": "secret", "WALKS_HOST": "unused.example"}
    return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "200", **named}


def run(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, *words], cwd=directory, env=_environment(directory), capture_output=True, text=True, check=False, timeout=60
    )  # fmt: skip


@contextmanager
def mocking(directory: Path, *words: str) -> Generator[str]:
    """Run the mock on a free port until the block ends; gives the line that says that it is ready."""
    process = subprocess.Popen(
        [COMMAND, "mock", *words, "--port", "0"],
        cwd=directory,
        env=_environment(directory),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield process.stderr.readline()
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stderr.close()


def test_the_copies_that_it_writes_ask_it_and_the_log_says_what_they_were_told(tmp_path: Path) -> None:
    words = [str(WALKS), "--items", "7", "--write", "mocked", "--log", "log.jsonl", "--fault", "total_off:walk_single"]
    with mocking(tmp_path, *words) as ready:
        sound = run(tmp_path, "call", "walk_cursor", "--tools", "mocked")
        lied = run(tmp_path, "call", "walk_single", "--tools", "mocked")
    assert ready.startswith("Mocking 18 tools at http://127.0.0.1:")
    assert (sound.returncode, len(json.loads(sound.stdout))) == (0, 7)
    assert (lied.returncode, "total_mismatch" in lied.stderr) == (3, True)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {(line["tool"], line["fault"]) for line in lines} == {("walk_cursor", None), ("walk_single", "total_off")}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--fault", "earl_end"], "did you mean early_end?"),
        (["--fault", "early_end:walk_curser"], "did you mean walk_cursor?"),
        (["--host", "192.0.2.1"], "nothing can listen at 192.0.2.1:4010"),
    ],
)
def test_a_mistake_ends_in_a_sentence(words: Sequence[str], says: str, tmp_path: Path) -> None:
    done = run(tmp_path, "mock", str(WALKS), *words)
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (2, True, False)


SMALL = """
unabridged: 1
api: {name: NAME, base_url: "https://small.example.com"}
tools:
  - {name: NAME_one, description: One., claim: one, request: {url: /one}, response: {schema: {type: object, required: [id]}}}
"""


def small(file: Path, name: str) -> Path:
    """Write a tool file with one tool."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(SMALL.replace("NAME", name), "utf-8")
    return file


@pytest.mark.parametrize("suffix", [".yaml", ".yml"])
def test_a_tool_file_is_never_overwritten_by_its_copy(suffix: str, tmp_path: Path) -> None:
    small(tmp_path / "desk.yaml", "desk")
    asked = (tmp_path / "desk.yaml").rename(tmp_path / f"desk{suffix}")
    (tmp_path / "desk.yaml").touch()
    before = asked.read_bytes(), (tmp_path / "desk.yaml").read_bytes()
    done = run(
        tmp_path, "mock", asked.name, *(["desk.yaml"] if suffix == ".yml" else []), "--port", "0", "--write", "."
    )
    assert (asked.read_bytes(), (tmp_path / "desk.yaml").read_bytes()) == before
    assert (done.returncode, "desk.yaml would be overwritten" in done.stderr) == (2, True)


def test_a_copy_is_written_anew_and_no_other_file_is_overwritten(tmp_path: Path) -> None:
    small(tmp_path / "tools" / "desk.yaml", "desk")
    for _ in range(2):
        with mocking(tmp_path, "tools", "--write", "mocked"):
            pass
    mine = small(tmp_path / "mine" / "desk.yaml", "mine")
    before = mine.read_bytes()
    done = run(tmp_path, "mock", "tools", "--port", "0", "--write", "mine")
    assert mine.read_bytes() == before
    assert (done.returncode, "desk.yaml would be overwritten" in done.stderr) == (2, True)


def test_two_files_of_one_name_are_not_copied_onto_each_other(tmp_path: Path) -> None:
    small(tmp_path / "a" / "x.yaml", "here")
    small(tmp_path / "b" / "x.yml", "there")
    done = run(tmp_path, "mock", "a", "b", "--port", "0", "--write", "mocked")
    assert (done.returncode, "both be written to" in done.stderr, (tmp_path / "mocked").exists()) == (2, True, False)


@pytest.mark.parametrize("option", ["--log", "--write"])
def test_what_cannot_be_written_is_a_mistake(option: str, tmp_path: Path) -> None:
    small(tmp_path / "desk.yaml", "desk")
    done = run(tmp_path, "mock", "desk.yaml", "--port", "0", option, "desk.yaml/inside")
    assert (done.returncode, f"{option}: desk.yaml/inside" in done.stderr, "listen" in done.stderr) == (2, True, False)


def test_a_file_that_is_wrong_is_told_of_and_not_copied(tmp_path: Path) -> None:
    small(tmp_path / "tools" / "desk.yaml", "desk")
    (tmp_path / "tools" / "wrong.yaml").write_text("hello: 1", "utf-8")
    with mocking(tmp_path, "tools", "--write", "mocked") as ready:
        assert ready.startswith("4 errors in these files")
    assert [file.name for file in (tmp_path / "mocked").iterdir()] == ["desk.yaml"]


def test_a_tool_that_cannot_be_honoured_is_left_out_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(
        """
unabridged: 1
api: {name: two, base_url: "https://two.example.com", response: {items: {at: /items, id: /id}}, walk: {kind: single}}
tools:
  - {name: fine, description: Fine., claim: all, request: {url: /a}, complete: {require: counted, total: {at: /total}}}
  - name: contradictory
    description: Cannot be.
    claim: all
    request: {url: /b}
    response: {veto: [{at: body:/ok, not: true}, {at: body:/ok, is: true}]}
    complete: {require: counted, total: {at: /total}}
""",
        "utf-8",
    )
    with mocking(tmp_path, str(file)) as ready:
        pass
    assert "Mocking 1 tool" in ready


def test_nothing_that_can_be_mocked_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "none.yaml"
    file.write_text(
        """
unabridged: 1
api: {name: none, base_url: "https://none.example.com"}
tools:
  - name: contradictory
    description: Cannot be.
    claim: one
    request: {url: /b}
    response: {schema: {type: object}, veto: [{at: body:/ok, not: true}, {at: body:/ok, is: true}]}
""",
        "utf-8",
    )
    done = run(tmp_path, "mock", str(file))
    assert done.returncode == 2
    assert "contradictory is not mocked: partial_flag" in done.stderr


@pytest.mark.parametrize("name", sorted(bundled()))
def test_a_copy_of_a_bundled_file_is_sound_and_asks_nobody_else(name: str, tmp_path: Path) -> None:
    written = copy(bundled()[name], "http://127.0.0.1:4010", tmp_path)
    catalog = read([written])
    assert [str(problem) for problem in catalog.problems] == []
    assert {contract.name for contract in catalog.contracts} == {one.name for one in read([bundled()[name]]).contracts}
    assert all(one.provider.base_url.startswith("http://127.0.0.1:4010/") for one in catalog.contracts)


def test_urls_of_their_own_tokens_and_mirrors_are_the_mock_s_too(tmp_path: Path) -> None:
    file = tmp_path / "far.yaml"
    file.write_text(
        """
unabridged: 1
api:
  name: far
  base_url: "https://{region}.far.example/{version}"
  variables: {region: {default: eu}, version: {default: v2}}
  auth: {kind: oauth2_client_credentials, token_url: "https://login.far.example/oauth/token", client_id: me, client_secret: {env: FAR}}
tools:
  - name: far_list
    description: All.
    claim: all
    request: {url: "https://eu.far.example/v2/things"}
    response: {items: {at: /items, id: /id}}
    walk: {kind: single}
    complete: {require: counted, total: {at: /total}, census: {request: {url: "https://eu.far.example/v2/count"}, at: /n}}
    auth: {kind: oauth2_client_credentials, token_url: "https://login.far.example/mine", client_id: me, client_secret: {env: FAR}}
    policy: {fallback: [{mirror: {name: twin, base_url: "https://twin.far.example/v2"}}]}
""",
        "utf-8",
    )
    text = copy(file, "http://127.0.0.1:4010", tmp_path / "mocked").read_text("utf-8")
    assert "far.example" not in text
    assert "http://127.0.0.1:4010/far/{version}" in text
    assert "http://127.0.0.1:4010/far/oauth/token" in text
    assert "http://127.0.0.1:4010/far/mine" in text


def test_the_page_names_every_lie_with_what_it_says(tmp_path: Path) -> None:
    listed = json.loads(run(tmp_path, "mock", "--list-faults", "--json").stdout)
    assert list(listed) == list(BY_NAME)
    assert [name for name, says in listed.items() if f"| `{name}` | {says} |" not in PAGE] == []
