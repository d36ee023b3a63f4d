"""Looking through a recording: what is in it by place and form, what looks wrong, and never a value."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from unabridged.schemas.recording import Ended, Exchange, Recording
from unabridged.schemas.wire import Body, Fault, Request, Response
from unabridged.tools.recordings.file import load, recording_text, save
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.redacting import redacted
from unabridged.tools.recordings.surveying import SUSPICIONS, survey

COMMAND = Path(sys.executable).with_name("unabridged")
PAGE = b'{"items":[{"id":1,"email":"ada@example.org","note":"call me"},{"id":2,"email":null,"note":"x"}]}'


def _recording(content: bytes = PAGE) -> Recording:
    request = Request(method="GET", url="https://a.test/items?page=1")
    response = Response(
        status=200, headers=(("x-session", "abc"),), content=content, framing="chunked", received_at=1.0
    )
    fault = Fault(kind="connect", code="unreachable", sent="never", detail="refused")
    return Recording(
        tool="list_items",
        at=1.0,
        arguments={"who": "ada"},
        ended=Ended(grade="counted", items=2),
        exchanges=tuple(Exchange(request=request, outcome=outcome) for outcome in (fault, response)),
    )


def test_a_survey_names_requests_places_types_and_forms() -> None:
    found = survey(_recording())
    assert [(one.method, one.host, one.path, one.times, one.outcomes) for one in found.asked] == [
        ("GET", "a.test", "/items", 2, ("unreachable", "200"))
    ]
    fields = {one.place: one for one in found.fields}
    assert (fields["/items/*/email"].types, fields["/items/*/email"].values) == (("text", "null"), 2)
    assert fields["/items/*/email"].forms == ("aaa@aaaaaaa.aaa", "aaaa")
    assert {"input:/who", "query:page", "header:x-session", "/items/*/id"} <= set(fields)
    assert [one.place for one in found.suspicious] == ["/items/*/email"]


def test_a_survey_names_what_is_no_json_and_it_can_be_taken_out() -> None:
    text = b"<p>Write to ada@example.org or call +49 30 901820</p>"
    form = Body(content=b"mail=bo%40example.org&n=1", media="application/x-www-form-urlencoded")
    recording = _recording(text)
    sent = replace(recording.exchanges[1], request=replace(recording.exchanges[1].request, body=form))
    recording = replace(recording, exchanges=(sent,))
    found = {one.place: one for one in survey(recording).fields}
    assert found["body:"].looks == ("an e-mail address",)
    assert found["query:mail"].looks == ("an e-mail address",)
    kept = redacted(recording, Hiding(key=b"k", places=("body:", "query:mail")))
    assert kept.redacted == ("body:", "query:mail")
    assert survey(kept).suspicious == ()
    outcome = kept.exchanges[0].outcome
    assert isinstance(outcome, Response)
    assert outcome.content[:2] + outcome.content[-1:] != text[:2] + text[-1:]
    assert (outcome.content[:1], len(outcome.content)) == (b"<", len(text))
    assert b"example" not in recording_text(kept).encode()


def test_a_survey_shows_no_value() -> None:
    shown = repr(survey(_recording()))
    assert not [value for value in ("ada@", "call me", "abc") if value in shown]


@pytest.mark.parametrize(
    ("name", "text", "looks"),
    [
        ("a", "write to ada@example.org", "an e-mail address"),
        ("a", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "a token or key"),
        ("a", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "a token or key"),
        ("a", "https://user:pass@host.test/", "a token or key"),
        ("a", "-----BEGIN RSA PRIVATE KEY-----", "a token or key"),
        ("a", "4111 1111 1111 1111", "a card number"),
        ("a", "192.0.2.17", "an IP address"),
        ("a", "+49 (30) 901820", "a telephone number"),
        ("last_name", "Lovelace", "personal, by its name"),
        ("a", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b", "a long random text"),
        ("a", "2026-11-21T17:00:00Z", None),
        ("a", "59833787-2cf9-4fdf-8782-e53db20768a5", None),
        ("name", "a title of seven words or so", None),
        ("a", "4111 1111 1111 1112", "a telephone number"),
        ("a", "https://a.test/tickets/17", None),
        ("a", "1764590400", None),
    ],
)
def test_what_a_text_looks_like(name: str, text: str, looks: str | None) -> None:
    assert next((said for suspect in SUSPICIONS if (said := suspect(name, text))), None) == looks


def _run(*words: str, directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "UNABRIDGED_STATE": "off"}
    return subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, cwd=directory, env=environment, check=False
    )


def test_nothing_is_marked_as_reviewed_without_a_person_who_says_so(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    told = _run("review", "a.json", directory=tmp_path)
    assert (told.returncode, load(tmp_path / "a.json").reviewed) == (3, False)
    assert "not reviewed" in told.stdout
    assert "--redact '/items/*/email'" in told.stdout
    assert "ada@" not in told.stdout


def test_a_script_may_take_out_and_mark(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    told = _run("review", "a.json", "--redact", "/items/*/email", "--yes", "--json", directory=tmp_path)
    kept = load(tmp_path / "a.json")
    assert (told.returncode, kept.reviewed, kept.redacted) == (0, True, ("body:/items/*/email",))
    assert json.loads(told.stdout)[0]["suspicious"] == []
    assert "ada@" not in (tmp_path / "a.json").read_text()
    assert _run("review", "a.json", directory=tmp_path).returncode == 0


def test_taking_out_more_undoes_the_review(tmp_path: Path) -> None:
    save(tmp_path / "a.json", Recording(tool="t", at=1.0, exchanges=_recording().exchanges, reviewed=True))
    assert _run("review", "a.json", "--redact", "/items/*/note", directory=tmp_path).returncode == 3
    assert not load(tmp_path / "a.json").reviewed


def test_a_place_at_which_nothing_stands_is_told(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    before = (tmp_path / "a.json").read_bytes()
    told = _run("review", "a.json", "--redact", "/items/*/mail", "--yes", directory=tmp_path)
    assert "nothing stands at /items/*/mail" in told.stderr
    assert told.returncode == 2
    assert (tmp_path / "a.json").read_bytes() == before


@pytest.mark.parametrize("word", ["header:X-Session", "$.items[*].email", "query:page", "input:/who", "body:/items"])
def test_a_place_may_be_written_in_each_way(word: str, tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    assert _run("review", "a.json", "--redact", word, "--yes", directory=tmp_path).returncode == 0
    assert load(tmp_path / "a.json").reviewed


def test_a_stand_in_of_what_was_taken_out_is_proposed_nowhere_else() -> None:
    request = Request(method="GET", url="https://a.test/?email=ada.lovelace%40example.org")
    exchanges = (Exchange(request=request, outcome=_recording().exchanges[1].outcome),)
    recording = Recording(tool="t", at=1.0, arguments={"email": "ada.lovelace@example.org"}, exchanges=exchanges)
    kept = redacted(recording, Hiding(key=b"k", places=("input:/email", "/items/*/email")))
    assert survey(recording).suspicious
    assert survey(kept).suspicious == ()


@pytest.mark.parametrize(
    "name",
    ["ada@example.org", "59833787-2cf9-4fdf-8782-e53db20768a5", "4711", "+49 30 901820", "9f86d081884c7d659a2feaa0c5"],
)
def test_names_that_look_like_data_are_not_shown(name: str) -> None:
    recording = _recording(json.dumps({"by": {name: {"n": 1}}, "plain_name": 2}).encode())
    request = Request(method="GET", url=f"https://a.test/people/{quote(name)}?{quote(name)}=1")
    found = survey(replace(recording, exchanges=(replace(recording.exchanges[1], request=request),)))
    assert {"/by/*/n", "/plain_name"} <= {one.place for one in found.fields}
    assert name not in repr(found)
    assert quote(name) not in repr(found)
    assert found.asked[0].path.startswith("/people/")


@pytest.mark.parametrize(("content", "word"), [("{}", "a.json"), ("not JSON", "a.json:1")])
def test_a_file_that_is_no_recording_is_wrong_usage(content: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(content)
    told = _run("review", "a.json", directory=tmp_path)
    assert told.returncode == 2
    assert word in told.stderr
    assert "Traceback" not in told.stderr


def test_names_that_a_service_chose_cannot_move_the_terminal(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording(b'{"\\u001b[2Jgone\\u0007": "ada@example.org"}'))
    told = _run("review", "a.json", directory=tmp_path)
    assert "\x1b" not in told.stdout
    assert "\x07" not in told.stdout
    assert "\\u001b[2Jgone" in told.stdout


def test_a_person_at_a_terminal_takes_out_more_and_then_says_yes(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "review", "a.json"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path
    ) as process:
        os.close(theirs)
        os.write(ours, b"/items/*/email\nno place\n/items/*/mail\n\ny\n")
        process.wait(30)
    kept = load(tmp_path / "a.json")
    assert (process.returncode, kept.reviewed, kept.redacted) == (0, True, ("body:/items/*/email",))
    assert b"nothing stands at /items/*/mail" in os.read(ours, 100_000)
    os.close(ours)


def test_who_ends_the_input_takes_nothing_out_and_says_no(tmp_path: Path) -> None:
    save(tmp_path / "a.json", _recording())
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [COMMAND, "review", "a.json"], stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path
    ) as process:
        os.close(theirs)
        os.write(ours, b"\x04\x04")
        process.wait(30)
    assert (process.returncode, load(tmp_path / "a.json").reviewed) == (3, False)
    assert b"internal error" not in os.read(ours, 100_000)
    os.close(ours)
