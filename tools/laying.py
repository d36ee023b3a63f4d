"""Laying one part of a tool file under another: objects are merged, and what the upper one says stands.

It knows which values are one thing although they look like objects (a JSON Schema, an end table) and which lists add up
(vetoes, classifiers), and nothing else of the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .shapes import is_list, is_object

__all__ = ["under"]

_WHOLE = frozenset({"schema", "more", "next", "total", "census", "input"})
"""Members that are never mixed: half of one schema, table or witness and half of another would be neither."""

_ADDED = frozenset({"classify", "veto", "nested", "redact"})
"""Lists that add up, the upper one first: no rule against an answer, and nothing to hide, is lost by writing another one."""


def under(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Lay *lower* under *upper*: what *upper* says stands, and *lower* fills what it leaves open.

    >>> under({"items": {"at": "/data", "id": "/id"}, "status": [200]}, {"items": {"at": "/users"}})
    {'items': {'at': '/users', 'id': '/id'}, 'status': [200]}
    >>> under({"schema": {"required": ["data"]}}, {"schema": {"type": "array"}})
    {'schema': {'type': 'array'}}
    """
    laid = dict(lower)
    for name, value in upper.items():
        laid[name] = _laid(name, lower.get(name), value)
    return laid


def _laid(name: str, lower: Any, upper: Any) -> Any:
    if is_object(lower) and is_object(upper) and name not in _WHOLE:
        return under(lower, upper)
    if is_list(lower) and is_list(upper) and name in _ADDED:
        return upper + [rule for rule in lower if rule not in upper]
    return upper
