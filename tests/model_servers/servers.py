"""Starts model servers that nobody here wrote, on free ports of the loopback address: two that can be told what to say, and two real ones.

None of them reaches beyond loopback: the first two answer from a script, LiteLLM with `mock_response`, and llama.cpp
generates by itself.
"""

from __future__ import annotations

import http.client
import json
import secrets
import shutil
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import TOOLS, missing, started
from tests.standins.streams import WHOLE

__all__ = ["Llmock", "Proxy", "aimock", "litellm", "llama", "llmock"]

HERE = Path(__file__).parent
MODELS = TOOLS / "models"
INSTALL = "tests/model_servers/install"


@dataclass(frozen=True, slots=True)
class Llmock:
    """LLMock's control interface (`/_llmock/…`)."""

    port: int

    def then(self, *behaviors: dict[str, Any]) -> None:
        """Forget everything before, and behave so from the next request on."""
        self._asked("POST", "reset")
        if behaviors:
            self._asked("POST", "scenario", {"behaviors": behaviors})

    def verdict(self) -> Any:
        """Return what LLMock thinks of its client since the last reset."""
        return self._asked("GET", "verdict")

    def requests(self) -> Any:
        """Return the requests since the last reset."""
        return self._asked("GET", "requests")["requests"]

    def _asked(self, method: str, path: str, body: object = None) -> Any:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, f"/_llmock/{path}", None if body is None else json.dumps(body))
            response = connection.getresponse()
            answer = response.read()
            assert response.status < 300, answer
            return json.loads(answer)


@contextmanager
def llmock() -> Generator[int]:
    """LLMock, which speaks all families and breaks them on demand."""
    command = MODELS / "llmock" / "bin" / "llmock"
    if not command.exists():
        missing("LLMock", INSTALL)
    with started([command, "serve", "--port", "0", "--tool-mode", "off"]) as port:
        yield port


@contextmanager
def aimock() -> Generator[int]:
    """AIMock, which answers by the last word of the prompt: see `aimock.mjs`."""
    module = MODELS / "aimock" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "index.js"
    if shutil.which("node") is None or not module.exists():
        missing("AIMock", INSTALL)
    with started(["node", HERE / "aimock.mjs", module, WHOLE]) as port:
        yield port


@dataclass(frozen=True, slots=True)
class Proxy:
    """LiteLLM's proxy and the key that it asks for."""

    port: int
    key: str


@contextmanager
def litellm() -> Generator[Proxy]:
    """LiteLLM's proxy, whose models answer with `mock_response`: see `litellm.yaml`."""
    command = MODELS / "litellm" / "bin" / "litellm"
    if not command.exists():
        missing("LiteLLM", f"{INSTALL} heavy", due=False)
    key = f"sk-{secrets.token_hex(24)}"  # it starts with no weaker one
    environment = {"LITELLM_MASTER_KEY": key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_DOCS": "True"}
    settings = ["--config", str(HERE / "litellm.yaml"), "--telemetry", "False"]
    with started([command, *settings, "--host", "127.0.0.1", "--port", "0"], environment=environment) as port:
        yield Proxy(port, key)


@contextmanager
def llama() -> Generator[int]:
    """llama.cpp with a base model of 270 million parameters: what it says is nonsense, but really generated."""
    home = MODELS / "llama"
    if not (home / "model.gguf").exists():
        missing("llama.cpp", f"{INSTALL} heavy", due=False)
    with started([home / "bin" / "python", HERE / "llama.py", home / "model.gguf"]) as port:
        yield port
