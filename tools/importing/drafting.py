"""A request and its arguments while they are made of an operation: every argument gets a name, a schema and a place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .naming import argument
from .narrowing import narrowed
from .prose import trimmed

__all__ = ["Drafting", "Schema", "definitions_of", "is_object_schema"]

Schema: TypeAlias = Mapping[str, Any]

_LONGEST_TEXT = 160


@dataclass(slots=True)
class Drafting:
    """What is known so far; *depth* is how deep schemas of arguments may be."""

    depth: int
    properties: dict[str, Any] = field(default_factory=dict[str, Any])
    required: list[str] = field(default_factory=list[str])
    request: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    styles: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])

    def argue(self, name: str, schema: Schema, *, required: bool, says: str = "") -> str:
        """Add an argument and return its name."""
        own = argument(name, self.properties)
        shown = narrowed(schema, self.depth, use="argument")
        if says := trimmed(says, _LONGEST_TEXT):
            shown = {**shown, "description": _with_default(says, shown.get("description", ""))}
        self.properties[own] = shown
        if required:
            self.required.append(own)
        return own

    def put(self, part: str, name: str, value: object) -> None:
        """Say what stands at *name* in one *part* of the request."""
        self.request.setdefault(part, {})[name] = value


def _with_default(says: str, of_the_schema: str) -> str:
    """The parameter's own words, and the default that only its schema tells."""
    told = re.search(r"\(default: [^)]*\)\Z", of_the_schema)
    return f"{says} {told[0]}" if told and "efault" not in says else says


def is_object_schema(schema: Schema) -> bool:
    """Say whether a value of *schema* is an object."""
    kind = schema.get("type")
    return kind in ("object", ["object", "null"]) or (kind is None and "properties" in schema)


def definitions_of(schema: Schema) -> dict[str, Any]:
    """Return the definitions that a part of *schema* needs to stand by itself."""
    return {"$defs": schema["$defs"]} if "$defs" in schema else {}
