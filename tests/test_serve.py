"""`unabridged serve` as a process: a newcomer's client connects, sees a recovery and a refusal, and both leave a receipt."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

COMMAND = Path(sys.executable).with_name("unabridged")
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}


@contextmanager
def serving(state: Path, *words: str, **environment: str) -> Generator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [COMMAND, "serve", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "UNABRIDGED_STATE": str(state), **environment},
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def asked(process: subprocess.Popen[str], method: str, **parameters: Any) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())["result"]


def test_without_a_path_the_demo_is_served_with_its_desk(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        asked(process, "initialize", **HELLO)
        names = [tool["name"] for tool in asked(process, "tools/list")["tools"]]
        recovered = asked(process, "tools/call", name="demo_list_tickets", arguments={"status": "open"})
        refused = asked(process, "tools/call", name="demo_never_recovers", arguments={})
    assert "demo_surplus" in names
    assert recovered["structuredContent"]["proof"]["count"] == len(recovered["structuredContent"]["items"]) == 7
    assert refused["isError"]
    assert refused["content"][0]["text"].startswith("FAILED end_marker_missing:")
    for answer in (recovered["structuredContent"]["proof"], refused["structuredContent"]["error"]):
        shown = subprocess.run(
            [COMMAND, "explain", answer["receipt"]],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "UNABRIDGED_STATE": str(tmp_path)},
        )
        assert answer["receipt"] in shown.stdout


def test_recoveries_can_be_watched_as_often_as_one_likes(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        asked(process, "initialize", **HELLO)
        refused = [asked(process, "tools/call", name="demo_cursor_loop", arguments={}) for _ in range(20)]
        recovered = asked(process, "tools/call", name="demo_login_page", arguments={})
    assert {answer["structuredContent"]["error"]["code"] for answer in refused} == {"cursor_loop"}
    assert recovered["structuredContent"]["status"] == "complete"


def test_the_end_of_input_is_the_end_of_the_server(tmp_path: Path) -> None:
    with serving(tmp_path) as process:
        asked(process, "initialize", **HELLO)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=20) == 0


@pytest.mark.requirement("M6")
def test_it_says_where_it_listens_and_ends_on_a_signal(tmp_path: Path) -> None:
    with serving(tmp_path, "--transport", "http", "--port", "0") as process:
        assert process.stderr is not None
        found = re.search(r"listening on (http://127\.0\.0\.1:\d+\S*)", process.stderr.readline())
        assert found is not None
        ready = httpx2.get(httpx2.URL(found[1]).join("/readyz"), trust_env=False)
        process.send_signal(signal.SIGTERM)
        assert ready.status_code == 200
        assert process.wait(timeout=20) == 0


@pytest.mark.requirement("L2")
def test_a_wrong_tool_is_named_and_the_others_are_served(tmp_path: Path) -> None:
    tools = """
unabridged: 1
api: {name: desk, base_url: "https://desk.example"}
tools:
  - {name: good, description: One thing., claim: one, response: {data: /thing}, request: {url: /thing}}
  - {name: bad, description: One thing., claim: onn, request: {url: /thing}}
"""
    (tmp_path / "desk.yaml").write_text(tools)
    with serving(tmp_path, str(tmp_path / "desk.yaml")) as process:
        asked(process, "initialize", **HELLO)
        names = [tool["name"] for tool in asked(process, "tools/list")["tools"]]
        assert process.stderr is not None
        said = process.stderr.readline()
    assert names == ["good"]
    assert re.search(r"desk\.yaml:6: /tools/1/claim: ", said)


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (("--transport", "http", "--host", "0.0.0.0"), {}, "UNABRIDGED_HTTP_TOKEN"),
        (("nowhere.yaml",), {}, "there is no tool file"),
        ((), {"UNABRIDGED_MAX_ANSWER": "many"}, "UNABRIDGED_MAX_ANSWER: expected a whole number"),
    ],
)
def test_what_it_cannot_start_with_is_told_and_ends_with_status_2(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    with serving(tmp_path, *words, **environment) as process:
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
