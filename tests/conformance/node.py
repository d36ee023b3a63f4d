"""Starts what `tests/conformance/install` has installed: programs of npm under a Node that is new enough for them."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any

import pytest

from tests.talking import ROOT

__all__ = ["CONFORMANCE", "CONFORMANCE_NEXT", "INSPECTOR", "checks", "node"]

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
MODULES = Path(os.environ.get("UNABRIDGED_TEST_TOOLS") or CACHE / "unabridged" / "test-tools") / "mcp" / "node_modules"

CONFORMANCE = "@modelcontextprotocol/conformance/dist/index.js"
CONFORMANCE_NEXT = "conformance-next/dist/index.js"
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"


def node(program: str, arguments: Sequence[str], *, home: Path) -> CompletedProcess[str]:
    """Run one of the installed programs to its end; skip the test where it is not installed, and fail it in CI."""
    if not (MODULES / program).exists():
        reason = f"{program} is not installed; tests/conformance/install does it"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    environment = {**os.environ, "HOME": str(home), "TEST_LOG": "CRITICAL", "NO_COLOR": "1"}
    command: list[str | Path] = [MODULES / "node" / "bin" / "node", MODULES / program, *arguments]
    return run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def checks(results: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the checks that a run of the conformance suite wrote to *results*, by scenario."""
    found: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(results.glob("*/checks.json")):
        scenario = file.parent.name.removeprefix("server-").rsplit("-", 6)[0]
        found[scenario] = json.loads(file.read_text(encoding="utf-8"))
    return found
