"""Processes of one user that share one state file agree on how a provider stands."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("unabridged")
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "0"}}
PATIENCE = 20.0  # seconds; a limit for a broken server, never a wait


@dataclass(slots=True)
class Upstream:
    """A service that counts what it is asked, answers with *status*, and holds answers back while it is not *open*."""

    status: int = 503
    asked: int = 0
    open: threading.Event = field(default_factory=threading.Event)
    came: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    lock: threading.Lock = field(default_factory=threading.Lock)
    port: int = 0

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.asked += 1
        self.came.release()
        self.open.wait(PATIENCE)
        content = json.dumps({"items": [{"id": 1}], "count": 1}).encode()
        handler.send_response(self.status)
        handler.send_header("content-type", "application/json")
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@contextmanager
def upstream() -> Generator[Upstream]:
    service = Upstream()
    service.open.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(ConnectionError):  # whoever asked may have been killed
                service.answer(self)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the class gives it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        service.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield service
        finally:
            service.open.set()
            server.shutdown()
            thread.join()


def tool(name: str, **policy: Any) -> dict[str, Any]:
    return {
        "name": name,
        "description": "All items.",
        "claim": "all",
        "request": {"url": "/items"},
        "response": {"items": {"at": "/items", "id": "/id"}},
        "walk": {"kind": "single"},
        "complete": {"require": "counted", "total": {"at": "/count"}},
        "policy": {"retry": {"attempts": 1}, **policy},
    }


def written(directory: Path, service: Upstream, *tools: dict[str, Any]) -> Path:
    api = {"name": "desk", "base_url": f"http://127.0.0.1:{service.port}", "network": {"allow": ["loopback"]}}
    file = directory / "tools.json"
    file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": list(tools)}), "utf-8")
    return file


class Server:
    """`unabridged serve` over stdio, as a client that asks one thing at a time sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.say("initialize", **HELLO)
        self.hear()

    def say(self, method: str, **parameters: Any) -> None:
        assert self.process.stdin is not None
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())["result"]

    def call(self, name: str) -> str:
        """Call a tool; return `complete`, or the code of the failure."""
        self.say("tools/call", name=name, arguments={})
        return self.told()

    def told(self) -> str:
        envelope = self.hear()["structuredContent"]
        return str(envelope["error"]["code"] if envelope["status"] == "failed" else envelope["status"])


@contextmanager
def serving(count: int, file: Path, state: Path) -> Generator[list[Server]]:
    with ExitStack() as stack:
        yield [stack.enter_context(_serving(file, state)) for _ in range(count)]


@contextmanager
def _serving(file: Path, state: Path) -> Generator[Server]:
    process = subprocess.Popen(
        [COMMAND, "serve", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "UNABRIDGED_STATE": str(state)},
    )
    with process:
        try:
            yield Server(process)
        finally:
            process.kill()


def probing(server: Server, service: Upstream, *, asked: int) -> None:
    """Let *server* call until its request comes to *service*, which holds it back; its answer is not heard yet."""
    server.say("tools/call", name="list", arguments={})
    while True:
        if service.came.acquire(timeout=0.02):
            assert service.asked == asked
            return
        assert server.process.stdout is not None
        if select.select([server.process.stdout], [], [], 0)[0]:
            assert server.told() == "circuit_open"
            server.say("tools/call", name="list", arguments={})


@pytest.mark.requirement("G28")
def test_what_one_server_found_out_the_other_knows_and_only_one_of_them_probes(tmp_path: Path) -> None:
    with upstream() as service:
        file = written(tmp_path, service, tool("list", breaker={"least": 4, "open": "3s"}, attempt_timeout="10s"))
        with serving(2, file, tmp_path / "state") as (one, two):
            assert [one.call("list") for _ in range(4)] == ["unavailable"] * 4
            assert two.call("list") == one.call("list") == "circuit_open"
            assert service.asked == 4

            for _ in range(4):
                service.came.acquire()
            service.open.clear()
            service.status = 200
            probing(one, service, asked=5)
            assert [two.call("list") for _ in range(10)] == ["circuit_open"] * 10
            assert service.asked == 5
            service.open.set()
            assert one.told() == "complete"
            assert two.call("list") == "complete"


@pytest.mark.requirement("G28")
def test_when_the_server_that_probes_is_killed_another_one_probes(tmp_path: Path) -> None:
    with upstream() as service:
        file = written(tmp_path, service, tool("list", breaker={"least": 4, "open": "0.2s"}, attempt_timeout="2s"))
        with serving(2, file, tmp_path / "state") as (one, two):
            assert [one.call("list") for _ in range(4)] == ["unavailable"] * 4
            for _ in range(4):
                service.came.acquire()
            service.open.clear()
            service.status = 200
            probing(one, service, asked=5)
            one.process.kill()
            probing(two, service, asked=6)
            service.open.set()
            assert two.told() == "complete"


@pytest.mark.requirement("G4")
def test_two_servers_have_one_budget_for_retries(tmp_path: Path) -> None:
    with upstream() as service:
        eager = tool("list", breaker=None, retry={"attempts": 5, "base": 0, "cap": 0})
        with serving(2, written(tmp_path, service, eager), tmp_path / "state") as servers:
            begun = time.monotonic()
            for _ in range(15):
                assert [server.call("list") for server in servers] == ["unavailable"] * 2
            came_back = (time.monotonic() - begun) * 5 / 14
        assert 30 + 35 <= service.asked <= 30 + 35 + came_back + 1


@pytest.mark.requirement("G32")
def test_two_servers_keep_one_pace(tmp_path: Path) -> None:
    with upstream() as service:
        service.status = 200
        paced = tool("list", pace={"requests": 3, "per": "10m", "burst": 3}, deadline="5s")
        with serving(2, written(tmp_path, service, paced), tmp_path / "state") as (one, two):
            told = [one.call("list"), two.call("list"), one.call("list"), two.call("list"), one.call("list")]
        assert told == ["complete"] * 3 + ["rate_limited"] * 2
        assert service.asked == 3


@pytest.mark.requirement("G29")
def test_the_place_of_a_server_that_was_killed_comes_free(tmp_path: Path) -> None:
    with upstream() as service:
        service.status = 200
        bound = {"calls": 1, "queue": 1}
        short, refused = tool("short", deadline="3s", concurrency=bound), tool("list", concurrency={"calls": 1})
        file = written(tmp_path, service, short, tool("patient", concurrency=bound), refused)
        with serving(2, file, tmp_path / "state") as (one, two):
            service.open.clear()
            one.say("tools/call", name="short", arguments={})
            assert service.came.acquire(timeout=PATIENCE)
            one.process.kill()
            assert two.call("list") == "overloaded_here"
            service.open.set()
            assert two.call("patient") == "complete"
        assert service.asked == 2


@pytest.mark.requirement("G28")
def test_one_call_after_another_on_the_command_line_share_what_they_found_out(tmp_path: Path) -> None:
    def call() -> str:
        done = subprocess.run(
            [COMMAND, "call", "list", "--tools", str(file), "--json"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "UNABRIDGED_STATE": str(tmp_path / "state")},
        )
        return str(json.loads(done.stdout)["error"]["code"])

    with upstream() as service:
        file = written(tmp_path, service, tool("list", breaker={"least": 2, "open": "1m"}))
        assert [call() for _ in range(3)] == ["unavailable", "unavailable", "circuit_open"]
        assert service.asked == 2


@pytest.mark.parametrize("damage", ["no database", ""])
def test_a_state_file_that_cannot_be_used_breaks_no_call(damage: str, tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    if damage:
        (state / "state.sqlite3").write_text(damage * 500)
    else:
        (state / "state.sqlite3").mkdir()
    with upstream() as service:
        service.status = 200
        with serving(1, written(tmp_path, service, tool("list", pace={"requests": 9})), state) as (server,):
            assert [server.call("list") for _ in range(3)] == ["complete"] * 3
