"""Contracts as MCP tools: what `tools/list` shows, and which contracts cannot be shown.

One tool that breaks a rule of the protocol hides every tool from clients of an older revision, so each is tried
against every revision before it is served.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import orjson
from mcp.shared.inbound import find_invalid_x_mcp_header
from mcp.shared.tool_name_validation import validate_tool_name
from mcp_types.methods import serialize_server_result
from pydantic import ValidationError

from ..schemas.contract import Contract
from ..tools.template import references
from .pricing import definition, input_schema

__all__ = ["CALL", "ERROR", "PAGE", "REVISIONS", "SEARCH", "Listing", "envelope", "lint", "servable", "tool"]

SEARCH, CALL = "search_tools", "call_tool"
"""The names of the server's own tools, which no other may have."""

REVISIONS = ("2025-06-18", "2025-11-25", "2026-07-28")
PAGE = 500
"""Tools on one page.  Clients look a tool up on the pages that they have seen, so there should be one page."""

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")
_ARGUMENT = re.compile(r"[a-zA-Z0-9_.-]{1,64}\Z")
_LONGEST_DESCRIPTION = 4096

_TEXT = {"type": "string"}
_NULL = {"type": "null"}
_COUNT = {"anyOf": [{"type": "integer"}, _NULL]}  # not a list of types: some hosts map schemas onto dialects without
_FACT = {"anyOf": [{"type": "integer"}, _TEXT, _NULL]}
_MAYBE = {"anyOf": [_TEXT, _NULL]}
_PROOF = {
    "type": "object",
    "description": "What was proven, how strongly, and from what",
    "properties": {
        "claim": _TEXT,
        "grade": _TEXT,
        "required": _TEXT,
        "count": _COUNT,
        "expected": _FACT,
        "pages": {"type": "integer"},
        "attempts": {"type": "integer"},
        "provider": _TEXT,
        "as_of": _TEXT,
        "receipt": _TEXT,
        "position": _TEXT,
    },
    "required": ["claim", "grade", "pages", "attempts", "provider", "as_of", "receipt"],
}
ERROR = {
    "type": "object",
    "description": "Why there is no answer, and what to do",
    "properties": {
        "code": _TEXT,
        "message": _TEXT,
        "have": _FACT,
        "expected": _FACT,
        "where": _MAYBE,
        "for": {"type": "array"},
        "against": {"type": "array"},
        "retry": {"type": "object"},
        "fix": _TEXT,
        "receipt": _MAYBE,
    },
    "required": ["code", "message", "retry", "fix"],
}


# ------------------------------------------------------------------------------------------- one tool


def tool(contract: Contract) -> dict[str, Any]:
    """Return *contract* as the MCP Tool that a client sees, with the protocol's own field names."""
    hints = {"outputSchema": _output_schema(contract), "annotations": _annotations(contract)}
    titled = {"title": contract.title} if contract.title else {}
    return {**definition(contract), **hints, **titled}


def _annotations(contract: Contract) -> dict[str, Any]:
    read = contract.effects == "read"
    hints: dict[str, Any] = {
        "readOnlyHint": read,
        "destructiveHint": not read,
        "idempotentHint": read or _is_idempotent(contract),
        "openWorldHint": True,
    }
    return {"title": contract.title, **hints} if contract.title else hints


def _is_idempotent(contract: Contract) -> bool:
    """Whether the same call twice takes effect once: by its method, or by a key that the caller must give."""
    idempotency = contract.request.idempotency
    own = "" if idempotency is None or idempotency.key is None else idempotency.key
    required: Sequence[str] = contract.input.get("required", ())
    keyed = any(one.kind != "var" and one.name in required for one in references(own, "query"))
    return keyed or contract.request.method in {"PUT", "DELETE"}  # RFC 9110, 9.2.2


def _output_schema(contract: Contract) -> dict[str, Any]:
    """One envelope for both outcomes.  It stays shallow: clients check every row against it, and we already have."""
    return envelope({"data": _data(contract)} if contract.claim.single else {"items": _items(contract)})


def envelope(*answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a result that holds the members of one of *answers* with their proof, or an error."""
    either = {name: schema for answer in answers for name, schema in answer.items()}
    return {
        "type": "object",
        "properties": {"status": {"enum": ["complete", "failed"]}, **either, "proof": _PROOF, "error": ERROR},
        "required": ["status"],
        "anyOf": [
            *({"properties": {"status": {"const": "complete"}}, "required": [*answer, "proof"]} for answer in answers),
            {"properties": {"status": {"const": "failed"}}, "required": ["error"]},
        ],
    }


def _items(contract: Contract) -> dict[str, Any]:
    names = _field_names(contract.response.items.schema if contract.response.items else None)
    return {"type": "array", **({"description": f"Each has: {names}"} if names else {})}


_GENERATED = "Has: text, stop_reason, model, usage (input_tokens, output_tokens)"


def _data(contract: Contract) -> dict[str, Any]:
    if contract.response.generation is not None:
        structured = contract.response.generation.schema is not None
        return {"description": f"{_GENERATED}, output (the text as JSON)" if structured else _GENERATED}
    names = _field_names(contract.response.schema) if contract.response.data == "" else ""
    return {"description": f"Has: {names}"} if names else {}


def _field_names(schema: Mapping[str, Any] | None, most: int = 40) -> str:
    names = [str(name) for name in (schema or {}).get("properties", {})]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


# ------------------------------------------------------------------------------------------- what cannot be shown


def lint(contract: Contract) -> list[str]:
    """Say in plain sentences why *contract* cannot be served as an MCP tool; empty if it can."""
    return [*_by_hosts(contract), *_by_protocol([tool(contract)]), *_by_json(tool(contract))]


def servable(contracts: Iterable[Contract]) -> tuple[tuple[Contract, ...], dict[str, list[str]]]:
    """Part the contracts that can be served, sorted by name, from the reasons why others cannot, by name."""
    found = sorted(contracts, key=lambda contract: contract.name)
    faults: dict[str, list[str]] = {}
    if _any(_by_protocol([_outline(contract) for contract in found])) or _any(
        fault for contract in found for fault in (*_by_hosts(contract), *_by_json(tool(contract)))
    ):
        faults = {contract.name: reasons for contract in found if (reasons := lint(contract))}
    return tuple(contract for contract in found if contract.name not in faults), faults


def _any(faults: Iterable[str]) -> bool:
    return next(iter(faults), None) is not None


def _outline(contract: Contract) -> dict[str, Any]:
    """Return the tool without what no revision looks into, for a thousand tools are checked at every start."""
    schema = input_schema(contract)
    properties = schema.get("properties", {})
    if isinstance(properties, dict):
        named = cast("dict[str, Any]", properties)
        schema["properties"] = {name: {} if isinstance(value, dict) else value for name, value in named.items()}
    return {**tool(contract), "inputSchema": schema, "outputSchema": {"type": "object"}}


def _by_json(shown: Mapping[str, Any]) -> Iterator[str]:
    try:
        orjson.dumps(shown)
    except TypeError as error:
        yield f"input: not JSON: {error}"


def _by_protocol(tools: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for revision in REVISIONS:
        try:
            serialize_server_result("tools/list", revision, _as_result(tools))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = "/".join(str(step) for step in first["loc"][2:])
            yield f"MCP {revision} does not allow this tool: {place}: {first['msg']}"
        except ValueError as error:  # pydantic's own, for what cannot be JSON
            yield f"MCP {revision} cannot carry this tool: {error}"


def _as_result(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"tools": list(tools), "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}


def _by_hosts(contract: Contract) -> Iterator[str]:
    """What hosts reject, leave out or rewrite without a word."""
    schema = input_schema(contract)
    yield from _by_name(contract.name)
    if not 0 < len(contract.description) <= _LONGEST_DESCRIPTION:
        yield f"description: expected 1 to {_LONGEST_DESCRIPTION} characters, found {len(contract.description)}"
    if schema["type"] != "object":
        yield "input: expected `type: object` at the root"
    for word in ("oneOf", "anyOf", "allOf"):
        if word in schema:
            yield f"input: `{word}` at the root is refused by some hosts and dropped by others; describe it in the properties"
    yield from _argument_names(schema.get("properties", {}))
    if (reason := find_invalid_x_mcp_header(schema)) is not None:
        yield f"input: {reason}"
    for reference in _references(schema):
        if not reference.startswith("#"):
            yield f"input: `$ref: {reference[:80]}` would be fetched; only references within the schema (`#/…`) are allowed"


def _by_name(name: str) -> Iterator[str]:
    if not _NAME.match(name):
        yield f"name: expected 1 to 64 of a-z, A-Z, 0-9, _ and -, found {name[:80]!r}"
    elif not (named := validate_tool_name(name)).is_valid:
        yield f"name: {'; '.join(named.warnings)}"
    elif name in {SEARCH, CALL}:
        yield f"name: `{name}` is a tool of the server itself; choose another name"


def _argument_names(properties: object) -> Iterator[str]:
    if not isinstance(properties, Mapping):
        yield "input: expected `properties` to be an object"
        return
    for name in cast("Mapping[str, Any]", properties):
        if not _ARGUMENT.match(name):
            yield f"input/properties: expected argument names of 1 to 64 letters, digits, _, . and -, found {name[:80]!r}"


def _references(value: object) -> Iterator[str]:
    match value:
        case {"$ref": str() as reference}:
            yield reference
        case _:
            pass
    for member in _members(value):
        yield from _references(member)


def _members(value: object) -> Iterable[object]:
    match value:
        case Mapping():
            return cast("Mapping[str, object]", value).values()
        case list():
            return cast("list[object]", value)
        case _:
            return ()


# ------------------------------------------------------------------------------------------- the list


class Listing:
    """Tools, ready to send: sorted by name and in pages.

    A tool has no member that only some revisions know, so what is sent is the same for all of them.
    """

    def __init__(
        self, contracts: Iterable[Contract], *, own: Iterable[Mapping[str, Any]] = (), page: int = PAGE
    ) -> None:
        """Take the snapshot of *contracts*, and of the server's *own* tools; it never changes."""
        shown = sorted([*own, *map(tool, contracts)], key=lambda entry: str(entry["name"]))
        self._pages = [orjson.dumps(shown[start : start + page]) for start in range(0, len(shown), page)] or [b"[]"]
        self._numbers = {None: 0} | {_cursor(number): number for number in range(1, len(self._pages))}

    def shows_the_same_as(self, other: Listing) -> bool:
        """Whether a client sees no difference."""
        return self._pages == other._pages

    def page(self, cursor: str | None) -> tuple[bytes, str | None]:
        """Return one page as JSON, and the cursor of the next; raises KeyError for a cursor not from here."""
        number = self._numbers[cursor]
        return self._pages[number], _cursor(number + 1) if number + 1 < len(self._pages) else None


def _cursor(number: int) -> str:
    return urlsafe_b64encode(f"page:{number}".encode()).decode()
