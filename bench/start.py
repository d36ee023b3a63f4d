"""From the start of the process to the first `tools/list`: tool files beside the plain peer, which lists what it is given."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.desk import generated
from bench.figures import Line, Spread, spread
from bench.processes import BENCH, PYTHON, UNABRIDGED, cpu_seconds, running
from bench.speaking import Failure, StdioClient
from unabridged.server.listing import tool
from unabridged.tools.catalog import read
from unabridged.tools.yaml_reading import read_yaml

__all__ = ["measure"]

COUNTS = (1, 100, 1000)
_MOST = 1.2
_UNSEEN = "unabridged, files not seen before"
_AS_JSON = "unabridged, files in JSON"
_SHOWN = ("--tool-budget", "off")  # the tools themselves, however many, as the plain peer lists them


@dataclass(frozen=True, slots=True)
class _Started:
    """What each start of one server took, in seconds."""

    latency: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Start each server *rounds* times in turn, with each number of tools."""
    lines: list[Line] = []
    for count in COUNTS:
        say(f"start with {count:,} tools")
        with tempfile.TemporaryDirectory(prefix="unabridged-bench-") as directory:
            taken = _rounds(_commands(Path(directory), count), Path(directory), rounds, count)
        lines += _lines(count, taken)
    return lines


def _environment(directory: Path, name: str) -> Mapping[str, str]:
    return {"UNABRIDGED_STATE": "off" if name == _UNSEEN else str(directory / "state")}


def _commands(directory: Path, count: int) -> Mapping[str, Sequence[str]]:
    yaml, as_json, listed = directory / "yaml", directory / "json", directory / "listed"
    yaml.mkdir()
    as_json.mkdir()
    for number, text in enumerate(generated(count)):
        (yaml / f"desk{number}.yaml").write_text(text, encoding="utf-8")
        (as_json / f"desk{number}.json").write_text(json.dumps(read_yaml(text).value), encoding="utf-8")
    catalog = read([yaml])
    if len(catalog.contracts) != count:
        raise Failure("\n".join(map(str, catalog.problems))[:2000])
    listed.write_text(json.dumps([tool(one) for one in catalog.contracts]), encoding="utf-8")
    return {
        "unabridged": [UNABRIDGED, "serve", str(yaml), *_SHOWN],
        _UNSEEN: [UNABRIDGED, "serve", str(yaml), *_SHOWN],
        _AS_JSON: [UNABRIDGED, "serve", str(as_json), *_SHOWN],
        "plain": [PYTHON, str(BENCH / "peers" / "plain.py"), "stdio", str(listed)],
    }


def _rounds(commands: Mapping[str, Sequence[str]], directory: Path, rounds: int, count: int) -> Mapping[str, _Started]:
    taken = {name: _Started() for name in commands}
    for number in range(-1, rounds):
        for name, command in commands.items():
            latency, cpu = _start(command, _environment(directory, name), count)
            if number >= 0:  # the first start of each writes caches
                taken[name].latency.append(latency)
                taken[name].cpu.append(cpu)
    return taken


def _start(command: Sequence[str], environment: Mapping[str, str], count: int) -> tuple[float, float]:
    """Start, shake hands, and list every page of tools; return the seconds that it took and the CPU time of the process."""
    started = time.perf_counter()
    with running(command, environment) as process:
        client = StdioClient(process, "2025-11-25")
        listed, cursor = 0, None
        while True:
            answer = json.loads(client.ask("tools/list", {"cursor": cursor} if cursor else {}))["result"]
            listed, cursor = listed + len(answer["tools"]), answer.get("nextCursor")
            if cursor is None:
                break
        taken = time.perf_counter() - started
        if listed != count:
            raise Failure(f"{command[0]} listed {listed} tools")
        return taken, cpu_seconds(process.pid)


def _lines(count: int, taken: Mapping[str, _Started]) -> list[Line]:
    ours, unseen, plain = taken["unabridged"], taken[_UNSEEN], taken["plain"]
    subject = f"start, {count:,} tools"
    return [
        Line(subject=subject, figure="time / plain", measured=_ratio(ours.latency, plain.latency), at_most=_MOST),
        Line(subject=subject, figure="CPU / plain", measured=_ratio(ours.cpu, plain.cpu), at_most=_MOST),
        Line(
            subject=subject,
            figure="time / plain, files not seen before",
            measured=_ratio(unseen.latency, plain.latency),
        ),
        Line(
            subject=subject,
            figure="CPU / plain, files not seen before",
            measured=_ratio(unseen.cpu, plain.cpu),
        ),
        *(
            Line(
                subject=subject,
                figure=f"time of {name}",
                unit="ms",
                measured=spread([one * 1000 for one in started.latency]),
            )
            for name, started in taken.items()
        ),
    ]


def _ratio(one: Sequence[float], other: Sequence[float]) -> Spread:
    return spread([mine / theirs for mine, theirs in zip(one, other, strict=True)])
