"""What one sound response looks like: its status, its shape, its vetoes, and where the items are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from .condition import Condition, When
from .generation import Generation
from .location import Place, Pointer
from .several import STRICT, JsonObject, Statuses, Words, several, several_or_none

__all__ = ["Acceptor", "Class", "Column", "Expectation", "Items", "Mapped", "Nested", "Veto"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(Condition):
    """A fact that disproves completeness, whatever else holds; looked for on every page, empty ones too."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    code: str = "partial_flag"


Class: TypeAlias = Literal[
    "sound",  # go on and check it as an answer, whatever the status
    "transient",  # worth another attempt
    "rate_limited",  # worth another attempt, not before the time it names
    "auth",
    "not_found",
    "rejected",  # the arguments are wrong
    "in_progress",  # the same write is still being done: worth another attempt with the same key
    "key_reused",  # the key is known from another payload
    "cursor_expired",
    "fatal",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A class read from a word in the response: `map` names words, `"*"` all others."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    from_: Annotated[Place, Field(alias="from")]
    map: Mapping[str, Class]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptor:
    """One line of the classifier; the first that matches decides.  *wait* names places that say how long to wait."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    when: When
    as_: Annotated[Class | Mapped, Field(alias="as")]
    wait: Annotated[tuple[Place, ...], BeforeValidator(several, json_schema_input_type=Place | tuple[Place, ...])] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A list that holds one member of every item.

    `absent: omit` and `null: omit` are licences: the items then come without that member.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Pointer
    absent: Literal["violation", "omit"] = "violation"
    null: Literal["violation", "omit"] = "violation"


def _placed(value: object) -> object:
    return {"at": value} if isinstance(value, str) else value


_Column = Annotated[Column, BeforeValidator(_placed, json_schema_input_type=Pointer | Column)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Where the items are, what identifies one, and what each must look like.

    *at* points to the list in the body; *id* points into one item (empty: the item itself is its identifier).
    `absent: empty` and `null: empty` are licences: without them a missing or null list is a violation.
    *columns* is for services that send the members of all items side by side: from each member's name to its list.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Pointer = ""
    id: Annotated[
        tuple[Pointer, ...] | None,
        BeforeValidator(several_or_none, json_schema_input_type=Pointer | tuple[Pointer, ...] | None),
    ] = None
    schema: JsonObject | None = None
    absent: Literal["violation", "empty"] = "violation"
    null: Literal["violation", "empty"] = "violation"
    null_item: Literal["violation", "keep"] = "violation"
    columns: Annotated[Mapping[str, _Column], Field(min_length=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A list inside the items that may be cut by itself: what stands at *at* *must* be this value, in every element."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    must: Any = False
    absent: Literal["violation", "ok"] = "violation"
    code: str = "nested_truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What one sound response looks like.

    *empty* lists statuses whose answer may have no content (204 has none by definition).
    *framing* lists the ways in which the end of a message may be marked; `close-delimited` must be named to be
    accepted, and then the body must be a JSON object or array, whose last bracket marks the end.  *integrity* lists
    digest fields that must be there (those that are there are always checked).  *data* points to the result of
    `claim: one`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    status: Statuses = (200,)
    empty: Statuses = ()
    media: Words = ("application/json",)
    framing: tuple[Literal["content-length", "chunked", "close-delimited"], ...] = ("content-length", "chunked")
    integrity: tuple[
        Literal["content-digest", "repr-digest", "content-md5", "x-amz-crc32", "docker-content-digest"], ...
    ] = ()
    schema: JsonObject | None = None
    classify: tuple[Acceptor, ...] = ()
    veto: tuple[Veto, ...] = ()
    items: Items | None = None
    data: Pointer = ""
    nested: tuple[Nested, ...] = ()
    generation: Generation | None = None
