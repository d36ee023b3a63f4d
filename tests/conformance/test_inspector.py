"""The MCP Inspector's command line against a served process, in both eras and over both transports."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.conformance.node import INSPECTOR, node
from tests.talking import Served, serving

pytestmark = pytest.mark.slow

TOOL_FAILED = 5  # the Inspector's exit status for a result that is an error


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with serving(TEST_LOG="CRITICAL") as it:
        yield it


@pytest.fixture(params=["legacy over http", "modern over http", "legacy over stdio"])
def target(request: pytest.FixtureRequest, served: Served) -> Sequence[str]:
    era, _, transport = request.param.split()
    if transport == "stdio":
        return [sys.executable, "-m", "tests.served", "stdio"]
    return [served.url, "--protocol-era", era]


def inspect(target: Sequence[str], home: Path, *arguments: str) -> CompletedProcess[str]:
    return node(INSPECTOR, ["--cli", *target, "--format", "json", *arguments], home=home)


def result_of(ran: CompletedProcess[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(ran.stdout)["result"]
    return result


def test_the_inspector_lists_the_tools(target: Sequence[str], tmp_path: Path) -> None:
    ran = inspect(target, tmp_path, "--method", "tools/list")
    assert ran.returncode == 0, ran.stderr
    assert "tickets" in [tool["name"] for tool in result_of(ran)["tools"]]


@pytest.mark.requirement("M10", "M1")
def test_the_inspector_gets_a_whole_answer_that_fits_the_output_schema(target: Sequence[str], tmp_path: Path) -> None:
    ran = inspect(target, tmp_path, "--method", "tools/call", "--tool-name", "tickets", "--tool-arg", "status=open")
    assert ran.returncode == 0, ran.stderr
    assert len(result_of(ran)["structuredContent"]["items"]) == 11


def test_the_inspector_shows_a_refusal_with_its_reason(target: Sequence[str], tmp_path: Path) -> None:
    ran = inspect(target, tmp_path, "--method", "tools/call", "--tool-name", "short")
    assert ran.returncode == TOOL_FAILED, ran.stderr
    assert result_of(ran)["content"][0]["text"].startswith("FAILED total_mismatch: 3 of 11 items came.")


@pytest.mark.requirement("M10")
def test_the_inspector_finds_the_schemas_portable(served: Served, tmp_path: Path) -> None:
    ran = node(INSPECTOR, ["--cli", served.url, "--method", "tools/list", "--strict"], home=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")


# ------------------------------------------------------------------------------------------- many tools


@pytest.fixture(scope="module")
def searched() -> Generator[Served]:
    with serving(TEST_LOG="CRITICAL", TEST_TOOL_BUDGET="0") as it:
        yield it


@pytest.mark.parametrize(
    ("tool", "arguments", "status", "begins"),
    [
        ("search_tools", {"query": "tickets"}, 0, '{"status":"complete","tools":[{"name":"'),
        ("search_tools", {"query": "zebra"}, 0, '{"status":"complete","tools":[],'),
        ("call_tool", {"name": "tickets", "arguments": {"status": "open"}}, 0, '{"status":"complete","items":['),
        ("call_tool", {"name": "short"}, TOOL_FAILED, "FAILED total_mismatch: "),
        ("call_tool", {"name": "nobody"}, TOOL_FAILED, "FAILED unknown_tool: "),
    ],
)
@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_inspector_finds_and_calls_tools_that_are_not_listed(
    era: str, tool: str, arguments: dict[str, Any], status: int, *, begins: str, searched: Served, tmp_path: Path
) -> None:
    words = ["--method", "tools/call", "--tool-name", tool, "--tool-args-json", json.dumps(arguments)]
    ran = inspect([searched.url, "--protocol-era", era], tmp_path, *words)
    assert ran.returncode == status, ran.stderr
    assert result_of(ran)["content"][0]["text"].startswith(begins)


def test_the_inspector_finds_the_schemas_of_the_two_portable(searched: Served, tmp_path: Path) -> None:
    ran = node(INSPECTOR, ["--cli", searched.url, "--method", "tools/list", "--strict"], home=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
