"""From the bytes of a foreign document to its value, whether it is JSON or YAML, and however sloppy.

Nothing is executed, fetched or constructed.  Nothing but `NotADescription` is raised.
"""

from __future__ import annotations

import codecs
import json
from math import isfinite
from typing import Any

import orjson
import yaml

from ..shapes import is_list, is_object
from .bounds import LARGEST, TooMuch, within_bounds
from .foreign_yaml import read_foreign_yaml
from .refusal import NotADescription

__all__ = ["value_of"]


def value_of(content: bytes, *, is_json: bool | None = None) -> Any:
    """Read *content*; *is_json* says which of the two it is, and none of it that this is to be found out."""
    if len(content) > LARGEST:
        raise NotADescription(f"expected at most {LARGEST:,} bytes, found {len(content):,}")
    try:
        return within_bounds(_read(content, is_json=is_json))
    except TooMuch as found:
        raise NotADescription(str(found)) from None


def _read(content: bytes, *, is_json: bool | None) -> Any:
    if is_json or (is_json is None and content.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] in (b"{", b"[")):
        try:
            return _json(content)
        except ValueError as error:
            if is_json:
                raise NotADescription(f"expected JSON, found what is none: {error}") from None
    return _yaml(_decoded(content))


def _json(content: bytes) -> Any:
    """Read JSON fast where it is sound, and with some patience where it is not."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        pass
    try:
        return _sound(within_bounds(json.loads(_decoded(content), strict=False, parse_int=_integer)))
    except RecursionError:
        raise TooMuch("expected fewer levels, found more than can be read") from None


def _integer(written: str) -> int | float:
    """An integer that 64 bits hold, or else a double, as all fast readers have it."""
    return int(written) if len(written) < 19 else float(written)


def _sound(value: Any) -> Any:
    """The same *value* without what no JSON can hold: infinity is nothing, and half a surrogate a question mark."""
    if is_object(value):
        return {_sound(name): _sound(inner) for name, inner in value.items()}
    if is_list(value):
        return [_sound(inner) for inner in value]
    if isinstance(value, str):
        return value.encode("utf-8", errors="replace").decode()
    return None if isinstance(value, float) and not isfinite(value) else value


def _yaml(text: str) -> Any:
    try:
        return read_foreign_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = f" on line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise NotADescription(f"expected JSON or YAML, found what is neither{line}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise NotADescription(f"expected JSON or YAML, found what is neither: {' '.join(str(error).split())}") from None


def _decoded(content: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    return content.decode("utf-8", errors="replace")
