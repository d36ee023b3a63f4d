"""The command line: what is delivered where, what each exit status means, and that mistakes are sentences."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from unabridged.schemas.codes import CODES
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.server.arguments import arguments
from unabridged.server.cli import main
from unabridged.server.readable import readable
from unabridged.server.sources import DEMO, find
from unabridged.server.usage import UsageError
from unabridged.server.written import written
from unabridged.tools.bundle import bundled
from unabridged.tools.catalog import read
from unabridged.validators.arguments import misfit

DOCUMENT = Path(__file__).parents[1] / "docs" / "command-line.md"
COMMAND = Path(sys.executable).with_name("unabridged")
COMMANDS = (
    "serve",
    "call",
    "check",
    "tools",
    "calibrate",
    "explain",
    "report",
    "demo",
    "import",
    "prove",
    "mutate",
    "review",
    "drift",
    "mock",
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in this process, with its state in a directory of its own."""
    monkeypatch.setenv("UNABRIDGED_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("UNABRIDGED_TOOLS", raising=False)

    def running(*words: str) -> Ran:
        with pytest.raises(SystemExit) as end:
            main(words)
        out, err = capfdbinary.readouterr()
        assert isinstance(end.value.code, int)
        return Ran(end.value.code, out.decode(), err.decode())

    return running


def ran(*words: str, **environment: str) -> Ran:
    """Run a command in a process of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "UNABRIDGED_TOOLS")}
    done = subprocess.run(
        [COMMAND, *words], capture_output=True, text=True, check=False, env={**kept, **environment}, timeout=60
    )
    return Ran(done.returncode, done.stdout, done.stderr)


# ------------------------------------------------------------------------------------------ the document


@pytest.mark.requirement("P5")
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_the_document_shows_the_help_of_every_command_as_it_is(command: str) -> None:
    words = [command, "--help"] if command else ["--help"]
    shown = re.search(rf"^\$ unabridged {' '.join(words)}\n(.*?)\n```$", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert shown[1] == ran(*words).out.strip()


def test_every_command_is_documented() -> None:
    listed = ran("--help").out.partition("Commands:\n")[2]
    assert tuple(line.split()[0] for line in listed.splitlines()) == COMMANDS


def test_the_version_is_printed() -> None:
    done = ran("--version")
    assert re.fullmatch(r"unabridged \d+\.\d+\.\d+\S*\n", done.out)
    assert done.status == 0


def test_the_version_does_not_wait_for_what_commands_need() -> None:
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "from unabridged.server.cli import main; main(['--version'])"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = {line.rpartition("|")[2].strip() for line in seen.stderr.splitlines()}
    assert "typer" in imported
    assert imported.isdisjoint({"mcp", "pydantic", "httpx2", "rich.table", "ruamel.yaml", "jsonschema"})


# ------------------------------------------------------------------------------------------ call


@pytest.mark.requirement("C1")
def test_a_delivered_answer_goes_to_stdout_and_its_proof_to_stderr(run: Run) -> None:
    done = run("call", "demo_calm")
    assert done.status == 0
    assert len(json.loads(done.out)) == 11
    assert "complete  11 of 11 items" in done.err
    assert "counted (required: counted)" in done.err


@pytest.mark.requirement("C1", "G23")
def test_a_withheld_answer_leaves_stdout_empty_and_says_why(run: Run) -> None:
    done = run("call", "demo_early_end")
    assert (done.status, done.out) == (3, "")
    assert done.err.startswith("withheld  ")
    assert "receipt" in done.err


@pytest.mark.requirement("C1")
def test_an_argument_that_does_not_fit_is_withheld_before_anything_is_asked(run: Run) -> None:
    done = run("call", "demo_list_tickets", "status=nonsense")
    assert done.status == 3
    assert "invalid_arguments" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["call", "demo_clam"], "did you mean demo_calm?"),
        (["call", "github_show_repository"], "--tools github"),
        (["call", "demo_list_tickets", "state=open"], "the tool has no argument 'state'; did you mean status?"),
        (["call", "demo_list_tickets", "open"], "expected key=value, found 'open'"),
        (["call", "demo_list_tickets", "--args", "{"], "--args: expected a JSON object"),
        (["call", "demo_list_tickets", "--args", "[]"], "--args: expected a JSON object"),
        (["call", "x", "--tools", "nowhere.yaml"], "there is no tool file 'nowhere.yaml'"),
        (["prove", "shop_list"], "This is the demo: --tools FILE names another file"),
        (["call", "x", "--tools", "githbu"], "did you mean github?"),
        (["call"], "expected the name of a tool"),
        (["nonsense"], "No such command 'nonsense'"),
        (["serve", "--port", "99999"], "less than or equal to 65535"),
        (["serve", "--transport", "http", "--host", "0.0.0.0"], "UNABRIDGED_HTTP_TOKEN"),
        (["explain", "cursor_mising"], "did you mean cursor_missing?"),
        (["explain", "0123456789"], "receipt"),
        (["tools", "nowhere/"], "there is no tool file"),
        (["tools", ""], "found an empty word"),
        (["tools", "x" * 5000], "cannot be read"),
        (["call", "demo_list_tickets", "status=\udcff"], "expected arguments in UTF-8"),
        (["call", "demo_list_tickets", "--args", '{"status": "\\ud800"}'], "expected arguments in UTF-8"),
    ],
    ids=str,
)
@pytest.mark.requirement("C1")
def test_a_mistake_is_a_sentence_and_status_2(run: Run, words: list[str], said: str) -> None:
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert "Traceback" not in done.err


@pytest.mark.requirement("C6")
@pytest.mark.parametrize(("tool", "status", "word"), [("demo_calm", 0, "complete"), ("demo_stale", 3, "failed")])
def test_json_is_the_envelope_and_nothing_else(run: Run, tool: str, status: int, word: str) -> None:
    done = run("call", tool, "--json")
    assert (done.status, done.err) == (status, "")
    assert json.loads(done.out)["status"] == word


def test_arguments_reach_the_service(run: Run) -> None:
    done = run("call", "demo_list_tickets", "status=pending")
    assert [ticket["id"] for ticket in json.loads(done.out)] == [107, 110]


def test_tools_can_come_from_a_file_and_from_the_environment(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yaml").write_text(DEMO.read_text().replace("demo_calm", "my_calm"))
    assert "my_calm" in run("tools", str(tmp_path / "mine.yaml")).out
    assert "my_calm" in run("tools", str(tmp_path)).out
    monkeypatch.setenv("UNABRIDGED_TOOLS", str(tmp_path / "mine.yaml"))
    assert "my_calm" in run("tools").out


def test_a_terminal_that_cannot_show_a_sign_gets_another(tmp_path: Path) -> None:
    done = ran("explain", "not_json", PYTHONIOENCODING="ascii", UNABRIDGED_STATE=str(tmp_path))
    assert done.status == 0


def test_a_reader_that_goes_away_is_no_reason_to_complain(tmp_path: Path) -> None:
    command = f"'{COMMAND}' tools --json | true"
    environment = {**os.environ, "UNABRIDGED_STATE": str(tmp_path)}
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True, env=environment)
    assert (done.stdout, done.stderr) == ("", "")


def test_an_interrupted_command_ends_with_status_130(tmp_path: Path) -> None:
    environment = {**os.environ, "UNABRIDGED_STATE": str(tmp_path)}
    # who runs in the background of a shell ignores it, and so would the command
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [COMMAND, "demo"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        )
    finally:
        signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("A desk holds")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_a_state_that_cannot_be_kept_breaks_no_call(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("UNABRIDGED_STATE", str(tmp_path / "file"))
    done = run("call", "demo_calm")
    assert done.status == 0
    assert done.err.count("receipts are not kept") == 1


# ------------------------------------------------------------------------------------------ check and tools


@pytest.mark.requirement("C2")
def test_sound_files_pass_the_check(run: Run) -> None:
    done = run("check")
    assert (done.status, done.out) == (0, "")
    assert "no mistakes" in done.err


@pytest.mark.requirement("C2", "L1")
def test_every_mistake_of_a_file_is_named(run: Run, tmp_path: Path) -> None:
    wrong = DEMO.read_text().replace("kind: cursor", "kind: curser").replace("claim: all", "claim: everything")
    (tmp_path / "wrong.yaml").write_text(wrong)
    done = run("check", str(tmp_path / "wrong.yaml"))
    assert done.status == 2
    assert f"{tmp_path}/wrong.yaml:" in done.err
    problems = json.loads(run("check", str(tmp_path / "wrong.yaml"), "--json").out)["problems"]
    assert len(problems) > 1
    assert {"severity", "file", "line", "pointer", "message", "hint"} <= set(problems[0])


@pytest.mark.requirement("L6")
def test_the_expanded_form_says_what_the_engine_runs_on(run: Run) -> None:
    expanded = json.loads(run("check", "--expanded").out)
    calm = next(tool for tool in expanded if tool["name"] == "demo_calm")
    assert calm["request"]["url"] == "/calm/tickets"
    assert calm["walk"]["kind"] == "cursor"
    assert calm["walk"]["next"] == "body:/meta/after_cursor"
    assert calm["provider"]["name"] == "demo"


@pytest.mark.parametrize("name", ["demo", *bundled()])
def test_reading_the_expanded_form_gives_the_same_contract(name: str) -> None:
    contracts = read(find([name], {}).paths).contracts
    assert contracts
    for contract in contracts:
        again = json.loads(json.dumps(written(contract)))
        assert TypeAdapter(Contract).validate_python(again) == contract


def test_tools_are_listed_with_claim_grades_and_price(run: Run) -> None:
    done = run("tools")
    line = next(line for line in done.out.splitlines() if line.startswith("demo_calm"))
    assert re.search(r"all +counted +counted +by hand +~\d", line)
    assert "an estimate" in done.out
    listed = json.loads(run("tools", "--json").out)
    assert {"name", "claim", "required", "reachable", "tokens"} <= set(listed[0])


# ------------------------------------------------------------------------------------------ explain


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(run: Run, code: str) -> None:
    done = run("explain", code)
    shown = " ".join(done.out.split())
    assert done.status == 0
    assert CODES[code].meaning in shown
    assert CODES[code].fix in shown


@pytest.mark.requirement("C3")
def test_a_receipt_shows_pages_attempts_witnesses_and_time(run: Run) -> None:
    run("call", "demo_marker_missing")
    done = run("explain", "last")
    assert done.status == 0
    for section in ("Attempts", "Pages", "Witnesses for", "Time"):
        assert f"\n{section}\n" in done.out
    assert "demo_marker_missing" in done.out
    identity = json.loads(run("explain", "last", "--json").out)["id"]
    assert identity in run("explain", identity[:12]).out


@pytest.mark.requirement("C3")
def test_a_withheld_answer_has_a_receipt_with_the_reasons_against(run: Run) -> None:
    refused = json.loads(run("call", "demo_early_end", "--json").out)["error"]
    done = run("explain", refused["receipt"])
    assert "\nAgainst\n" in done.out
    assert refused["code"] in done.out


# ------------------------------------------------------------------------------------------ arguments

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string"},
        "limit": {"type": "integer"},
        "ratio": {"type": "number"},
        "open": {"type": "boolean"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "numbers": {"type": "array", "items": {"type": "integer"}},
        "where": {"type": "object"},
        "maybe": {"type": ["string", "null"]},
        "free": {},
    },
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("text=5", {"text": "5"}),
        ("text=a=b", {"text": "a=b"}),
        ("text=", {"text": ""}),
        ("limit=5", {"limit": 5}),
        ("limit=-5", {"limit": -5}),
        ("limit=123456789012345678901234567890", {"limit": 123456789012345678901234567890}),
        ("ratio=0.5", {"ratio": 0.5}),
        ("ratio=2", {"ratio": 2}),
        ("open=true", {"open": True}),
        ("open=False", {"open": False}),
        ("labels=new,urgent", {"labels": ["new", "urgent"]}),
        ("labels=", {"labels": []}),
        ('labels=["a,b"]', {"labels": ["a,b"]}),
        ("numbers=1, 2", {"numbers": [1, 2]}),
        ('where={"a":[1]}', {"where": {"a": [1]}}),
        ("maybe=null", {"maybe": None}),
        ("maybe=x", {"maybe": "x"}),
        ("free=5", {"free": 5}),
        ("free=five", {"free": "five"}),
    ],
)
def test_words_become_json_by_the_schema(word: str, expected: Mapping[str, object]) -> None:
    assert arguments([word], None, SCHEMA) == expected


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("limit=five", "argument 'limit': expected a whole number, found 'five'"),
        ("limit=5.5", "expected a whole number"),
        ("limit=\u0665", "expected a whole number"),
        ("ratio=nan", "expected a number"),
        ("ratio=1_000", "expected a number"),
        ("open=yes", "expected true or false"),
        ("numbers=1,x", "expected values with commas"),
        ("numbers=[1", "expected values with commas"),
        ("where=[]", "expected a JSON object"),
        ('where={"a":1,"a":2}', "expected a JSON object"),
        ("lables=x", "did you mean labels?"),
        ("=5", "expected key=value"),
    ],
)
def test_a_word_that_does_not_fit_is_told_so(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        arguments([word], None, SCHEMA)


MAYBE: Mapping[str, Any] = {"type": "null"}
STATE: Mapping[str, Any] = {"type": "string", "enum": ["open", "closed"]}
TREE: Json = [[], [[]]]
CHOICES: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "$defs": {
        "Genre": {"enum": ["poem", "novel"], "type": "string"},
        "Tree": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
        "Loop": {"anyOf": [{"$ref": "#/$defs/Loop"}]},
    },
    "properties": {
        "name": {"anyOf": [{"type": "string"}, MAYBE]},
        "status": {"anyOf": [{"type": "array", "items": STATE}, MAYBE]},
        "genre": {"anyOf": [{"$ref": "#/$defs/Genre"}, MAYBE]},
        "genres": {"type": "array", "items": {"$ref": "#/$defs/Genre"}},
        "limit": {"oneOf": [{"type": "integer"}, MAYBE]},
        "open": {"anyOf": [{"type": "boolean"}, MAYBE]},
        "number": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "version": {"type": ["string", "number", "boolean"]},
        "words": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "state": {"anyOf": [STATE, {"type": "array", "items": STATE}]},
        "ids": {"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "array", "items": STATE}]},
        "nested": {"allOf": [{"anyOf": [{"type": "integer"}, MAYBE]}]},
        "digit": {"enum": ["1", "2"]},
        "where": {"anyOf": [{"type": "object"}, MAYBE]},
        "tree": {"$ref": "#/$defs/Tree"},
        "loop": {"$ref": "#/$defs/Loop"},
    },
}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("name=123", "123"),
        ("name=true", "true"),
        ("name=a,b", "a,b"),
        ("name=null", None),
        ("status=open,closed", ["open", "closed"]),
        ("status=open", ["open"]),
        ("status=null", None),
        ("genre=poem", "poem"),
        ("genres=poem,novel", ["poem", "novel"]),
        ("limit=5", 5),
        ("limit=null", None),
        ("open=False", False),
        ("number=5", 5),
        ("number=007", "007"),
        ("number=five", "five"),
        ("version=1.5", 1.5),
        ("version=1.10", "1.10"),
        ("version=True", "True"),
        ("version=true", True),
        ("words=hello, world", "hello, world"),
        ('words=["a","b"]', ["a", "b"]),
        ("state=open", "open"),
        ("state=open,closed", ["open", "closed"]),
        ("ids=1,2", [1, 2]),
        ("ids=open,closed", ["open", "closed"]),
        ("nested=5", 5),
        ("digit=1", "1"),
        ('where={"a":1}', {"a": 1}),
        ("tree=[[],[[]]]", TREE),
        ("loop=5", 5),
    ],
)
def test_a_word_is_read_by_the_branch_of_a_choice_that_it_fits(word: str, expected: object) -> None:
    assert arguments([word], None, CHOICES) == {word.partition("=")[0]: expected}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("limit=five", "argument 'limit': expected a whole number or null, found 'five'"),
        ("open=yes", "argument 'open': expected true or false or null, found 'yes'"),
        ("where=x", "argument 'where': expected a JSON object or null, found 'x'"),
        ("tree=x", "argument 'tree': expected values with commas between them, or a JSON array, found 'x'"),
    ],
)
def test_a_word_that_fits_no_branch_is_told_what_is_expected(word: str, said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        arguments([word], None, CHOICES)


@pytest.mark.parametrize("choice", ["anyOf", "oneOf"])
def test_a_value_that_fits_no_alternative_is_told_what_each_expects(choice: str) -> None:
    schema = {"properties": {"status": {choice: [{"type": "array", "items": STATE}, MAYBE]}}}
    found = misfit(schema, {"status": ["lost"]})
    assert found is not None
    assert found.message == 'status: "lost" is not one of "open" or "closed", and ["lost"] is not of type "null"'


@pytest.mark.parametrize("word", ["words=\udc80", 'free="\\ud800"'])
def test_half_a_character_is_told_so_whatever_it_could_be(word: str) -> None:
    schema = {**CHOICES, "additionalProperties": True}
    with pytest.raises(UsageError, match="UTF-8"):
        arguments([word], None, schema)


def test_a_pair_wins_over_the_object() -> None:
    assert arguments(["limit=2"], '{"limit": 1, "text": "x"}', SCHEMA) == {"limit": 2, "text": "x"}


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a":1,"a":2}', "[" * 100_000, '"x"', ""])
def test_an_object_that_is_none_is_told_so(text: str) -> None:
    with pytest.raises(UsageError, match="--args"):
        arguments([], text, SCHEMA)


# ------------------------------------------------------------------------------------------ sources and JSON


def test_a_file_wins_over_a_bundled_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = next(iter(bundled()))
    assert find([name], {}).paths == (bundled()[name],)
    (tmp_path / name).write_text("")
    assert find([name], {}).paths == (Path(name),)


def test_without_words_the_environment_is_asked_and_then_the_demo(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("")
    assert find([], {}).demo
    assert find([], {"UNABRIDGED_TOOLS": f"{tmp_path}{os.pathsep}demo"}).paths == (tmp_path / "a.yaml", DEMO)


def test_a_directory_without_tool_files_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no tool file"):
        find([str(tmp_path)], {})


@pytest.mark.parametrize(
    "text", ['[1.10,1e400,"a\\"b,:{"]', "{}", '{"a":[{"b":null}]}', '"x"', "12345678901234567890.0"]
)
@pytest.mark.parametrize("width", [1, 12, 100])
def test_readable_json_changes_nothing_but_the_space(text: str, width: int) -> None:
    assert re.sub(r"\s", "", readable(text, width=width)) == text


def test_signs_that_steer_a_terminal_are_escaped() -> None:
    assert readable('["\x9b31m\u202e"]') == '["\\u009b31m\\u202e"]'
