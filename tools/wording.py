"""What pydantic finds wrong with a contract, in the words of a tool file: expected, found, did you mean.

It reads the types of `schemas/` to know which names fit where.  It never shows what may be a secret.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ..schemas.completeness import Completeness
from ..schemas.expectation import Expectation
from ..schemas.operation import Operation
from ..schemas.policy import Policy
from ..schemas.provider import Provider
from ..schemas.walk import Walk
from .macros import MACROS
from .mistake import Mistake, Way, meant
from .shapes import is_list, is_object

__all__ = ["stray", "worded"]

_HIDDEN = frozenset({"provider", "digest"})
_EXPECTED: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "mapping_type": "an object",
    "dict_type": "an object",
    "dataclass_type": "an object",
    "dataclass_exact_type": "an object",
    "none_required": "nothing",
}
_SHAPES = frozenset({"dataclass_type", "dataclass_exact_type", "mapping_type"})
_SCALARS = frozenset({"literal_error", "string_type", "none_required"})


def worded(details: Iterable[ErrorDetails], assembled: Mapping[str, Any], top: type) -> Iterator[Mistake]:
    """Translate pydantic's *details* about *assembled*, which was to become a *top*, into mistakes."""
    placed = [(_way(detail, assembled), detail) for detail in details]
    for way, detail in placed:
        if not _beside_the_point(way, detail, placed, assembled):
            yield _mistake(way, detail, assembled, top)


def _way(detail: ErrorDetails, assembled: Any) -> Way:
    """Strip from pydantic's location what names a branch of a union, not a place in the file."""
    way: list[str | int] = []
    value, steps = assembled, list(detail["loc"])
    for index, step in enumerate(steps):
        if is_object(value) and str(step) in value:
            way.append(str(step))
            value = value[str(step)]
        elif is_list(value) and isinstance(step, int) and step < len(value):
            way.append(step)
            value = value[step]
        elif detail["type"] == "missing" and index == len(steps) - 1:
            way.append(str(step))
    return tuple(way)


def _at(assembled: Any, way: Way) -> Any:
    value = assembled
    for step in way:
        value = value[step]
    return value


def _beside_the_point(
    way: Way, detail: ErrorDetails, placed: Sequence[tuple[Way, ErrorDetails]], assembled: Any
) -> bool:
    """Where a value fits no branch of a union, only the branch that it looks like is worth talking about."""
    kind = detail["type"]
    others = [other for place, other in placed if other is not detail and place[: len(way)] == way]
    if kind == "missing" or not others:
        return False
    meant_as_object = is_object(_at(assembled, way))
    if kind in _SCALARS and meant_as_object:
        return True
    return kind in _SHAPES and not meant_as_object and any(other["type"] not in _SHAPES for other in others)


# ------------------------------------------------------------------------------------------- one mistake


def _mistake(way: Way, detail: ErrorDetails, assembled: Any, top: type) -> Mistake:
    kind, context = detail["type"], detail.get("ctx", {})
    match kind:
        case "missing":
            return _missing(way, detail, assembled, top)
        case "unexpected_keyword_argument" | "extra_forbidden":
            return _unexpected(way, detail, top)
        case "literal_error":
            words = re.findall(r"'([^']*)'", str(context["expected"]))
            return _wrong_word(way, words, _at(assembled, way))
        case "union_tag_invalid":
            words = re.findall(r"'([^']*)'", str(context["expected_tags"]))
            known = [*words, *MACROS] if way == ("walk",) else words
            return _wrong_word((*way, "kind"), known, context["tag"])
        case "union_tag_not_found":
            kinds = (
                "cursor, next_url, link, keyset, offset, page, …" if way == ("walk",) else "bearer, basic, api_key, …"
            )
            return Mistake(way, f"expected `kind` ({kinds}), found nothing")
        case _:
            value = _at(assembled, way)
            found = "a text (not shown)" if "auth" in way and isinstance(value, str) else _shown(value)
            return Mistake(way, f"expected {_expected(detail)}, found {found}", _advice(kind, value))


def stray(given: Mapping[str, Any], known: tuple[str, ...], where: Way) -> Iterator[Mistake]:
    """Find the names in *given*, which stands at *where*, that are not *known*."""
    for name in given:
        if name not in known:
            hint = _belongs(name, (*where, name)) or meant(name, known)
            yield Mistake((*where, name), f"expected one of {', '.join(known)}, found `{name}`", hint)


@cache
def _homes() -> Mapping[str, str]:
    """Where each name belongs, for the names that belong to one part only."""
    parts: dict[str, list[Any]] = {
        "request": [Operation],
        "response": [Expectation],
        "complete": [Completeness],
        "policy": [Policy],
    }
    parts |= {"walk": _classes(Walk), "api": [Provider]}
    named = [(name, part) for part, classes in parts.items() for cls in classes for name in _fields(cls)]
    return {name: part for name, part in named if len({home for one, home in named if one == name}) == 1}


def _belongs(name: str, way: Way) -> str:
    home = _homes().get(name)
    return f"it belongs under `{home}`" if home is not None and home not in way else ""


def _missing(way: Way, detail: ErrorDetails, assembled: Any, top: type) -> Mistake:
    parent: Mapping[str, Any] = _at(assembled, way[:-1])
    kind = parent.get("kind")
    needed = f", which `{kind}` needs" if isinstance(kind, str) else ""
    known = _names(detail["loc"][:-1], top)
    likely = next((name for name in parent if name not in known and meant(name, [str(way[-1])])), None)
    return Mistake(way, f"expected `{way[-1]}`{needed}, found nothing", f"is `{likely}` meant?" if likely else "")


def _unexpected(way: Way, detail: ErrorDetails, top: type) -> Mistake:
    known = [name for name in _names(detail["loc"][:-1], top) if name not in _HIDDEN]
    name = str(detail["loc"][-1])
    hint = _belongs(name, way) or meant(name, known)
    return Mistake(way, f"expected {'one of ' if len(known) > 1 else ''}{', '.join(known)}, found `{name}`", hint)


def _wrong_word(way: Way, words: Sequence[str], found: Any) -> Mistake:
    listed = f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]
    hint = meant(found, words) if isinstance(found, str) else ""
    return Mistake(way, f"expected {listed}, found {_shown(found)}", hint)


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            return f"a number of at least {context['ge']}"
        case "less_than_equal":
            return f"a number of at most {context['le']}"
        case "string_pattern_mismatch":
            return f"a text that matches {context['pattern']}"
        case "string_too_short":
            return f"a text of at least {_characters(context['min_length'])}"
        case "string_too_long":
            return f"a text of at most {_characters(context['max_length'])}"
        case kind:
            return _EXPECTED.get(kind) or detail["msg"][:1].lower() + detail["msg"][1:]


def _characters(count: object) -> str:
    return "1 character" if count == 1 else f"{count} characters"


def _advice(kind: str, found: Any) -> str:
    number = isinstance(found, int | float)
    return f'write it in quotes: "{json.dumps(found)}"' if kind == "string_type" and number else ""


def _shown(value: Any) -> str:
    if is_object(value):
        names = ", ".join(list(value)[:4])
        return f"an object ({names})" if names else "an empty object"
    if is_list(value):
        return f"a list of {len(value)}"
    match value:
        case str():
            return f"`{value[:60]}…`" if len(value) > 60 else f"`{value}`" if value else "an empty text"
        case None:
            return "null"
        case _:
            return json.dumps(value)[:60]


# ------------------------------------------------------------------------------ which names fit where


def _names(loc: Sequence[str | int], top: type) -> list[str]:
    """List the names that may stand at pydantic's location *loc* below *top*."""
    held: Any = top
    for step in loc:
        held = _inside(held, step)
    return [name for cls in _classes(held) for name in _fields(cls)]


def _fields(cls: Any) -> dict[str, Any]:
    hints = get_type_hints(cls, include_extras=True)
    return {_alias(hints[one.name]) or one.name: hints[one.name] for one in fields(cls)}


def _alias(hint: Any) -> str | None:
    found = (extra.alias for extra in get_args(hint)[1:] if isinstance(extra, FieldInfo))
    return next(found, None) if get_origin(hint) is Annotated else None


def _classes(hint: Any) -> list[Any]:
    if is_dataclass(hint):
        return [hint]
    if get_origin(hint) is Annotated:
        return _classes(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        return [cls for branch in get_args(hint) for cls in _classes(branch)]
    return []


def _inside(hint: Any, step: str | int) -> Any:
    """The type of what is at *step* inside a value of type *hint*; a branch's name picks the branch."""
    classes = _classes(hint)
    for cls in classes:
        if len(classes) > 1 and step in (cls.__name__, *_kinds(cls)):
            return cls
        if step in (known := _fields(cls)):
            return known[str(step)]
    if get_origin(hint) is Annotated:
        return _inside(get_args(hint)[0], step)
    branches = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    held = [get_args(branch)[0 if get_origin(branch) is tuple else -1] for branch in branches if get_args(branch)]
    return held[0] if held else hint


def _kinds(cls: Any) -> tuple[Any, ...]:
    kind = _fields(cls).get("kind")
    return get_args(kind) if get_origin(kind) is Literal else ()
