"""How a list or an object is written as a parameter: OpenAPI's styles, after RFC 6570.

What a caller gave never becomes structure: an element that holds the sign between elements is refused, and so is a name
with brackets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import quote

from ..schemas.operation import Style
from ..schemas.wire import Json

__all__ = ["Pairs", "line", "pairs", "parameters", "plain", "segment", "text"]

Pairs: TypeAlias = tuple[tuple[str, str], ...]


def text(value: Json) -> str:
    """Write a scalar as it stands in a query or a header.

    >>> text(True), text(1.5), text("a b")
    ('true', '1.5', 'a b')
    """
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def pairs(name: str, value: Json) -> Pairs:
    """Write *value* under *name*: a list is the parameter repeated.

    >>> pairs("tag", ["a", "b"])
    (('tag', 'a'), ('tag', 'b'))
    """
    values = value if isinstance(value, list) else [value]
    return tuple((name, text(one)) for one in values)


# ---------------------------------------------------------------------------------------- query and form

_BETWEEN = {"comma": ",", "comma_exploded": ",", "space": " ", "pipe": "|"}
_UNENCODED = {"comma": ",", "comma_exploded": ",=", "reserved": "/:,;@!$'()*?[]"}  # never & # + = %: they are structure


def plain(style: Style | None) -> str:
    """Name the signs that stay as they are in a query."""
    return _UNENCODED.get(style or "", "")


def parameters(name: str, value: Json, style: Style | None) -> Pairs | None:
    """Write *value* under *name* in *style*; None where it cannot be written so.

    >>> parameters("tag", ["a", "b"], None), parameters("tag", ["a", "b"], "comma")
    ((('tag', 'a'), ('tag', 'b')), (('tag', 'a,b'),))
    >>> parameters("filter", {"state": "open", "in": [1, 2]}, "deep_object")
    (('filter[state]', 'open'), ('filter[in][]', '1'), ('filter[in][]', '2'))
    """
    match style:
        case None:
            return pairs(name, value)
        case "deep_object":
            deep = list(_deep(name, value))
            return None if None in deep else tuple(pair for pair in deep if pair is not None)
        case _ if style != "json" and value in ([], {}):
            return ()
        case _:
            written = line(value, style)
            return None if written is None else ((name, written),)


def line(value: Json, style: Style | None) -> str | None:
    """Write *value* as one text, as in a header; None where it cannot be written so.

    >>> line({"R": 100, "G": 200}, "comma"), line(["a,b"], "comma"), line([1], "json")
    ('R,100,G,200', None, '[1]')
    """
    if style == "json":
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if not isinstance(value, list | dict):
        return text(value)
    between = _BETWEEN.get(style or "comma")
    if between is None:
        return None
    return _joined(value, between, "=" if style == "comma_exploded" else None, text)


def _joined(
    value: list[Json] | dict[str, Json], between: str, equals: str | None, write: Callable[[Json], str | None]
) -> str | None:
    """Write the elements of *value*, or its names and members, with *between* between them."""
    found = [*_elements(value, equals, write)]
    signs = between + (equals or "") if isinstance(value, dict) else between
    parts = [part for one in found for part in one]
    if any(part is None or any(sign in part for sign in signs) for part in parts):
        return None
    return between.join((equals or between).join(part or "" for part in one) for one in found)


def _elements(
    value: list[Json] | dict[str, Json], equals: str | None, write: Callable[[Json], str | None]
) -> Iterator[tuple[str | None, ...]]:
    if isinstance(value, dict):
        yield from ((write(name), _scalar(member, write)) for name, member in value.items())
    else:
        yield from ((_scalar(element, write),) for element in value)


def _scalar(value: Json, write: Callable[[Json], str | None]) -> str | None:
    return None if isinstance(value, list | dict) else write(value)


def _deep(name: str, value: Json) -> Iterator[tuple[str, str] | None]:
    """The members of *value*, each under its whole path; None for a name that would be a path of its own."""
    match value:
        case dict():
            for inner, member in value.items():
                if not inner or "[" in inner or "]" in inner:
                    yield None
                else:
                    yield from _deep(f"{name}[{inner}]", member)
        case list():
            flat = not any(isinstance(element, list | dict) for element in value)
            for index, element in enumerate(value):
                yield from _deep(f"{name}[]" if flat else f"{name}[{index}]", element)
        case _:
            yield name, "" if value is None else text(value)


# ---------------------------------------------------------------------------------------- paths

_DOTS = frozenset({"", ".", ".."})


def segment(name: str, value: Json, style: Style | None) -> str | None:
    """Write *value* as one percent-encoded path segment, or as several with `segments`; None where it cannot be one.

    >>> segment("id", "a/b c", None), segment("id", "..", None), segment("id", 7, None)
    ('a%2Fb%20c', None, '7')
    >>> segment("ids", [3, 4], "matrix"), segment("ids", [3, 4], "label_exploded"), segment("path", "a/b c", "segments")
    (';ids=3,4', '.3.4', 'a/b%20c')
    """
    match style:
        case "segments" if isinstance(value, str):
            parts = [_segment(part) for part in value.split("/")]
            return None if None in parts else "/".join(part for part in parts if part is not None)
        case "label" | "label_exploded":
            between = "." if style == "label_exploded" else ","
            return _whole(".", _path_text(value, between, "=" if style == "label_exploded" else None))
        case "matrix" | "matrix_exploded":
            return _matrix(name, value, exploded=style == "matrix_exploded")
        case "comma" | "comma_exploded":
            return _whole("", _path_text(value, ",", "=" if style == "comma_exploded" else None))
        case "json":
            return _segment(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
        case _:
            return None if isinstance(value, list | dict) else _segment(value)


def _segment(value: Json) -> str | None:
    return None if value is None else _whole("", _encoded(value))


def _whole(before: str, written: str | None) -> str | None:
    return None if written is None or before + written in _DOTS else before + written


def _encoded(value: Json) -> str | None:
    written = text(value)
    unsafe = any(ord(character) < 0x20 or ord(character) == 0x7F for character in written)
    return None if unsafe else quote(written, safe="")


def _path_text(value: Json, between: str, equals: str | None) -> str | None:
    if isinstance(value, list | dict):
        return _joined(value, between, equals, _encoded)
    return None if value is None else _encoded(value)


def _matrix(name: str, value: Json, *, exploded: bool) -> str | None:
    written = _path_text(value, ";" if exploded else ",", "=" if exploded else None)
    if written is None or not exploded:
        return None if written is None else f";{quote(name, safe='')}={written}"
    if isinstance(value, list):
        return "".join(f";{quote(name, safe='')}={part}" for part in written.split(";"))
    return f";{written}" if isinstance(value, dict) else f";{quote(name, safe='')}={written}"
