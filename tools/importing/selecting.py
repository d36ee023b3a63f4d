"""Which operations of a description become tools: globs over their identifiers, paths, tags and methods."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

from .description import Operation
from .effects import effects

__all__ = ["Selection", "as_path", "chosen", "finds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Globs: `issues/*` and `list*` (operationId), `/repos/*` (path), `tag:issues`, `GET /repos/*`.

    Nothing under *include* means everything.  Deprecated operations are chosen only where an inclusion names them by their
    identifier, without a `*`, or where *deprecated* says so.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    read_only: bool = False
    deprecated: bool = False


def chosen(selection: Selection, operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Choose from *operations*, in their order."""
    return tuple(operation for operation in operations if _is_chosen(selection, operation))


def finds(glob: str, operations: Iterable[Operation]) -> bool:
    """Say whether *glob* finds one of *operations*."""
    return any(_matches(glob, operation) for operation in operations)


def as_path(glob: str, operations: Iterable[Operation]) -> str | None:
    """Return *glob* with the `/` that it lacks where it was meant for paths: where it finds one of *operations* then.

    >>> as_path("*/count", [Operation(pointer="", method="GET", path="/flows/count", id="countFlows")])
    '/*/count'
    """
    meant = f"/{glob}"
    return meant if "/" in glob and not glob.startswith("/") and finds(meant, operations) else None


def _is_chosen(selection: Selection, operation: Operation) -> bool:
    if selection.read_only and effects(operation) == "write":
        return False
    if operation.deprecated and not selection.deprecated and operation.id not in selection.include:
        return False
    included = not selection.include or any(_matches(glob, operation) for glob in selection.include)
    return included and not any(_matches(glob, operation) for glob in selection.exclude)


_METHOD = re.compile(r"(?P<method>[A-Za-z*]+)\s+(?P<path>[/*].*)\Z")


def _matches(glob: str, operation: Operation) -> bool:
    if glob.startswith("tag:"):
        return any(_compiled(glob[4:].strip().lower()).match(tag.lower()) for tag in operation.tags)
    if (both := _METHOD.match(glob)) is not None:
        method = _compiled(both["method"].upper()).match(operation.method.upper())
        return method is not None and _compiled(both["path"]).match(operation.path) is not None
    subject = operation.path if glob.startswith("/") else operation.id
    return _compiled(glob).match(subject) is not None


@lru_cache
def _compiled(glob: str) -> re.Pattern[str]:
    """A path's braces are themselves; `*`, `?` and `[…]` are those of file names."""
    return re.compile(translate(glob))
