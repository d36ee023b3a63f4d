"""The type of a JSON value by its name in JSON Schema."""

from __future__ import annotations

from ..schemas.proof import JsonType
from ..schemas.wire import Json

__all__ = ["json_type"]


def json_type(value: Json) -> JsonType:
    """Name the type of *value*; a number without a fraction that is written with one is a `number`.

    >>> [json_type(value) for value in (None, True, 1, 1.0, "a", [], {})]
    ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object']
    """
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
