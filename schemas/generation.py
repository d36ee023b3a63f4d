"""What a generated answer consists of, and how it may stop: where a model endpoint says so, and what each word means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field

from .condition import Condition
from .location import Place, Places, Pointer, Target
from .several import STRICT, JsonObject, Words, several

__all__ = ["Generation", "Limit", "Outcome", "Part", "Parts"]

_Conditions = Annotated[
    tuple[Condition, ...], BeforeValidator(several, json_schema_input_type=Condition | tuple[Condition, ...])
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Where parts of the text are, or words of an outcome: every element *at* a place, and in it what *read* points to.

    Elements for which a condition of *only* fails or one of *unless* holds are left out (a thought, a tool's argument);
    their places begin at the element: `body:/type`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    read: Pointer = ""
    only: _Conditions = ()
    unless: _Conditions = ()

    def __str__(self) -> str:
        return f"{self.at}{self.read}"


def _part(value: object) -> object:
    return {"at": value} if isinstance(value, str) else value


_Part = Annotated[Part, BeforeValidator(_part, json_schema_input_type=str | Part)]
Parts = Annotated[
    tuple[_Part, ...], BeforeValidator(several, json_schema_input_type=str | Part | tuple[str | Part, ...])
]
"""Places of text, or of words, each as a word or with its conditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """Where the parts of a generated answer are.

    The text is everything at *text*, in the order in which it came.  *whole* is where the service states the whole text
    once more: at each of these places that is there it must be the same.  *schema* makes the text a JSON value that must fit it, delivered as `output`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    text: Parts
    whole: Parts = ()
    model: Places = ()
    input_tokens: Places = ()
    output_tokens: Places = ()
    schema: JsonObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How a stop at the token limit is mended: a whole new answer, asked for with a limit *factor* times as high.

    The limit is sent at *send* and never raised beyond *most*.  `strict: true` takes an answer that used as many tokens
    as it was allowed for one that was cut, whatever its stop reason says.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    send: Target
    factor: Annotated[float, Field(gt=1)] = 2.0
    most: Annotated[int, Field(ge=1)] = 8192
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a stop reason means: every word *at* its places, and in more detail at *detail*, is in one of the tables.

    Only words of *accept* make an answer, and of several words the worst counts; *truncated*, *paused*, *refused*, *tools*
    and *failed* each have a code, and a word in none of them is refused too.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Parts
    detail: Parts = ()
    accept: Words
    truncated: Words = ()
    paused: Words = ()
    refused: Words = ()
    tools: Words = ()
    failed: Words = ()
    limit: Limit | None = None
