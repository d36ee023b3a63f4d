"""Whether an operation changes anything, as far as its method and its name say so; in doubt it does."""

from __future__ import annotations

import re
from typing import Literal

from .description import Operation
from .naming import snake

__all__ = ["effects"]

_SAFE = frozenset({"GET", "HEAD", "QUERY"})  # RFC 9110, 9.2.1
_LOOKS = frozenset({"search", "query", "filter"})


def effects(operation: Operation) -> Literal["read", "write"]:
    """Say what *operation* does; a POST is a read only where its path ends in a word for looking, and nothing is made.

    >>> effects(Operation(pointer="", method="POST", path="/issues/search"))
    'read'
    >>> effects(Operation(pointer="", method="POST", path="/search/jobs"))
    'write'
    """
    method = operation.method.upper()
    if method in _SAFE:
        return "read"
    last = snake(re.sub(r"\{[^}]*\}", "", operation.path).rstrip("/").rpartition("/")[2])
    made = any(reply.status in ("201", "202", "204") for reply in operation.replies)
    return "read" if method == "POST" and last in _LOOKS and not made else "write"
