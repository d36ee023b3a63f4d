"""Measure Unabridged beside what people use otherwise: `uv run python bench/run.py [calls|walks|memory|start|transport|chains|streams|all] [--json]`.

Prints ratios of things measured in turn in one run.  It asserts nothing: a target that is not met is said so.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # run as a program, the path begins with bench/ itself

from bench import calls, chains, memory, start, streams, transport, walks  # noqa: E402 - after the path
from bench.figures import Line, Noise, noise_of  # noqa: E402

Measure = Callable[[int, Callable[[str], None]], list[Line]]

PARTS: Mapping[str, tuple[Measure, int]] = {
    "calls": (calls.measure, 15),
    "walks": (walks.measure, 9),
    "memory": (memory.measure, 3),
    "start": (start.measure, 9),
    "transport": (transport.measure, 15),
    "chains": (chains.measure, 10),
    "streams": (streams.measure, 1),
}
"""What can be measured, and in how many rounds."""


def main(words: Sequence[str] | None = None) -> None:
    """Measure what the command line asks for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", default="all", choices=[*PARTS, "all"])
    parser.add_argument("--rounds", type=int, help="instead of each part's own number")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    asked = parser.parse_args(words)
    before = noise_of()
    lines: list[Line] = []
    for name, (measure, rounds) in PARTS.items():
        if asked.part in (name, "all"):
            lines += measure(asked.rounds or rounds, _say)
    noise = Noise(before, noise_of())
    print(_json(lines, noise) if asked.json else _table(lines, noise))


def _say(message: str) -> None:
    sys.stderr.write(f"bench: {message}\n")


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _json(lines: Sequence[Line], noise: Noise) -> str:
    told = {"machine": _machine(), "at": _now(), "noise": str(noise), "lines": [line.plain() for line in lines]}
    return json.dumps(told, indent=1)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _table(lines: Sequence[Line], noise: Noise) -> str:
    rows = [f"{_now()}  {_machine()}", f"{noise}", ""]
    wide = max(len(line.subject) for line in lines), max(len(line.figure) for line in lines)
    rows += [
        f"{line.subject:{wide[0]}}  {line.figure:{wide[1]}}  {line.shown:28} {line.target:9} {_judged(line)}"
        for line in lines
    ]
    targets = [line for line in lines if line.met is not None]
    rows += [
        "",
        f"{sum(bool(line.met) for line in targets)} of {len(targets)} targets met (median [quartiles]; shares [95 % interval])",
    ]
    return "\n".join(rows)


def _judged(line: Line) -> str:
    return {True: "met", False: "SHORT", None: ""}[line.met]


if __name__ == "__main__":
    main()
