"""Content in a recording: JSON as JSON where that is exact to the byte, other text by its lines, anything else in Base64.

It never changes a byte: what cannot be said exactly in one way is said in the next.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ...schemas.wire import Json
from ..json_reading import read_json
from ..node import Unreadable
from ..shapes import is_list

__all__ = ["content_from", "shown_content"]

_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "compact": {"separators": (",", ":"), "ensure_ascii": False},
    "compact-ascii": {"separators": (",", ":")},
    "spaced": {"ensure_ascii": False},
    "spaced-ascii": {},
    "indent-2": {"indent": 2, "ensure_ascii": False},
    "indent-2-ascii": {"indent": 2},
    "indent-4": {"indent": 4, "ensure_ascii": False},
}
"""The ways in which most services write JSON."""

_NOT_CONTENT: Final = "expected one of `json` with its `style`, `text` as a list of lines, or `base64`"


def shown_content(content: bytes) -> dict[str, Any]:
    r"""Say *content* in the most readable way that is exact.

    >>> shown_content(b'{"a":[1]}\n')
    {'style': 'compact', 'after': '\n', 'json': {'a': [1]}}
    >>> shown_content(b'{"a":1.00}')
    {'text': ['{"a":1.00}']}
    >>> shown_content(b"\xff")
    {'base64': '/w=='}
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}
    return _as_json(text) or {"text": _lines(text)}


def _lines(text: str) -> list[str]:
    *whole, last = text.split("\n")
    return [line + "\n" for line in whole] + ([last] if last else [])


def _as_json(text: str) -> dict[str, Any] | None:
    trimmed = text.rstrip(" \t\r\n")
    if trimmed[:1] not in ("{", "["):
        return None
    try:
        value = read_json(trimmed)
        style = next((name for name in _STYLES if _styled(value, name) == trimmed), None)
    except (Unreadable, RecursionError):
        return None
    if style is None or _depth(value) > _DEEPEST:
        return None
    after = text[len(trimmed) :]
    return {"style": style} | ({"after": after} if after else {}) | {"json": value}


_DEEPEST: Final = 24  # levels: the document around it adds some, and reading one is bounded


def _depth(value: Json) -> int:
    levels, layer = 0, [value]
    while layer and levels <= _DEEPEST:
        levels += 1
        layer = [inner for one in layer for inner in _inside(one)]
    return levels


def _inside(value: Json) -> Iterable[Json]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _styled(value: Json, style: str) -> str:
    return json.dumps(value, **_STYLES[style])


def content_from(shown: Mapping[str, Any]) -> bytes:
    r"""Return the bytes that *shown* says; raise ValueError where it says none.

    >>> content_from({"json": {"a": [1]}, "style": "compact", "after": "\n"})
    b'{"a":[1]}\n'
    """
    match shown:
        case {"json": value, "style": str() as style, **rest} if style in _STYLES and set(rest) <= {"after"}:
            return _encoded(_styled(value, style) + _text(rest.get("after", "")))
        case {"text": lines, **rest} if not rest and is_list(lines):
            return _encoded("".join(_text(line) for line in lines))
        case {"base64": str() as coded, **rest} if not rest:
            try:
                return base64.b64decode(coded, validate=True)
            except (binascii.Error, ValueError):
                raise ValueError("expected Base64, found what is none") from None
        case _:
            raise ValueError(_NOT_CONTENT)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_NOT_CONTENT)  # noqa: TRY004 - one error for all that is wrong with a file
    return value


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise ValueError("expected text that UTF-8 can say, found half of a surrogate pair") from None
