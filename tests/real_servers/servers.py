"""Starts servers that nobody here wrote, each with 250 records, on free ports of the loopback address."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import sqlite3
import sys
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.programs import TOOLS, missing, started

__all__ = ["RECORDS", "datasette", "docker_registry", "json_server"]

RECORDS = 250
HERE = Path(__file__).parent
INSTALL = "tests/real_servers/install"


@contextmanager
def datasette(home: Path) -> Generator[int]:
    """Datasette over a table of tickets."""
    database = home / "desk.db"
    with closing(sqlite3.connect(database)) as desk:
        desk.execute("CREATE TABLE tickets (id INTEGER PRIMARY KEY, subject TEXT)")
        desk.executemany(
            "INSERT INTO tickets VALUES (?, ?)", [(number, f"Ticket {number}") for number in range(1, RECORDS + 1)]
        )
        desk.commit()
    command = Path(sys.executable).with_name("datasette")
    with started([command, "serve", database, "--host", "127.0.0.1", "--port", "0"]) as port:
        yield port


@contextmanager
def json_server(home: Path) -> Generator[int]:
    """json-server over a file of tickets."""
    modules = TOOLS / "json-server" / "node_modules"
    node = shutil.which("node")
    if node is None or not (modules / "json-server").is_dir():
        missing("json-server", INSTALL)
    records = home / "records.json"
    records.write_text(
        json.dumps({"tickets": [{"id": number, "subject": f"Ticket {number}"} for number in range(1, RECORDS + 1)]})
    )
    with started(["node", HERE / "json-server.js", records], environment={"NODE_PATH": str(modules)}) as port:
        yield port


@contextmanager
def docker_registry(home: Path) -> Generator[int]:
    """Docker's registry with 250 repositories, one of which has 250 tags."""
    if shutil.which("docker-registry") is None:
        missing("docker-registry", INSTALL)
    settings = home / "registry.json"  # JSON is YAML
    settings.write_text(
        json.dumps(
            {
                "version": "0.1",
                "log": {"level": "info", "accesslog": {"disabled": True}},
                "storage": {"filesystem": {"rootdirectory": str(home / "registry")}},
                "http": {"addr": "127.0.0.1:0"},
            }
        )
    )
    with started(["docker-registry", "serve", settings]) as port:
        fill(port)
        yield port


def fill(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as registry:
        for number in range(RECORDS):
            push(registry, f"desk-{number:03d}", ["latest"])
        push(registry, "desk-000", [f"v{number:03d}" for number in range(1, RECORDS)])


EMPTY = b"{}"
DIGEST = f"sha256:{hashlib.sha256(EMPTY).hexdigest()}"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(EMPTY), "digest": DIGEST}


def push(registry: http.client.HTTPConnection, repository: str, tags: Sequence[str]) -> None:
    """Push an image without layers under each of *tags* (Docker Registry HTTP API V2, "Pushing An Image")."""
    registry.request("POST", f"/v2/{repository}/blobs/uploads/", b"")
    upload = urlsplit(done(registry, 202).getheader("Location", ""))
    registry.request(
        "PUT", f"{upload.path}?{upload.query}&digest={DIGEST}", EMPTY, {"Content-Type": "application/octet-stream"}
    )
    done(registry, 201)
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": CONFIG, "layers": []})
    for tag in tags:
        registry.request("PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": MANIFEST})
        done(registry, 201)


def done(registry: http.client.HTTPConnection, due: int) -> http.client.HTTPResponse:
    response = registry.getresponse()
    answer = response.read()
    assert response.status == due, answer
    return response
