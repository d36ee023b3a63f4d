"""Verified calls beside unverified ones: the same answer, asked of three servers in turn, over each transport."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.desk import listed, openapi, tool_file
from bench.figures import Line, Spread, spread
from bench.processes import BENCH, PYTHON, UNABRIDGED, cpu_seconds, free_port, running, upstream, wait_for_port
from bench.speaking import Client, Era, Failure, HttpClient, StdioClient

__all__ = ["measure"]

SIZES: Mapping[str, int] = {"0.5 KB": 1, "50 KB": 100, "500 KB": 1000}
_CALLS: Mapping[str, int] = {"0.5 KB": 20, "50 KB": 10, "500 KB": 4}
_AT_MOST: Mapping[str, float] = {"0.5 KB": 1.2, "50 KB": 1.0, "500 KB": 0.5}
_FASTER: Mapping[str, float] = {"0.5 KB": 1.5, "50 KB": 2.0, "500 KB": 4.0}
_WAYS: tuple[tuple[str, Era], ...] = (
    ("stdio", "2025-11-25"),
    ("stdio", "2026-07-28"),
    ("http", "2025-11-25"),
    ("http", "2026-07-28"),
)
_ITEM = re.compile(rb'"subject": ?"')
_WALK = {"kind": "single"}


@dataclass(slots=True)
class _Subject:
    """One server under measurement: its connection, its tool, and what each round took, by size."""

    name: str
    client: Client
    pid: int
    tool: str
    latency: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    cpu: dict[str, list[float]] = field(default_factory=dict[str, list[float]])

    def round(self, size: str) -> None:
        """Call a few times in a row; keep the median latency and the CPU time of one call."""
        params = {"name": self.tool, "arguments": {"total": SIZES[size]}}
        answer = b""
        taken: list[float] = []
        before = cpu_seconds(self.pid)
        for _ in range(_CALLS[size]):
            started = time.perf_counter()
            answer = self.client.ask("tools/call", params)
            taken.append(time.perf_counter() - started)
        self.cpu.setdefault(size, []).append((cpu_seconds(self.pid) - before) / _CALLS[size])
        self.latency.setdefault(size, []).append(median(taken))
        if len(_ITEM.findall(answer)) != SIZES[size]:
            raise Failure(f"{self.name} did not hand over {SIZES[size]} items: {answer[:400]!r}")


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Measure every transport and size in *rounds* interleaved rounds."""
    generating = _generating_python(say)
    lines: list[Line] = []
    with upstream() as origin, ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="unabridged-bench-")))
        for transport, era in _WAYS:
            say(f"calls over {transport}, {era}")
            with _subjects(transport, era, origin, directory, generating) as subjects:
                _rounds(subjects, rounds)
                lines += _lines(f"{transport} {era}", subjects)
    return lines


def _rounds(subjects: Sequence[_Subject], rounds: int) -> None:
    for number in range(-2, rounds):
        for size in SIZES:
            for turn in range(len(subjects)):
                subjects[(turn + number) % len(subjects)].round(size)
        if number < 0:  # warming up: connections, compiled schemas, caches
            for subject in subjects:
                subject.latency.clear()
                subject.cpu.clear()


def _lines(way: str, subjects: Sequence[_Subject]) -> list[Line]:
    by_name = {subject.name: subject for subject in subjects}
    ours, plain = by_name["unabridged"], by_name["plain"]
    lines: list[Line] = []
    for size in SIZES:
        subject, most = f"{way}, {size}", _AT_MOST[size]
        lines.append(
            Line(
                subject=subject,
                figure="latency / plain",
                measured=_ratio(ours.latency, plain.latency, size),
                at_most=most,
            )
        )
        lines.append(
            Line(subject=subject, figure="CPU / plain", measured=_ratio(ours.cpu, plain.cpu, size), at_most=most)
        )
        kept = by_name["connections kept"]
        lines.append(
            Line(
                subject=subject,
                figure="latency / plain, connections kept",
                measured=_ratio(kept.latency, plain.latency, size),
            )
        )
        lines.append(
            Line(subject=subject, figure="CPU / plain, connections kept", measured=_ratio(kept.cpu, plain.cpu, size))
        )
        if (other := by_name.get("fastmcp")) is not None:
            faster = _ratio(other.latency, ours.latency, size)
            lines.append(
                Line(subject=subject, figure="times faster than fastmcp", measured=faster, at_least=_FASTER[size])
            )
        lines.append(
            Line(
                subject=subject,
                figure="latency of ours",
                measured=spread([value * 1000 for value in ours.latency[size]]),
                unit="ms",
            )
        )
    return lines


def _ratio(one: Mapping[str, list[float]], other: Mapping[str, list[float]], size: str) -> Spread:
    """The ratio round by round, so that what disturbs a round disturbs both sides of it."""
    return spread([mine / theirs for mine, theirs in zip(one[size], other[size], strict=True)])


# ------------------------------------------------------------------------------------------- the servers


@contextmanager
def _subjects(
    transport: str, era: Era, origin: str, directory: Path, generating: str | None
) -> Generator[list[_Subject]]:
    files = _files(origin, directory)
    environment = {"UNABRIDGED_MAX_ANSWER": "4000000", "UNABRIDGED_STATE": str(directory / "state")}
    with ExitStack() as stack:

        def opened(name: str, tool: str, command: Sequence[str]) -> _Subject:
            port = free_port() if transport == "http" else 0
            placed = [part.replace("PORT", str(port)) for part in command]
            process = stack.enter_context(running(placed, environment))
            client = _client(process, port, era)
            stack.callback(client.close)
            return _Subject(name, client, process.pid, tool)

        serve = [UNABRIDGED, "serve", *files["tools"], "--transport", transport, "--port", "PORT"]
        ours = opened("unabridged", "desk_list", serve)
        kept = _Subject("connections kept", ours.client, ours.pid, "desk_list_kept")
        plain = [PYTHON, str(BENCH / "peers" / "plain.py"), transport, *files["listed"], origin, "PORT"]
        subjects = [ours, kept, opened("plain", "desk_list", plain)]
        if generating is not None:
            peer = [generating, str(BENCH / "peers" / "openapi.py"), transport, *files["openapi"], origin, "PORT"]
            subjects.append(opened("fastmcp", "desk_list", peer))
        yield subjects


def _client(process: subprocess.Popen[bytes], port: int, era: Era) -> Client:
    if not port:
        return StdioClient(process, era)
    wait_for_port(port, process)
    return HttpClient(port, era)


def _files(origin: str, directory: Path) -> Mapping[str, list[str]]:
    """Write what the servers read; say where it is."""
    written = {
        "desk.json": tool_file("desk_list", origin, query={}, walk=_WALK),
        "kept.json": tool_file("desk_list_kept", origin, query={}, walk=_WALK, keepalive="trusted"),
        "listed": json.dumps(listed("desk_list")),
        "openapi": json.dumps(openapi("desk_list", origin)),
    }
    for name, text in written.items():
        (directory / name).write_text(text, encoding="utf-8")
    placed = {name: str(directory / name) for name in written}
    return {
        "tools": [placed["desk.json"], placed["kept.json"]],
        "listed": [placed["listed"]],
        "openapi": [placed["openapi"]],
    }


def _generating_python(say: Callable[[str], None]) -> str | None:
    """Return an interpreter that has fastmcp, in an environment of its own; None where none can be made."""
    home = Path.home() / ".cache" / "unabridged-bench" / "fastmcp"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    uv = shutil.which("uv")
    if not python.exists() and uv is not None:
        say(f"installing fastmcp into {home}")
        subprocess.run([uv, "venv", "--quiet", "--python", PYTHON, str(home)], check=False)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), "fastmcp>=4,<5"], check=False)
    if python.exists():
        found = subprocess.run([str(python), "-c", "import fastmcp"], capture_output=True, check=False)
        if found.returncode == 0:
            return str(python)
    say("fastmcp cannot be installed here: it is not measured")
    return None
