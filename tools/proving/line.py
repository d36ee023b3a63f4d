"""One line of a contract and what an experiment says of it; a refutation is stronger than a proof, and both than a doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...schemas.proof import Settled

__all__ = ["Line", "Outcome", "settled"]

Outcome: TypeAlias = Literal["proven", "refuted", "open"]
_STRENGTH: Mapping[Outcome, int] = {"refuted": 2, "proven": 1, "open": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one experiment (*by*) *says* of the line at *place*; *against*: it is open, and something seen does not fit it."""

    place: str
    outcome: Outcome
    by: str
    says: str
    against: bool = False


def settled(lines: Sequence[Line]) -> Settled:
    """Bring together what was said of one place; the strongest word counts, and of equals the first.

    Of words that leave it open, one is stronger that something speaks against it.

    >>> settled([Line(place="walk", outcome=one, by=one, says="") for one in ("open", "proven")]).outcome
    'proven'
    """
    if not lines:
        return Settled(outcome="open", by="none", says="no experiment can tell")
    said = max(lines, key=lambda line: (_STRENGTH[line.outcome], line.against))
    return Settled(outcome=said.outcome, by=said.by, says=said.says, against=said.against)
