"""One or several: fields that a tool file may write as one value or as a list of them, and JSON objects as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast

from pydantic import BeforeValidator, ConfigDict, Field

__all__ = ["STRICT", "JsonObject", "Status", "Statuses", "Words", "several", "several_or_none"]

STRICT = ConfigDict(extra="forbid", strict=False)
JsonObject: TypeAlias = Mapping[str, Any]  # `Any` at the JSON border only


def several(value: object) -> object:
    """Take one value for a list of one.

    >>> several("a"), several(["a", "b"])
    (('a',), ['a', 'b'])
    """
    return cast("object", value) if isinstance(value, list | tuple) else (value,)


def several_or_none(value: object) -> object:
    """Take one value for a list of one, and nothing for nothing."""
    return None if value is None else several(value)


Status: TypeAlias = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[tuple[Status, ...], BeforeValidator(several, json_schema_input_type=Status | tuple[Status, ...])]
Words = Annotated[tuple[str, ...], BeforeValidator(several, json_schema_input_type=str | tuple[str, ...])]
