"""Templates read backwards: the arguments that a request was made with, or that it was not made from this template.

The inverse of `template.py`.  What a walk puts into a request later (a cursor, a page size) is no part of the template here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from ...schemas.verdict import Finding
from ...schemas.wire import Json
from ...validators import strict_json
from ...validators.reading import equal
from ..draft import text
from ..shapes import is_list, is_object, members
from ..template import Place, Reference, references

__all__ = ["Path", "Unfilled", "converted", "path_of", "unfilled", "unfilled_pairs"]

_UNSTYLED: Final[Mapping[str, str]] = {}
_BETWEEN: Final[Mapping[str, str]] = {"comma": ",", "space": " ", "pipe": "|"}


@dataclass(slots=True)
class Unfilled:
    """The *arguments* that were found, and how many words of the template the request says as they are written (*fixed*)."""

    arguments: dict[str, Json] = field(default_factory=dict[str, Json])
    fixed: int = 0


@dataclass(frozen=True, slots=True)
class Path:
    """A URL's path, read backwards: what it looks like, and the argument in each of its groups (None: a variable).

    *literal* counts the signs that stand as they are.
    """

    pattern: re.Pattern[str]
    names: tuple[str | None, ...]
    literal: int = 0

    def arguments(self, path: str, schema: Mapping[str, Any]) -> dict[str, Json] | None:
        """The arguments in *path*; None where it is another one."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        said = zip(self.names, found.groups(), strict=True)
        return {name: converted(unquote(value), schema.get(name)) for name, value in said if name is not None}


def path_of(template: str, names: frozenset[str], wide: frozenset[str] = frozenset()) -> Path:
    """Read the path of a URL *template* backwards; *names* are those of the arguments, *wide* may be several segments.

    >>> path_of("/issues/{number}/notes", frozenset({"number"})).arguments("/issues/7/notes", {"number": {"type": "integer"}})
    {'number': 7}
    """
    pattern, groups, rest, literal = "", list[str | None](), template, len(template)
    for reference in references(template, "url"):
        before, _, rest = rest.partition(reference.source)
        literal -= len(reference.source)
        pattern += re.escape(before) + ("(.+)" if reference.name in wide else "([^/]+)")
        groups.append(reference.name if reference.kind != "var" and reference.name in names else None)
    return Path(re.compile(pattern + re.escape(rest)), tuple(groups), literal)


def converted(written: str, schema: Any) -> Json:
    """Read an argument that was *written* as a text, by what its *schema* says of its type."""
    kind = schema.get("type") if is_object(schema) else None
    if kind == "string":
        return written
    parsed = strict_json.parse(written.encode())
    return written if isinstance(parsed, Finding) else parsed.value


def unfilled(
    template: Any, value: Json, schema: Mapping[str, Any], place: Place, found: Unfilled
) -> bool:  # fmt: skip
    """Read *value* as what was made of *template*; put the arguments into *found*, and say whether it was."""
    if isinstance(template, str):
        return _text(template, value, schema, place, found)
    if is_object(template):
        return isinstance(value, dict) and _object(template, value, schema, place, found)
    if is_list(template):
        return isinstance(value, list) and _list(template, value, schema, place, found)
    found.fixed += 1
    return equal(template, value)


def _object(
    template: Mapping[str, Any], value: dict[str, Json], schema: Mapping[str, Any], place: Place, found: Unfilled
) -> bool:
    for name, part in template.items():
        if name not in value:
            if not _optional(part, schema, place):
                return False
        elif not unfilled(part, value[name], schema, place, found):
            return False
    return True


def _list(
    template: Sequence[Any], values: list[Json], schema: Mapping[str, Any], place: Place, found: Unfilled
) -> bool:
    if len(template) != len(values):  # an argument that was not given takes its element away
        return len(values) < len(template) and any(_optional(part, schema, place) for part in template)
    pairs = zip(template, values, strict=True)
    return all(unfilled(part, value, schema, place, found) for part, value in pairs)


def _optional(template: Any, schema: Mapping[str, Any], place: Place) -> bool:
    """Whether all of *template* may have been left out, because an argument was not given."""
    if isinstance(template, str):
        return bool(_used(template, schema, place))
    if is_object(template):
        return any(_optional(part, schema, place) for part in template.values()) or not template
    return is_list(template) and any(_optional(part, schema, place) for part in template)


def _used(template: str, schema: Mapping[str, Any], place: Place) -> list[Reference]:
    return [one for one in references(template, place) if one.kind != "bare" or one.name in schema]


def _text(template: str, value: Json, schema: Mapping[str, Any], place: Place, found: Unfilled) -> bool:
    used = _used(template, schema, place)
    if not used:
        found.fixed += 1
        return value == template
    if len(used) == 1 and used[0].source == template:
        if used[0].kind != "var":
            found.arguments[used[0].name] = value
        return True
    return isinstance(value, str) and _spliced(template, used, value, schema, found)


def _spliced(template: str, used: list[Reference], value: str, schema: Mapping[str, Any], found: Unfilled) -> bool:
    pattern, rest = "", template
    for reference in used:
        before, _, rest = rest.partition(reference.source)
        pattern += re.escape(before) + "(.*)"
    match = re.fullmatch(pattern + re.escape(rest), value, re.DOTALL)
    if match is None:
        return False
    for reference, written in zip(used, match.groups(), strict=True):
        if reference.kind != "var":
            found.arguments[reference.name] = converted(written, schema.get(reference.name))
    return True


def unfilled_pairs(
    template: Mapping[str, Any],
    pairs: Sequence[tuple[str, str]],
    schema: Mapping[str, Any],
    found: Unfilled,
    styles: Mapping[str, str] = _UNSTYLED,
) -> bool:
    """Read the *pairs* of a query or a form as what was made of *template*; names that it does not have are left alone."""
    for name, part in template.items():
        written = [value for key, value in pairs if key == name]
        if (style := styles.get(name)) is not None:
            _styled(part, style, written, schema, found)
            continue
        if not written:
            if part is not None and not _optional(part, schema, "query"):
                return False
        elif not _pair(part, written, schema, found):
            return False
    return True


def _styled(part: Any, style: str, written: list[str], schema: Mapping[str, Any], found: Unfilled) -> None:
    """Take the argument out of a parameter that is written in a *style*, where that can be told without guessing."""
    used = _used(part, schema, "query") if isinstance(part, str) else []
    if not written or len(used) != 1 or used[0].source != part:
        return
    name, between = used[0].name, _BETWEEN.get(style)
    kind = members(schema.get(name)).get("type")
    if style == "json":
        found.arguments[name] = converted(written[-1], None)
    elif between is not None and kind == "array":
        elements = members(schema.get(name)).get("items")
        found.arguments[name] = [converted(one, elements) for one in written[-1].split(between)]


def _pair(part: Any, written: list[str], schema: Mapping[str, Any], found: Unfilled) -> bool:
    used = _used(part, schema, "query") if isinstance(part, str) else []
    if len(used) == 1 and used[0].source == part:
        if used[0].kind != "var":
            found.arguments[used[0].name] = _whole(written, schema.get(used[0].name))
        return True
    if used:
        return len(written) == 1 and _spliced(str(part), used, written[0], schema, found)
    found.fixed += 1
    return written == [text(one) for one in (part if is_list(part) else [part])]


def _whole(written: list[str], schema: Any) -> Json:
    kind = schema.get("type") if is_object(schema) else None
    if kind == "array":
        return [converted(one, schema.get("items") if is_object(schema) else None) for one in written]
    return converted(written[-1], schema)
