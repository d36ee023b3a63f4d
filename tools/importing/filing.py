"""A tool file as text: a head with the `api:` block, and one block of text for each tool, in YAML with comments or in JSON.

The same definitions give the same bytes; nothing in them says when or where they were written.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

from .defining import Definition, Definitions
from .emitting import WIDTH, block, entry
from .naming import snake
from .prose import line

__all__ = ["Format", "Page", "Piece", "comment", "head_of", "pages", "text", "tool_of"]

Format: TypeAlias = Literal["yaml", "json"]
Object: TypeAlias = Mapping[str, Any]

_EDITORS = "# yaml-language-server: $schema=https://raw.githubusercontent.com/unabridged/unabridged/main/schemas/tool-file.schema.json\n"
_SAID = (
    "Of an answer, types and required members are checked, down to the members of each item, or of the one thing that is delivered. What is deeper is not checked.",
    "What was inferred stands under `provenance`. Until `unabridged prove` has shown that it is true, such a tool is refused.",
)


@dataclass(frozen=True)
class Piece:
    """A part of a tool file: the *text* that says it, its comments included, and its value, read when somebody asks."""

    text: str
    read: Callable[[], Object] = field(repr=False, compare=False)

    @cached_property
    def value(self) -> Object:
        """The `api:` block, or one tool."""
        return self.read()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One tool file: what stands before its tools, with the `api:` block as its value, and the tools by name."""

    head: Piece
    tools: Mapping[str, Piece]


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
    head = head_of(made.api, form, above=[*told, *_SAID], beside=made.notes)
    return Page(head=head, tools={one.name: tool_of(one.tool, form, notes=one.notes) for one in tools})


def head_of(api: Object, form: Format, *, above: Sequence[str] = (), beside: Sequence[str] = ()) -> Piece:
    """Write what stands before the tools: sentences *above* all of it, and some *beside* the `api:` block."""
    if form == "json":
        return Piece(json.dumps(api, ensure_ascii=False), lambda: api)
    before, between = (comment(above), comment(beside))
    return Piece(f"{_EDITORS}{before}unabridged: 1\n{between}api:\n{block(dict(api), 2)}tools:\n", lambda: api)


def tool_of(tool: Object, form: Format, *, notes: Sequence[str] = ()) -> Piece:
    """Write one tool, with *notes* above it."""
    if form == "json":
        return Piece(json.dumps(tool, ensure_ascii=False), lambda: tool)
    return Piece(f"{comment(notes, indent=2)}{entry(tool, 2)}\n", lambda: tool)


def comment(sentences: Sequence[str], *, indent: int = 0) -> str:
    """Write *sentences* as lines of comments."""
    before = " " * indent + "# "
    room = WIDTH - indent
    wrapped = (textwrap.wrap(line(one), room, break_long_words=False, break_on_hyphens=False) for one in sentences)
    return "".join(f"{before}{text}\n" for lines in wrapped for text in lines)


def text(page: Page, form: Format) -> str:
    """Write *page* out as it stands in its file."""
    if form == "yaml":
        return page.head.text + "".join(tool.text for tool in page.tools.values()).rstrip("\n") + "\n"
    whole = {"unabridged": 1, "api": page.head.value, "tools": [tool.value for tool in page.tools.values()]}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
