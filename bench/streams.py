"""Streams of generated text that break: what the providers' own SDKs hand over, and what Unabridged does.

Recorded streams are said again with one fault each, at every boundary between two events; what counts is a text that is
handed over without an error and is not the whole text.  The faults and the recordings are those of the tests.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import anyio
from anyio import to_thread

from bench.figures import Line, share
from bench.processes import BENCH, PYTHON, running
from tests.standins.cutting import BREAKS, ORDERS, Fault, replaying
from tests.standins.generating import alone, asked, result
from tests.standins.streams import RECORDINGS, WHOLE, Recording
from unabridged.schemas.answer import Delivered

__all__ = ["measure"]

_SDKS = ("anthropic==2.11.0", "openai==3.52.0", "google-genai==3.4.0")
_WAYS: Mapping[str, Mapping[str, str]] = {
    "anthropic": {"messages": "anthropic, messages.stream"},
    "chat": {"chat": "openai, chat create(stream=True)", "chat_helper": "openai, chat stream()"},
    "responses": {
        "responses": "openai, responses create(stream=True)",
        "responses_helper": "openai, responses stream()",
    },
    "gemini": {"gemini": "google-genai, generate_content_stream"},
}
_GROUPS: Mapping[str, Mapping[str, Fault]] = {"broken": BREAKS, "out of order": ORDERS}

Ask = Callable[[str], Awaitable[str | None]]
"""From an origin to the text that is handed over; None where there is an error instead."""
Sdk = Callable[[str, str], str | None]
"""The same, but for the way to ask, and in a process of its own."""


def measure(rounds: int, say: Callable[[str], None]) -> list[Line]:
    """Say every recorded stream with every fault to every client; *rounds* change nothing, as chance has no part in it."""
    with _sdks(say) as sdk:
        return anyio.run(_measured, sdk, say)


async def _measured(sdk: Sdk | None, say: Callable[[str], None]) -> list[Line]:
    lines: list[Line] = []
    for family, ways in _WAYS.items():
        if sdk is not None:
            for way, name in ways.items():
                say(f"streams: {name}")
                lines += await _lines(name, family, partial(_by_sdk, sdk, way))
        say(f"streams: Unabridged, {family}")
        lines += await _lines(f"Unabridged, {family}", family, partial(_by_engine, family), at_most=0)
    return lines


async def _lines(name: str, family: str, ask: Ask, *, at_most: float | None = None) -> list[Line]:
    lines: list[Line] = []
    for group, faults in _GROUPS.items():
        seen = await _seen(family, faults, ask)
        figure = f"{group}: {seen['cut']} of {seen.total()} handed over"
        limit = at_most if group == "broken" else None
        lines.append(
            Line(subject=name, figure=figure, measured=share(seen["cut"], seen.total()), unit="%", at_most=limit)
        )
    return lines


async def _seen(family: str, faults: Mapping[str, Fault], ask: Ask) -> Counter[str]:
    """Count what was handed over: `whole`, `cut` (or altered), or an `error`."""
    seen = Counter[str]()
    for recording in RECORDINGS:
        for fault in faults.values() if recording.family == family else ():
            for boundary in range(len(recording.chunks)):
                seen[await _one(recording, fault, boundary, ask)] += 1
    return seen


async def _one(recording: Recording, fault: Fault, boundary: int, ask: Ask) -> str:
    async with replaying(fault(recording, boundary)) as server:
        text = await ask(server.url)
    return "error" if text is None else "whole" if text == WHOLE else "cut"


async def _by_engine(family: str, origin: str) -> str | None:
    answer = await asked(family, origin, change=alone)
    return str(result(answer)["text"]) if isinstance(answer, Delivered) else None


async def _by_sdk(sdk: Sdk, way: str, origin: str) -> str | None:
    return await to_thread.run_sync(sdk, way, origin)


@contextmanager
def _sdks(say: Callable[[str], None]) -> Generator[Sdk | None]:
    """Run the SDKs in a process of their own; None where they cannot be installed."""
    python = _python(say)
    if python is None:
        yield None
        return
    with running([python, str(BENCH / "peers" / "models.py")]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        source, sink = process.stdout, process.stdin
        source.readline()

        def ask(way: str, origin: str) -> str | None:
            sink.write(json.dumps([way, origin]).encode() + b"\n")
            told: dict[str, str] = json.loads(source.readline())
            return told.get("text")

        yield ask


def _python(say: Callable[[str], None]) -> str | None:
    """Return an interpreter that has the SDKs, in an environment of its own."""
    home = Path.home() / ".cache" / "unabridged-bench" / "sdks"
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    uv = shutil.which("uv")
    if not python.exists() and uv is not None:
        say(f"installing {', '.join(_SDKS)} into {home}")
        subprocess.run([uv, "venv", "--quiet", "--python", PYTHON, str(home)], check=False)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *_SDKS], check=False)
    if python.exists():
        found = subprocess.run(
            [str(python), "-c", "import anthropic, openai, google.genai"], capture_output=True, check=False
        )
        if found.returncode == 0:
            return str(python)
    say("the SDKs cannot be installed here: they are not measured")
    return None
