"""What is measured, described three times: as a tool file, as MCP tools for the plain peer, and as OpenAPI for the generating one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["Keepalive", "generated", "listed", "openapi", "tool_file"]

Keepalive: TypeAlias = Literal["call", "trusted"]

_TEXT, _COUNT = {"type": "string"}, {"type": "integer"}
_MEMBERS: Mapping[str, Any] = {
    "id": _COUNT,
    "subject": _TEXT,
    "status": {"enum": ["new", "open", "pending", "solved", "closed"]},
    "priority": {"enum": ["low", "normal", "high", "urgent"]},
    "channel": _TEXT,
    "created_at": _TEXT,
    "updated_at": _TEXT,
    "requester": {
        "type": "object",
        "required": ["id", "name", "email"],
        "properties": {"id": _COUNT, "name": _TEXT, "email": _TEXT},
    },
    "assignee_id": _COUNT,
    "group_id": _COUNT,
    "tags": {"type": "array", "items": _TEXT},
    "score": {"type": "number"},
    "satisfied": {"type": ["boolean", "null"]},
    "has_incidents": {"type": "boolean"},
    "url": _TEXT,
    "description": _TEXT,
}
_ITEM = {"type": "object", "required": list(_MEMBERS), "properties": _MEMBERS}
_BODY = {
    "type": "object",
    "required": ["items", "total"],
    "properties": {"items": {"type": "array"}, "total": {"type": "integer", "minimum": 0}},
}
_INPUT = {"type": "object", "properties": {"total": _COUNT}, "required": ["total"]}
_DESCRIPTION = "All tickets of the desk."


def tool_file(
    name: str,
    origin: str,
    *,
    query: Mapping[str, Any],
    walk: Mapping[str, Any],
    policy: Mapping[str, Any] | None = None,
    keepalive: Keepalive = "call",
) -> str:
    """Return a tool file with one tool, which proves by a count that all tickets came."""
    tool = {
        "name": name,
        "description": _DESCRIPTION,
        "claim": "all",
        "input": _INPUT,
        "request": {"url": "/items", "query": {"total": "{input.total}", **query}},
        "response": {"schema": _BODY, "items": {"at": "/items", "id": "/id", "schema": _ITEM}},
        "walk": walk,
        "complete": {"require": "counted", "total": {"at": "/total"}},
        "policy": policy or {},
    }
    network = {"allow": ["loopback"], "keepalive": keepalive}
    return json.dumps(
        {"unabridged": 1, "api": {"name": name, "base_url": origin, "network": network}, "tools": [tool]}, indent=1
    )


def listed(name: str) -> list[dict[str, Any]]:
    """Return the same tool as the plain peer lists it."""
    return [{"name": name, "description": _DESCRIPTION, "inputSchema": _INPUT, "outputSchema": {"type": "object"}}]


def openapi(name: str, origin: str) -> dict[str, Any]:
    """Return the same operation as an OpenAPI document."""
    answer = {**_BODY, "properties": {"items": {"type": "array", "items": _ITEM}, "total": _COUNT}}
    operation = {
        "operationId": name,
        "summary": _DESCRIPTION,
        "parameters": [{"name": "total", "in": "query", "required": True, "schema": _COUNT}],
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": answer}}}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Desk", "version": "1"},
        "servers": [{"url": origin}],
        "paths": {"/items": {"get": operation}},
    }


# ------------------------------------------------------------------------------------------- many tools

_TOOL = """\
  - name: desk_list_{name}
    description: All {name} of the desk, oldest first, whatever their state; narrow by owner, state or time of change.
    claim: all
    input:
      type: object
      properties:
        owner: {{type: string, description: Only those of this owner}}
        state: {{enum: [new, open, closed], description: Only those in this state}}
        since: {{type: string, format: date-time, description: Only those changed since}}
    request:
      url: /api/{name}
      query:
        owner: "{{input.owner}}"
        state: "{{input.state}}"
        since: "{{input.since}}"
    response:
      schema: {{type: object, required: [{name}, meta]}}
      items:
        at: /{name}
        id: /id
        schema:
          type: object
          required: [id, state]
          properties:
            id: {{type: integer}}
            state: {{enum: [new, open, closed]}}
            owner: {{type: string}}
            changed_at: {{type: string}}
    walk:
      kind: cursor
      more: body:/meta/has_more
      next: body:/meta/after_cursor
      send: query:page[after]
      end:
        more: {{true: continue, false: end}}
        next: {{value: continue}}
      page_size: {{send: "query:page[size]", ask: 100}}
    complete:
      require: counted
      total: {{at: /count}}
"""
_HEAD = """\
unabridged: 1
api:
  name: desk{file}
  base_url: https://desk{file}.example.org
tools:
"""


def generated(count: int, *, most: int = 100) -> list[str]:
    """Return tool files in YAML that hold *count* tools together, *most* in one file."""
    files: list[str] = []
    for number, start in enumerate(range(0, count, most)):
        names = (f"things_{index:04}" for index in range(start, min(start + most, count)))
        files.append(_HEAD.format(file=number) + "".join(_TOOL.format(name=name) for name in names))
    return files
