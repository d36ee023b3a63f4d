"""What tools say of each other is checked where the file is read: each rule has a case that breaks it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.toolfiles import API, TOOL, changed, document
from unabridged.tools.catalog import Catalog, read
from unabridged.tools.check_ways import AMONG
from unabridged.tools.checking import check_among

Changes = Mapping[str, Any]

SEARCH: Changes = {"input": {"properties": {"q": {"type": "string"}}}, "request.query": {"q": "{input.q}"}}
SPARE: Changes = {"name": "spare"}
OTHER_API: Changes = {"name": "spare", "base_url": "https://spare.example.net"}
RANKED: Changes = {
    "input": {
        "properties": {
            "q": {"type": "string", "minLength": 2},
            "k": {"type": "integer", "maximum": 50},
            "team": {"$ref": "#/$defs/team"},
            "must": {"type": "array", "items": {"type": "string"}},
        },
        "$defs": {"team": {"enum": ["red", "blue"]}},
        "required": ["q"],
    },
    "request.query": {"q": "{input.q}", "k": "{input.k}", "team": "{input.team}", "must": "{input.must}"},
}


def recovering(**step: Any) -> Changes:
    return {**RANKED, "policy.recover": [{"on": "unproven", **step}]}


def asking(**with_: Any) -> Changes:
    return recovering(**{"with": {"q": "{a.x}"}, "ask": {"a": {"tool": "spare", "with": {"q": "{input.q}", **with_}}}})


def falling_back(**with_: Any) -> Changes:
    return {**RANKED, "policy.fallback": [{"tool": "spare", "with": {"q": "{input.q}", **with_}}]}


MIRROR: Changes = {"name": "desk_eu", "base_url": "https://desk.example.org"}
WRITE: Changes = {
    "claim": "one",
    "walk": None,
    "response": {"data": "/ticket"},
    "effects": "write",
    "request.method": "PUT",
}

MODEL: Changes = {
    "claim": "generation",
    "walk": "openai_chat",
    "response": None,
    "request": {"url": "/v1/chat/completions", "body": {"model": "m", "max_tokens": 9, "messages": []}},
}


def read_both(path: Path, tool: Changes, spare: Changes, apis: Changes) -> Catalog:
    first = document(dict(tool), dict(apis.get("api", {})))
    second = {
        "unabridged": 1,
        "api": changed(API, {**OTHER_API, **apis.get("spare_api", {})}),
        "tools": [changed(TOOL, {**SPARE, **spare})],
    }
    for name, whole in (("first.json", first), ("second.json", second)):
        (path / name).write_text(json.dumps(whole, indent=1), "utf-8")
    return read([path])


def case(pointer: str, says: str, tool: Changes, spare: Changes | None = None, **apis: Changes) -> Any:
    return pytest.param(pointer, says, (tool, spare or {}, apis), id=f"{pointer}: {says[:48]}")


F, R = "/tools/0/policy/fallback", "/tools/0/policy/recover"
MISTAKES = [
    case(F, "expected a sound tool that is read with this one, found `spar`, did you mean `spare`?", {"policy.fallback": "spar"}),
    case(F, "found `desk_list_tickets` itself", {"policy.fallback": "desk_list_tickets"}),
    case(f"{F}/0", "expected `tool` or `mirror`, found neither", {"policy.fallback": [{"equivalent": True}]}),
    case(F, "expected `claim: all` of `spare`, found `one`", {"policy.fallback": "spare"}, {"claim": "one", "walk": None, "response": {"data": "/x"}}),
    case(F, "expected `effects: read` of `spare`, found `write`", {**WRITE, "effects": "read", "request.method": "GET", "policy.fallback": "spare"}, WRITE),
    case(F, "expected `response.generation.schema` of `spare`", {**MODEL, "response": {"generation": {"schema": {"type": "object"}}}, "policy.fallback": "spare"}, MODEL),
    case(F, "expected `equivalent: true`", {**WRITE, "policy.fallback": "spare"}, WRITE),
    case(F, "expected `q`, which `spare` requires, found none", {"policy.fallback": "spare"}, {**SEARCH, "input.required": ["q"]}),
    case(F, "expected `q` in `spare` too, or `with`", {**SEARCH, "policy.fallback": "spare"}),
    case(F, "expected the same default of `q` in `spare`, or `with`", {"input": {"properties": {"q": {"default": "open"}}}, "request.query": {"q": "{input.q}"}, "policy.fallback": "spare"}, SEARCH),
    case(f"{F}/0/with", "expected an argument of `spare`, found `query`", {**SEARCH, "policy.fallback": [{"tool": "spare", "with": {"query": "{input.q}"}}]}, SEARCH),
    case(f"{F}/0/on", "found `unavailble`, did you mean `unavailable`?", {"policy.fallback": [{"tool": "spare", "on": "unavailble"}]}),
    case(f"{F}/0/mirror", "expected a path in `request.url`", {"request.url": "https://desk.example.com/tickets", "policy.fallback": [{"mirror": {"name": "m", "base_url": "https://m.example.org"}}]}),
    case(f"{F}/0/mirror/name", "expected a name of its own", {"policy.fallback": [{"mirror": {"name": "desk", "base_url": "https://m.example.org"}}]}),
    case(f"{F}/0/with/q", "found `{input.qq}`, did you mean `q`?", {**SEARCH, "policy.fallback": [{"tool": "spare", "with": {"q": "{input.qq}"}}]}, SEARCH),
    case(f"{R}/0", "expected `with` or `drop`, found neither", {"policy.recover": [{"on": "unproven"}]}),
    case(f"{R}/0", "expected an argument of `input`, found `qq`, did you mean `q`?", {**SEARCH, "policy.recover": [{"on": "unproven", "with": {"qq": "x"}}]}),
    case(f"{R}/0/with", "found `{refinde.text}`, did you mean `refined`?", {**SEARCH, "policy.recover": [{"on": "unproven", "with": {"q": "{refinde.text}"}, "ask": {"refined": {"tool": "spare"}}}]}),
    case(f"{R}/0/ask/a/with", "expected `{input.…}` or what a tool under `ask` says before it", {**SEARCH, "policy.recover": [{"on": "unproven", "with": {"q": "{a.x}"}, "ask": {"a": {"tool": "spare", "with": {"q": "{b.x}"}}, "b": {"tool": "spare"}}}]}, SEARCH),
    case(f"{R}/0/ask/a/tool", "found `spar`", {**SEARCH, "policy.recover": [{"on": "unproven", "with": {"q": "{a.x}"}, "ask": {"a": {"tool": "spar"}}}]}),
    case(f"{R}/0/ask/a/tool", "expected a tool that only reads", {**SEARCH, "policy.recover": [{"on": "unproven", "with": {"q": "{a.x}"}, "ask": {"a": {"tool": "spare"}}}]}, WRITE),
    case(f"{R}/0/drop", "expected an argument that may be left out, found `q`, which is in `input.required`", recovering(drop="q")),
    case(f"{R}/0/drop", "found `q`, which is in `input.required`", recovering(**{"drop": ["team", "q"], "with": {"k": 9}})),
    case(f"{R}/0/with/k", "expected a value that fits the schema of `k`, found another: 99 is greater than the maximum of 50", recovering(**{"with": {"k": 99}})),
    case(f"{R}/0/with/k", 'found another: "many" is not of type "integer"', recovering(**{"with": {"k": "many"}})),
    case(f"{R}/0/with/k", 'found another: "20" is not of type "integer"', recovering(**{"with": {"q": "all {input.q}", "k": "20"}})),
    case(f"{R}/0/with/team", "expected a value that fits the schema of `team`, found another", recovering(**{"with": {"team": "green"}})),
    case(f"{R}/0/with/must", 'found another: 1: 7 is not of type "string"', recovering(**{"with": {"must": ["a", 7]}})),
    case(f"{R}/0/with/q", "expected a value that fits the schema of `q`, found another: null", recovering(**{"with": {"q": None}})),
    case(f"{R}/0/ask/a/with/k", "expected a value that fits the schema of `k`, found another", asking(k=99), RANKED),
    case(f"{F}/0/with/k", "expected a value that fits the schema of `k`, found another", falling_back(k=99), RANKED),
    case(f"{F}/0/with/k", "expected a value that fits the schema of `k`, found another", {**RANKED, "policy.fallback": [{"mirror": MIRROR, "with": {"q": "{input.q}", "k": 99}}]}),
    case(f"{F}/0", "expected `q`, which `desk_list_tickets` requires, found none", {**RANKED, "policy.fallback": [{"mirror": MIRROR, "with": {"k": 9}}]}),
    case(f"{F}/0/with", "expected `{input.…}`, found `{q}`, did you mean `{input.q}`?", falling_back(q="{q}")),
    case(f"{F}/0/with", "expected `{input.…}`, found `{var.team}`", falling_back(team="{var.team}"), RANKED, api={"variables": {"team": {"env": "TEAM"}}}),
    case(f"{R}/0/with", "says before it, found `{q}`, did you mean `{input.q}`?", recovering(**{"with": {"k": 9, "team": "{q}"}})),
    case(f"{R}/0/ask/a/with", "says before it, found `{var.team}`", asking(team="{var.team}"), RANKED, api={"variables": {"team": {"env": "TEAM"}}}),
    case("/tools/0/policy/cache", "expected no `cache` for a tool that writes", {**WRITE, "policy.cache": {"fresh": "1m"}}),
    case("/tools/0/policy/degrade", "expected no `degrade` for a tool that writes", {**WRITE, "policy.degrade": {"max_stale": "1m"}}),
    case("/tools/0/review", "found `stal`, did you mean `stale`?", {"review": ["stal"]}),
    # --- warnings
    case(F, "found the same host `desk.example.com`", {"policy.fallback": "spare"}, spare_api={"base_url": "https://desk.example.com/v2"}),
    case(F, "found the same domain `example.com`", {"policy.fallback": "spare"}, spare_api={"base_url": "https://api.example.com"}),
    case(F, "the same credential", {"policy.fallback": "spare"}, api={"auth": {"kind": "bearer", "token": {"env": "T"}}}, spare_api={"auth": {"kind": "bearer", "token": {"env": "T"}}}),
    case(F, "the same region `eu-west-1`", {"policy.fallback": "spare"}, api={"base_url": "https://x.eu-west-1.example.com"}, spare_api={"base_url": "https://y.eu-west-1.example.org"}),
]  # fmt: skip


@pytest.mark.parametrize(("pointer", "says", "both"), MISTAKES)
def test_a_way_that_leads_nowhere_is_reported_at_its_place(
    tmp_path: Path, pointer: str, says: str, both: tuple[Changes, Changes, Changes]
) -> None:
    catalog = read_both(tmp_path, *both)
    told = [problem for problem in catalog.problems if says in f"{problem.message}, {problem.hint}"]
    assert told, [str(problem) for problem in catalog.problems]
    assert any(problem.pointer.startswith(pointer) for problem in told), told


def test_a_tool_that_names_another_is_sound_only_where_the_other_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(document({"policy.fallback": "spare"})), "utf-8")
    assert read([file]).contracts == ()


def test_a_wrong_way_does_not_take_the_other_tools_down(tmp_path: Path) -> None:
    catalog = read_both(tmp_path, {"policy.fallback": "spar"}, {}, {})
    assert [contract.name for contract in catalog.contracts] == ["spare"]


@pytest.mark.parametrize(
    "policy",
    [
        {"fallback": ["spare"]},
        {"fallback": [{"tool": "spare", "with": {"q": "{input.q}"}, "on": ["unavailable", "generation_refused"]}]},
        {"fallback": {"mirror": {"name": "mirror", "base_url": "https://mirror.example.net/api"}}},
        {"recover": {"on": "low_relevance", "with": {"q": "all {input.q}"}}},
        {"recover": [{"on": "unproven", "drop": "q"}]},
    ],
)
def test_a_way_that_can_be_gone_is_not_refused(tmp_path: Path, policy: Changes) -> None:
    catalog = read_both(tmp_path, {**SEARCH, "policy": policy}, SEARCH, {})
    assert [str(problem) for problem in catalog.problems] == []


@pytest.mark.parametrize(
    "tool",
    [
        recovering(drop=["k", "team", "must"]),
        recovering(**{"drop": "q", "with": {"q": "{input.team} team"}}),
        recovering(**{"with": {"k": 50, "team": "blue", "must": ["a", "{input.q}"]}}),
        recovering(**{"with": {"k": None}}),  # as a client that leaves it out sends it
        recovering(**{"with": {"k": "{input.k}"}}),
        asking(k=50, team="red"),
        falling_back(k=50, team="red"),
        {**RANKED, "policy.fallback": [{"mirror": MIRROR, "with": {"q": "{input.q}", "k": 50}}]},
    ],
)
def test_a_step_that_can_work_is_not_refused(tmp_path: Path, tool: Changes) -> None:
    catalog = read_both(tmp_path, tool, RANKED, {})
    assert [str(problem) for problem in catalog.problems] == []


def test_a_value_for_an_argument_whose_schema_is_none_is_not_judged(tmp_path: Path) -> None:
    broken = {**recovering(**{"with": {"k": 99}}), "input.properties.k": {"type": "whole"}}
    said = [problem.pointer for problem in read_both(tmp_path, broken, RANKED, {}).problems]
    assert said == ["/tools/0/input/properties/k/type"]


def test_every_rule_among_tools_says_what_it_is_for() -> None:
    assert [rule.__name__ for rule in AMONG if not rule.__doc__] == []
    assert callable(check_among)
