"""A fact about one place of a message, as a tool file states it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from .location import Place
from .several import STRICT, Status, several_or_none

__all__ = ["UNSET", "Argument", "Condition", "Mark", "StateName", "States", "Unset", "When"]


@dataclass(frozen=True, slots=True)
class Argument:
    """What a caller's argument said, where a condition compares with it: equal as JSON, or as text for texts and numbers.

    An argument loses its type on its way through a URL: 42 there is the `"42"` of the body, and the other way round.
    """

    value: Any


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

    `is`: equal to this JSON value.  `not`: anything else, absence included.  Both may hold `{input.…}`; where that argument
    is not given, the whole condition does not apply.  `state`: one of these states.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What one event of a stream is known by: its name, its literal data, or a condition on one place of its data.

    *event* is the name of a server-sent event or, where there is none, the JSON member `type`; *data* is the whole text,
    such as `[DONE]`.  A condition's place begins at the event's data: `body:/done`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    event: str | None = None
    data: str | None = None
    at: Place | None = None
    is_: Annotated[Any, Field(alias="is")] = UNSET
    not_: Annotated[Any, Field(alias="not")] = UNSET
    state: States = None
    gt: float | None = None
    lt: float | None = None
    nonempty: bool | None = None
