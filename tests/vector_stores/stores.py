"""Starts Chroma on a free port of the loopback address, and embeds texts with a real model."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import TOOLS, missing, started

__all__ = ["Chroma", "chroma", "embedded"]

HERE = Path(__file__).parent
VECTORS = TOOLS / "vectors"
INSTALL = "tests/vector_stores/install heavy"


@dataclass(frozen=True, slots=True)
class Chroma:
    """A running Chroma."""

    port: int

    def collection(self, name: str, texts: Mapping[str, str], vectors: Sequence[Sequence[float]]) -> str:
        """Make a collection by cosine distance that holds *texts*, and return its id."""
        made = self._asked("/collections", {"name": name, "configuration": {"hnsw": {"space": "cosine"}}})
        records = {"ids": list(texts), "documents": list(texts.values()), "embeddings": [list(one) for one in vectors]}
        self._asked(f"/collections/{made['id']}/add", records)
        return str(made["id"])

    def _asked(self, path: str, body: object) -> Any:
        base = "/api/v2/tenants/default_tenant/databases/default_database"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("POST", base + path, json.dumps(body), {"content-type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            assert response.status < 300, answer
            return json.loads(answer)


@contextmanager
def chroma(home: Path) -> Generator[Chroma]:
    """Chroma over an empty directory."""
    words = ["run", "--path", str(home / "chroma"), "--host", "127.0.0.1", "--port", str(_free())]
    command: list[str | Path] = [_program("chroma"), *words]
    with started(command, environment={"NO_COLOR": "1", "ANONYMIZED_TELEMETRY": "false"}) as port:
        yield Chroma(port)


def _free() -> int:
    """A port that is free now; Chroma does not say which one it took."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port: int = taken.getsockname()[1]
        return port


def embedded(texts: Sequence[str]) -> list[list[float]]:
    """Embed *texts* with all-MiniLM-L6-v2."""
    done = subprocess.run(
        [_program("python"), HERE / "embedding.py"],
        input=json.dumps(list(texts)),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    vectors: list[list[float]] = json.loads(done.stdout)
    return vectors


def _program(name: str) -> Path:
    if not (VECTORS / "installed").exists():
        missing("Chroma with an embedding", INSTALL, due=False)
    return VECTORS / "bin" / name
