"""Tool files for tests: one sound API and tool, changed in one place, read back."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from unabridged.tools.catalog import Catalog, read

__all__ = ["API", "TOOL", "changed", "document", "read_one", "read_text"]

API: dict[str, Any] = {"name": "desk", "base_url": "https://desk.example.com/api"}
TOOL: dict[str, Any] = {
    "name": "desk_list_tickets",
    "description": "All tickets.",
    "claim": "all",
    "request": {"url": "/tickets"},
    "response": {"items": {"at": "/tickets", "id": "/id"}},
    "walk": {
        "kind": "cursor",
        "more": "body:/meta/has_more",
        "next": "body:/meta/after",
        "send": "query:after",
        "page_size": {"send": "query:size", "ask": 100, "max": 100},
    },
}


def changed(whole: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Set places (`walk.page_size.ask`) of *whole* to values; None takes a place away."""
    result = copy.deepcopy(dict(whole))
    for way, value in changes.items():
        *steps, last = way.split(".")
        place: Any = result
        for step in steps:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return result


def document(tool: Mapping[str, Any] | None = None, api: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole file, with changes to its one tool and to its `api:` block."""
    return {"unabridged": 1, "api": changed(API, api or {}), "tools": [changed(TOOL, tool or {})]}


def read_one(path: Path, tool: Mapping[str, Any] | None = None, api: Mapping[str, Any] | None = None) -> Catalog:
    """Read the sound file with changes, as JSON, from a file under *path*."""
    return read_text(path, json.dumps(document(tool, api), indent=1), "file.json")


def read_text(path: Path, text: str | bytes, name: str = "file.yaml") -> Catalog:
    """Read *text* from a file called *name* under *path*."""
    file = path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return read([file])
