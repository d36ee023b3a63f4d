"""How near are the items to what was asked?  Scores are weighed by the contract's gate; a metric knows its own direction.

It never drops an item by itself: it says which pass, which are the nearest, and whether enough do.  No I/O.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf

from ..schemas.completeness import Gate, Metric
from ..schemas.contract import Contract
from ..schemas.evidence import Relevance
from ..schemas.expectation import Items
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from .reading import at

__all__ = [
    "DISTANCES",
    "chosen",
    "farthest_first",
    "passing",
    "scores",
    "threshold",
    "too_far",
    "weigh",
    "written",
]

DISTANCES: frozenset[Metric] = frozenset({"cosine_distance", "euclidean", "l2", "distance"})
"""The metrics by which less is nearer; by all others more is."""


def threshold(gate: Gate) -> float:
    """The bound of *gate*, by its metric; a gate without it (which no file can declare) lets nothing pass."""
    if gate.metric in DISTANCES:
        return -inf if gate.max is None else gate.max
    return inf if gate.min is None else gate.min


def scores(gate: Gate, items: Items, values: list[Json]) -> tuple[float, ...] | Finding:
    """Read the score of every item in *values*; an item without one cannot be weighed."""
    place = gate.at.removeprefix(f"{items.at}/*")
    read: list[float] = []
    for index, value in enumerate(values):
        found = at(value, place)
        if isinstance(found.value, bool) or not isinstance(found.value, int | float):
            where = f"body:{items.at}/{index}{place}"
            have = found.state.value if found.value is None else "not a number"
            return Finding(code="score_missing", message="an item has no score", where=where, have=have)
        read.append(float(found.value))
    return tuple(read)


def passing(gate: Gate, score: float) -> bool:
    """Say whether *score* passes; the bound itself does."""
    return score <= threshold(gate) if gate.metric in DISTANCES else score >= threshold(gate)


def weigh(gate: Gate, scores: tuple[float, ...]) -> Relevance:
    """Weigh *scores* by *gate*.

    >>> found = weigh(Gate(at="/score", metric="cosine", min=0.75), (0.9, 0.8, 0.2))
    >>> found.passed, found.of, found.best, found.worst
    (2, 3, 0.9, 0.8)
    """
    near, far = (min, max) if gate.metric in DISTANCES else (max, min)
    passed = [score for score in scores if passing(gate, score)]
    return Relevance(
        metric=gate.metric,
        threshold=threshold(gate),
        of=len(scores),
        passed=len(passed),
        best=near(scores, default=None),
        worst=far(passed, default=None),
    )


def too_far(gate: Gate, found: Relevance, bound: int | None) -> Finding | None:
    """Find that too few items pass, or that one of the *bound* best does not where all of them must."""
    best = found.of if bound is None else min(found.of, bound)
    if found.passed >= gate.min_items and (gate.keep == "passing" or found.passed >= best):
        return None
    every = "all" if best == found.of else f"the best {best}"
    due = every if gate.keep == "all_or_error" and found.passed >= gate.min_items else f"at least {gate.min_items}"
    side = "at most" if gate.metric in DISTANCES else "at least"
    return Finding(
        code="low_relevance",
        message=f"{found.passed} of {found.of} items pass the gate ({gate.metric}), and {due} must",
        where=f"item:{gate.at}",
        have="nothing found" if found.best is None else f"best {written(found.best)}",
        expected=f"{side} {written(found.threshold)}",
    )


def chosen(contract: Contract, gate: Gate, scores: tuple[float, ...], bound: int | None) -> tuple[int, ...]:
    """Choose by their indexes the items to keep, in the order in which they came: the *bound* best of those that pass.

    Of all that came where a person may release what is too far off.  Of equal items the earlier is the better.
    """
    releasable = "low_relevance" in contract.review and too_far(gate, weigh(gate, scores), bound) is not None
    kept = [index for index, score in enumerate(scores) if releasable or passing(gate, score)]
    best = sorted(kept, key=scores.__getitem__, reverse=gate.metric not in DISTANCES)  # equal ones stay as they came
    return tuple(sorted(best[:bound]))


def farthest_first(gate: Gate, scores: tuple[float, ...]) -> bool:
    """Say whether *scores* go from the farthest to the nearest, as of a metric that is taken for its opposite."""
    nearing = scores[::-1] if gate.metric in DISTANCES else scores
    return all(one <= other for one, other in pairwise(nearing)) and len({*scores}) > 1


def written(score: float) -> str:
    """Write *score* for a reader.

    >>> written(0.828043819), written(1)
    ('0.828044', '1')
    """
    return f"{score:.6g}"
