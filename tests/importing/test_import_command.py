"""`unabridged import`: from the command line to files that pass `check`, with sentences for everything that is left out."""

from __future__ import annotations

import gzip
import json
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from unabridged.server.cli import main
from unabridged.server.remembered import Remembered
from unabridged.tools import source
from unabridged.tools.catalog import read
from unabridged.tools.source import Source


@dataclass(frozen=True, slots=True)
class Ran:
    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in this process and in a directory of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNABRIDGED_STATE", str(tmp_path / "state"))

    def running(*words: str) -> Ran:
        with pytest.raises(SystemExit) as end:
            main(words)
        out, err = capfd.readouterr()
        assert isinstance(end.value.code, int)
        return Ran(end.value.code, out, err)

    return running


def operation(name: str, *, tag: str = "things", **more: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    return {"operationId": name, "tags": [tag], "responses": ok, **more}


def spec(**parts: Any) -> dict[str, Any]:
    paths = {
        "/things": {"get": operation("listThings"), "post": operation("makeThing")},
        "/things/{id}": {"get": operation("showThing"), "delete": operation("dropThing", deprecated=True)},
        "/other/search": {"post": operation("findOther", tag="other")},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Thing API", "version": "1"},
        "servers": [{"url": "https://api.things.test/v1"}],
        "paths": paths,
        **parts,
    }


@pytest.fixture
def described(tmp_path: Path) -> Callable[..., str]:
    def writing(**parts: Any) -> str:
        (tmp_path / "spec.json").write_text(json.dumps(spec(**parts)), "utf-8")
        return "spec.json"

    return writing


def names(*files: Path) -> list[str]:
    catalog = read(files)
    assert [str(one) for one in catalog.problems if one.severity == "error"] == []
    return [contract.name for contract in catalog.contracts]


def test_everything_that_is_not_deprecated_is_imported_into_one_file(
    run: Run, described: Callable[..., str], tmp_path: Path
) -> None:
    ran = run("import", described())
    assert (ran.status, ran.out) == (0, "")
    assert "4 tools, about " in ran.err
    assert "wrote thing.yaml" in ran.err
    found = ["thing_list_things", "thing_make_thing", "thing_show_thing", "thing_find_other"]
    assert names(tmp_path / "thing.yaml") == found
    assert run("check", "thing.yaml").status == 0


CHOICES = [
    (["--include", "*Thing*"], ["list_things", "make_thing", "show_thing"]),
    (["--include", "/things*"], ["list_things", "make_thing", "show_thing"]),
    (["--include", "tag:OTHER"], ["find_other"]),
    (["--include", "GET *"], ["list_things", "show_thing"]),
    (["--include", "get /things"], ["list_things"]),
    (["--exclude", "POST *"], ["list_things", "show_thing"]),
    (["--read-only"], ["list_things", "show_thing", "find_other"]),
    (["--include", "dropThing"], ["drop_thing"]),
    (["--include", "drop*", "--deprecated"], ["drop_thing"]),
]


@pytest.mark.parametrize(("options", "expected"), CHOICES)
def test_globs_choose_operations(
    run: Run, described: Callable[..., str], tmp_path: Path, options: list[str], expected: list[str]
) -> None:
    assert run("import", described(), *options).status == 0
    assert names(tmp_path / "thing.yaml") == [f"thing_{name}" for name in expected]


def test_a_choice_that_finds_nothing_lists_what_there_is(run: Run, described: Callable[..., str]) -> None:
    ran = run("import", described(), "--include", "nothing")
    assert ran.status == 2
    assert "no operation is chosen of the 5 there are" in ran.err
    assert "tag:things (4), tag:other (1)" in ran.err


VAIN = [
    (["--include", "tag:Nope", "--include", "/things"], ["--include 'tag:Nope': no operation", "tag:things (4)"]),
    (["--include", "*/search", "--include", "GET *"], ["a glob of paths begins with `/`: '/*/search'"]),
    (["--include", "*/search"], ["a glob of paths begins with `/`: '/*/search'"]),
    (["--include", "tag:other", "--include", "drop*"], ["'drop*' is of 1 operation that other options, or being dep"]),
    (["--include", "makeThing", "--include", "GET *", "--read-only"], ["'makeThing' is of 1 operation that other"]),
    (["--exclude", "remove*"], ["--exclude 'remove*': no operation"]),
    (["--include", "lost*"], ["GET /lost (lostThing) is left out: nothing stands where its `$ref` refers to"]),
    (["--include", "lost*", "--include", "GET *"], ["GET /lost (lostThing) is left out: nothing stands where"]),
]


@pytest.mark.parametrize(("options", "said"), VAIN)
def test_each_choice_finds_something_or_is_a_mistake(
    run: Run, described: Callable[..., str], options: list[str], said: list[str]
) -> None:
    lost = operation("lostThing", requestBody={"$ref": "#/nowhere"})
    ran = run("import", described(paths={**spec()["paths"], "/lost": {"get": lost}}), *options)
    assert ran.status == 2
    assert [one for one in said if one not in ran.err] == [], ran.err


def test_what_is_left_out_may_be_excluded(run: Run, described: Callable[..., str]) -> None:
    lost = operation("lostThing", requestBody={"$ref": "#/nowhere"})
    paths = {**spec()["paths"], "/lost": {"get": lost}}
    assert run("import", described(paths=paths), "--exclude", "lost*", "--exclude", "drop*").status == 0


@pytest.mark.parametrize("out", ["tools/", "tools"])
def test_a_directory_gets_one_file_for_each_tag(
    run: Run, described: Callable[..., str], tmp_path: Path, out: str
) -> None:
    assert run("import", described(), "--out", out).status == 0
    assert sorted(path.name for path in (tmp_path / "tools").glob("*.yaml")) == ["other.yaml", "things.yaml"]
    assert len(names(tmp_path / "tools")) == 4


def test_json_is_the_same_as_yaml(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    run("import", described())
    run("import", described(), "--format", "json")
    assert read([tmp_path / "thing.yaml"]).contracts == read([tmp_path / "thing.json"]).contracts


def test_a_file_is_written_as_its_name_says(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    assert run("import", described(), "--out", "x.json").status == 0
    assert len(json.loads((tmp_path / "x.json").read_text())["tools"]) == 4
    assert "expected a name that ends in .yaml" in run("import", described(), "--out", "y.json", "--format", "yaml").err


def test_the_same_description_gives_the_same_bytes(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    run("import", described(), "--out", "a.yaml")
    run("import", described(), "--out", "b.yaml")
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()


def test_a_dry_run_writes_nothing(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    ran = run("import", described(), "--dry-run")
    assert ran.status == 0
    assert "would write thing.yaml" in ran.err
    assert not (tmp_path / "thing.yaml").exists()


def test_the_report_says_what_became_of_each_operation(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    paths: dict[str, Any] = {
        "/a": {"get": operation("a")},
        "/b": {"get": {"operationId": "b", "responses": {"200": {"description": "", "content": {"text/csv": {}}}}}},
    }
    ran = run("import", described(paths=paths), "--json", "--report", "report.json")
    report = json.loads(ran.out)
    assert report == json.loads((tmp_path / "report.json").read_text())
    (tool,) = report["tools"]
    assert {name: tool[name] for name in ("name", "method", "path", "claim", "effects")} == {
        "name": "thing_a",
        "method": "GET",
        "path": "/a",
        "claim": "one",
        "effects": "read",
    }
    assert report["skipped"] == [
        {"pointer": "#/paths/~1b/get", "reason": "it answers text/csv, and only JSON can be proven"}
    ]


def test_nothing_is_dated_and_no_secret_is_asked_for(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    schemes = {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}}
    run("import", described(components=schemes, security=[{"token": []}]))
    text = (tmp_path / "thing.yaml").read_text()
    assert "auth: {kind: bearer, token: {env: THING_TOKEN}}" in text
    assert "20" + "26" not in text


def test_a_description_comes_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(json.dumps(spec()).encode())))
    ran = run("import", "-", "--out", "-", "--include", "listThings")
    (tmp_path / "out.yaml").write_text(ran.out)
    assert names(tmp_path / "out.yaml") == ["thing_list_things"]


def test_an_overlay_is_laid_over_first_and_must_fit(run: Run, described: Callable[..., str], tmp_path: Path) -> None:
    actions = [{"target": "$.paths['/things'].get", "update": {"operationId": "allThings"}}]
    overlay = {"overlay": "1.0.0", "info": {"title": "o", "version": "1"}, "actions": actions}
    (tmp_path / "overlay.json").write_text(json.dumps(overlay))
    assert run("import", described(), "--overlay", "overlay.json", "--include", "allThings").status == 0
    assert names(tmp_path / "thing.yaml") == ["thing_all_things"]
    actions[0]["target"] = "$.paths['/nothing']"
    (tmp_path / "overlay.json").write_text(json.dumps(overlay))
    ran = run("import", described(), "--overlay", "overlay.json")
    assert ran.status == 2
    assert "cannot be imported" in ran.err


@pytest.mark.parametrize(("extends", "told"), [("./specs/spec.json", False), ("other.yaml", True), ("", False)])
def test_an_overlay_that_was_written_for_another_document_is_laid_over_and_named(
    extends: str, told: bool, run: Run, described: Callable[..., str], tmp_path: Path
) -> None:
    overlay = {"overlay": "1.0.0", "extends": extends, "actions": [{"target": "$", "update": {"x-seen": True}}]}
    (tmp_path / "overlay.json").write_text(json.dumps(overlay))
    ran = run("import", described(), "--overlay", "overlay.json")
    assert ran.status == 0
    assert ("overlay.json was written for other.yaml, and is laid over spec.json" in ran.err) is told


def test_what_was_written_as_yaml_is_remembered_for_the_first_start(
    run: Run, described: Callable[..., str], tmp_path: Path
) -> None:
    run("import", described(), "--dry-run")
    assert not (tmp_path / "state").exists()
    run("import", described(), "--format", "json")
    assert not (tmp_path / "state").exists()
    run("import", described())
    written = (tmp_path / "thing.yaml").read_bytes()

    def parse(content: bytes, *, is_json: bool) -> Source:
        raise AssertionError("read again")

    remembered = Remembered(tmp_path / "state" / "read", parse)(written, is_json=False)
    assert remembered.value == source.parse(written, is_json=False).value


def test_where_nothing_says_where_the_api_is_somebody_must(
    run: Run, described: Callable[..., str], tmp_path: Path
) -> None:
    ran = run("import", described(servers=[{"url": "/v1"}]))
    assert ran.status == 2
    assert "--base-url" in ran.err
    assert run("import", described(servers=[{"url": "/v1"}]), "--base-url", "https://x.test/v1").status == 0
    assert read([tmp_path / "thing.yaml"]).contracts[0].provider.base_url == "https://x.test/v1"


WRONG = [
    (["nothing.yaml"], "cannot be read"),
    (["spec.json", "--overlay", "nothing.yaml"], "cannot be read"),
    (["http://example.com/x.json"], "cannot be fetched"),
    (["https://127.0.0.1:1/x.json"], "cannot be fetched"),
    (["spec.json", "--base-url", "nonsense"], "--base-url"),
    (["spec.json", "--name", "!"], "--name"),
    (["spec.json", "--report", "no/such/place.json"], "--report"),
    (["spec.json", "--out", "-", "--json"], "--report"),
    (["spec.json", "--out", "spec.json"], "was not written by an import"),
    (["spec.json", "--out", "spec.json/x.yaml"], "cannot be written"),
]


@pytest.mark.parametrize(("words", "says"), WRONG)
def test_a_mistake_is_a_sentence(run: Run, described: Callable[..., str], words: list[str], says: str) -> None:
    described()
    ran = run("import", *words)
    assert ran.status == 2
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("content", ["", "{", "[]", "openapi: 4.0.0", "a: b: c", "openapi: 3.0.0\npaths: {}"])
def test_what_is_no_description_is_said_so(run: Run, tmp_path: Path, content: str) -> None:
    (tmp_path / "x.yaml").write_text(content)
    ran = run("import", "x.yaml")
    assert ran.status == 2
    assert ran.err.startswith("unabridged: ")


# ------------------------------------------------------------------------------------------- from the web


class _Site(BaseHTTPRequestHandler):
    """Serves one description in several ways, some of which are not whole."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        content = json.dumps(spec(servers=[{"url": "../v1"}])).encode()
        match self.path:
            case "/docs/whole.json" | "/docs/whole.json?key=hush":
                self._answer(gzip.compress(content), ("Content-Encoding", "gzip"))
            case "/docs/cut.json":
                self._answer(content[:-20], length=len(content))
            case "/docs/moved.json":
                self._answer(b"", ("Location", "https://elsewhere.test/spec.json"), status=302)
            case _:
                self._answer(b"{}", status=404)

    def _answer(self, content: bytes, *fields: tuple[str, str], status: int = 200, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", "application/json"), *fields):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_description_is_fetched_whole_and_its_servers_are_relative_to_it(run: Run, site: str, tmp_path: Path) -> None:
    ran = run("import", f"{site}/docs/whole.json")
    assert ran.status == 0, ran.err
    (provider,) = {contract.provider.base_url for contract in read([tmp_path / "thing.yaml"]).contracts}
    assert provider == f"{site}/v1"


def test_what_may_be_a_secret_in_the_url_of_a_description_is_written_nowhere(
    run: Run, site: str, tmp_path: Path
) -> None:
    assert run("import", f"{site}/docs/whole.json?key=hush").status == 0
    text = (tmp_path / "thing.yaml").read_text("utf-8") + (tmp_path / "thing.yaml.imported").read_text("utf-8")
    assert f"{site}/docs/whole.json?… (" in text
    assert "hush" not in text


@pytest.mark.parametrize("report", ["spec.json", "./spec.json", "overlay.json", "thing.yaml", "tools/things.yaml"])
def test_a_report_is_not_written_over_what_is_read_or_written(
    run: Run, described: Callable[..., str], tmp_path: Path, report: str
) -> None:
    overlay = {"overlay": "1.0.0", "actions": [{"target": "$.info", "update": {"summary": "x"}}]}
    (tmp_path / "overlay.json").write_text(json.dumps(overlay), "utf-8")
    out = "tools/" if report.startswith("tools") else "thing.yaml"
    words = ["import", described(), "--overlay", "overlay.json", "--out", out]
    assert run(*words).status == 0
    before = (tmp_path / report).read_bytes()
    ran = run(*words, "--report", report)
    assert (ran.status, (tmp_path / report).read_bytes()) == (2, before)
    assert "give the report a file of its own" in ran.err


@pytest.mark.parametrize(("path", "says"), [("cut", "truncated_body"), ("moved", "redirected"), ("none", "status 404")])
def test_a_description_that_does_not_come_whole_is_refused(
    run: Run, site: str, tmp_path: Path, path: str, says: str
) -> None:
    ran = run("import", f"{site}/docs/{path}.json")
    assert ran.status == 2
    assert says in ran.err
    assert not (tmp_path / "thing.yaml").exists()
