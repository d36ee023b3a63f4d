"""Arguments of a tool as words of a command line: `key=value`, read by the tool's own input schema.

It gives each value its JSON type.  Whether the arguments fit the schema is said by the call itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Any, Final, cast

from ..schemas.wire import Json
from .usage import UsageError, meant

__all__ = ["arguments"]


def arguments(words: Sequence[str], text: str | None, schema: Mapping[str, Any]) -> dict[str, Json]:
    """Return the arguments that *text* (a JSON object) and *words* (`key=value`, which win) say.

    >>> schema = {"properties": {"limit": {"type": "integer"}, "labels": {"type": "array"}}}
    >>> arguments(["limit=5", "labels=new,urgent"], None, schema)
    {'limit': 5, 'labels': ['new', 'urgent']}
    """
    given = {} if text is None else _object(text, "--args")
    given |= dict(_pair(word, schema) for word in words)
    try:
        json.dumps(given, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UsageError("expected arguments in UTF-8, found bytes or escapes that stand for no character") from None
    return given


def _pair(word: str, schema: Mapping[str, Any]) -> tuple[str, Json]:
    key, equals, value = word.partition("=")
    if not equals or not key:
        raise UsageError(f"expected key=value, found {word!r}; a whole object can be given as --args '{{…}}'")
    properties: Mapping[str, Any] = schema.get("properties") or {}
    if key not in properties and schema.get("additionalProperties") is False:
        raise UsageError(f"the tool has no argument {key!r}; {meant(key, properties)}")
    return key, _value(key, value, properties.get(key, {}))


def _value(key: str, text: str, schema: object) -> Json:
    try:
        return _read(text, schema)
    except ValueError:
        expected = " or ".join(_WORDS[kind] for kind in _types(schema))
        raise UsageError(f"argument {key!r}: expected {expected}, found {text!r}") from None


def _read(text: str, schema: object) -> Json:
    """Read *text* as the first of the schema's types that it fits."""
    for kind in _types(schema):
        try:
            return _READERS[kind](text, schema)
        except ValueError:
            continue
    raise ValueError(text)


def _types(schema: object) -> tuple[str, ...]:
    """The types to try, the narrow ones first, so that `["string", "null"]` reads `null` as null."""
    declared: object = cast("Mapping[str, object]", schema).get("type") if isinstance(schema, Mapping) else None
    names = cast("list[object]", declared) if isinstance(declared, list) else [declared]
    return tuple(kind for kind in _READERS if kind in names) or ("any",)


# ------------------------------------------------------------------------------------------ one reader a type


def _null(text: str, _: object) -> Json:
    if text != "null":
        raise ValueError(text)
    return None


def _boolean(text: str, _: object) -> Json:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise ValueError(text) from None


def _integer(text: str, _: object) -> Json:
    if not text.removeprefix("-").isdecimal() or not text.isascii():
        raise ValueError(text)
    return int(text)


def _number(text: str, schema: object) -> Json:
    if text.removeprefix("-").isdecimal():
        return _integer(text, schema)
    value = float(text)
    if not isfinite(value) or "_" in text:
        raise ValueError(text)
    return value


def _array(text: str, schema: object) -> Json:
    if text.startswith("["):
        if isinstance(found := _parsed(text), list):
            return found
        raise ValueError(text)
    items = cast("Mapping[str, object]", schema).get("items", {})
    return [_read(part.strip(), items) for part in text.split(",")] if text else []


def _json_object(text: str, _: object) -> Json:
    if isinstance(found := _parsed(text), dict):
        return found
    raise ValueError(text)


def _string(text: str, _: object) -> Json:
    return text


def _any(text: str, _: object) -> Json:
    """Where the schema does not say: JSON if it is JSON, and else the text itself."""
    try:
        return _parsed(text)
    except ValueError:
        return text


_READERS: Final[dict[str, Callable[[str, object], Json]]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _json_object,
    "string": _string,
    "any": _any,
}
_WORDS: Final = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "values with commas between them, or a JSON array",
    "object": "a JSON object",
    "string": "a text",
    "any": "a value",
}


# ------------------------------------------------------------------------------------------ JSON


def _refuse_constant(word: str) -> Json:
    raise ValueError(f"{word} is not JSON")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _parsed(text: str) -> Json:
    try:
        found: Json = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def _object(text: str, where: str) -> dict[str, Json]:
    try:
        found = _parsed(text)
    except ValueError as mistake:
        raise UsageError(f"{where}: expected a JSON object, and this is not JSON: {mistake}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{where}: expected a JSON object such as '{{\"limit\": 5}}', found {type(found).__name__}")
    return found
