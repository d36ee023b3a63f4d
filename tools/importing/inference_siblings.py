"""What tells items apart as the paths beside their list say: `/dags/{dag_id}` names the `dag_id` of what `/dags` lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from ...schemas.location import escaped
from ..shapes import members
from ..walk_names import folded
from .description import Operation
from .inference_facts import Facts, facts
from .inference_items import Found, scalar
from .outline import flat

__all__ = ["identified"]

_CHANGES = frozenset({"PUT", "PATCH", "DELETE"})


def identified(known: Facts, items: Found, operations: Iterable[Operation]) -> Found:
    """Return *items* with the identifier that the path of one of them names, where nothing else tells them apart."""
    if items.id is not None:
        return items
    listed = [flat(one.schema.get("items"), known.root) for one in known.answer if one.pointer == items.at]
    inside = {name: schema for item in listed for name, schema in members(item.get("properties")).items()}
    named = {folded(name) for name in _named(known.operation, operations)}
    fitting = [name for name in inside if folded(name) in named and scalar(inside[name], known.root)]
    if len(fitting) != 1:
        return items
    return replace(items, id="/" + escaped(fitting[0]), id_rule="id/path")


def _named(operation: Operation, operations: Iterable[Operation]) -> Iterator[str]:
    """The parameters that stand behind the path of *operation*, for one of what it lists."""
    home = _plain(operation.path.rstrip("/"))
    for other in operations:
        above, _, last = other.path.rstrip("/").rpartition("/")
        if (match := _PARAMETER.fullmatch(last)) and _plain(above) == home and _is_one(other):
            yield match[1]


_PARAMETER = re.compile(r"\{([^{}]+)\}")


@lru_cache(maxsize=4096)
def _plain(path: str) -> str:
    """A path whatever its parameters are called, which need not be the same in two of them."""
    return _PARAMETER.sub("{}", path)


def _is_one(operation: Operation) -> bool:
    """Whether it is about one thing: it changes it, or answers with it and not with a list (`/products/{category}`)."""
    if operation.method.upper() != "GET":
        return operation.method.upper() in _CHANGES
    known = facts(operation, {})
    return bool(known.answer) and (known.items is None or not known.items.named)
