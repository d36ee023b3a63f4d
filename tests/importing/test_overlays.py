"""Overlays: what each action does to a document, and that one which does not fit is said by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.importing.specs import openapi
from unabridged.tools.importing.overlay import read_overlay
from unabridged.tools.importing.overlaying import overlaid
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import UnfitOverlay

DOCUMENT: dict[str, Any] = {
    "info": {"title": "Desk"},
    "paths": {
        "/a": {"get": {"tags": ["x", "y", "x"], "parameters": [{"name": "p"}, {"name": "q"}, {"name": "r"}]}},
        "/b": {"get": {"tags": ["z"]}, "post": {}},
    },
}


def laid(*actions: dict[str, Any], over: Any = DOCUMENT, version: str = "1.1.0") -> Any:
    before = json.dumps(over)
    overlay = read_overlay(
        json.dumps({"overlay": version, "info": {"title": "Ours"}, "actions": list(actions)}).encode()
    )
    result = overlaid(over, overlay)
    assert json.dumps(over) == before
    return result


CHANGES: list[tuple[list[dict[str, Any]], tuple[str | int, ...], Any]] = [
    ([{"target": "$.info", "update": {"title": "Ours", "x-new": 1}}], ("info",), {"title": "Ours", "x-new": 1}),
    ([{"target": "$.info.title", "update": "Ours"}], ("info", "title"), "Ours"),
    ([{"target": "$", "update": {"info": {"x-new": {"a": 1}}, "paths": None}}], ("info", "x-new"), {"a": 1}),
    ([{"target": "$.paths['/b'].get.tags", "update": "w"}], ("paths", "/b", "get", "tags"), ["z", "w"]),
    ([{"target": "$.paths['/b'].get.tags", "update": ["w"]}], ("paths", "/b", "get", "tags"), ["z", "w"]),
    ([{"target": "$.paths['/b'].get", "update": {"tags": ["w"]}}], ("paths", "/b", "get", "tags"), ["z", "w"]),
    ([{"target": "$.paths.*.get", "update": {"x-new": 1}}], ("paths", "/b", "get"), {"tags": ["z"], "x-new": 1}),
    ([{"target": "$.paths['/b'].get", "remove": True}], ("paths", "/b"), {"post": {}}),
    ([{"target": "$.paths['/b']['get','post']", "remove": True}], ("paths", "/b"), {}),
    ([{"target": "$.paths..tags[?@ == 'x']", "remove": True}], ("paths", "/a", "get", "tags"), ["y"]),
    ([{"target": "$.paths['/a'].get.tags[2,0]", "remove": True}], ("paths", "/a", "get", "tags"), ["y"]),
    (
        [{"target": "$.paths['/a'].get.parameters[?@.name=='q']", "update": {"in": "query"}}],
        ("paths", "/a", "get", "parameters", 1),
        {"name": "q", "in": "query"},
    ),
    (
        [{"target": "$..[?@.name=='q' || @.parameters]", "remove": True}],
        ("paths", "/a"),
        {},
    ),
    (
        [
            {"target": "$.paths", "update": {"/c": {}}},
            {"target": "$.paths['/c']", "copy": "$.paths['/b']"},
            {"target": "$.paths['/b']", "remove": True},
        ],
        ("paths", "/c"),
        {"get": {"tags": ["z"]}, "post": {}},
    ),
    (
        [{"target": "$.paths['/b'].get.tags", "copy": "$.paths['/a'].get.tags"}],
        ("paths", "/b", "get", "tags"),
        ["z", "x", "y", "x"],
    ),
    ([{"target": "$.info", "update": {"title": "No."}, "remove": True}], (), {"paths": DOCUMENT["paths"]}),
    (
        [{"target": "$.info", "update": {"title": "Ours"}, "remove": False, "x-why": "so"}],
        ("info", "title"),
        "Ours",
    ),
]


@pytest.mark.parametrize(("actions", "way", "value"), CHANGES)
def test_an_action_changes_what_its_target_selects(
    actions: list[dict[str, Any]], way: tuple[Any, ...], value: Any
) -> None:
    found = laid(*actions)
    for step in way:
        found = found[step]
    assert found == value


def test_an_alias_is_changed_where_it_was_meant_and_nowhere_else() -> None:
    shared = {"tags": ["x"]}
    found = laid({"target": "$.a", "update": {"tags": ["y"]}}, over={"a": shared, "b": shared})
    assert found == {"a": {"tags": ["x", "y"]}, "b": {"tags": ["x"]}}


UNFIT: list[tuple[dict[str, Any], str]] = [
    (
        {"target": "$.paths['/none']", "remove": True},
        r"action 1 of the overlay `Ours` \(`\$\.paths\['/none'\]`\): its target matches nothing",
    ),
    ({"target": "$.paths.*.get", "update": "text"}, "expected object at `/paths/~1a/get`, found plain"),
    ({"target": "$.info", "update": {"title": ["a"]}}, "expected plain at `/info/title`, found list"),
    ({"target": "$.info", "update": ["a"]}, "expected object at `/info`, found list"),
    ({"target": "$..*", "update": {"a": 1}}, "only objects, only lists or only plain values"),
    ({"target": "$.info", "copy": "$.paths.*"}, "expected `copy` to select one place, found 2"),
    ({"target": "$.info", "copy": "$.none"}, "expected `copy` to select one place, found 0"),
    ({"target": "$", "remove": True}, "would remove the document itself"),
    ({"target": "$.info"}, "expected one of `update`, `copy` and `remove: true`"),
    ({"target": "$.info", "remove": False}, "expected one of"),
    ({"target": "$.info", "update": {}, "copy": "$.paths"}, "expected one of"),
    ({"target": "$.info", "udpate": {}}, "found `udpate`"),
    ({"target": "$.info[", "remove": True}, "expected JSONPath"),
    ({"target": "info", "remove": True}, "expected JSONPath"),
    ({"target": "$.paths | $.info", "remove": True}, "expected JSONPath"),
    ({"target": "$.info", "copy": "$["}, "as `copy`"),
    ({"target": 1, "remove": True}, "with a `target`"),
    ({"remove": True}, "with a `target`"),
]


@pytest.mark.parametrize(("action", "says"), UNFIT)
def test_an_action_that_does_not_fit_is_a_mistake(action: dict[str, Any], says: str) -> None:
    with pytest.raises(UnfitOverlay, match=says) as caught:
        laid(action)
    assert "\n" not in str(caught.value)


def test_the_action_that_does_not_fit_is_named_by_its_number() -> None:
    with pytest.raises(UnfitOverlay, match="action 2 of the overlay `Ours`"):
        laid({"target": "$.info", "remove": True}, {"target": "$.info", "remove": True})


def test_copies_of_copies_have_an_end() -> None:
    doubling: list[dict[str, Any]] = [
        {"target": "$", "update": {"a": {"x": {}}, "b": {}}},
        *({"target": "$.b", "update": {f"n{n}": {}}} for n in range(40)),
        *({"target": f"$.b.n{n}", "copy": "$.b"} for n in range(40)),
    ]
    with pytest.raises(UnfitOverlay, match=r"expected at most|found"):
        laid(*doubling)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected an overlay"),
        (b"{: [", "neither"),
        (b"overlay: 2.0.0", "expected an overlay"),
        (b"openapi: 3.0.0", "expected an overlay"),
        (b"overlay: 1.0.0\n", "expected `actions`"),
        (b"overlay: 1.0.0\nactions: []\n", "expected `actions`"),
        (b"overlay: 1.0.0\nactions: [remove]\n", "action 1: expected an object"),
    ],
)
def test_a_file_that_is_no_overlay_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(UnfitOverlay, match=says):
        read_overlay(content)


def test_an_overlay_says_which_document_it_is_meant_for() -> None:
    written = b"overlay: 1.0.0\nextends: ./specs/desk%20one.yaml\nactions: [{target: $, update: {}}]\n"
    overlay = read_overlay(written)
    assert overlay.meant_for("https://desk.example/desk%20one.yaml?version=1")
    assert not overlay.meant_for("other.yaml")


def test_overlays_are_laid_over_a_document_before_it_is_read() -> None:
    overlay = read_overlay(b"overlay: 1.0.0\nactions: [{target: '$.paths.*.get', update: {operationId: ours}}]\n")
    description = describe(json.dumps(openapi()).encode(), overlays=[overlay])
    assert [one.id for one in description.operations] == ["ours"]
