"""Macros expand to primitive walks, the author's words win, and what comes out is a sound tool."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from tests.toolfiles import TOOL, read_one
from unabridged.schemas.walk import WalkKind
from unabridged.tools.checking import reachable
from unabridged.tools.macros import MACROS, Macro, Misused, expand

GIVEN = {"items": "/things", "connection": "/data/things", "list": "categorymembers", "limit": "cmlimit"}
KINDS = {word for kind in get_args(WalkKind) for word in get_args(get_type_hints(kind)["kind"])}


def minimal(name: str, macro: Macro) -> dict[str, Any]:
    required = {parameter.name: GIVEN[parameter.name] for parameter in macro.parameters if parameter.required}
    tool: dict[str, Any] = {"walk": {"kind": name, **required}, "response": None}
    if macro.kind == "stream":
        tool["claim"] = "generation"
    return tool | (
        {"input": {"properties": {"index": {}}, "required": ["index"]}} if name == "elasticsearch_pit" else {}
    )


@pytest.mark.requirement("L6")
@pytest.mark.parametrize("name", MACROS)
def test_every_macro_becomes_a_sound_tool_of_a_primitive_kind(tmp_path: Path, name: str) -> None:
    catalog = read_one(tmp_path, minimal(name, MACROS[name]))
    assert [str(problem) for problem in catalog.problems] == []
    (contract,) = catalog.contracts
    assert contract.walk.kind == MACROS[name].kind
    assert contract.walk.kind in KINDS
    assert reachable(contract) >= contract.complete.require


@pytest.mark.requirement("L6")
@pytest.mark.parametrize("name", MACROS)
def test_an_expanded_tool_expands_to_itself(name: str) -> None:
    once = expand({**TOOL, **minimal(name, MACROS[name])})
    assert expand(once) == once


@pytest.mark.parametrize("name", MACROS)
def test_no_macro_shadows_a_kind(name: str) -> None:
    assert name not in KINDS


@pytest.mark.requirement("L6")
def test_what_the_author_writes_wins() -> None:
    tool = {
        "walk": {"kind": "drf", "page_size": {"send": "query:page_size", "ask": 50}, "next": "body:/following"},
        "response": {"items": {"at": "/rows", "id": "/url"}, "schema": {"type": "object"}},
        "complete": {"require": "terminated"},
    }
    expanded = expand(tool)
    assert expanded["walk"] == {
        "kind": "next_url",
        "next": "body:/following",
        "end": {"next": {"value": "continue", "null": "end"}},
        "page_size": {"send": "query:page_size", "ask": 50},
    }
    assert expanded["response"] == tool["response"]
    assert expanded["complete"] == {"require": "terminated", "total": {"at": "body:/count"}}


@pytest.mark.requirement("L6")
def test_an_author_cannot_lose_a_veto_of_a_macro_by_writing_another() -> None:
    veto = [{"at": "body:/extensions/partial", "is": True}]
    expanded = expand({"walk": {"kind": "relay", "connection": "/data/x"}, "response": {"veto": veto}})
    assert expanded["response"]["veto"] == [*veto, {"at": "body:/errors", "state": "value"}]


def test_where_the_items_are_may_be_said_in_the_response() -> None:
    expanded = expand({"walk": "zendesk_cbp", "response": {"items": {"at": "/users"}}})
    assert expanded["response"]["items"] == {"at": "/users", "id": "/id"}


@pytest.mark.parametrize(
    ("identifier", "items"), [(None, {"at": "/results"}), (["/a", "/b"], {"at": "/results", "id": ["/a", "/b"]})]
)
def test_items_may_have_no_identifier_or_one_of_several_parts(identifier: Any, items: Any) -> None:
    assert expand({"walk": {"kind": "drf", "id": identifier}})["response"]["items"] == items


def test_a_tool_without_a_macro_stays_as_it_is() -> None:
    assert expand(TOOL) == TOOL
    assert expand({"walk": "single"}) == {"walk": {"kind": "single"}}


@pytest.mark.parametrize(
    ("walk", "says"),
    [
        ("relay", "expected `connection` for `relay`"),
        ({"kind": "relay", "conection": "/data/x"}, "expected `connection` for `relay`"),
        ({"kind": "relay", "connection": 5}, "found int"),
        ("mediawiki", "expected `list` for `mediawiki`"),
        ("aip158", "expected `items` for `aip158`"),
    ],
)
def test_a_macro_without_its_needs_says_so(walk: Any, says: str) -> None:
    with pytest.raises(Misused) as misused:
        expand({"walk": walk})
    assert says in misused.value.mistake.message


def test_a_word_that_no_walk_has_is_refused_beside_a_macro(tmp_path: Path) -> None:
    catalog = read_one(tmp_path, {"walk": {"kind": "drf", "pagesize": 5}, "response": None})
    assert any("did you mean `page_size`?" in str(problem) for problem in catalog.problems)
