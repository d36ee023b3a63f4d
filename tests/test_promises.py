"""Promises that no single file can keep alone: the order of things, silence about secrets, and no work after the answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.answer import Delivered
from unabridged.schemas.evidence import Attempt, Page
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.call import call

TICKETS: list[Json] = [{"id": number} for number in range(1, 7)]


def desk(request: Request) -> Outcome:
    """Two pages of three tickets."""
    start = int(query(request).get("after", "0"))
    more = start + 3 < len(TICKETS)
    return answer(
        {"tickets": TICKETS[start : start + 3], "count": 6, "more": more, "next": str(start + 3) if more else None}
    )


# ------------------------------------------------------------------------------------------- order and time


@dataclass(slots=True)
class Trace:
    """Everything that happens in a call, in its order."""

    world: World
    events: list[str] = field(default_factory=list[str])

    def attempted(self, attempt: Attempt) -> None:
        self.events.append(f"attempted {attempt.status}")

    def turned(self, page: Page) -> None:
        self.events.append(f"page {page.number}")

    async def sleep(self, seconds: float) -> None:
        self.events.append("wait")
        await self.world.sleep(seconds)


class Unwell:
    """A desk whose first answer is 503."""

    def __init__(self, trace: list[str]) -> None:
        self.trace = trace

    def __call__(self, request: Request) -> Outcome:
        self.trace.append("send")
        return answer({}, status=503) if self.trace.count("send") == 1 else desk(request)


@pytest.mark.requirement("G30")
@pytest.mark.anyio
async def test_the_order_is_attempt_then_verification_then_wait_then_attempt() -> None:
    trace = Trace(World(desk))
    trace.world.script = Unwell(trace.events)
    surroundings = replace(trace.world.surroundings(trace), sleep=trace.sleep)
    assert items(await call(contract(), {}, surroundings=surroundings)) == TICKETS
    assert trace.events == [
        "send",
        "attempted 503",
        "wait",
        "send",
        "attempted 200",
        "page 1",
        "send",
        "attempted 200",
        "page 2",
    ]


@pytest.mark.requirement("G30", "G2")
@pytest.mark.anyio
async def test_the_deadline_stands_before_everything_and_no_attempt_starts_without_time() -> None:
    world = World(desk, costs=lambda request: 10.0)
    withheld = await world.call(contract(policy={"deadline": 10, "attempt_timeout": 10}))
    assert code(withheld) == "deadline_exceeded"
    assert len(world.sent) == 1


@dataclass(slots=True)
class Timed(World):
    """A world that notes how long each attempt may last."""

    allowed: list[float] = field(default_factory=list[float])

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - the transport's own protocol
        self.allowed.append(timeout)
        return await World.send(self, request, timeout=timeout)


@pytest.mark.requirement("G2")
@pytest.mark.anyio
async def test_an_attempt_may_last_until_the_deadline_and_no_longer() -> None:
    world = Timed(desk, costs=lambda request: 20.0)
    await world.call(contract(policy={"deadline": 30, "attempt_timeout": 25}))
    assert world.allowed == [25.0, 10.0]


@pytest.mark.requirement("G5")
@pytest.mark.anyio
@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        ({"attempts": 5, "base": 1, "cap": 100}, [0.5, 1.0, 2.0, 4.0]),  # the world's randomness is always 0.5
        ({"attempts": 5, "base": 1, "cap": 3}, [0.5, 1.0, 1.5, 1.5]),
    ],
)
async def test_waits_double_under_full_jitter_up_to_the_cap(retry: dict[str, float], waits: list[float]) -> None:
    world = World(lambda request: answer({}, status=503))
    await world.call(contract(policy={"deadline": 1000, "retry": retry}))
    assert world.waits == waits


@pytest.mark.requirement("G11")
@pytest.mark.anyio
async def test_nothing_is_asked_after_the_answer() -> None:
    world = World(desk)
    delivered = await world.call(contract())
    assert isinstance(delivered, Delivered)
    asked = len(world.sent)
    assert items(delivered) == TICKETS
    assert len(world.sent) == asked == delivered.receipt.requests


# --------------------------------------------------------------------------------------- silence about secrets

SECRET = "canary-4f1c9e0b7d"
ARGUMENT = "argument-81d0c2aa55"


STATUSES = {"status": 401, "reason": 500, "redirect": 302}


class Parrot(BaseHTTPRequestHandler):
    """A service that says everything it hears, in every place of a response, and never gives a sound answer."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        heard = f"{self.headers['Authorization']} {self.path} {ARGUMENT}"
        place = self.path.partition("?")[0].removeprefix("/")
        body = {
            "tickets": TICKETS,
            "count": heard,
            "next": f"http://{SECRET}.example/{ARGUMENT}",
            "more": heard,
            "error": heard,
        }
        text = json.dumps(body) if place != "not-json" else f"{{{heard}"
        self.send_response(STATUSES.get(place, 200), heard if place == "reason" else None)
        self.send_header("Content-Type", f'text/plain; heard="{heard}"' if place == "media" else "application/json")
        self.send_header("Content-Length", str(len(text) + (9 if place == "cut" else 0)))
        self.send_header("X-Heard", heard)
        self.send_header("Retry-After", heard)
        if place == "redirect":
            self.send_header("Location", f"http://{SECRET}.example/{ARGUMENT}")
        if place == "cut":
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's own name
        pass


@contextmanager
def parrot() -> Generator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Parrot) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


PLACES = {
    "status": "auth_failed",
    "reason": "unavailable",
    "redirect": "redirected",
    "media": "wrong_media_type",
    "not-json": "not_json",
    "cut": "truncated_body",
    "shape": "schema_violation",
    "next": "foreign_url",
}
TOOL_FILE = """
unabridged: 1
api:
  name: parrot
  base_url: http://127.0.0.1:{port}
  network: {allow: [loopback]}
  auth: {kind: bearer, token: {env: PARROT_TOKEN}}
  variables: {port: {env: PARROT_PORT}}
  policy: {retry: {attempts: 1}}
tools:
"""
TOOL = """
  - name: %(name)s
    description: Says what it hears.
    claim: all
    input: {type: object, properties: {word: {type: string}}}
    request: {url: /%(name)s, query: {word: "{input.word}"}}
    response: {items: {at: /tickets}, schema: {type: object, properties: {count: {type: %(count)s}}}}
    walk: {kind: next_url, next: body:/next, end: {next: {value: continue, null: end}}}
"""


@pytest.fixture
def heard(tmp_path: Path) -> Generator[dict[str, str]]:
    """A tool file for each place where the parrot speaks, and an environment with the secret."""
    tools = (TOOL % {"name": place, "count": "integer" if place == "shape" else "string"} for place in PLACES)
    (tmp_path / "parrot.yaml").write_text(TOOL_FILE + "".join(tools), "utf-8")
    with parrot() as port:
        yield {
            **os.environ,
            "PARROT_TOKEN": SECRET,
            "PARROT_PORT": str(port),
            "UNABRIDGED_STATE": str(tmp_path / "state"),
        }


def run(environment: dict[str, str], directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("unabridged")
    return subprocess.run(
        [command, *words], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.requirement("G37", "G40")
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["for people", "as json"])
@pytest.mark.parametrize("place", PLACES)
def test_neither_the_secret_nor_an_argument_nor_the_upstream_s_words_come_out(
    place: str, form: tuple[str, ...], heard: dict[str, str], tmp_path: Path
) -> None:
    done = run(heard, tmp_path, "call", place, "--tools", "parrot.yaml", f"word={ARGUMENT}", *form)
    assert done.returncode == 3, done.stderr
    explained = run(heard, tmp_path, "explain", "last")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file())
    assert PLACES[place] in explained.stdout
    everything = done.stdout + done.stderr + explained.stdout + explained.stderr + kept.decode("utf-8", "replace")
    assert SECRET not in everything
    assert ARGUMENT not in everything
