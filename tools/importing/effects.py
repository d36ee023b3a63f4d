"""Whether an operation changes anything, as far as its method and its name say so; in doubt it does."""

from __future__ import annotations

import re
from typing import Final, Literal

from ..walk_names import folded
from .description import Operation
from .inference_facts import facts
from .inference_parts import total
from .naming import snake

__all__ = ["effects"]


def _those(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAFE = frozenset({"GET", "HEAD", "QUERY"})  # RFC 9110, 9.2.1
_LOOKS = frozenset({"search", "query"})
_LISTS = frozenset({"filter", "paginate", "count", "list", "find", "lookup"})
"""Words for looking that are also things that are made (Jira's and GuardDuty's filters): more has to show that they look."""

_LOOKING: Final = _those("read get list filter find count paginate search lookup look fetch query retrieve return show")
_MAKES: Final = _those(
    "create make add insert update upsert save put edit rename replace delete remove clear cancel stop start submit send schedule"
    " enqueue subscribe follow register approve reject"
)
_CHANGES: Final = _MAKES | _those(
    "set reset run rerun execute trigger assign move merge copy import increment decrement apply pause resume mark lock unlock"
    " archive restore generate sync change modify append attach detach enable disable close open"
)
_NUMBERS = frozenset({"integer", "number"})
_NAMES = frozenset({"id", "uuid", "guid", "uid"})


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
    if method != "POST" or any(reply.status in ("201", "202", "204") for reply in operation.replies):
        return "write"
    looks = last in _LOOKS and not _makes(operation)
    return "read" if looks or (last in _LISTS and _lists(operation, path)) else "write"


def _makes(operation: Operation) -> bool:
    """Whether its name has a word for making, or its summary begins with one (`Create filter`, `Creates a job`)."""
    return not _MAKES.isdisjoint(_begins(operation.summary) | set(_words(operation.id)))


def _lists(operation: Operation, path: str) -> bool:
    """Whether it is called after looking and after no change, and answers with a list, a page or a number."""
    words = _words(operation.id)
    called = {*words[:1], *words[-1:], *_begins(operation.summary)}
    return not called.isdisjoint(_LOOKING) and not _changes(operation, path) and _shows(operation)


def _changes(operation: Operation, path: str) -> bool:
    """Whether a word in its name, its summary or its path is one for a change; a `run` of `/flow_runs` is a thing."""
    parts = path.lower().split("/")
    things = {word for part in parts for word in snake(part).split("_")}
    begins = {*_words(operation.id)[:1], *_begins(operation.summary)}
    inside = {*_words(operation.id), *_words(operation.summary)}
    said = begins | {word for word in inside if f"{word}s" not in things}
    return not _CHANGES.isdisjoint(said | set(parts))


def _shows(operation: Operation) -> bool:
    """Whether a list, a number, or an object about a list that is no thing with a name of its own, is what it answers at 200."""
    known = facts(operation, {})
    if not known.answer or all(reply.status != "200" for reply in operation.replies):
        return False
    kinds = known.answer[0].types - {"null"}
    named = any(len(one.way) == 1 and folded(one.name) in _NAMES for one in known.answer)
    paged = known.items is not None and not named and (known.items.named or any(total(known)))
    return paged or (bool(kinds) and (kinds <= _NUMBERS or kinds <= {"array"}))


def _words(text: str) -> list[str]:
    return snake(text).split("_")


def _begins(text: str) -> set[str]:
    """The first word of *text*, and the same without an `s` (`Creates`)."""
    first = text.lower().split(maxsplit=1)[:1]
    return {*first, *(word.removesuffix("s") for word in first)}
