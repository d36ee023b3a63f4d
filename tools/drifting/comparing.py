"""Finding drift: what recent calls show of a service, against what was known of it before.

What was known is the proof in the lock file, if there is one, and otherwise the older calls.  It compares facts and sends
nothing; what changed within one call is not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Final, TypeAlias

from ...schemas.contract import Contract
from ...schemas.proof import Shape
from ..proving.shaping import merged
from .drift import Comparison, Drift
from .facts import inexact_totals, moved_clamps, new_media, new_statuses, risen_refusals, vanished_totals
from .shapes import appeared_fields, changed_types, vanished_fields
from .sighting import Sighting

__all__ = ["RULES", "Drifted", "drifted"]

Rule: TypeAlias = Callable[[Comparison], Iterator[Drift]]

RULES: Final[tuple[Rule, ...]] = (
    vanished_fields,
    changed_types,
    vanished_totals,
    inexact_totals,
    new_media,
    risen_refusals,
    moved_clamps,
    new_statuses,
    appeared_fields,
)
"""What is looked for, in the order in which it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """What was found about *tool*: how many calls were compared with how many, and since when.

    *shapes* counts the calls whose answers were seen in full, in recordings.
    """

    tool: str
    since: float | None
    before: int
    after: int
    shapes: int
    proven: bool
    drifts: tuple[Drift, ...]


def drifted(contract: Contract, sightings: Iterable[Sighting]) -> Drifted:
    """Compare the recent *sightings* of *contract* with its proof, or with the older ones."""
    told = sorted(sightings, key=lambda one: one.at)
    since = _since(contract, told)
    before = tuple(one for one in told if since is None or one.at < since)
    after = tuple(one for one in told if since is not None and one.at >= since)
    comparison = Comparison(contract=contract, shape=_known(contract, before), before=before, after=after)
    found = [one for rule in RULES for one in rule(comparison)] if after else []
    return Drifted(
        tool=contract.name,
        since=since,
        before=len(before),
        after=len(after),
        shapes=sum(one.shape is not None and not one.sketched for one in told),
        proven=contract.proof is not None,
        drifts=tuple(sorted(found, key=lambda one: not one.breaking)),
    )


def _since(contract: Contract, told: list[Sighting]) -> float | None:
    """From when on calls are recent: since the proof, or else the later half of them; None where there is no other half."""
    if contract.proof is not None:
        return datetime.fromisoformat(contract.proof.proven_at).timestamp()
    return told[len(told) // 2].at if len(told) > 1 else None


def _known(contract: Contract, before: Sequence[Sighting]) -> Shape | None:
    """The shape that was known: of the proof, or else of all older recordings together, or else of all older receipts."""
    if contract.proof is not None and (contract.proof.shape.envelope or contract.proof.shape.items):
        return contract.proof.shape
    shapes = [(one.shape, one.sketched) for one in before if one.shape is not None]
    whole = [shape for shape, sketched in shapes if not sketched]
    known = whole or [shape for shape, _ in shapes]
    return reduce(merged, known) if known else None
