"""Arguments of a tool as words of a command line: `key=value`, read by the tool's own input schema.

It gives each value its JSON type.  Whether the arguments fit the schema is said by the call itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..schemas.wire import Json
from .usage import UsageError, meant
from .values import parsed, value

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
    key, equals, text = word.partition("=")
    if not equals or not key:
        raise UsageError(f"expected key=value, found {word!r}; a whole object can be given as --args '{{…}}'")
    properties: Mapping[str, Any] = schema.get("properties") or {}
    if key not in properties and schema.get("additionalProperties") is False:
        raise UsageError(f"the tool has no argument {key!r}; {meant(key, properties)}")
    try:
        return key, value(text, properties.get(key, {}), schema)
    except ValueError as mistake:
        raise UsageError(f"argument {key!r}: {mistake}") from None


def _object(text: str, where: str) -> dict[str, Json]:
    try:
        found = parsed(text)
    except ValueError as mistake:
        raise UsageError(f"{where}: expected a JSON object, and this is not JSON: {mistake}") from None
    if not isinstance(found, dict):
        raise UsageError(f"{where}: expected a JSON object such as '{{\"limit\": 5}}', found {type(found).__name__}")
    return found
