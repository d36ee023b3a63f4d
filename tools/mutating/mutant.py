"""A mutant: a sound conversation with one fault in it.  It says what is wrong and where, and never whether that is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ...schemas.blindness import MutationName
from ...schemas.wire import Outcome
from .sound import Sound

__all__ = ["Mutant", "Mutation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One fault: *outcomes* replace those of the turns with these indexes.

    *mutation* is its kind, *place* where in an answer it is (the same on every page), *turn* names the answer, and *detail*
    tells apart what is otherwise the same.  One that comes *once* is told the first time, and the truth from then on.
    """

    mutation: MutationName
    place: str
    turn: str
    outcomes: Mapping[int, Outcome]
    detail: str = ""
    once: bool = False


Mutation: TypeAlias = Callable[[Sound], Iterator[Mutant]]
"""A kind of fault: yields every mutant of a sound conversation that it can make."""
