"""What became of the calls of some days, and of the people who were asked: counts and shares, and what is odd about them.

Counts only; what a single call was is in its receipt.  No I/O.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from .tally import Counts

__all__ = ["Brief", "Gate", "ToolCalls", "gates", "overview"]

_ENOUGH: Final = 20
"""Decisions below which a share says nothing."""
_NOBODY_READS: Final = 0.99
_NEARLY_ALL: Final = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One receipt in short: *code* is why nothing was delivered, None where something was.

    *way* is the last way that was gone where there were several (`recover 1`, `fallback 2`); *retried* says that an attempt
    on the way was refused.
    """

    tool: str
    code: str | None
    kept: bool = False
    stood_in: bool = False
    released: bool = False
    way: str | None = None
    retried: bool = False


@dataclass(slots=True, kw_only=True)
class ToolCalls:
    """The calls of one tool: each delivered one is counted under one of the ways in which it came, the first that holds."""

    tool: str
    calls: int = 0
    delivered: int = 0
    came: Counter[str] = field(default_factory=Counter[str])
    withheld: Counter[str] = field(default_factory=Counter[str])

    def add(self, brief: Brief) -> None:
        """Count *brief*."""
        self.calls += 1
        if brief.code is None:
            self.delivered += 1
            self.came[_way(brief)] += 1
        else:
            self.withheld[brief.code] += 1


def _way(brief: Brief) -> str:
    if brief.released:
        return "released"
    if brief.stood_in:
        return "stood in"
    if brief.kept:
        return "cache"
    if brief.way is not None and brief.way != "first":
        return brief.way.partition(" ")[0]
    return "after retries" if brief.retried else "at once"


def overview(briefs: Iterable[Brief]) -> list[ToolCalls]:
    """Count *briefs* by tool, the most called one first."""
    found: dict[str, ToolCalls] = {}
    for brief in briefs:
        found.setdefault(brief.tool, ToolCalls(tool=brief.tool)).add(brief)
    return sorted(found.values(), key=lambda calls: (-calls.calls, calls.tool))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What people say at one gate.  *approved* is the share of yes among the decisions, None where there is none."""

    tool: str
    gate: str
    counts: Counts
    approved: float | None
    warning: str | None


def gates(tallied: Iterable[tuple[str, str, Counts]]) -> Iterator[Gate]:
    """Weigh the counts of each gate."""
    for tool, gate, counts in tallied:
        share = counts.approved / counts.decided if counts.decided else None
        yield Gate(tool=tool, gate=gate, counts=counts, approved=share, warning=_odd(counts, share))


def _odd(counts: Counts, share: float | None) -> str | None:
    """Say what is odd about a gate, once there are enough decisions.

    >>> _odd(Counts(asked=200, approved=199, declined=1), 0.995)
    'nearly everything is allowed: nobody may be reading it any more; narrow what it asks about'
    """
    if share is None or counts.decided < _ENOUGH:
        return None
    if share >= _NOBODY_READS:
        return "nearly everything is allowed: nobody may be reading it any more; narrow what it asks about"
    if 1 - share >= _NEARLY_ALL:
        return (
            "nearly everything is refused: callers ask for what nobody wants; tell them before, or take the tool away"
        )
    return None
