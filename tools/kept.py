"""States as the bytes that a shelf keeps: compact JSON, written and read by the state's own type.

What cannot be read (another version wrote it, or a disk lied) is nothing: no state is worth a call.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Generic, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from .shelf import Change

__all__ = ["Kept"]

T = TypeVar("T")
R = TypeVar("R")


class Kept(Generic[T]):
    """Writes and reads states of one *kind*: a dataclass, or a union of dataclasses that differ in their fields."""

    def __init__(self, kind: object) -> None:
        self._kind = kind

    def written(self, state: T | None) -> bytes | None:
        """Write *state*; nothing for nothing."""
        return None if state is None else _adapter(self._kind).dump_json(state)

    def read(self, value: bytes | None) -> T | None:
        """Read the state that *value* is; None where there is none, or none that can be understood."""
        if value is None:
            return None
        try:
            return cast("T", _adapter(self._kind).validate_json(value))
        except ValidationError:
            return None

    def changing(self, step: Callable[[T | None], tuple[T | None, R]]) -> Change[R]:
        """Let *step*, from one state to the next and what is told of it, change what a shelf keeps."""

        def change(value: bytes | None) -> tuple[bytes | None, R]:
            state, told = step(self.read(value))
            return self.written(state), told

        return change


@cache  # made when a state is first written or read: most calls do neither
def _adapter(kind: Any) -> TypeAdapter[object]:  # a union of classes has no type of its own
    return TypeAdapter(kind)
