"""`unabridged prove` as it is called: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.paged import serving
from unabridged.schemas.contract import Contract
from unabridged.tools import catalog
from unabridged.tools.doubting import unsettled
from unabridged.tools.proof import lock_of, read_lock

COMMAND = Path(sys.executable).with_name("unabridged")
NOW = 2_000_000_000.0

FILE = """
unabridged: 1
api:
  name: paged
  base_url: {origin}
  network: {{allow: [loopback]}}
tools:
  - name: list_items
    description: All items.
    claim: all
    request: {{url: /offset}}
    response: {{items: {{at: /items, id: /id}}}}
    walk: {{kind: offset, send: query:{send}, page_size: {{send: query:limit, ask: 10}}}}
    complete: {{require: counted, total: {{at: /total}}}}
    provenance:
      walk.send: {{source: openapi, rule: name/offset, confidence: 0.6}}
      complete.total: {{source: openapi, rule: name/total, confidence: 0.6}}
  - name: make_item
    description: Makes an item.
    effects: write
    claim: one
    request: {{method: POST, url: /offset, body: {{}}}}
    provenance:
      claim: {{source: openapi, rule: name, confidence: 0.6}}
"""


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    out: str
    err: str


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with serving() as address:
        yield address


def written(directory: Path, origin: str, *, send: str = "offset") -> Path:
    file = directory / "paged.yaml"
    file.write_text(FILE.format(origin=origin, send=send))
    return file


def ran(*words: object, home: Path, **variables: str) -> Ran:
    environment = {**os.environ, "XDG_STATE_HOME": str(home), "XDG_CACHE_HOME": str(home), **variables}
    environment.pop("COLUMNS", None)
    done = subprocess.run(
        [COMMAND, *map(str, words)], capture_output=True, text=True, check=False, env=environment, timeout=60
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def listed(file: Path) -> Contract:
    return next(contract for contract in catalog.read([file]).contracts if contract.name == "list_items")


def test_a_proof_is_kept_beside_the_file_and_settles_the_inferred_lines(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    assert unsettled(listed(file), NOW) == ("complete.total", "walk.send")
    done = ran("prove", "list_items", "--tools", file, "--valid-for", 3650, home=tmp_path)
    assert done.status == 0, done
    assert "walk.send          proven  two pages" in done.out
    assert "walk: {page_size: {max: 10}}" in done.out
    proof = read_lock(lock_of(file)).tools["list_items"]
    assert proof.sizes.clamp == 10
    assert proof.count == "walk"
    assert len(proof.observations) > 5
    assert unsettled(listed(file), proof_time(proof.proven_at)) == ()


def proof_time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_wrong_parameter_is_refuted_and_the_tool_stays_unproven(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin, send="start")
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 3
    assert "page 2 is page 1 again" in done.out
    assert "The tool is refused (definition_unproven) until these lines are others: " in done.out
    called = ran("call", "list_items", "--tools", file, home=tmp_path)
    assert called.status == 3
    assert "definition_unproven" in called.err


def test_an_inferred_line_that_stays_open_is_left_to_a_person(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    file.write_text(file.read_text().replace("complete.total: {source", "walk.absence: {source"))
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 3
    assert "No experiment showed walk.absence: prove with other arguments" in done.out


def test_nothing_is_written_without_leave(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    done = ran("prove", "list_items", "--tools", file, "--dry-run", "--json", home=tmp_path)
    told = json.loads(done.out)
    assert done.status == 0
    assert told["proven"] is True
    assert told["lock"] is None
    assert told["lines"]["complete.total"]["outcome"] == "proven"
    assert told["proposals"] == [
        {
            "line": {"walk": {"page_size": {"max": 10}}},
            "because": "no page ever held more than 10 items",
            "grade": None,
            "needs": None,
        }
    ]
    assert not lock_of(file).exists()


def test_a_tool_that_writes_is_refused_with_the_reason(tmp_path: Path, origin: str) -> None:
    done = ran("prove", "make_item", "--tools", written(tmp_path, origin), home=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "it writes, and an experiment must change nothing" in done.err
    assert "take those that are true out of `provenance` (claim)" in " ".join(done.err.split())


def test_a_service_that_is_not_there_takes_no_earlier_proof_away(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    before = lock_of(file).read_bytes()
    written(tmp_path, "http://127.0.0.1:9")
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 3
    assert "unreachable" in done.out
    assert lock_of(file).read_bytes() == before


def test_a_recording_is_proven_without_the_service(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    recording = tmp_path / "items.json"
    assert ran("call", "list_items", "--tools", file, "--record", recording, home=tmp_path).status == 0
    lock_of(file).unlink()
    done = ran("prove", "list_items", "--tools", file, "--recording", recording, "--dry-run", "--json", home=tmp_path)
    told = json.loads(done.out)
    assert told["lines"]["response.items"]["outcome"] == "proven"
    assert told["lines"]["walk.page_size"]["outcome"] == "open"
    assert done.status == 3


def test_all_that_can_be_is_proven_and_the_rest_is_named_with_the_reason(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    done = ran("prove", "--all", "--tools", file, "--json", home=tmp_path)
    items, made = json.loads(done.out)
    assert done.status == 0
    assert (items["tool"], items["proven"], items["lock"]) == ("list_items", True, str(lock_of(file)))
    assert made == {"tool": "make_item", "left_out": "it writes, and an experiment must change nothing"}
    assert set(read_lock(lock_of(file)).tools) == {"list_items"}
    assert ran("prove", "list_items", "--all", "--tools", file, home=tmp_path).status == 2
    assert ran("prove", "--tools", file, home=tmp_path).status == 2


def test_where_nothing_was_tried_with_all_nothing_is_proven(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    needy = "input: {type: object, required: [id], properties: {id: {type: string}}}"
    text = file.read_text().replace("claim: all", f"claim: all\n    {needy}")
    file.write_text(text.replace("{url: /offset}", "{url: /offset, query: {id: '{input.id}'}}"))
    done = ran("prove", "--all", "--tools", file, home=tmp_path)
    assert "it needs id" in done.out
    assert done.status == 3


def test_all_tools_that_are_sound_are_proven_and_a_wrong_one_is_told_of(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    file.write_text(file.read_text().replace("claim: one", "claim: twice"))
    done = ran("prove", "--all", "--tools", file, "--json", home=tmp_path)
    assert [tool["tool"] for tool in json.loads(done.out)] == ["list_items"]
    assert "1 error in these files" in done.err, done
    assert done.status == 2


ENDLESS = """
unabridged: 1
api:
  name: paged
  base_url: {origin}
  network: {{allow: [loopback]}}
tools:
  - name: list_items
    description: All items.
    claim: all
    request: {{url: {path}}}
    response: {{items: {{at: /items, id: /id}}}}
    walk: {{kind: offset, send: query:offset, page_size: {{send: query:limit, ask: 10}}}}
    provenance: {{walk.send: {{source: openapi, rule: name/offset, confidence: 0.6}}}}
"""


def test_a_tool_whose_lines_are_proven_and_that_delivers_nothing_is_no_success(tmp_path: Path, origin: str) -> None:
    file = tmp_path / "paged.yaml"
    file.write_text(ENDLESS.format(origin=origin, path="/offset"))
    done = ran("prove", "list_items", "--tools", file, "--json", home=tmp_path)
    told = json.loads(done.out)
    assert (told["proven"], told["delivers"]) == (True, False)
    assert done.status == 3
    many = ran("prove", "--all", "--tools", file, home=tmp_path)
    assert many.status == 3
    assert "it delivers nothing: unexpected_empty_page" in many.out
    one = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert one.status == 3
    assert "proven, but it delivers nothing" in one.out


def test_a_service_that_gives_nothing_is_told_of_in_one_sentence(tmp_path: Path, origin: str) -> None:
    file = tmp_path / "paged.yaml"
    file.write_text(ENDLESS.format(origin="http://127.0.0.1:9", path="/offset"))
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 3
    assert "unreachable" in done.out
    assert "no experiment can tell" not in done.out
    assert "nothing was seen, so no line could be looked at" in " ".join(done.out.split())


def test_the_report_names_the_lines_of_which_nothing_was_seen_this_time(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    first = read_lock(lock_of(file)).tools["list_items"]
    again = ran("prove", "list_items", "--tools", file, "--max-requests", 4, home=tmp_path)
    assert "Nothing was seen this time of" in again.out
    assert read_lock(lock_of(file)).tools["list_items"].until == first.until


def test_the_report_says_with_which_arguments_a_line_was_refuted_and_what_lifts_that(
    tmp_path: Path, origin: str
) -> None:
    file = written(tmp_path, origin)
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    lock = json.loads(lock_of(file).read_text())
    tool = lock["tools"]["list_items"]
    tool["proven_at"] = "2026-01-02T03:04:05Z"
    tool["lines"]["walk.send"] = {"outcome": "refuted", "by": "two pages", "says": "no", "under": {"1f": ["status"]}}
    lock_of(file).write_text(json.dumps(lock))
    again = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert again.status == 3
    assert "as of 2026-01-02: no" in again.out
    assert "walk.send was refuted on 2026-01-02 with status, and stays so" in again.out
    assert "prove with these same arguments again, or remove the lock" in again.out
    assert ran("call", "list_items", "--tools", file, home=tmp_path).status == 3
    lock_of(file).unlink()
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0


def test_the_report_says_which_proof_counts_no_longer(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    filtering = "input: {type: object, properties: {first: {type: string}}}\n    request: {url: /offset, query: {first: '{input.first}'}}"
    file.write_text(file.read_text().replace("request: {url: /offset}", filtering, 1))
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    again = ran("prove", "list_items", "first=14", "--tools", file, home=tmp_path)
    assert again.status == 3
    assert "What was seen speaks against complete.total, walk: what an earlier experiment proved" in again.out
    assert "kept until" not in again.out
    assert ran("call", "list_items", "--tools", file, home=tmp_path).status == 3


def test_the_report_names_the_locked_fields_and_says_where_there_is_none(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    told = json.loads(ran("prove", "list_items", "--tools", file, "--dry-run", "--json", home=tmp_path).out)
    assert set(told["locked"]) >= {"/items", "/total"}
    assert told["kept"] == []
    listed = "walk: {kind: offset, send: query:offset, page_size: {send: query:limit, ask: 10}}"
    assert listed in file.read_text()
    file.write_text(file.read_text().replace(listed, "walk: {kind: single}"))
    alone = ran("prove", "list_items", "--tools", file, "--dry-run", home=tmp_path)
    assert "No field beside the items could be locked" in alone.out


def test_a_recording_is_proven_with_its_own_variables(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    text = file.read_text().replace("network:", "variables: {team: {env: PAGED_TEAM}}\n  network:")
    text = text.replace("url: /offset}", "url: /offset, query: {team: '{var.team}'}}")
    file.write_text(text.replace("claim: all", "claim: all\n    policy: {unproven: flag}"))
    recording = tmp_path / "items.json"
    kept = ran("call", "list_items", "--tools", file, "--record", recording, home=tmp_path, PAGED_TEAM="the-blue-team")
    assert recording.exists(), kept
    for variables in ({}, {"PAGED_TEAM": "the-red-team"}):
        again = ("prove", "list_items", "--tools", file, "--recording", recording, "--dry-run", "--json")
        told = json.loads(ran(*again, home=tmp_path, **variables).out)
        assert told["lines"]["response.items"]["outcome"] == "proven"


@pytest.mark.requirement("L10")
def test_a_recording_proves_as_of_the_day_on_which_it_was_made(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    assert ran("prove", "list_items", "--tools", file, home=tmp_path).status == 0
    kept = lock_of(file).read_bytes()
    recording = tmp_path / "items.json"
    assert ran("call", "list_items", "--tools", file, "--record", recording, home=tmp_path).status == 0
    proving = ("prove", "list_items", "--tools", file, "--recording", recording)
    made = json.loads(recording.read_text())["at"]
    lock_of(file).unlink()
    told = json.loads(ran(*proving, "--json", home=tmp_path).out)
    assert proof_time(told["until"]) - made == pytest.approx(30 * 86_400, abs=1)
    assert told["lock"] == str(lock_of(file))

    lock_of(file).write_bytes(kept)
    for days, says in ((1, "the proof that is kept is newer"), (31, "has run out")):
        recording.write_text(recording.read_text().replace(str(made), str(made - days * 86_400)))
        made -= days * 86_400
        done = ran(*proving, home=tmp_path)
        assert "nothing was written" in done.out
        assert says in " ".join(done.out.split()), done
        assert lock_of(file).read_bytes() == kept


@pytest.mark.parametrize("content", ["", "no JSON", '{"unabridged_lock": 2}'])
def test_a_damaged_lock_is_replaced_by_a_new_proof(content: str, tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    lock_of(file).write_text(content)
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 0, done
    assert "paged.yaml.lock: expected" in done.err
    assert "a new proof replaces it" in done.err
    assert set(read_lock(lock_of(file)).tools) == {"list_items"}


def test_a_lock_that_cannot_be_read_is_replaced_by_nothing(tmp_path: Path, origin: str) -> None:
    """What it holds is not known to be damaged: the disk, or who may read it, can be at fault."""
    file = written(tmp_path, origin)
    lock_of(file).symlink_to(lock_of(file))
    done = ran("prove", "list_items", "--tools", file, home=tmp_path)
    assert done.status == 2, done
    assert "expected a lock file that can be read" in done.err
    assert lock_of(file).is_symlink()


def test_a_damaged_lock_stays_in_a_dry_run(tmp_path: Path, origin: str) -> None:
    file = written(tmp_path, origin)
    lock_of(file).write_text("no JSON")
    assert ran("prove", "list_items", "--tools", file, "--dry-run", home=tmp_path).status == 0
    assert lock_of(file).read_text() == "no JSON"
