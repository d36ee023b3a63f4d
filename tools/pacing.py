"""How fast a provider may be asked: as fast as the file says, and not before the moment that the service itself names.

The declared pace is a bucket that drains: each request adds its share of time to a debt, and waits for what the debt
exceeds the burst by.  Requests wait in the order in which they came.  No clock: a state, and the time, go in.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..schemas.policy import Pace
from .kept import Kept
from .span import Span

__all__ = ["DEBT", "HOLD", "Debt", "Hold", "held", "hold", "take"]

_LONGEST = 86_400.0  # a mistaken field must not close a provider for good
_MOMENT = 0.001  # what is left of a wait after sleeping for it, by rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """The *seconds* of declared pace that were used up in advance, as they stood *at* that moment."""

    seconds: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The service asks to be left alone for *span*."""

    span: Span


DEBT: Kept[Debt] = Kept(Debt)
HOLD: Kept[Hold] = Kept(Hold)


def take(debt: Debt | None, pace: Pace, *, patience: float, now: float) -> tuple[Debt | None, float]:
    """Reserve the next turn, and tell how long to wait for it; nothing is reserved where that is over *patience* seconds.

    >>> state, wait = take(None, Pace(requests=2), patience=9.0, now=100.0)
    >>> take(state, Pace(requests=2), patience=9.0, now=100.0)[1]
    0.5
    """
    share = pace.per / pace.requests
    owed = 0.0 if debt is None else max(0.0, debt.seconds - max(0.0, now - debt.at))
    wait = max(0.0, owed - share * (pace.burst - 1))
    return Debt(seconds=owed if wait > patience else owed + share, at=now), wait


def hold(kept: Hold | None, seconds: float, now: float) -> Hold | None:
    """Take in that the service asks for *seconds* of rest: the longest that it asked for counts, a day at most."""
    wanted = min(seconds, _LONGEST)
    return kept if kept is not None and kept.span.left(now) >= wanted else Hold(span=Span(now, wanted))


def held(kept: Hold | None, now: float) -> float:
    """Return the seconds for which the service still asks to be left alone."""
    left = 0.0 if kept is None else kept.span.left(now)
    return 0.0 if left < _MOMENT else left
