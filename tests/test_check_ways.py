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


def test_every_rule_among_tools_says_what_it_is_for() -> None:
    assert [rule.__name__ for rule in AMONG if not rule.__doc__] == []
    assert callable(check_among)
