"""A tool file taken apart into its head and its tools, each with the very text that says it, so that it can be put back.

What an import wrote is taken apart by its lines; what a person may have changed is read first, and each part is read by
itself once more: where that gives something else, its text is not trusted and it will be written anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ..assembling import grouped
from ..shapes import is_list, is_object, members
from ..source import Source, Unreadable, parse
from .filing import Format, Page, Piece, head_of, tool_of
from .threeway import same

__all__ = ["Unopened", "opened", "reopened"]

Object: TypeAlias = Mapping[str, Any]

_TOOL = re.compile(r"^  - name: \"?([A-Za-z0-9_-]+)\"?$", re.MULTILINE)


class Unopened(Exception):  # noqa: N818 - said to the operator
    """Why a file cannot be brought up to date, in one sentence."""


# ------------------------------------------------------------------------------- what an import wrote


def reopened(content: str, form: Format) -> Page:
    """Take apart what an import wrote and nobody changed; raise `Unopened`, or `Unreadable` where a part of it is read."""
    if form == "json":
        try:
            return _of_json(content)
        except ValueError as error:
            raise Unopened(f"expected JSON, found what is none: {error}") from None
    starts = [_above(content, match.start()) for match in _TOOL.finditer(content)]
    names = [match[1] for match in _TOOL.finditer(content)]
    ends = [*starts, len(content)][1:]
    head = content[: starts[0]] if starts else content
    tools = {name: _tool(content[start:end]) for name, start, end in zip(names, starts, ends, strict=True)}
    return Page(head=Piece(head, lambda: _api(head)), tools=tools)


def _above(content: str, start: int) -> int:
    """Go back over the lines of comments that stand directly above."""
    while start > 0:
        before = content.rfind("\n", 0, start - 1) + 1
        if not content[before:start].lstrip().startswith("#"):
            break
        start = before
    return start


def _tool(text: str) -> Piece:
    return Piece(text, lambda: _only(text))


def _only(text: str) -> Object:
    """The one tool that *text* says."""
    value = parse(f"tools:\n{text}".encode(), is_json=False).value
    tools = members(value).get("tools")
    if not is_list(tools) or len(tools) != 1 or not is_object(tools[0]) or len(members(value)) != 1:
        raise Unreadable(1, "expected one tool, found another text")
    return tools[0]


def _api(head: str) -> Object:
    value = parse(head.encode(), is_json=False).value
    api = members(value).get("api")
    if not is_object(api) or members(value).get("tools") is not None:
        raise Unreadable(1, "expected what stands before the tools, found another text")
    return api


# ------------------------------------------------------------------------------- what a person may have changed


def opened(content: str, form: Format, *, written: Page) -> Page:
    """Take a file apart that was *written* by an import, whatever a person did to it; raise `Unopened` if it is no tool file."""
    try:
        source = parse(content.encode(), is_json=form == "json")
        if form == "json":
            return _of_json(content)
        return _of_yaml(content, source, {piece.text.rstrip() for piece in written.tools.values()})
    except Unreadable as unreadable:
        raise Unopened(f"line {unreadable.line}: {unreadable.says}") from None


def _of_json(content: str) -> Page:
    api, tools = _parts(json.loads(content))
    return Page(head=head_of(api, "json"), tools={name: tool_of(tool, "json") for name, tool in tools.items()})


def _parts(document: object) -> tuple[Object, dict[str, Object]]:
    """The `api:` block and the tools by name; raise `Unopened` where there are none."""
    if (
        not is_object(document)
        or not is_object(api := document.get("api"))
        or not is_list(tools := document.get("tools"))
    ):
        raise Unopened("expected a tool file with `api` and `tools`, found another document")
    named: dict[str, Object] = {}
    for tool in tools:
        name = grouped(tool).get("name") if is_object(tool) else None
        if not isinstance(name, str) or name in named:
            raise Unopened("expected tools with a name each, found one without, or one twice")
        named[name] = tool
    return api, named


def _of_yaml(content: str, source: Source, known: set[str]) -> Page:
    api, tools = _parts(source.value)
    lines = re.findall(r"[^\n]*\n|[^\n]+", content)  # a line ends here and nowhere else, whatever the text holds
    starts = [_start(lines, source.line(("tools", index))) for index in range(len(tools))]
    if None in starts or starts != sorted(start for start in starts if start is not None):
        return _anew(api, tools)
    spans = [start for start in starts if start is not None]
    texts = ["".join(lines[a:b]) for a, b in zip(spans, [*spans[1:], len(lines)], strict=True)]
    head = "".join(lines[: spans[0]]) if spans else content
    pieces = {name: _checked(text, tool, known) for (name, tool), text in zip(tools.items(), texts, strict=True)}
    if not _reads(head, api) or any(piece is None for piece in pieces.values()):
        return _anew(api, tools)
    return Page(
        head=Piece(head, lambda: api), tools={name: piece for name, piece in pieces.items() if piece is not None}
    )


def _start(lines: Sequence[str], number: int) -> int | None:
    """Find where the tool on line *number* begins: its dash, and the comments directly above."""
    index = number - 1
    while index > 0 and not lines[index].lstrip().startswith("-"):
        index -= 1
        if lines[index].strip() not in ("", "-") and not lines[index].lstrip().startswith("#"):
            return None
    while index > 0 and lines[index - 1].lstrip().startswith("#"):
        index -= 1
    return index if lines[index].lstrip().startswith(("-", "#")) else None


def _checked(text: str, tool: Object, known: set[str]) -> Piece | None:
    if text.rstrip() in known:
        return Piece(text, lambda: tool)
    try:
        return Piece(text, lambda: tool) if same(_only(text), tool) else None
    except Unreadable:
        return None


def _reads(head: str, api: Object) -> bool:
    try:
        return same(_api(head), api)
    except Unreadable:
        return False


def _anew(api: Object, tools: Mapping[str, Object]) -> Page:
    """Aliases across tools, an order of its own: the values are kept, and their text is not."""
    return Page(head=head_of(api, "yaml"), tools={name: tool_of(tool, "yaml") for name, tool in tools.items()})
