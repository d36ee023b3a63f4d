"""A fact about one place of a message, as a tool file states it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from .location import Place
from .several import STRICT, Status, several_or_none

__all__ = ["UNSET", "Condition", "StateName", "States", "Unset", "When"]


class Unset(Enum):
    """The value of a condition that was not written (None is JSON's null, and may be meant)."""

    UNSET = "unset"


UNSET = Unset.UNSET
StateName: TypeAlias = Literal["absent", "null", "empty", "value", "true", "false"]
States = Annotated[
    tuple[StateName, ...] | None,
    BeforeValidator(several_or_none, json_schema_input_type=StateName | tuple[StateName, ...] | None),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fact about one place.  Every condition that is written must hold; at a place with `*`, for any one element.

    `is`: equal to this JSON value.  `not`: anything else, absence included.  `state`: one of these states.
    `gt`, `lt`: a number beyond this one.  `nonempty`: a list, object or string that holds something.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    is_: Annotated[Any, Field(alias="is")] = UNSET
    not_: Annotated[Any, Field(alias="not")] = UNSET
    state: States = None
    gt: float | None = None
    lt: float | None = None
    nonempty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When an acceptor takes a response: by status, by a condition on one place, or by both."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    status: Annotated[
        tuple[Status, ...] | None,
        BeforeValidator(several_or_none, json_schema_input_type=Status | tuple[Status, ...] | None),
    ] = None
    at: Place | None = None
    is_: Annotated[Any, Field(alias="is")] = UNSET
    not_: Annotated[Any, Field(alias="not")] = UNSET
    state: States = None
    gt: float | None = None
    lt: float | None = None
    nonempty: bool | None = None
