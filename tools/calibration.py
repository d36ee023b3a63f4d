"""Which bound should a gate have?  From queries with known answers: what each bound would find, miss and refuse.

Labels and scores in, a table out; nothing is asked of a service here, and no bound is recommended that the labels do not bear.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

from ..schemas.completeness import Gate
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.policy import Policy
from ..validators.relevance import DISTANCES, chosen, passing, threshold

__all__ = ["FEW", "Bound", "Measured", "bounds", "opened", "recommended", "scored"]

FEW = 30
"""With fewer queries than this, one label more or less moves the recommendation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One query: which items came, each with its score, and the identifiers of those that are *relevant*."""

    items: tuple[tuple[str, float], ...]
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a gate at *at* does with the queries.

    *precision* is None where nothing passes.  *refused* is the share of all queries that are `low_relevance`; *lost* the
    share of those with a right answer that are refused, *let_through* the share of those without one that are not.
    """

    at: float
    precision: float | None
    recall: float
    f1: float
    refused: float
    lost: float
    let_through: float


def opened(contract: Contract) -> Contract:
    """Open the gate of *contract*, so that every score is seen, and close every other way that a call could take."""
    gate = contract.complete.gate
    farthest = inf if gate is not None and gate.metric in DISTANCES else -inf
    wide = None if gate is None else replace(_moved(gate, farthest), keep="passing", min_items=1)
    kept = Policy(
        deadline=contract.policy.deadline,
        attempt_timeout=contract.policy.attempt_timeout,
        retry=contract.policy.retry,
        breaker=contract.policy.breaker,
        pace=contract.policy.pace,
        concurrency=contract.policy.concurrency,
    )
    return replace(contract, complete=replace(contract.complete, gate=wide), policy=kept, review=(), approval=None)


def scored(contract: Contract, evidence: Evidence) -> tuple[tuple[str, float], ...]:
    """Pair the items that *contract* let through with their scores: of more than were claimed, the best."""
    gate = contract.complete.gate
    if gate is None:
        return ()
    return tuple(
        (identity, page.scores[index])
        for page in evidence.pages
        for identity, index in zip(page.ids, chosen(contract, gate, page.scores, evidence.bound), strict=True)
    )


def _moved(gate: Gate, bound: float) -> Gate:
    return replace(gate, max=bound) if gate.metric in DISTANCES else replace(gate, min=bound)


def bounds(gate: Gate, measured: Sequence[Measured]) -> tuple[Bound, ...]:
    """Try every bound that divides the scores, and the one that *gate* has, from the most open to the strictest."""
    scores = sorted({score for one in measured for _, score in one.items})
    strict_is_low = gate.metric in DISTANCES
    tried = {threshold(gate), *_between(scores, low=strict_is_low), *(scores[-1:] if strict_is_low else scores[:1])}
    return tuple(_at(gate, bound, measured) for bound in sorted(tried, reverse=strict_is_low))


def _between(scores: Iterable[float], *, low: bool) -> Iterator[float]:
    """A short number between each two neighbours, so that the one on the near side passes and the other does not."""
    for one, other in pairwise(scores):
        middle = (one + other) / 2
        short = (round(middle, digits) for digits in range(1, 12))
        yield next(
            (bound for bound in short if (one <= bound < other if low else one < bound <= other)), one if low else other
        )


def _at(gate: Gate, bound: float, measured: Sequence[Measured]) -> Bound:
    moved = _moved(gate, bound)
    found = [_passing(moved, one) for one in measured]
    right = sum(len(ids & one.relevant) for ids, one in zip(found, measured, strict=True))
    came = sum(map(len, found))
    due = sum(len(one.relevant) for one in measured)
    answerable = [len(ids) < gate.min_items for ids, one in zip(found, measured, strict=True) if one.relevant]
    others = [len(ids) >= gate.min_items for ids, one in zip(found, measured, strict=True) if not one.relevant]
    return Bound(
        at=bound,
        precision=right / came if came else None,
        recall=_share(right, due),
        f1=_share(2 * right, came + due),
        refused=_share(sum(len(ids) < gate.min_items for ids in found), len(measured)),
        lost=_share(sum(answerable), len(answerable)),
        let_through=_share(sum(others), len(others)),
    )


def _passing(gate: Gate, one: Measured) -> frozenset[str]:
    """What the gate lets through: nothing at all where it would refuse."""
    near = [passing(gate, score) for _, score in one.items]
    ids = frozenset(identity for (identity, _), passes in zip(one.items, near, strict=True) if passes)
    refused = len(ids) < gate.min_items or (gate.keep == "all_or_error" and not all(near))
    return frozenset() if refused else ids


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def recommended(tried: Sequence[Bound], *, precision: float) -> Bound | None:
    """Take the bound with the best F1 among those that reach *precision*; of equals the strictest, which errs by refusing.

    None where no bound does, or where what it lets through holds nothing that is right.
    """
    fit = [one for one in tried if one.precision is not None and one.precision >= precision and one.f1 > 0]
    best = max((one.f1 for one in fit), default=0.0)
    return next((one for one in reversed(fit) if one.f1 == best), None)
