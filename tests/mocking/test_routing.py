"""Which tool a request is for: several tools of one API are told apart by all that they say of a request."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scripted import contract
from unabridged.schemas.contract import Contract
from unabridged.tools.mocking.routes import matches, routes
from unabridged.tools.mocking.wire import Heard

FILTER = {"type": "object", "properties": {"state": {"type": "string"}, "number": {"type": "integer"}}}


def action(word: str) -> dict[str, Any]:
    """The input of one of several operations that differ in a header only."""
    return {"type": "object", "properties": {"action": {"type": "string", "enum": [word]}}, "required": ["action"]}


TOOLS: tuple[Contract, ...] = (
    contract(name="things", input=FILTER, request={"url": "/things", "query": {"state": "{input.state}"}}),
    contract(name="open_things", request={"url": "/things", "query": {"state": "open"}}),
    contract(name="thing", claim="one", input=FILTER, request={"url": "/things/{number}"}, walk={"kind": "single"}, complete={}),
    contract(name="newest", claim="one", request={"url": "/things/newest"}, walk={"kind": "single"}, complete={}),
    contract(name="file", input=FILTER, request={"url": "/files/{state}", "styles": {"path:state": "segments"}}),
    contract(name="file_notes", input=FILTER, request={"url": "/files/{state}/notes"}),
    *(
        contract(name=word, input=action(word), request={"method": "POST", "url": "/", "headers": {"x-action": "{input.action}"}, "body": {}})
        for word in ("start", "stop")
    ),
    *(
        contract(name=f"query_{word}", request={"method": "POST", "url": "/graph", "body": {"query": f"{{ {word} }}"}})
        for word in ("users", "groups")
    ),
)  # fmt: skip


def found(
    method: str, path: str, *, query: str = "", content: bytes = b"", **fields: str
) -> tuple[str, dict[str, Any]]:
    """The tool that a request is for, and the arguments that it was made with."""
    named = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    pairs = tuple((one.partition("=")[0], one.partition("=")[2]) for one in query.split("&") if one)
    asked = Heard(method=method, origin="http://x", path=path, query=pairs, headers=named, content=content)
    there = matches([route for tool in TOOLS for route in routes(tool)], asked)
    return (there[0].route.contract.name, dict(there[0].arguments)) if there else ("", {})


@pytest.mark.parametrize(
    ("method", "path", "query", "name", "arguments"),
    [
        ("GET", "/things", "", "things", {}),
        ("GET", "/things", "state=closed", "things", {"state": "closed"}),
        ("GET", "/things", "state=open", "open_things", {}),
        ("GET", "/things", "after=aXRlbTo0&unknown=1", "things", {}),
        ("GET", "/things/7", "", "thing", {"number": 7}),
        ("GET", "/things/newest", "", "newest", {}),
        ("GET", "/files/a/b/c", "", "file", {"state": "a/b/c"}),
        ("GET", "/files/a/notes", "", "file_notes", {"state": "a"}),
        ("GET", "/nothing", "", "", {}),
        ("PUT", "/things", "", "", {}),
    ],
)
def test_a_request_is_for_the_tool_that_says_most_of_it(
    method: str, path: str, query: str, name: str, arguments: dict[str, Any]
) -> None:
    assert found(method, path, query=query) == (name, arguments)


def test_operations_may_differ_in_a_header_only() -> None:
    assert [found("POST", "/", content=b"{}", x_action=word)[0] for word in ("start", "stop", "pause")] == [
        "start",
        "stop",
        "",
    ]


def test_operations_may_differ_in_the_body_only() -> None:
    bodies = (b'{"query":"{ users }"}', b'{"query":"{ groups }"}', b'{"query":"{ roles }"}')
    assert [found("POST", "/graph", content=body)[0] for body in bodies] == ["query_users", "query_groups", ""]
