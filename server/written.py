"""A contract in the words of a tool file again: macros expanded, the `api:` block laid under, and only what was said.

Reading what is written gives the same contract.  It never judges one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, cast

from ..schemas.claim import Claim, Grade
from ..schemas.contract import Contract
from ..schemas.location import Location

__all__ = ["written"]


def written(contract: Contract) -> dict[str, Any]:
    """Write *contract* as JSON, leaving out what is as it would be by default."""
    return _members(contract)


def _members(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by the language's names; the kind of a walk or an authentication is always said."""
    shown = (one for one in fields(value) if one.name == "kind" or getattr(value, one.name) != _default(one))
    return {one.name.rstrip("_"): _written(getattr(value, one.name)) for one in shown}


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _written(value: Any) -> Any:
    match value:
        case Location():
            return str(value)
        case Grade():
            return str(value)
        case Claim(kind, None):
            return kind
        case Claim(kind, bound):
            return {kind: bound}
        case Mapping():
            members: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]  # JSON border
            return {_written(name): _written(member) for name, member in members.items()}
        case list() | tuple():
            return [_written(member) for member in cast("list[Any]", value)]
        case _:
            return _members(value) if is_dataclass(value) else value
