"""Choosing among tools: by name, by tag, and by a profile, with nothing chosen by accident."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError

from tests.refunds import COMMAND, environment
from tests.served import contract
from unabridged.schemas.contract import Contract
from unabridged.server.profiles import Profile, Wanted, chosen_by, profile
from unabridged.server.usage import UsageError


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


TOOLS = (
    contract("billing_list", tags=("billing", "read")),
    contract("billing_refund", tags=("billing", "admin")),
    contract("users_list", tags=("users",)),
    contract("plain"),
)


def names(contracts: tuple[Contract, ...]) -> list[str]:
    return [one.name for one in contracts]


# ------------------------------------------------------------------------------------------- choosing


@pytest.mark.requirement("M14")
@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (Profile(), ["billing_list", "billing_refund", "users_list", "plain"]),
        (Profile(tags=("billing",)), ["billing_list", "billing_refund"]),
        (Profile(tags=("billing", "users")), ["billing_list", "billing_refund", "users_list"]),
        (Profile(tags=("billing", "!admin")), ["billing_list"]),
        (Profile(tags=("!admin",)), ["billing_list", "users_list", "plain"]),
        (Profile(include=("*_list",)), ["billing_list", "users_list"]),
        (Profile(include=("*_list", "plain")), ["billing_list", "users_list", "plain"]),
        (Profile(exclude=("billing_*",)), ["users_list", "plain"]),
        (Profile(include=("billing_*",), exclude=("*_refund",)), ["billing_list"]),
        (Profile(include=("billing_*",), tags=("read",)), ["billing_list"]),
    ],
)
def test_what_is_wanted_is_chosen(wanted: Profile, chosen: list[str]) -> None:
    assert names(chosen_by(wanted, TOOLS)) == chosen


@pytest.mark.requirement("M14")
@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Profile(tags=("bilding",)), "no tool has the tag 'bilding'; did you mean `billing`?"),
        (Profile(tags=("!admni",)), "no tool has the tag 'admni'; did you mean `admin`?"),
        (Profile(include=("bills_*",)), "include: no tool is called 'bills_*'"),
        (Profile(exclude=("plan",)), "exclude: no tool is called 'plan'; did you mean `plain`?"),
        (Profile(pin=("plane",)), "pin: no tool is called 'plane'; did you mean `plain`?"),
        (Profile(include=("Billing_*",)), "include: no tool is called 'Billing_*'"),
        (Profile(include=("plain",), tags=("users",)), "no tool is left of 4"),
    ],
)
def test_a_word_that_chooses_nothing_is_an_error(wanted: Profile, says: str) -> None:
    with pytest.raises(UsageError, match="^" + says.replace("*", r"\*").replace("?", r"\?")):
        chosen_by(wanted, TOOLS)


WORDS = st.lists(st.sampled_from(["billing_*", "*_list", "plain", "*"]), max_size=2).map(tuple)


@given(include=WORDS, exclude=WORDS, tags=st.lists(st.sampled_from(["billing", "users", "!admin"]), max_size=2))
def test_whatever_is_excluded_is_not_chosen(include: Any, exclude: Any, tags: list[str]) -> None:
    wanted = Profile(include=include, exclude=exclude, tags=tuple(tags))
    without = Profile(include=include, tags=tuple(tags))
    chosen = {one.name for one in TOOLS if wanted.chooses(one)}
    assert chosen <= {one.name for one in TOOLS if without.chooses(one)}
    assert not any(Profile(include=exclude).chooses(one) for one in TOOLS if exclude and one.name in chosen)


# ------------------------------------------------------------------------------------------- the file


def file(directory: Path, text: str, name: str = "billing.yaml") -> str:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return str(path)


WHOLE = """\
include: ["billing_*", plain]
exclude: billing_refund
tags: ["!admin"]
pin: plain
budget: off
"""


def test_a_file_says_all_of_it(tmp_path: Path) -> None:
    said = profile(Wanted(profile=file(tmp_path, WHOLE)), {})
    assert said == Profile(
        include=("billing_*", "plain"), exclude=("billing_refund",), tags=("!admin",), pin=("plain",), budget="off"
    )


def test_a_file_may_be_json_and_its_budget_a_number(tmp_path: Path) -> None:
    path = file(tmp_path, '{"tags": "billing", "budget": 8000}', "p.json")
    assert profile(Wanted(profile=path), {}) == Profile(tags=("billing",), budget="8000")


def test_the_environment_names_a_file_and_the_command_line_goes_before_it(tmp_path: Path) -> None:
    environment = {"UNABRIDGED_PROFILE": file(tmp_path, WHOLE)}
    other = file(tmp_path, "tags: users", "users.yaml")
    assert profile(Wanted(), environment).pin == ("plain",)
    assert profile(Wanted(profile=other), environment) == Profile(tags=("users",))
    assert profile(Wanted(include=("users_list",), budget="7"), environment) == Profile(
        include=("users_list",), exclude=("billing_refund",), tags=("!admin",), pin=("plain",), budget="7"
    )


@pytest.mark.requirement("M14")
@pytest.mark.parametrize(
    ("text", "wanted", "left"),
    [
        ("exclude: billing_refund", Wanted(exclude=("plain",)), ["billing_list", "users_list"]),
        ("exclude: billing_refund", Wanted(include=("*_refund", "plain")), ["plain"]),
        ('tags: [billing, "!admin"]', Wanted(tags=("!users",)), ["billing_list"]),
        ('tags: [billing, "!admin"]', Wanted(tags=("billing", "users")), ["billing_list", "users_list"]),
        ('tags: [billing, "!admin"]', Wanted(tags=("billing", "users", "!read")), ["users_list"]),
        ('tags: "!admin"', Wanted(tags=("billing", "!read", "users")), ["users_list"]),
    ],
)
def test_what_a_profile_keeps_away_is_kept_away_whatever_is_said_beside_it(
    text: str, wanted: Wanted, left: list[str], tmp_path: Path
) -> None:
    both = profile(replace(wanted, profile=file(tmp_path, text)), {})
    assert names(chosen_by(both, TOOLS)) == left


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", ":1: expected an object with"),
        ("", ":1: expected an object with"),
        ("pin: a\ntag: b", ":2: /tag: expected one of `include`.*found `tag`; did you mean `tags`"),
        ("include: 7", ":1: /include: expected a text or a list of texts"),
        ("include: [a, 7]", ":1: /include: expected a text or a list of texts"),
        ("include: []", ":1: /include: expected at least one text, found an empty list"),
        ("pin: a\ntags: []", ":2: /tags: expected at least one text, found an empty list"),
        ("budget: much", ":1: /budget: expected a number of tokens or `off`"),
        ("budget: true", ":1: /budget: expected a number of tokens or `off`"),
        ("budget: -1", ":1: /budget: expected a number of tokens or `off`"),
        ("budget: []", ":1: /budget: expected a number of tokens or `off`"),
        ("a: [", "expected YAML 1.2"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_its_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=says):
        profile(Wanted(profile=file(tmp_path, text)), {})


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        profile(Wanted(profile=str(tmp_path / "nobody.yaml")), {})


# ------------------------------------------------------------------------------------------- the commands


def tool_file(directory: Path) -> str:
    tools = [
        {
            "name": name,
            "description": "x",
            "claim": "one",
            "tags": tags,
            "request": {"url": "/x"},
            "response": {"schema": {"type": "object", "required": ["id"]}},
        }
        for name, tags in (("billing_list", ["billing"]), ("users_list", ["users", "people"]))
    ]
    api = {"name": "desk", "base_url": "http://127.0.0.1:9", "network": {"allow": ["loopback"]}}
    return file(directory, json.dumps({"unabridged": 1, "api": api, "tools": tools}), "desk.json")


def said(directory: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = environment(directory / "state")
    return subprocess.run(
        [str(COMMAND), *words], env=settings, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


@pytest.mark.requirement("M14")
def test_tools_shows_tags_price_and_budget_of_what_is_chosen(tmp_path: Path) -> None:
    path = tool_file(tmp_path)
    rows = json.loads(said(tmp_path, "tools", path, "--tag", "people", "--json").stdout)
    assert [(row["name"], row["tags"]) for row in rows] == [("users_list", ["users", "people"])]
    told = said(tmp_path, "tools", path, "--profile", file(tmp_path, "budget: 10"))
    assert "users, people" in told.stdout
    assert "above the budget of 10 tokens: `serve` lists search_tools and call_tool" in " ".join(told.stdout.split())


def test_what_is_not_served_costs_nothing_of_the_budget(tmp_path: Path) -> None:
    document = json.loads(Path(tool_file(tmp_path)).read_text())
    document["tools"][0] |= {"provenance": {"response": {"source": "openapi"}}, "description": "long " * 400}
    told = said(
        tmp_path,
        "tools",
        file(tmp_path, json.dumps(document), "inferred.json"),
        "--profile",
        file(tmp_path, "budget: 100"),
    )
    assert "within the budget of 100 tokens: `serve` lists the tools themselves" in " ".join(told.stdout.split())


def test_tools_says_how_many_of_those_it_lists_are_served_and_what_they_cost(tmp_path: Path) -> None:
    document = json.loads(Path(tool_file(tmp_path)).read_text())
    document["tools"][0] |= {"provenance": {"response": {"source": "openapi"}}, "description": "long " * 400}
    served = len(document["tools"]) - 1
    told = " ".join(said(tmp_path, "tools", file(tmp_path, json.dumps(document), "inferred.json")).stdout.split())
    assert f"{served + 1} tools, about" in told
    assert f"{served} tool{'s' * (served > 1)} of them would be served, about" in told
    document["tools"] = document["tools"][:1]
    told = said(tmp_path, "tools", file(tmp_path, json.dumps(document), "inferred.json")).stdout
    assert "none of them would be served" in told


def test_check_counts_what_is_chosen_and_tells_every_mistake(tmp_path: Path) -> None:
    path = tool_file(tmp_path)
    assert "1 tool without error" in said(tmp_path, "check", path, "--include", "billing_*").stderr
    broken = file(tmp_path, Path(path).read_text().replace('"/x"', '"/{input.nobody}"', 1), "broken.json")
    told = said(tmp_path, "check", broken, "--include", "users_list")
    assert (told.returncode, "nobody" in told.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--tag", "nobody"), "no tool has the tag 'nobody'"),
        (("--tool-budget", "lots"), "--tool-budget: expected a number of tokens or `off`, found 'lots'"),
        (("--pin", "nobody"), "pin: no tool is called 'nobody'"),
        (("--profile", "/nowhere"), "profile /nowhere: No such file or directory"),
    ],
)
def test_serve_does_not_start_with_a_word_that_chooses_nothing(
    words: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = said(tmp_path, "serve", tool_file(tmp_path), *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_pin_of_what_is_not_wanted_is_said_at_the_start(tmp_path: Path) -> None:
    beside = file(tmp_path, "exclude: users_list\npin: [users_list, '*_list', '*s_list']\n")
    done = said(tmp_path, "serve", tool_file(tmp_path), "--profile", beside)
    told = [line for line in done.stderr.splitlines() if "pin" in line]
    assert told == [
        f"unabridged: pin: {word!r} lists nothing, for no tool of this name is wanted"
        for word in ("users_list", "*s_list")
    ]
    assert done.returncode == 0


@pytest.mark.requirement("M14")
@pytest.mark.anyio
async def test_what_is_not_chosen_cannot_be_called(tmp_path: Path) -> None:
    words = ["serve", tool_file(tmp_path), "--tag", "!people", "--tool-budget", "1", "--pin", "billing_list"]
    command = StdioServerParameters(command=str(COMMAND), args=words, env=environment(tmp_path / "state"))
    with anyio.fail_after(30):
        async with Client(command) as client:
            listed = [tool.name for tool in (await client.list_tools()).tools]
            assert listed == ["billing_list", "call_tool", "search_tools"]
            told: Any = (await client.call_tool("call_tool", {"name": "users_list"})).structured_content
            assert told["error"]["code"] == "unknown_tool"
            with pytest.raises(MCPError, match="Unknown tool"):
                await client.call_tool("users_list", {})


def test_a_tool_that_is_wanted_and_not_proven_is_not_taken_for_a_typing_error(tmp_path: Path) -> None:
    document = json.loads(Path(tool_file(tmp_path)).read_text())
    document["tools"][0]["provenance"] = {"response": {"source": "openapi"}}
    done = said(tmp_path, "serve", file(tmp_path, json.dumps(document), "inferred.json"), "--include", "billing_list")
    assert done.returncode == 2
    assert "none of the tools that are wanted can be served" in done.stderr
