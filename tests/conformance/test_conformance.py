"""The official MCP conformance suite against a served process: every scenario that a server of tools can be put to.

The others ask for resources, prompts, completion, sampling, elicitation, logging or tasks, which are not served.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.conformance.node import CONFORMANCE, CONFORMANCE_NEXT, checks, node
from tests.talking import Served, serving

pytestmark = pytest.mark.slow

SCENARIOS = {
    "2025-11-25": (
        "dns-rebinding-protection",
        "json-schema-2020-12",
        "ping",
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "tools-call-error",
        "tools-list",
    ),
    "2026-07-28": (
        "caching",
        "dns-rebinding-protection",
        "http-custom-header-server-validation",
        "http-header-validation",
        "input-required-result-ignore-extra-params",
        "input-required-result-missing-input-response",
        "input-required-result-unsupported-methods",
        "input-required-result-validate-input",
        "json-schema-2020-12",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "server-stateless",
        "tools-call-error",
        "tools-list",
    ),
}

NOT_SERVED = {
    "sep-2549-prompts-list-caching-hints": "prompts",
    "sep-2549-resources-list-caching-hints": "resources",
    "sep-2549-resources-templates-list-caching-hints": "resources",
    "sep-2575-server-rejects-undeclared-capability": "a tool that needs a capability of the client",
    "sep-2575-missing-capability-http-400": "a tool that needs a capability of the client",
    "sep-2575-http-server-no-independent-requests-on-stream": "a tool that asks the user",
    "sep-2575-server-no-log-without-loglevel": "a tool that logs to the client",
}
"""Checks within these scenarios that cannot be made, and what they would need."""


@pytest.fixture(scope="module")
def served() -> Generator[Served]:
    with serving(TEST_DIAGNOSTIC="1", TEST_LOG="CRITICAL") as it:
        yield it


@pytest.fixture(scope="module")
def results(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Run the frozen set of scenarios of each revision once."""
    home = tmp_path_factory.mktemp("conformance")
    for revision in SCENARIOS:
        arguments = ["server", "--url", served.url, "--requirements", revision, "-o", str(home / revision)]
        node(CONFORMANCE_NEXT, arguments, home=home)
    return {revision: checks(home / revision) for revision in SCENARIOS}


@pytest.mark.requirement("M10")
@pytest.mark.parametrize(
    ("revision", "scenario"), [(revision, scenario) for revision, names in SCENARIOS.items() for scenario in names]
)
def test_a_scenario_of_the_suite_has_nothing_against_the_server(
    results: dict[str, dict[str, list[dict[str, Any]]]], revision: str, scenario: str
) -> None:
    made = results[revision][scenario]
    assert any(check["status"] == "SUCCESS" for check in made)
    assert [check for check in made if check["status"] == "FAILURE" and check["id"] not in NOT_SERVED] == []


def test_every_check_that_is_excused_really_cannot_be_made(
    results: dict[str, dict[str, list[dict[str, Any]]]],
) -> None:
    failed = {check["id"] for made in results["2026-07-28"].values() for check in made if check["status"] == "FAILURE"}
    assert set(NOT_SERVED) <= failed


@pytest.mark.parametrize(
    "scenario", ["dns-rebinding-protection", "ping", "server-initialize", "server-sse-multiple-streams", "tools-list"]
)
def test_the_released_suite_agrees(served: Served, tmp_path_factory: pytest.TempPathFactory, scenario: str) -> None:
    home = tmp_path_factory.mktemp("conformance")
    ran = node(CONFORMANCE, ["server", "--url", served.url, "--scenario", scenario], home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
