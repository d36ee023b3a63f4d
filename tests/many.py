"""More than a thousand tools: the operations of GitHub's own description, as tools in the language.

They are as large as imported ones, and are never called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.importing.corpus import github

__all__ = ["tool_file", "tools"]

METHODS = ("get", "put", "post", "patch", "delete")
LONGEST = 4096


def tool_file() -> dict[str, Any]:
    """Return them all as the document of one tool file."""
    return {"unabridged": 1, "api": {"name": "github", "base_url": "https://api.github.com"}, "tools": tools()}


def tools() -> list[dict[str, Any]]:
    """Return one tool for each operation, called by its operationId."""
    document = json.loads(github().read_bytes())
    return [
        _tool(path, method, operation, document["components"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def _tool(path: str, method: str, operation: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    known = components["parameters"]
    name = operation["operationId"].replace("/", "_").replace("-", "_")[:64]
    parameters = [
        known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in operation.get("parameters", ())
    ]
    properties = {
        one["name"]: {**_plain(one["schema"]), "description": one.get("description", "")} for one in parameters
    }
    sent = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = {field: _plain(schema) for field, schema in sent.get("properties", {}).items() if field not in properties}
    properties |= fields
    body = {field: f"{{input.{field}}}" for field in fields}
    required = [one["name"] for one in parameters if one.get("required")]
    url, query = path, {one["name"]: f"{{input.{one['name']}}}" for one in parameters if one["in"] == "query"}
    for one in parameters:
        url = url.replace(f"{{{one['name']}}}", f"{{input.{one['name']}}}") if one["in"] == "path" else url
    return {
        "name": name,
        "title": operation["summary"][:120],
        "description": (operation.get("description") or operation["summary"])[:LONGEST],
        "effects": "read" if method == "get" else "write",
        "claim": "one",
        "tags": list(operation["tags"]),
        "input": {"type": "object", "properties": properties, "required": required},
        "request": {"method": method.upper(), "url": url, "query": query, **({"body": body} if body else {})},
        "response": {"schema": _answer(operation, components["schemas"])},
    }


def _answer(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the first level of what the operation answers with."""
    replies: dict[str, dict[str, Any]] = operation["responses"]
    whole = next((reply for status, reply in replies.items() if status.startswith("2")), dict[str, Any]())
    schema: dict[str, Any] = whole.get("content", {}).get("application/json", {}).get("schema", {})
    schema = schemas.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema
    if schema.get("type") == "array":
        return {"type": "array"}
    properties = {field: _plain(one) for field, one in schema.get("properties", {}).items()}
    return {"type": "object", "required": schema.get("required", []) or ["id"], "properties": properties}


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what leads into the rest of the document."""
    if "$ref" in json.dumps(schema):
        return {"type": schema.get("type", "string")} if isinstance(schema.get("type"), str) else {}
    return dict(schema)
