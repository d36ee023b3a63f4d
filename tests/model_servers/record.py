"""Records what LLMock and AIMock say in each family, as it comes over the wire: `python -m tests.model_servers.record`.

The recordings lie in `tests/standins/recorded/`; the tests replay them with faults.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.model_servers.servers import Llmock, aimock, llmock
from tests.standins.streams import WHOLE

__all__ = ["record"]

RECORDED = Path(__file__).parent.parent / "standins" / "recorded"
_PROMPT = "When is the harbour open? Answer the whole"
_MESSAGES = [{"role": "user", "content": _PROMPT}]
_CONTENTS = [{"role": "user", "parts": [{"text": _PROMPT}]}]

_REQUESTS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "anthropic": (
        "/v1/messages",
        {"model": "claude-sonnet-5-5", "max_tokens": 400, "messages": _MESSAGES, "stream": True},
    ),
    "chat": (
        "/v1/chat/completions",
        {"model": "gpt-5", "messages": _MESSAGES, "stream": True, "stream_options": {"include_usage": True}},
    ),
    "responses": ("/v1/responses", {"model": "gpt-5", "input": _PROMPT, "stream": True}),
    "gemini": ("/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse", {"contents": _CONTENTS}),
}

_PREFIXES: Mapping[str, Mapping[str, str]] = {
    "llmock": {"anthropic": "/anthropic", "gemini": "/gemini"},
    "aimock": {},
}


def record(port: int, path: str, body: Mapping[str, object]) -> bytes:
    """Ask the server on *port* and return its response, head and chunk marks included."""
    content = json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
        said = b""
        while not said.endswith(b"0\r\n\r\n"):
            said += connection.recv(1 << 16)
    return said


def _record_all(server: str, port: int) -> None:
    for family, (path, body) in _REQUESTS.items():
        prefix = _PREFIXES[server].get(family, "")
        (RECORDED / f"{server}-{family}.http").write_bytes(record(port, prefix + path, body))


if __name__ == "__main__":
    with llmock() as port:
        Llmock(port).then({"type": "reply", "text": WHOLE, "times": None})
        _record_all("llmock", port)
    with aimock() as port:
        _record_all("aimock", port)
