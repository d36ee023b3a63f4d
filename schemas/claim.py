"""What is claimed, and how strong a proof of it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import BeforeValidator, WithJsonSchema

__all__ = ["Claim", "ClaimWord", "Grade", "GradeName"]


class Grade(IntEnum):
    """How strong a proof is.  Absence is below assertion, assertion below arithmetic, arithmetic below independence."""

    NONE = 0
    HEURISTIC = 10
    DOCUMENTED_ABSENCE = 20
    TERMINATED = 30
    PAST_END = 34
    DIFFERENTIAL = 36
    COUNTED = 40
    CENSUSED = 50

    def __str__(self) -> str:
        return self.name.lower()


def _grade(value: object) -> Grade:
    if isinstance(value, Grade):
        return value
    if isinstance(value, str) and value.upper() in Grade.__members__ and value.islower():
        return Grade[value.upper()]
    raise ValueError("a grade: " + ", ".join(str(grade) for grade in Grade if grade))


GradeName = Annotated[
    Grade,
    BeforeValidator(_grade),
    WithJsonSchema(
        {"enum": [str(grade) for grade in Grade if grade], "description": "The weakest proof that is accepted"}
    ),
]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is proven: *all* of it, the *first* n, *one* thing, a ranked *top_k*, a *generation*, or everything up to now.

    *bound* is the n of `first` and the k of `top_k`: a number, or a template such as `{input.limit}`.
    """

    kind: Literal["all", "first", "one", "top_k", "generation", "caught_up_to"]
    bound: int | str | None = None

    @property
    def single(self) -> bool:
        """Whether it is about one value, which is delivered as such, and not about a list."""
        return self.kind in ("one", "generation")

    def __str__(self) -> str:
        return self.kind if self.bound is None else f"{self.kind}: {self.bound}"


_Word: TypeAlias = Literal["all", "one", "top_k", "generation", "caught_up_to"]
_WORDS: tuple[_Word, ...] = ("all", "one", "top_k", "generation", "caught_up_to")
_COUNTED: tuple[Literal["first", "top_k"], ...] = ("first", "top_k")


def _claim(value: object) -> Claim:
    if isinstance(value, Claim):
        return value
    for word in _WORDS:
        if value == word:
            return Claim(word)
    for counted in _COUNTED:
        members: Mapping[str, object] = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
        bound = members.get(counted)
        if len(members) == 1 and isinstance(bound, int | str) and not isinstance(bound, bool):
            return Claim(counted, bound)
    raise ValueError("a claim: all, one, top_k, generation, caught_up_to, {first: 10} or {top_k: 8}")


_BOUND = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}
ClaimWord = Annotated[
    Claim,
    BeforeValidator(_claim),
    WithJsonSchema(
        {
            "description": "What is proven",
            "anyOf": [
                {"enum": [*_WORDS]},
                {
                    "type": "object",
                    "properties": {"first": _BOUND},
                    "required": ["first"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"top_k": _BOUND},
                    "required": ["top_k"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]
