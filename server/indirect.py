"""The two tools that stand for hundreds: one finds tools by a question, one calls a tool by its name.

It says what they are and what a search answers; it calls nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

import orjson

from ..schemas.codes import CODES
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from ..validators.arguments import misfit
from .listing import CALL, ERROR, SEARCH, envelope
from .pricing import input_schema
from .result import Reply, misused
from .searching import Index

__all__ = ["CALLING", "SEARCHING", "found", "misspelled", "stand_ins"]

_FEW: Final = 5
"""Tools that are told with their schema, so that the best can be called at once."""

_ROOM: Final = 12_000
"""Bytes that these few may take together; the first is told whole, whatever it takes up to *_MOST*."""

_MOST: Final = 30_000
_SHORT: Final = 160  # signs of a description that is told in short
_NAMED: Final = 40  # tags, or names, that say what there is

SEARCHING: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "query": {
            "type": "string",
            "description": "What the tool should do, in a few words (`list open pull requests`), or a tool's name. Empty: what there is.",
        },
        "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 50,
            "default": 10,
            "description": "How many tools to name.",
        },
    },
    "required": ["query"],
    "additionalProperties": False,
}
"""The arguments of the tool that finds."""

CALLING: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": f"The tool's name, as {SEARCH} told it."},
        "arguments": {
            "type": "object",
            "additionalProperties": True,
            "description": "The tool's arguments, as its `input_schema` says.",
        },
    },
    "required": ["name"],
    "additionalProperties": False,
}
"""The arguments of the tool that calls."""

_TEXT: Final = {"type": "string"}
_ANYTHING: Final = {  # said at length, because linters of schemas take an empty one for a mistake
    "anyOf": [{"type": kind} for kind in ("object", "array", "string", "number", "boolean", "null")]
}
_FOUND: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "status": {"enum": ["complete", "failed"]},
        "tools": {
            "type": "array",
            "description": "The best first. Each has: name, title, description, effects, claim, tags; the best few have input_schema",
        },
        "matched": {"type": "integer"},
        "more": {"type": "integer"},
        "of": {"type": "integer"},
        "tags": {"type": "object"},
        "apis": {"type": "object"},
        "near": {"type": "array"},
        "hint": _TEXT,
        "error": ERROR,
    },
    "required": ["status"],
    "anyOf": [
        {"properties": {"status": {"const": "complete"}}, "required": ["tools", "matched", "more", "of", "hint"]},
        {"properties": {"status": {"const": "failed"}}, "required": ["error"]},
    ],
}


# ------------------------------------------------------------------------------------------- what they are


def stand_ins(contracts: Mapping[str, Contract]) -> Iterator[dict[str, Any]]:
    """Yield the two tools as a client sees them, for what they stand for."""
    about = _about(contracts)
    yield {
        "name": SEARCH,
        "title": "Find tools",
        "description": f"Find the right one of {about}. Answers with the best tools by name, the best few with the schema "
        f"of their arguments; call one with {CALL}.",
        "inputSchema": SEARCHING,
        "outputSchema": _FOUND,
        "annotations": _hints("Find tools", read=True, open_world=False),
    }
    yield {
        "name": CALL,
        "title": "Call a tool",
        "description": f"Call one of {about}, by the name and with the arguments that {SEARCH} tells. The answer is that "
        "tool's own: whole and proven, or a failure that says why.",
        "inputSchema": CALLING,
        "outputSchema": envelope({"items": {"type": "array"}}, {"data": _ANYTHING}),
        "annotations": _hints("Call a tool", read=all(one.effects == "read" for one in contracts.values())),
    }


def _about(contracts: Mapping[str, Contract]) -> str:
    apis = [name for name, _ in Counter(one.provider.name for one in contracts.values()).most_common(8)]
    return f"{len(contracts):,} tools of {', '.join(apis)}"


def _hints(title: str, *, read: bool, open_world: bool = True) -> dict[str, Any]:
    hints = {"readOnlyHint": read, "destructiveHint": not read, "idempotentHint": read, "openWorldHint": open_world}
    return {"title": title, **hints}


# ------------------------------------------------------------------------------------------- what a search answers


def found(
    index: Index, contracts: Mapping[str, Contract], arguments: Mapping[str, Json], *, waiting: frozenset[str]
) -> Reply:
    """Answer a search among *contracts* with *arguments*; *waiting* are names of tools that are not proven yet."""
    if (wrong := misfit(SEARCHING, arguments)) is not None:
        return misused(wrong, fix="Give `query`, a text, and `limit`, a number from 1 to 50, or leave `limit` out.")
    query, limit = arguments["query"], integral(arguments.get("limit", 10))
    if str(query).strip() in waiting:
        return _told(contracts, hint=_not_proven(str(query).strip()))
    hits = index.search(str(query))
    if hits.tools:
        shown = hits.tools[:limit]
        more = len(hits.tools) - len(shown)
        hint = f"Call one with {CALL}." + (
            f" {more} more tools match less well; say more precisely what is meant." if more else ""
        )
        hint += f" {len(waiting)} more are defined and not served: they are not proven." if waiting else ""
        return _told(contracts, tools=_tools(shown), matched=len(hits.tools), more=more, hint=hint)
    if hits.general:
        hint = "This says nothing that tells one tool from another. Name what the tool should do, or one of the tags."
        return _told(contracts, hint=hint, **_overview(contracts))
    hint = "No tool has a word of this." + (" Names that are near are in `near`." if hits.near else " Try other words.")
    return _told(contracts, hint=hint, near=list(hits.near))


def integral(limit: Json) -> int:
    """Return a number that JSON Schema takes for an integer as one.

    >>> integral(10.0)
    10
    """
    return int(limit) if isinstance(limit, int | float) else 10


def _not_proven(name: str) -> str:
    return f"{name} is defined and not served: lines of its definition are refuted, or inferred and not proven yet."


def _told(contracts: Mapping[str, Contract], **members: Any) -> Reply:
    told: dict[str, Any] = {"status": "complete", "tools": [], "matched": 0, "more": 0, **members, "of": len(contracts)}
    content = orjson.dumps(told)
    return Reply(envelope=content, text=content.decode(), failed=False)


def _tools(found: Sequence[Contract]) -> list[dict[str, Any]]:
    """Tell the best few with their schemas, as far as there is room for them, and the others in short."""
    room, told = _MOST, list[dict[str, Any]]()
    for number, contract in enumerate(found):
        whole = _whole(contract)
        size = len(orjson.dumps(whole))
        fits = number < _FEW and size <= room
        room = min(room, _ROOM) - size if fits else room
        told.append(whole if fits else _short(contract))
    return told


def _whole(contract: Contract) -> dict[str, Any]:
    return {**_short(contract), "description": contract.description, "input_schema": input_schema(contract)}


def _short(contract: Contract) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": contract.name,
        "title": contract.title,
        "description": _shortened(contract.description),
        "effects": contract.effects,
        "claim": str(contract.claim),
        "tags": list(contract.tags),
    }
    return {name: value for name, value in told.items() if value}


def _shortened(text: str) -> str:
    """Return the beginning of *text*, up to the end of its first line.

    >>> _shortened("All tickets.\\nEvery one of them."), len(_shortened("x" * 200))
    ('All tickets.', 160)
    """
    first = text.strip().partition("\n")[0]
    return first if len(first) <= _SHORT else first[: _SHORT - 1] + "…"


def _overview(contracts: Mapping[str, Contract]) -> dict[str, Any]:
    """Say what there is: the tags and how many tools have each; where there are none, some names."""
    tags = Counter(chain.from_iterable(one.tags for one in contracts.values())).most_common(_NAMED)
    apis = Counter(one.provider.name for one in contracts.values()).most_common(_NAMED)
    named = {} if tags else {"near": sorted(contracts)[:_NAMED]}
    return {"tags": dict(tags), "apis": dict(apis), **named}


# ------------------------------------------------------------------------------------------- what cannot be called


def misspelled(
    index: Index, contracts: Mapping[str, Contract], arguments: Mapping[str, Json], *, waiting: frozenset[str]
) -> Reply:
    """Say why *arguments* name no tool that could be called, and what may have been meant."""
    wrong = misfit(CALLING, arguments)
    name = arguments.get("name")
    if wrong is not None:
        fix = "Give the tool's `name`, and the tool's own arguments as one object in `arguments`."
        known = contracts.get(name) if isinstance(name, str) else None
        return misused(wrong, fix=fix, **({} if known is None else {"input_schema": input_schema(known)}))
    if name in waiting:
        unproven = Finding(code="definition_unproven", message=_not_proven(str(name)), where="arguments:/name")
        return misused(unproven, fix=CODES["definition_unproven"].fix)
    near = index.near(str(name))
    fix = f"Use one of {', '.join(near)}, or find it with {SEARCH}." if near else f"Find the tool with {SEARCH}."
    unknown = Finding(code="unknown_tool", message=f"no tool is called {str(name)[:64]!r}", where="arguments:/name")
    return misused(unknown, fix=fix, near=list(near))
