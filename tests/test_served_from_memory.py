"""Shared and kept answers over the whole server: real processes, real sockets, both transports."""

from __future__ import annotations

import json
import os
import re
import select
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import pytest

COMMAND = Path(sys.executable).with_name("unabridged")
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "tickets",
}
PATIENCE = 30.0  # seconds; a limit for a broken server, never a wait
CALLERS = 50


@dataclass(slots=True)
class Desk:
    """Two pages of two tickets; the second one is held back until it is *open*.  *status* is what it answers with."""

    asked: list[str] = field(default_factory=list[str])
    status: int = 200
    open: threading.Event = field(default_factory=threading.Event)
    cut: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def answer(self, path: str, connection: socket.socket) -> bytes:
        self.asked.append(path)
        after = parse_qs(urlsplit(path).query).get("after")
        while after and not self.open.is_set() and not self.cut.is_set():
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and not connection.recv(1, socket.MSG_PEEK):  # the client hung up
                self.cut.set()
        start = 2 if after else 0
        page = {"tickets": [{"id": start + 1}, {"id": start + 2}], "count": 4, "more": not after}
        return json.dumps(page | {"next": None if after else "2"}).encode()


@contextmanager
def desk() -> Generator[Desk]:
    served = Desk()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.answer(self.path, self.connection)
            with suppress(ConnectionError):
                self.send_response(served.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the class gives it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield served
        finally:
            served.open.set()
            server.shutdown()
            thread.join()


def tools(directory: Path, served: Desk, policy: Mapping[str, Any]) -> str:
    """Write the tool file of a desk."""
    file = directory / "desk.yaml"
    tool = {
        "name": "tickets",
        "description": "All tickets.",
        "claim": "all",
        "request": {"url": "/tickets"},
        "response": {"items": {"at": "/tickets", "id": "/id"}},
        "walk": {"kind": "cursor", "more": "body:/more", "next": "body:/next", "send": "query:after"},
        "complete": {"require": "counted", "total": {"at": "/count"}},
        "policy": policy,
    }
    api = {"name": "desk", "base_url": f"http://127.0.0.1:{served.port}", "network": {"allow": ["loopback"]}}
    file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": [tool]}))
    return str(file)


@contextmanager
def serving(state: Path, *words: str) -> Generator[subprocess.Popen[str]]:
    command: list[str | Path] = [COMMAND, "serve", *words]
    environment = {**os.environ, "UNABRIDGED_STATE": str(state)}
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def said(stream: IO[str] | None) -> Any:
    assert stream is not None
    return json.loads(stream.readline())


def say(process: subprocess.Popen[str], *messages: Mapping[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages))
    process.stdin.flush()


def calling(number: int, *, tool: str = "tickets") -> dict[str, Any]:
    params = {"name": tool, "arguments": {}, "_meta": {"progressToken": number}}
    return {"id": number, "method": "tools/call", "params": params}


def run(state: Path, file: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, "call", "tickets", "--tools", file, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "UNABRIDGED_STATE": str(state)},
    )


def proofs(results: list[Any]) -> list[Any]:
    envelopes = [result["structuredContent"] for result in results]
    assert {len(envelope["items"]) for envelope in envelopes} == {4}
    return [envelope["proof"] for envelope in envelopes]


def shared_by_all(told: list[Any]) -> None:
    """Each has a receipt of its own, and the requests stand in one of them."""
    assert len({proof["receipt"] for proof in told}) == CALLERS
    assert sorted(proof["attempts"] for proof in told) == [0] * (CALLERS - 1) + [2]
    bearer = next(proof["receipt"] for proof in told if proof["attempts"])
    assert {proof.get("origin") for proof in told} == {None, bearer}


@pytest.mark.requirement("G27")
def test_fifty_equal_calls_over_stdio_are_one_walk(tmp_path: Path) -> None:
    with desk() as served, serving(tmp_path, tools(tmp_path, served, {})) as process:
        say(process, {"id": "init", "method": "initialize", "params": HELLO})
        said(process.stdout)
        say(process, {"method": "notifications/initialized"}, *map(calling, range(CALLERS)))
        waiting = {said(process.stdout)["params"]["progressToken"] for _ in range(CALLERS)}
        assert waiting == set(range(CALLERS))
        served.open.set()
        results = list[Any]()
        while len(results) < CALLERS:
            message = said(process.stdout)
            results += [message["result"]] if "result" in message else []
    assert served.asked == ["/tickets", "/tickets?after=2"]
    shared_by_all(proofs(results))


def cancelling(number: int) -> dict[str, Any]:
    return {"method": "notifications/cancelled", "params": {"requestId": number}}


@contextmanager
def two_callers(state: Path, served: Desk) -> Generator[subprocess.Popen[str]]:
    """Two equal calls over stdio that wait for the same page."""
    with serving(state, tools(state, served, {})) as process:
        say(process, {"id": "init", "method": "initialize", "params": HELLO})
        said(process.stdout)
        say(process, {"method": "notifications/initialized"}, calling(1), calling(2))
        assert {said(process.stdout)["params"]["progressToken"] for _ in range(2)} == {1, 2}
        yield process


@pytest.mark.requirement("G27")
def test_a_client_that_cancels_takes_nothing_from_the_others(tmp_path: Path) -> None:
    with desk() as served, two_callers(tmp_path, served) as process:
        say(process, cancelling(1), {"id": "ping", "method": "ping"})
        while said(process.stdout).get("id") != "ping":
            pass
        served.open.set()
        while (message := said(process.stdout)).get("id") != 2:
            pass
    assert len(message["result"]["structuredContent"]["items"]) == 4
    assert (served.asked, served.cut.is_set()) == (["/tickets", "/tickets?after=2"], False)


@pytest.mark.requirement("G27", "G33")
def test_when_every_client_cancelled_the_connection_upstream_is_cut(tmp_path: Path) -> None:
    with desk() as served, two_callers(tmp_path, served) as process:
        say(process, cancelling(1), cancelling(2))
        assert served.cut.wait(PATIENCE)


@pytest.mark.anyio
@pytest.mark.requirement("G27")
async def test_fifty_equal_calls_over_http_are_one_walk(tmp_path: Path) -> None:
    results, waiting = list[Any](), list[int]()

    async def call(client: httpx2.AsyncClient, url: str, number: int) -> None:
        body = calling(number)
        body["params"]["_meta"] |= META
        async with client.stream("POST", url, headers=HEADERS, json={"jsonrpc": "2.0", **body}) as response:
            async for line in response.aiter_lines():
                if line.startswith("data:") and line[5:].strip():
                    message = json.loads(line[5:])
                    if "result" in message:
                        results.append(message["result"])
                        return
                    waiting.append(number)
                    if len(waiting) == CALLERS:
                        served.open.set()

    words = ("--transport", "http", "--port", "0")
    with desk() as served, serving(tmp_path, tools(tmp_path, served, {}), *words) as process:
        assert process.stderr is not None
        found = re.search(r"listening on (\S+)", process.stderr.readline())
        assert found is not None
        limits = httpx2.Limits(max_connections=CALLERS)
        client = httpx2.AsyncClient(trust_env=False, timeout=PATIENCE, limits=limits)
        async with client, anyio.create_task_group() as group:
            for number in range(CALLERS):
                group.start_soon(call, client, found[1], number)
    assert served.asked == ["/tickets", "/tickets?after=2"]
    shared_by_all(proofs(results))


@pytest.mark.requirement("G25")
def test_processes_of_one_user_share_what_is_kept(tmp_path: Path) -> None:
    with desk() as served:
        served.open.set()
        file = tools(tmp_path, served, {"cache": {"fresh": "10m"}})
        told = [json.loads(run(tmp_path, file, "--json").stdout) for _ in range(2)]
        with serving(tmp_path, file) as process:
            say(process, {"id": "init", "method": "initialize", "params": HELLO})
            said(process.stdout)
            say(process, {"method": "notifications/initialized"}, calling(1))
            told.append(said(process.stdout)["result"]["structuredContent"])
    assert served.asked == ["/tickets", "/tickets?after=2"]
    first, *again = [envelope["proof"] for envelope in told]
    assert "source" not in first
    for proof in again:
        assert (proof["source"], proof["stale"], proof["origin"]) == ("cache", False, first["receipt"])
        assert proof["age_s"] >= 0
        assert proof["as_of"] == first["as_of"]
    assert [envelope["items"] for envelope in told] == [told[0]["items"]] * 3


@pytest.mark.requirement("G25")
def test_a_kept_answer_that_was_tampered_with_is_asked_for_anew(tmp_path: Path) -> None:
    with desk() as served:
        served.open.set()
        file = tools(tmp_path, served, {"cache": {"fresh": "10m"}})
        assert run(tmp_path, file).returncode == 0
        connection = sqlite3.connect(tmp_path / "kept.sqlite3")
        changed = connection.execute(
            "UPDATE kept SET content = CAST(replace(content, CAST('{\"id\": 1}' AS BLOB), CAST('{\"id\": 9}' AS BLOB)) AS BLOB)"
        )
        assert changed.rowcount == 1
        connection.commit()
        connection.close()
        again = json.loads(run(tmp_path, file, "--json").stdout)
    assert len(served.asked) == 4
    assert [item["id"] for item in again["items"]] == [1, 2, 3, 4]
    assert "source" not in again["proof"]


@pytest.mark.requirement("G26")
def test_the_last_whole_answer_says_what_it_is_wherever_it_is_shown(tmp_path: Path) -> None:
    with desk() as served:
        served.open.set()
        file = tools(tmp_path, served, {"degrade": {"max_stale": "1h"}, "retry": {"attempts": 1}})
        first = json.loads(run(tmp_path, file, "--json").stdout)
        served.status = 503
        with serving(tmp_path, file) as process:
            say(process, {"id": "init", "method": "initialize", "params": HELLO})
            said(process.stdout)
            say(process, {"method": "notifications/initialized"}, calling(1))
            result = said(process.stdout)["result"]
        shown = run(tmp_path, file)
        explained = subprocess.run(
            [COMMAND, "explain", "last"],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "UNABRIDGED_STATE": str(tmp_path)},
        )
    proof = result["structuredContent"]["proof"]
    assert not result["isError"]
    assert result["structuredContent"]["items"] == first["items"]
    assert (proof["source"], proof["stale"], proof["because"]) == ("cache", True, {"code": "unavailable"})
    assert (proof["origin"], proof["as_of"]) == (first["proof"]["receipt"], first["proof"]["as_of"])
    assert [leg["code"] for leg in proof["tried"]] == ["unavailable"]
    assert json.loads(result["content"][0]["text"])["proof"] == proof
    for text in (" ".join(shown.stderr.split()), " ".join(explained.stdout.split())):
        assert "it may be stale, and stands in because of unavailable" in text
        assert first["proof"]["receipt"] in text


def test_a_state_directory_that_cannot_be_used_breaks_no_call(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with desk() as served:
        served.open.set()
        file = tools(tmp_path, served, {"cache": {"fresh": "10m"}})
        done = run(tmp_path / "file" / "state", file)
    assert done.returncode == 0
    assert done.stderr.count("kept.sqlite3") == 1
