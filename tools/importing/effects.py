"""Whether an operation changes anything, as far as its method and its name say so; in doubt it does."""

from __future__ import annotations

import re
from typing import Final, Literal

from .description import Operation
from .naming import snake

__all__ = ["effects"]

_SAFE = frozenset({"GET", "HEAD", "QUERY"})  # RFC 9110, 9.2.1
_LOOKS = frozenset({"search", "query"})  # a `filter` is mostly a thing that is made: Jira's, GuardDuty's
_MAKES: Final = (
    "create make add insert update upsert save put edit rename replace delete remove clear cancel stop start submit send schedule"
    " enqueue subscribe follow register approve reject"
)


def effects(operation: Operation) -> Literal["read", "write"]:
    """Say what *operation* does; a POST is a read only where its path ends in a word for looking, and nothing says that something is made.

    >>> effects(Operation(pointer="", method="POST", path="/issues/search"))
    'read'
    >>> effects(Operation(pointer="", method="POST", path="/search/jobs"))
    'write'
    """
    method = operation.method.upper()
    if method in _SAFE:
        return "read"
    path = re.sub(r"\{[^}]*\}", "", operation.path).rstrip("/")
    last = snake(re.split("[/:]", path)[-1])  # behind a colon stands a verb (AIP-136)
    made = any(reply.status in ("201", "202", "204") for reply in operation.replies) or _makes(operation)
    return "read" if method == "POST" and last in _LOOKS and not made else "write"


def _makes(operation: Operation) -> bool:
    """Whether its name has a word for making, or its summary begins with one (`Create filter`, `Creates a job`)."""
    summary = operation.summary.split(maxsplit=1)
    said = {summary[0].lower(), summary[0].lower().removesuffix("s")} if summary else set[str]()
    return not set(_MAKES.split()).isdisjoint(said | set(snake(operation.id).split("_")))
