"""An import over an earlier one: what a person changed stays, what changed upstream is taken, and both is reported.

`base` is what the last import wrote, `ours` the files as they stand, `theirs` what this import makes.  A tool that upstream did
not change stays byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from .comments import own_comments
from .filing import Format, Page, Piece, comment, head_of, tool_of
from .threeway import MISSING, Conflict, Merged, merged, same

__all__ = ["GONE", "Change", "reimported", "written_down"]

Kind: TypeAlias = Literal["added", "updated", "removed", "kept", "conflict", "left out"]
Place = TypeVar("Place")
Pages: TypeAlias = Mapping[Place, Page]

GONE = "No longer in the description, or not chosen any more; kept because it was changed here."


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became of one tool (empty: of the `api:` block); *asks* says that a person should look at it."""

    kind: Kind
    tool: str
    says: str
    asks: bool = False


def reimported(
    base: Pages[Place], ours: Pages[Place], theirs: Pages[Place], form: Format
) -> tuple[dict[Place, Page], tuple[Change, ...]]:
    """Bring *ours* up to date; files that are left without a tool are left out.

    A tool stays in the file that it is in, also where *theirs* has it in another.
    """
    merger = _Merger(_tools(base), _tools(ours), _tools(theirs), form)
    changes: list[Change] = []
    result: dict[Place, Page] = {}
    for place in dict.fromkeys((*ours, *theirs)):
        head, told = merger.head(base.get(place), ours.get(place), theirs.get(place))
        tools = {name: piece for name in _order(place, ours, theirs) if (piece := merger.tool(name)) is not None}
        if tools:
            result[place] = Page(head=head, tools=_aligned(tools, ours.get(place), form))
            changes += told
    return result, (*changes, *merger.changes())


def written_down(
    base: Pages[Place], ours: Pages[Place], theirs: Pages[Place], result: Pages[Place]
) -> dict[Place, Page]:
    """Lay out what the next import takes for its base: what this one made, and what is known of tools that it did not.

    A tool that this import takes away is forgotten, so that it can come again; one that a person took out, or that
    was kept for a person's sake, is not.
    """
    if not result:
        return dict(theirs)
    here, known = _tools(ours), (_tools(theirs), _tools(result))
    laid: dict[Place, dict[str, Piece]] = {place: {} for place in result}
    for place, page in (*theirs.items(), *base.items()):
        into = laid[place] if place in laid else next(iter(laid.values()))
        for name, piece in page.tools.items():
            if page is theirs.get(place) or (name not in known[0] and (name in known[1] or name not in here)):
                into[name] = piece
    heads = {place: (theirs[place] if place in theirs else base[place]).head for place in result}
    return {place: Page(head=heads[place], tools=tools) for place, tools in laid.items()}


def _tools(pages: Pages[Place]) -> dict[str, Piece]:
    return {name: piece for page in pages.values() for name, piece in page.tools.items()}


def _order(place: Place, ours: Pages[Place], theirs: Pages[Place]) -> list[str]:
    """The tools of one file: in its own order, and each new one behind the one that it comes after upstream."""
    order = list(ours[place].tools) if place in ours else []
    elsewhere = _tools(ours)
    before: str | None = None
    for name in theirs[place].tools if place in theirs else ():
        if name not in elsewhere:
            order.insert(order.index(before) + 1 if before in order else len(order), name)
        before = name
    return order


@dataclass(frozen=True, slots=True)
class _Merger:
    """The tools of all files, by name: they may have moved from one to another."""

    base: Mapping[str, Piece]
    ours: Mapping[str, Piece]
    theirs: Mapping[str, Piece]
    form: Format

    def tool(self, name: str) -> Piece | None:
        """Merge one tool; None where it is gone."""
        base, ours, theirs = self.base.get(name), self.ours.get(name), self.theirs.get(name)
        if ours is None:
            return None if base is not None else theirs
        if theirs is None:
            return self._without_theirs(base, ours)
        return _merged(base, _back(ours), theirs, self.form)[0]

    def _without_theirs(self, base: Piece | None, ours: Piece) -> Piece | None:
        if base is None:
            return ours
        if _unchanged(base, ours) or same(base.value, ours.value):
            return None
        if self.form == "json" or GONE in " ".join(re.sub(r"\n\s*#", "", ours.text).split()):
            return ours
        return Piece(comment([GONE], indent=_indent(ours.text)) + ours.text, ours.read)

    def head(self, base: Page | None, ours: Page | None, theirs: Page | None) -> tuple[Piece, list[Change]]:
        """Merge what stands before the tools of one file."""
        if ours is None or theirs is None:
            return next(page.head for page in (ours, theirs) if page is not None), []
        piece, conflicts = _merged(None if base is None else base.head, ours.head, theirs.head, self.form, is_head=True)
        return piece, [_conflict("", conflict) for conflict in conflicts]

    def changes(self) -> Iterator[Change]:
        """Say what became of each tool that did not simply stay."""
        for name in dict.fromkeys((*self.ours, *self.theirs, *self.base)):
            yield from self._changes(name, self.base.get(name), self.ours.get(name), self.theirs.get(name))

    def _changes(self, name: str, base: Piece | None, ours: Piece | None, theirs: Piece | None) -> Iterator[Change]:
        if ours is None and theirs is not None:
            if base is None:
                yield Change(kind="added", tool=name, says=f"{name}: new")
            else:
                yield Change(kind="left out", tool=name, says=f"{name}: taken out of the file by hand, and stays out")
        elif ours is not None and theirs is None and base is not None:
            if self.tool(name) is None:
                yield Change(kind="removed", tool=name, says=f"{name}: not in the description any more, or not chosen")
            else:
                yield Change(kind="kept", tool=name, says=f"{name}: {GONE}", asks=True)
        elif ours is not None and theirs is not None:
            conflicts = _merged(base, _back(ours), theirs, self.form)[1]
            yield from (_conflict(name, conflict) for conflict in conflicts)
            if (
                not conflicts
                and base is not None
                and not _unchanged(base, theirs)
                and not same(base.value, theirs.value)
            ):
                yield Change(kind="updated", tool=name, says=f"{name}: as the description says now")


def _conflict(tool: str, conflict: Conflict) -> Change:
    place = ".".join((tool or "api", *conflict.way))
    says = (
        f"{place}: changed here ({_shown(conflict.ours)}) and upstream ({_shown(conflict.theirs)}); kept as it is here"
    )
    return Change(kind="conflict", tool=tool, says=says, asks=True)


def _shown(value: Any) -> str:
    written = "taken away" if value is MISSING else json.dumps(value, ensure_ascii=False, default=dict)
    return written if len(written) <= 100 else f"{written[:99]}…"


# ------------------------------------------------------------------------------------------- one part


def _back(ours: Piece) -> Piece:
    """A tool that is in the description again, without the comment that it is not."""
    told = comment([GONE], indent=_indent(ours.text))
    return Piece(ours.text.replace(told, "", 1), ours.read) if told in ours.text else ours


def _unchanged(base: Piece, other: Piece) -> bool:
    return base.text.rstrip() == other.text.rstrip()


def _merged(
    base: Piece | None, ours: Piece, theirs: Piece, form: Format, *, is_head: bool = False
) -> tuple[Piece, tuple[Conflict, ...]]:
    """Merge one part: as few bytes of *ours* change as can."""
    if base is not None and _unchanged(base, ours):
        return theirs, ()
    if base is not None and _unchanged(base, theirs):
        return ours, ()
    found = merged(MISSING if base is None else base.value, ours.value, theirs.value)
    if same(found.value, ours.value):
        return ours, found.conflicts
    return _written(found, base, ours, theirs, form, is_head=is_head), found.conflicts


def _written(found: Merged, base: Piece | None, ours: Piece, theirs: Piece, form: Format, *, is_head: bool) -> Piece:
    """Write a part anew, under the comments that upstream and the person wrote."""
    value = found.value
    if form == "json":
        return head_of(value, form) if is_head else tool_of(value, form)
    kept = "".join(own_comments("" if base is None else base.text, ours.text, 0 if is_head else 2))
    if is_head:
        return Piece(kept + head_of(value, form).text.partition("\n")[2], lambda: value)
    above = "".join(re.findall(r"\A(?:[ \t]*#[^\n]*\n)*", theirs.text)[:1])
    return Piece(above + kept + tool_of(value, form).text, lambda: value)


# ------------------------------------------------------------------------------------------- indents


def _indent(text: str) -> int:
    dash = re.search(r"^( *)-", text, re.MULTILINE)
    return len(dash[1]) if dash else 2


def _aligned(tools: Mapping[str, Piece], ours: Page | None, form: Format) -> dict[str, Piece]:
    """Write every tool as far to the right as those that a person wrote."""
    if form == "json" or ours is None or not ours.tools:
        return dict(tools)
    wanted = _indent(next(iter(ours.tools.values())).text)
    return {name: _shifted(piece, wanted - _indent(piece.text)) for name, piece in tools.items()}


def _shifted(piece: Piece, by: int) -> Piece:
    text = piece.text if piece.text.endswith("\n") else f"{piece.text}\n"
    if by:
        lines = text.splitlines(keepends=True)
        text = "".join(
            f"{' ' * by}{one}" if by > 0 and one.strip() else one[-by:] if one.strip() else one for one in lines
        )
    return Piece(text, piece.read)
