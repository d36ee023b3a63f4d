"""A proof that is added to an earlier one of the same tool: what is new replaces what it speaks of, and nothing else.

An experiment that showed nothing of a line neither takes its proof away nor makes it last longer; one that saw something against
it takes it away.  A refutation is lifted only by an experiment with the arguments that refuted the line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from ...schemas.proof import Proof, Settled, Sizes
from ..proof import holds
from .shaping import merged

__all__ = ["added", "kept"]

Arguments: TypeAlias = Mapping[str, tuple[str, ...] | None]


def kept(earlier: Proof | None, later: Proof, now: float) -> tuple[str, ...]:
    """Name the lines that stay as *earlier* settled them.

    These are the proven ones that *later* left open and saw nothing against, while *earlier* holds at *now*; and, whenever that
    was, those that were refuted with other arguments than *later* proved them with.
    """
    if earlier is None or earlier.subject != later.subject:
        return ()
    proofs = _proofs(earlier, later) if holds(earlier, now) else ()
    refutations = _refutations(earlier, later)
    return tuple(place for place in earlier.lines if place in proofs or place in refutations)


def _proofs(earlier: Proof, later: Proof) -> tuple[str, ...]:
    proven = (place for place, line in earlier.lines.items() if line.outcome == "proven")
    return tuple(place for place in proven if _unseen(later.lines.get(place)))


def _unseen(line: Settled | None) -> bool:
    return line is None or (line.outcome == "open" and not line.against)


def _refutations(earlier: Proof, later: Proof) -> tuple[str, ...]:
    standing = (place for place in earlier.lines if _standing(earlier, later, place))
    return tuple(place for place in standing if place not in later.lines or later.lines[place].outcome != "refuted")


def _standing(earlier: Proof, later: Proof, place: str) -> Arguments:
    """The arguments under which *earlier* refuted the line at *place*, but for those with which *later* proved it."""
    line = later.lines.get(place)
    lifted = later.asked if line is not None and line.outcome == "proven" else ()
    return {asked: names for asked, names in _under(earlier, place).items() if asked not in lifted}


def _under(proof: Proof, place: str) -> Arguments:
    """The arguments that refuted the line at *place*; a lock that does not name them knows them where it is of one experiment."""
    line = proof.lines[place]
    if line.outcome != "refuted" or line.under:
        return line.under
    return {proof.asked[0] if len(proof.asked) == 1 else "": None}


def added(earlier: Proof | None, later: Proof, now: float) -> Proof:
    """Add *later* to *earlier*, which both are of the same subject or else have nothing to do with one another.

    As long as something that the earlier one proved is kept, all ends when that would have ended.
    """
    if earlier is None or earlier.subject != later.subject:
        return later
    together = replace(
        later,
        lines=_lines(earlier, later, kept(earlier, later, now)),
        shape=merged(earlier.shape, later.shape),
        asked=tuple(dict.fromkeys((*earlier.asked, *later.asked))),
    )
    proofs = _proofs(earlier, later) if holds(earlier, now) else ()
    if not proofs:
        return together
    uncounted = later.count in (None, "unknown") and "complete.total" in proofs
    return replace(
        together,
        until=min(earlier.until, later.until),
        sizes=_sizes(earlier.sizes, later.sizes),
        count=earlier.count if uncounted else later.count,
        observations=tuple(dict.fromkeys((*earlier.observations, *later.observations))),
    )


def _lines(earlier: Proof, later: Proof, stay: tuple[str, ...]) -> Mapping[str, Settled]:
    """The lines of *later*, those that *stay* with the day of *earlier*, and all arguments that refute one."""
    dated = {place: replace(earlier.lines[place], at=earlier.lines[place].at or earlier.proven_at) for place in stay}
    lines = {**later.lines, **dated}
    under = {place: {**_standing(earlier, later, place), **_again(later, place)} for place in earlier.lines}
    return {place: replace(line, under=under.get(place, line.under)) for place, line in lines.items()}


def _again(later: Proof, place: str) -> Arguments:
    return later.lines[place].under if place in later.lines else {}


def _sizes(earlier: Sizes, later: Sizes) -> Sizes:
    """What the later pages say, unless they were all too small to meet the clamp that was known."""
    if earlier.clamp is None or later.clamp is not None or max(later.came, default=0) > earlier.clamp:
        return later
    return earlier
