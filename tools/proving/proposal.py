"""A line that would make a tool file better, and how it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...schemas.claim import Grade

__all__ = ["Proposal", "flow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The *line* to write into the tool, and what speaks for it.

    *grade* is what the answers reach with it, where the tool was tried with it; None where the line was seen and needs no
    trial.  *needs* names what an experiment cannot give: a documented licence.
    """

    line: Mapping[str, Any]
    because: str
    grade: Grade | None = None
    needs: str = ""

    def __str__(self) -> str:
        """Write the line as it stands in the tool file."""
        return "\n".join(f"{name}: {flow(value)}" for name, value in self.line.items())


_PLAIN = re.compile(r"[A-Za-z_/][A-Za-z0-9_/.:-]*(?<!:)")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def flow(value: Any) -> str:
    """Write *value* as YAML in one line.

    >>> flow({"total": {"at": "header:x-total", "exact": False}, "id": ["/a", ""]})
    '{total: {at: header:x-total, exact: false}, id: [/a, ""]}'
    """
    match value:
        case Mapping():
            members: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON border
            return "{" + ", ".join(f"{flow(name)}: {flow(member)}" for name, member in members.items()) + "}"
        case list():
            parts: list[Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON border
            return "[" + ", ".join(flow(part) for part in parts) + "]"
        case str() if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
