"""Asking a person: before something is done, or before an answer that proves less than it should is released."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict

from .location import Duration
from .several import STRICT

__all__ = ["Approval", "ApprovalWord", "Decision"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A person sees what will be sent, and allows it, before anything is sent.

    *message* (a template over `{input.…}`) stands above it.  The permission holds for *expires*, once, for the same
    arguments.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    message: str = ""
    expires: Duration = 600.0


def _required(value: object) -> object:
    return {} if value == "required" else value


ApprovalWord: TypeAlias = Annotated[
    Approval, BeforeValidator(_required, json_schema_input_type=Literal["required"] | Approval)
]
"""`approval: required`, or its parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said: *kind* tells a permission to send from the release of an answer; *by* is the principal.

    *codes* are the findings that were released.  *at* is Unix time in seconds.
    """

    kind: Literal["approval", "review"]
    action: Literal["approved", "declined", "cancelled"]
    by: str
    at: float
    codes: tuple[str, ...] = ()
