"""How a parameter is written, from OpenAPI's `style` and `explode` to the one word of a tool file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..shapes import is_list
from .description import Parameter
from .narrowing import resolved

__all__ = ["may_be", "resource_name", "style"]


def style(parameter: Parameter) -> str | None:
    """Name the style of *parameter*; None where it is what happens anyway.

    >>> style(Parameter(name="ids", place="query", explode=False, schema={"type": "array"}))
    'comma'
    """
    if parameter.media is not None:
        plain = parameter.media.partition(";")[0].strip().lower()
        return "json" if _is_composed(parameter.schema) or plain.endswith("json") else None
    if parameter.place == "path":
        return _of_a_path(parameter)
    composed = _is_composed(parameter.schema)
    if not composed:
        return "reserved" if parameter.reserved and parameter.place == "query" else None
    match parameter.style, parameter.explode:
        case "deepObject", _:
            return "deep_object"
        case "spaceDelimited", False:
            return "space"
        case "pipeDelimited", False:
            return "pipe"
        case (("form" | "spaceDelimited" | "pipeDelimited"), True) if parameter.place == "query":
            return None
        case "simple", True if may_be(parameter.schema, "object"):
            return "comma_exploded"
        case _:
            return "comma"


def _of_a_path(parameter: Parameter) -> str | None:
    exploded = "_exploded" if parameter.explode else ""
    match parameter.style:
        case "label" | "matrix":
            return f"{parameter.style}{exploded}"
        case _ if may_be(parameter.schema, "object") and parameter.explode:
            return "comma_exploded"
        case _ if _is_composed(parameter.schema):
            return "comma"
        case _:
            several = parameter.reserved or parameter.extensions.get("x-multi-segment") is True
            return "segments" if several or resource_name(parameter.schema) else None


_RESOURCE_NAME = re.compile(r"\^?([\w-]+(?:\\?/(?:[\w-]+|\[\^\\?/\]\+|\.\+))+)\$?")


def resource_name(schema: Mapping[str, Any]) -> str | None:
    """Return the pattern of a text that is a name of several segments (AIP-122), as the whole of it; None where it is none.

    grpc-gateway says so, and means the whole text: what stood before or behind it would lead to another resource.

    >>> resource_name({"type": "string", "pattern": "shelves/[^/]+"}), resource_name({"pattern": "[^/]+/[^/]+"})
    ('^shelves/[^/]+$', None)
    """
    pattern = resolved(schema, schema).get("pattern")
    found = _RESOURCE_NAME.fullmatch(pattern) if isinstance(pattern, str) else None
    return None if found is None else f"^{found[1]}$"


def _is_composed(schema: Mapping[str, Any]) -> bool:
    return may_be(schema, "array") or may_be(schema, "object")


def may_be(schema: Mapping[str, Any], kind: str) -> bool:
    """Say whether a value of *schema* may be of *kind* (`object`, `array`): by its type, or by that of an alternative.

    >>> may_be({"anyOf": [{"type": "string"}, {"properties": {"a": {}}}]}, "object")
    True
    """
    return _admits(schema, schema, kind, 4)


def _admits(schema: object, root: Mapping[str, Any], kind: str, levels: int) -> bool:
    whole = resolved(schema, root)
    said = whole.get("type")
    if said is not None:
        return said == kind or (is_list(said) and kind in said)
    implied = {"object": "properties", "array": "items"}[kind] in whole
    branches = [one for word in ("anyOf", "oneOf", "allOf") for one in whole.get(word, ())] if levels else []
    return implied or any(_admits(branch, root, kind, levels - 1) for branch in branches)
