"""A proof that is added to an earlier one of the same tool: what is new replaces what it speaks of, and nothing else.

An experiment that showed nothing of a line neither takes its proof away nor makes it last longer.
"""

from __future__ import annotations

from dataclasses import replace

from ...schemas.proof import Proof, Sizes
from ..proof import holds
from .shaping import merged

__all__ = ["added", "kept"]


def kept(earlier: Proof | None, later: Proof, now: float) -> tuple[str, ...]:
    """Name the lines that stay as *earlier* settled them, while it holds at *now*: those that *later* left open."""
    if earlier is None or earlier.subject != later.subject or not holds(earlier, now):
        return ()
    return tuple(
        place
        for place, line in earlier.lines.items()
        if line.outcome != "open" and (place not in later.lines or later.lines[place].outcome == "open")
    )


def added(earlier: Proof | None, later: Proof, now: float) -> Proof:
    """Add *later* to *earlier*, which both are of the same subject or else have nothing to do with one another.

    As long as a line of the earlier one is kept, all ends when that would have ended.
    """
    if earlier is None or earlier.subject != later.subject:
        return later
    together = replace(
        later,
        shape=merged(earlier.shape, later.shape),
        asked=tuple(dict.fromkeys((*earlier.asked, *later.asked))),
    )
    stay = kept(earlier, later, now)
    if not stay:
        return together
    return replace(
        together,
        lines={**later.lines, **{place: earlier.lines[place] for place in stay}},
        until=min(earlier.until, later.until),
        sizes=_sizes(earlier.sizes, later.sizes),
        count=earlier.count if later.count in (None, "unknown") else later.count,
        observations=tuple(dict.fromkeys((*earlier.observations, *later.observations))),
    )


def _sizes(earlier: Sizes, later: Sizes) -> Sizes:
    """What the later pages say, unless they were all too small to meet the clamp that was known."""
    if earlier.clamp is None or later.clamp is not None or max(later.came, default=0) > earlier.clamp:
        return later
    return earlier
