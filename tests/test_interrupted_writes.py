"""Writes over a real connection, by real processes: killed in the middle, or answered with nothing, and settled afterwards."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import anyio
import anyio.abc
import pytest

from tests.scripted import code, content
from tests.talking import INITIALIZE, INITIALIZED, PING, Talk
from unabridged.server.receipts import Found, open_receipts
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.surroundings import surroundings


@dataclass(slots=True)
class Till:
    """A service that keeps what it was paid, and may answer nothing to the first who pays."""

    silent: int = 0
    keyed: bool = True
    visible: bool = True
    paid: dict[str, int] = field(default_factory=dict[str, int])
    keys: list[str | None] = field(default_factory=list[str | None])
    came: Event = field(default_factory=Event)
    release: Event = field(default_factory=Event)
    stalls: bool = False

    def pay(self, key: str | None, amount: int) -> bool:
        """Take a payment; tell whether it is to be answered."""
        self.keys.append(key)
        self.paid.setdefault(key if key and self.keyed else f"payment {len(self.keys)}", amount)
        self.came.set()
        if self.stalls:
            self.release.wait(30)
            return False
        self.silent -= 1
        return self.silent < 0


@contextmanager
def serving(till: Till) -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if till.pay(self.headers["idempotency-key"], body["amount"]):
                self.say(201, {"payment": {"amount": body["amount"]}})
            else:
                self.close_connection = True

        def do_GET(self) -> None:
            paid = list(till.paid.values()) if till.visible else []
            self.say(200, {"payments": [{"amount": amount} for amount in paid]})

        def say(self, status: int, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        till.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def tool_file(directory: Path, url: str, **changes: Any) -> Path:
    request: dict[str, Any] = {
        "method": "POST",
        "url": "/payments",
        "body": {"amount": "{input.amount}"},
        "idempotency": {},
    }
    request.update(changes.pop("request", {}))
    tool: dict[str, Any] = {
        "name": "pay",
        "description": "Pay.",
        "effects": "write",
        "claim": "one",
        "input": {"properties": {"amount": {"type": "integer"}}, "required": ["amount"]},
        "request": {name: part for name, part in request.items() if part is not None},
        "response": {"status": [201], "data": "/payment"},
        **changes,
    }
    api = {"name": "till", "base_url": url, "network": {"allow": ["loopback"]}}
    file = directory / "till.json"
    file.write_text(json.dumps({"unabridged": 1, "api": api, "tools": [tool]}), "utf-8")
    return file


def command(file: Path) -> list[str]:
    words = ["call", "pay", "amount=5", "--json", "--tools", str(file)]
    return [sys.executable, "-m", "unabridged.server", *words]


def environment(directory: Path) -> dict[str, str]:
    return {**os.environ, "UNABRIDGED_STATE": str(directory / "state")}


def called(file: Path, directory: Path) -> dict[str, Any]:
    done = subprocess.run(command(file), env=environment(directory), capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    envelope: dict[str, Any] = json.loads(done.stdout)
    return envelope


@pytest.mark.requirement("G8", "G9", "G10")
@pytest.mark.skipif(os.name != "posix", reason="no SIGKILL elsewhere")
def test_a_process_that_is_killed_in_the_middle_of_a_write_is_gone_on_from(tmp_path: Path) -> None:
    till = Till(stalls=True)
    with serving(till) as url:
        file = tool_file(tmp_path, url)
        killed = subprocess.Popen(command(file), env=environment(tmp_path), stdout=subprocess.DEVNULL)
        assert till.came.wait(60)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        till.stalls = False
        till.release.set()
        envelope = called(file, tmp_path)
    assert (envelope["status"], envelope.get("data")) == ("complete", {"amount": 5})
    assert len(till.paid) == 1
    assert len(till.keys) == 2
    assert len(set(till.keys)) == 1


INTERRUPTIBLE = "import runpy, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "


@pytest.mark.requirement("G10")
@pytest.mark.skipif(os.name != "posix", reason="no SIGINT elsewhere")
def test_a_write_that_is_interrupted_leaves_a_receipt_that_says_so(tmp_path: Path) -> None:
    till = Till(stalls=True)
    with serving(till) as url:
        words = command(tool_file(tmp_path, url))[3:]  # a shell may have started the tests deaf to SIGINT
        program = [sys.executable, "-c", f"{INTERRUPTIBLE}runpy.run_module('unabridged.server', run_name='__main__')"]
        interrupted = subprocess.Popen([*program, *words], env=environment(tmp_path), stdout=subprocess.PIPE)
        assert till.came.wait(60)
        interrupted.send_signal(signal.SIGINT)
        told, _ = interrupted.communicate()
    with closing(open_receipts(environment(tmp_path))) as receipts:
        found = receipts.find("last")
    assert isinstance(found, Found)
    assert told == b""
    assert [finding.code for finding in found.receipt.findings] == ["outcome_unknown"]
    assert len(till.paid) == 1


@pytest.mark.requirement("G10")
def test_a_served_write_that_is_cancelled_leaves_a_receipt(tmp_path: Path) -> None:
    till = Till(stalls=True)
    with serving(till) as url:
        words = [sys.executable, "-m", "unabridged.server", "serve", str(tool_file(tmp_path, url))]
        with subprocess.Popen(
            words,
            env=environment(tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            talk = Talk(process)
            talk.say(INITIALIZE)
            talk.hear_answer("init")
            talk.say(INITIALIZED)
            talk.call("pay", amount=5)
            assert till.came.wait(60)
            talk.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}, PING)
            talk.hear_answer("ping")
            assert talk.leave() == 0
    with closing(open_receipts(environment(tmp_path))) as receipts:
        found = receipts.find("last")
    assert isinstance(found, Found)
    assert [finding.code for finding in found.receipt.findings] == ["outcome_unknown"]


def test_afterwards_a_second_payment_that_is_meant_is_a_second_payment(tmp_path: Path) -> None:
    till = Till(silent=1)
    with serving(till) as url:
        file = tool_file(tmp_path, url)
        assert [called(file, tmp_path)["status"] for _ in range(2)] == ["complete", "complete"]
    assert len(till.paid) == 2
    assert len(till.keys) == 3


CONFIRM = {
    "url": "/payments",
    "applied": {"at": "body:/payments/0/amount", "is": "{input.amount}"},
    "not_applied": {"at": "body:/payments", "state": "empty"},
    "settles": "0.2s",
    "data": "/payments/0",
}


@pytest.mark.requirement("G10")
@pytest.mark.parametrize(
    ("confirm", "visible", "told"),
    [
        (CONFIRM, True, {"amount": 5}),
        (CONFIRM, False, "not_applied"),
        ({**CONFIRM, "applied": {"at": "body:/nowhere", "is": True}}, True, "outcome_unknown"),
        ({**CONFIRM, "settles": "0.99s"}, False, "outcome_unknown"),
    ],
    ids=["applied", "not applied", "neither", "too soon to say"],
)
def test_a_read_settles_a_write_without_a_key(
    confirm: dict[str, Any], visible: bool, told: object, tmp_path: Path
) -> None:
    till = Till(silent=9, visible=visible)
    with serving(till) as url:
        policy = {"deadline": "1s" if confirm["settles"] == "0.99s" else "20s"}
        file = tool_file(tmp_path, url, request={"idempotency": None}, confirm=confirm, policy=policy)
        envelope = called(file, tmp_path)
    assert envelope.get("data", envelope.get("error", {}).get("code")) == told
    assert len(till.keys) == 1
    if isinstance(told, dict):
        assert envelope["proof"]["grade"] == "terminated"


# ------------------------------------------------------------------------------------------ every break of a connection

SOUND = (
    b'HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n{"payment": {"amount": 5 }}'
)
BREAKS: dict[str, bytes | None] = {
    "nothing comes": b"",
    "half a head": SOUND[:40],
    "a head alone": SOUND[: SOUND.index(b"{")],
    "half a body": SOUND[:-9],
    "more than was announced": SOUND + b"HTTP/1.1 200 OK",
    "a chunk is cut": b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1b\r\n{",
    "no mark of the end": b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n\r\n" + SOUND[-27:],
    "no HTTP at all": b"\x00\x01\x02",
    "silence": None,
}


@dataclass(slots=True)
class Breaking:
    """Does each write, once for each key, and breaks the first *times* answers off as *how* says."""

    how: bytes | None
    times: int
    effects: set[bytes] = field(default_factory=set[bytes])
    requests: int = 0

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            head = b""
            while b"\r\n\r\n" not in head or not head.endswith(b"}"):
                head += await stream.receive()
            self.requests += 1
            key = re.search(rb"idempotency-key: (\S+)", head)
            self.effects.add(head.split()[1] if head.startswith(b"PUT") else key[1] if key else b"%d" % self.requests)
            self.times -= 1
            if self.times < 0:
                await stream.send(SOUND)
            elif self.how is None:
                with suppress(anyio.EndOfStream, anyio.BrokenResourceError):
                    await stream.receive()  # until whoever asks gives up
            elif self.how:
                await stream.send(self.how)


@asynccontextmanager
async def listening(till: Breaking) -> AsyncGenerator[str]:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as door, anyio.create_task_group() as tasks:
        tasks.start_soon(door.serve, till.serve)
        yield f"http://127.0.0.1:{door.extra(anyio.abc.SocketAttribute.local_port)}"
        tasks.cancel_scope.cancel()


@pytest.mark.anyio
@pytest.mark.requirement("G8", "G10")
@pytest.mark.parametrize("request_parts", [{}, {"idempotency": None}, {"method": "PUT", "idempotency": None}])
@pytest.mark.parametrize("times", [1, 2, 9])
@pytest.mark.parametrize("how", BREAKS)
async def test_no_break_of_a_connection_makes_a_write_happen_twice(
    how: str, times: int, request_parts: dict[str, Any], tmp_path: Path
) -> None:
    till = Breaking(BREAKS[how], times)
    async with listening(till) as url:
        policy = {"attempt_timeout": 0.15, "retry": {"base": 0.001, "cap": 0.001}}
        contract = read([tool_file(tmp_path, url, request=request_parts, policy=policy)]).contracts[0]
        answers = [await call(contract, {"amount": 5}, surroundings=surroundings({}))]
    assert len(till.effects) == 1
    repeats = request_parts.get("idempotency", {}) is not None or request_parts.get("method") == "PUT"
    if repeats and times < 3:
        assert content(answers[0]) == b'{"amount": 5 }'
    else:
        assert code(answers[0]) == "outcome_unknown"
    assert till.requests == (min(times + 1, 3) if repeats else 1)
