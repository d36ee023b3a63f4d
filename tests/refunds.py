"""A shop on loopback that counts its refunds, tools that need a person's yes, and the processes that serve them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

__all__ = ["COMMAND", "Shop", "environment", "over_http", "shop", "tool_file"]

COMMAND = Path(sys.executable).with_name("unabridged")


@dataclass(slots=True)
class Shop:
    """Everything that was asked for, in order; *refunds* are the effects."""

    port: int = 0
    asked: list[str] = field(default_factory=list[str])
    credentials: list[str | None] = field(default_factory=list[str | None])
    refunds: list[Any] = field(default_factory=list[Any])


@contextmanager
def shop() -> Generator[Shop]:
    """Open a shop for the length of the block."""
    held = Shop()

    class Counter(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.asked.append(f"POST {self.path}")
            held.credentials.append(self.headers["Authorization"])
            held.refunds.append(json.loads(body))
            self._say({"refund": {"id": f"r{len(held.refunds)}", "amount": held.refunds[-1].get("amount")}})

        def do_GET(self) -> None:
            held.asked.append(f"GET {self.path}")
            self._say({"items": [{"id": f"{len(held.asked)}-{number}", "score": 0.62} for number in range(3)]})

        def _say(self, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library names it
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        held.port = server.server_port
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield held
        finally:
            server.shutdown()


def tool_file(directory: Path, port: int, *, approval: object = "required", **api: object) -> Path:
    """Write a file with tools that refund, one that finds what a person may release, and one without a gate."""
    where = {"base_url": f"http://127.0.0.1:{port}", "network": {"allow": ["loopback"]}}
    refund = {
        "name": "refund",
        "title": "Refund an order",
        "description": "Pay money back.",
        "effects": "write",
        "claim": "one",
        "input": {
            "type": "object",
            "properties": {"order": {"type": "string"}, "amount": {"type": "integer"}},
            "required": ["order", "amount"],
        },
        "request": {
            "idempotency": {},
            "method": "POST",
            "url": "/orders/{order}/refunds",
            "body": {"amount": "{input.amount}", "order": "{input.order}"},
        },
        "response": {"data": "/refund"},
        "approval": approval,
    }
    search = {
        "name": "search",
        "description": "What is near to a question.",
        "claim": {"top_k": 3},
        "request": {"url": "/search"},
        "response": {"items": {"at": "/items", "id": "/id"}},
        "walk": {"kind": "single"},
        "complete": {"gate": {"at": "/items/*/score", "metric": "cosine", "min": 0.75}},
        "review": ["low_relevance"],
    }
    plain = {**search, "name": "plain", "complete": {}, "review": []}
    path = directory / "shop.json"
    path.write_text(
        json.dumps(
            {
                "unabridged": 1,
                "api": {"name": "shop", **where, **api},
                "tools": [refund, {**refund, "name": "exchange"}, search, plain],
            }
        )
    )
    return path


def environment(state: Path, **more: str) -> dict[str, str]:
    """The environment of a process whose state is in *state*."""
    return {**os.environ, "UNABRIDGED_STATE": str(state), **more}


@contextmanager
def over_http(state: Path, file: Path, **more: str) -> Generator[str]:
    """Serve *file* over HTTP, and give the URL."""
    command = [str(COMMAND), "serve", str(file), "--transport", "http", "--port", "0"]
    with subprocess.Popen(command, env=environment(state, **more), stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            heading, _, url = process.stderr.readline().partition("listening on ")
            assert url, heading
            yield url.strip()
        finally:
            process.kill()
