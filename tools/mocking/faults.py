"""Lies, each by the word that the field has for it: one function from a request that is understood to what is answered to it.

A lie that does not apply to a request answers None, and the truth is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from .dice import chance
from .plain import Ask, located, say
from .signals import Garbled
from .wire import Said, said

__all__ = ["FAULTS", "Ask", "Fault", "Lie", "told"]

Fault: TypeAlias = Callable[[Ask], Said | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lie:
    """A lie to tell: its *name*, and the *tool* that it is told to (None: every one)."""

    name: str
    tool: str | None = None


def early_end(ask: Ask) -> Said | None:
    """The first page says that it is the last; the total stays."""
    if ask.kind != "page" or ask.turn.following is None or ask.turn.start > 0:
        return None
    return say(ask, replace(ask.turn, following=None))


FAULTS: tuple[Fault, ...] = (early_end,)
BY_NAME = {fault.__name__: fault for fault in FAULTS}


def told(
    ask: Ask, lies: tuple[Lie, ...], honest: Callable[[Ask], Said], *, draw: tuple[int, int, float]
) -> tuple[Said, str | None]:
    """Answer *ask* with the first of *lies* that applies to it, or else with the truth; *draw* is seed, number, and rate."""
    try:
        ask = located(ask)
    except Garbled:
        return said({"error": "invalid_position", "message": "this service never gave that position"}, status=400), None
    seed, number, rate = draw
    for lie in lies:
        fault = BY_NAME[lie.name]
        meant = lie.tool in (None, ask.contract.name)
        if meant and chance(seed, number, lie.name) < rate and (answer := fault(ask)) is not None:
            return answer, lie.name
    return honest(ask), None
