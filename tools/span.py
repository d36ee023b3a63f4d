"""A stretch of Unix time, and who holds something for that long: what processes that share a clock can agree on.

It looks at no clock.  A clock that was set back ends a stretch that would otherwise last until it catches up.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Lease", "Span"]

_SKEW = 1.0  # seconds by which two readings of one clock may come out of order


@dataclass(frozen=True, slots=True)
class Span:
    """*seconds* from the moment *since* on.

    >>> Span(100.0, 5.0).left(102.0), Span(100.0, 5.0).left(106.0), Span(100.0, 5.0).left(50.0)
    (3.0, 0.0, 0.0)
    """

    since: float
    seconds: float

    def left(self, now: float) -> float:
        """Return the seconds that are left of it at *now*; none when the clock was set back to before it began."""
        gone = now - self.since
        return max(0.0, self.seconds - gone) if gone >= -_SKEW else 0.0


@dataclass(frozen=True, slots=True)
class Lease:
    """What *holder* holds until *span* is over, unless it is given back before: a process that dies gives nothing back."""

    holder: str
    span: Span

    def holds(self, now: float) -> bool:
        """Say whether it is still held at *now*."""
        return self.span.left(now) > 0.0
