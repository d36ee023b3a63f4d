"""`call --record`, `call --replay` and `drift` as commands, against a real server that says a secret back."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from tests.standins.wire import Heard, Said, said, serving
from unabridged.schemas.wire import Json
from unabridged.tools.recordings.file import load

pytestmark = pytest.mark.anyio

COMMAND = Path(sys.executable).with_name("unabridged")
CANARY = "c4nary-7Yq0pLw2/Zx+"
TOOLS = """\
unabridged: 1
api:
  name: desk
  base_url: "{origin}"
  network: {{allow: [loopback]}}
  auth: {{kind: bearer, token: {{env: DESK_TOKEN}}}}
tools:
  - name: desk_list_tickets
    description: All tickets of the desk.
    claim: all
    input: {{type: object, properties: {{word: {{type: string}}}}}}
    request: {{url: /tickets, query: {{word: "{{input.word}}"}}}}
    response:
      items: {{at: /tickets, id: /id}}
    walk: {{kind: cursor, more: /more, next: /next, send: "query:after"}}
    complete: {{require: counted, total: {{at: /count}}}}
"""


def _desk(heard: Heard) -> Said:
    """Three tickets in pages of two; every answer repeats the credential that it was sent, in two encodings."""
    credential = heard.headers["authorization"].removeprefix("Bearer ")
    if heard.query.get("word") == "wrong":
        return said({"error": f"no such word for {credential}"}, status=400)
    start = int(heard.query.get("after", "0"))
    tickets: list[Json] = [
        {"id": number, "for": credential, "mail": f"person{number}@example.org"}
        for number in range(start, min(start + 2, 3))
    ]
    coded = base64.b64encode(f"token:{credential}".encode()).decode()
    body: dict[str, Json] = {
        "tickets": tickets,
        "more": start + 2 < 3,
        "next": str(start + 2) if start + 2 < 3 else None,
        "count": 3,
        "debug": coded,
    }
    return said(body, headers={"x-echo": credential})


async def _run(
    *words: str, directory: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    given = {**os.environ, "UNABRIDGED_STATE": str(directory / "state"), "COLUMNS": "200", **(environment or {})}
    return await anyio.run_process([COMMAND, *words], check=False, cwd=directory, env=given)


async def _recorded(directory: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    async with serving(_desk) as origin:
        (directory / "desk.yaml").write_text(TOOLS.format(origin=origin))
        return await _run(
            "call",
            "desk_list_tickets",
            "--tools",
            "desk.yaml",
            *words,
            directory=directory,
            environment={"DESK_TOKEN": CANARY},
        )


@pytest.mark.requirement("G37")
@pytest.mark.parametrize("word", ["fine", "wrong", CANARY])
async def test_no_secret_is_in_the_file_of_a_call_whatever_came_of_it(word: str, tmp_path: Path) -> None:
    told = await _recorded(tmp_path, f"word={word}", "--record", "a.json")
    assert told.returncode == (3 if word == "wrong" else 0)
    text = (tmp_path / "a.json").read_text()
    coded = base64.b64encode(b"token:" + CANARY.encode()).decode()
    for form in (CANARY, CANARY.replace("/", "%2F").replace("+", "%2B"), coded[8:24]):
        assert form not in text
    assert "credentials" in load(tmp_path / "a.json").redacted
    assert b"does not give the same answer" not in told.stderr


OAUTH = """\
unabridged: 1
api:
  name: desk
  base_url: "{origin}"
  network: {{allow: [loopback]}}
  auth:
    {{kind: oauth2_client_credentials, token_url: "{origin}/token", client_id: {{env: ID}}, client_secret: {{env: SECRET}}}}
tools:
  - name: desk_list_tickets
    description: All tickets of the desk.
    claim: all
    request: {{url: /tickets}}
    response: {{items: {{at: /tickets, id: /id}}}}
    walk: {{kind: single}}
    complete: {{require: counted, total: {{at: /count}}}}
"""


def _oauth(heard: Heard) -> Said:
    if heard.path == "/token":
        return said({"access_token": "fetched-4f5e6d7c8b9a", "token_type": "Bearer", "expires_in": 3600})
    return said({"tickets": [{"id": 1, "told": heard.headers["authorization"]}], "count": 1})


@pytest.mark.requirement("G37")
async def test_a_token_that_was_fetched_for_the_call_is_not_in_the_file(tmp_path: Path) -> None:
    async with serving(_oauth) as origin:
        (tmp_path / "desk.yaml").write_text(OAUTH.format(origin=origin))
        words = ("call", "desk_list_tickets", "--tools", "desk.yaml", "--record", "a.json")
        environment = {"ID": "client-a1b2c3", "SECRET": CANARY}
        told = await _run(*words, directory=tmp_path, environment=environment)
    assert (told.returncode, b"fetched-4f5e6d7c8b9a" in told.stdout) == (0, True)
    text = (tmp_path / "a.json").read_text()
    assert not [word for word in ("fetched-", CANARY, "client-a1b2c3", "/token") if word in text]
    again = await _run("call", "--replay", "a.json", "--tools", "desk.yaml", directory=tmp_path)
    assert again.returncode == 0


async def test_a_recording_of_another_tool_is_refused_and_another_end_is_told(tmp_path: Path) -> None:
    await _recorded(tmp_path, "word=fine", "--record", "a.json")
    document = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "end.json").write_text(json.dumps(document | {"ended": {"grade": "counted", "items": 99}}))
    (tmp_path / "other.json").write_text(json.dumps(document | {"tool": "another"}))
    words = ("desk_list_tickets", "--tools", "desk.yaml")
    told = await _run("call", *words, "--replay", "other.json", directory=tmp_path)
    assert told.returncode == 2
    assert b"other.json is a recording of another, not of desk_list_tickets" in told.stderr
    told = await _run("call", "--replay", "end.json", *words[1:], directory=tmp_path)
    assert b"then it was delivered (99 items, counted), and now it is" in told.stderr
    told = await _run("call", "--replay", "a.json", *words[1:], directory=tmp_path)
    assert b"does not end as it did" not in told.stderr


async def test_the_call_is_made_again_without_service_credential_or_arguments(tmp_path: Path) -> None:
    told = await _recorded(tmp_path, "word=fine", "--record", "a.json", "--redact", "/tickets/*/mail")
    again = await _run("call", "--replay", "a.json", "--tools", "desk.yaml", directory=tmp_path)
    assert (told.returncode, again.returncode) == (0, 0), again.stderr
    before, after = json.loads(told.stdout), json.loads(again.stdout)
    assert [one["id"] for one in after] == [one["id"] for one in before] == [0, 1, 2]
    assert [one["mail"][-12:] for one in before] == ["@example.org"] * 3
    assert not [one for one in after if "example" in one["mail"]]
    assert b"grade    counted" in again.stderr
    other = await _run("call", "--replay", "a.json", "--tools", "desk.yaml", "word=other", directory=tmp_path)
    assert other.returncode == 3
    assert b"not_recorded" in other.stderr


async def test_without_redaction_the_bytes_are_the_same_again(tmp_path: Path) -> None:
    told = await _recorded(tmp_path, "--record", "a.json")
    again = await _run("call", "--replay", "a.json", "--tools", "desk.yaml", directory=tmp_path)
    assert again.stdout.replace(_stand_in(again.stdout), CANARY.encode()) == told.stdout


def _stand_in(content: bytes) -> bytes:
    return str(json.loads(content)[0]["for"]).encode()


async def test_a_place_that_holds_nothing_and_a_file_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    told = await _recorded(tmp_path, "--record", "none/a.json", "--redact", "/tickets/*/mial")
    assert told.returncode == 0
    assert b"the recording could not be written" in told.stderr
    told = await _recorded(tmp_path, "--record", "a.json", "--redact", "/tickets/*/mial")
    assert b"nothing stands at /tickets/*/mial" in told.stderr


async def test_a_file_that_is_no_recording_is_not_written_over_and_nothing_is_asked(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(TOOLS.format(origin="http://127.0.0.1:9"))
    (tmp_path / "notes.json").write_text('{"mine": 1}')
    (tmp_path / "kept").mkdir()
    for name, reason in (("notes.json", b"is no recording"), ("desk.yaml", b"is no recording"), ("kept", b"directory")):
        told = await _run("call", "desk_list_tickets", "--tools", "desk.yaml", "--record", name, directory=tmp_path)
        assert (told.returncode, reason in told.stderr, told.stdout) == (2, True, b"")
    assert (tmp_path / "notes.json").read_text() == '{"mine": 1}'


async def test_a_definition_that_changed_since_is_told(tmp_path: Path) -> None:
    await _recorded(tmp_path, "--record", "a.json")
    file = tmp_path / "desk.yaml"
    file.write_text(file.read_text().replace("All tickets", "Every ticket"))
    again = await _run("call", "--replay", "a.json", "--tools", "desk.yaml", directory=tmp_path)
    assert b"was changed since" in again.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("call",), b"expected the name of a tool"),
        (("call", "--replay", "none.json"), b"cannot be read"),
        (("call", "demo_calm", "--record", "a", "--replay", "b"), b"found both"),
        (("call", "demo_calm", "--redact", "/a"), b"expected --record"),
        (("call", "--replay", "a", "--redact", "/a"), b"expected --record"),
        (("call", "demo_calm", "--record", "a", "--redact", "email"), b"expected a place in a recording"),
        (("drift", "--recordings", "none"), b"there is no directory"),
        (("drift", "no_such_tool"), b"there is no tool"),
    ],
)
async def test_wrong_usage_is_told_in_a_sentence(words: tuple[str, ...], reason: bytes, tmp_path: Path) -> None:
    told = await _run(*words, directory=tmp_path)
    assert (told.returncode, reason in told.stderr, b"Traceback" in told.stderr) == (2, True, False), told.stderr


def _drifting(calls: list[str]) -> Said:
    """The desk, which names its tickets no more from the fifth call on."""
    numbers: list[Json] = [1, 2, 3]
    nothing: list[Json] = [None, None, None]
    ids = numbers if len(calls) < 4 else nothing
    calls.append("")
    return said({"tickets": [{"id": one, "title": "t"} for one in ids], "more": False, "next": None, "count": 3})


async def test_drift_is_told_from_recordings_and_receipts_with_status_3(tmp_path: Path) -> None:
    calls: list[str] = []
    (tmp_path / "kept").mkdir()
    async with serving(lambda _: _drifting(calls)) as origin:
        (tmp_path / "desk.yaml").write_text(TOOLS.format(origin=origin))
        for number in range(8):
            record = ("--record", f"kept/{number}.json") if number % 2 else ()
            words = ("call", "desk_list_tickets", "--tools", "desk.yaml", *record)
            told = await _run(*words, directory=tmp_path, environment={"DESK_TOKEN": CANARY})
            assert (told.returncode == 0) == (number < 4)
    told = await _run("drift", "--tools", "desk.yaml", "--recordings", "kept", "--json", directory=tmp_path)
    [found] = json.loads(told.stdout)["tools"]
    assert (told.returncode, found["before"], found["after"], found["shapes"]) == (3, 4, 4, 4)
    drift, refusals = found["drifts"]
    assert (refusals["kind"], refusals["where"], refusals["times"]) == ("refusals_rose", "id_missing", 4)
    assert (drift["kind"], drift["where"], drift["breaking"]) == ("type_changed", "body:/tickets/*/id", True)
    assert (drift["times"], drift["of"], drift["last"]["name"]) == (2, 2, "7.json")
    shown = await _run("drift", "desk_list_tickets", "--tools", "desk.yaml", "--recordings", "kept", directory=tmp_path)
    assert b"it was integer, and is null" in shown.stdout
    assert b"unabridged prove desk_list_tickets" in shown.stdout
    alone = await _run("drift", "--tools", "desk.yaml", directory=tmp_path)
    assert alone.returncode == 3
    assert b"receipts show outer" in alone.stdout
    assert b"id_missing" in alone.stdout


def _renaming(renamed: list[str], heard: Heard) -> Said:
    """Seven tickets in pages of as many as asked for, two at most; later the count is called otherwise."""
    size, start = min(int(heard.query.get("size", "2")), 2), int(heard.query.get("after", "0"))
    more = start + size < 7
    tickets: list[Json] = [{"id": number, "title": "t"} for number in range(start, min(start + size, 7))]
    name = "total" if renamed else "count"
    return said({"tickets": tickets, "more": more, "next": str(start + size) if more else None, name: 7})


async def test_a_proof_is_what_later_calls_are_compared_with(tmp_path: Path) -> None:
    renamed: list[str] = []
    sized = TOOLS.replace('"query:after"}}', '"query:after", page_size: {{send: "query:size", ask: 2}}}}')
    token = {"DESK_TOKEN": CANARY}
    call = ("call", "desk_list_tickets", "--tools", "desk.yaml")
    async with serving(lambda heard: _renaming(renamed, heard)) as origin:
        (tmp_path / "desk.yaml").write_text(sized.format(origin=origin))
        proven = await _run("prove", "desk_list_tickets", "--tools", "desk.yaml", directory=tmp_path, environment=token)
        assert proven.returncode == 0, proven.stdout + proven.stderr
        assert (await _run(*call, directory=tmp_path, environment=token)).returncode == 0
        same = await _run("drift", "--tools", "desk.yaml", directory=tmp_path)
        assert (same.returncode, b"the same" in same.stdout, b"with the proof" in same.stdout) == (0, True, True)
        renamed.append("")
        refused = await _run(*call, "--record", "kept.json", directory=tmp_path, environment=token)
        assert b"channel_vanished" in refused.stderr
    told = await _run("drift", "--tools", "desk.yaml", "--recordings", ".", "--json", directory=tmp_path)
    [found] = json.loads(told.stdout)["tools"]
    drifts = {(one["kind"], one["where"]): one["breaking"] for one in found["drifts"]}
    assert told.returncode == 3
    assert drifts[("field_vanished", "body:/count")]
    assert drifts[("field_appeared", "body:/total")] is False
