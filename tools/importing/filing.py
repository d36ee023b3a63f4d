"""A tool file as text: a head with the `api:` block, and one block of text for each tool, in YAML with comments or in JSON.

The same definitions give the same bytes; nothing in them says when or where they were written.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .defining import Definition, Definitions
from .emitting import WIDTH, block
from .naming import snake
from .prose import line

__all__ = ["Block", "Format", "Page", "pages", "text"]

Format: TypeAlias = Literal["yaml", "json"]

EDITORS = "# yaml-language-server: $schema=https://raw.githubusercontent.com/unabridged/unabridged/main/schemas/tool-file.schema.json"

_SAID = (
    "Of an answer, types and required members are checked, down to the members of each item, or of the one thing that is delivered. What is deeper is not checked.",
    "What was inferred stands under `provenance`. Until `unabridged prove` has shown that it is true, such a tool is refused.",
)


@dataclass(frozen=True, slots=True)
class Block:
    """One tool: its *value*, and the *text* that says it, comments before it included."""

    value: Mapping[str, Any]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One tool file: what stands before its tools (*api* is its value), and the tools by name."""

    api: Mapping[str, Any]
    head: str
    tools: Mapping[str, Block]


def pages(made: Definitions, *, told: Sequence[str], form: Format, split: bool) -> dict[str, Page]:
    """Lay *made* out in files, by the stem of their names: one, or with *split* one for each tag.

    *told* are sentences for the head: where the definitions come from.
    """
    if not split:
        return {"": _page(made, made.tools, told, form)}
    groups: dict[str, list[Definition]] = {}
    for one in made.tools:
        tags = [snake(tag) for tag in one.operation.tags if snake(tag)]
        groups.setdefault(tags[0] if tags else "other", []).append(one)
    return {stem: _page(made, group, told, form) for stem, group in sorted(groups.items())}


def _page(made: Definitions, tools: Iterable[Definition], told: Sequence[str], form: Format) -> Page:
    yaml = form == "yaml"
    head = _head(made, told) if yaml else ""
    return Page(api=made.api, head=head, tools={one.name: Block(one.tool, _tool(one) if yaml else "") for one in tools})


def _head(made: Definitions, told: Sequence[str]) -> str:
    notes = "".join(map(_comment, made.notes))
    return (
        f"{EDITORS}\n{''.join(map(_comment, (*told, *_SAID)))}unabridged: 1\n{notes}{block({'api': made.api})}tools:\n"
    )


def _tool(one: Definition) -> str:
    notes = "".join(_comment(note, indent=2) for note in one.notes)
    return f"{notes}{block([one.tool], 2)}\n"


def _comment(text: str, *, indent: int = 0) -> str:
    before = " " * indent + "# "
    wrapped = textwrap.wrap(line(text), WIDTH - indent, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{before}{one}\n" for one in wrapped)


def text(page: Page, form: Format) -> str:
    """Write *page* out as it stands in its file."""
    if form == "yaml":
        return page.head + "".join(tool.text for tool in page.tools.values()).rstrip("\n") + "\n"
    whole = {"unabridged": 1, "api": page.api, "tools": [tool.value for tool in page.tools.values()]}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
