"""Which tools may be served as they are: those whose inferred lines are proven, or flagged where the file allows that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..schemas.contract import Contract
from ..tools.proof import doubt, holds, unsettled
from .counted import count

__all__ = ["settled", "standing"]

_NAMED: Final = 5
"""Tools of one kind that are named; an imported API has hundreds."""


def settled(contracts: Iterable[Contract], *, now: float) -> tuple[tuple[Contract, ...], list[str]]:
    """Part those of *contracts* that may be served at *now*, in Unix time, from what must be said of the others and of these."""
    found = tuple(contracts)
    return tuple(contract for contract in found if doubt(contract, now) is None), list(_said(found, now))


def standing(contract: Contract, *, now: float) -> str:
    """Say in two words how *contract* stands at *now*.

    `by hand` is a definition without inferred lines that nobody has proven, `proven` one whose proof holds.
    """
    if lines := unsettled(contract, now):
        return f"{'flagged' if contract.policy.unproven == 'flag' else 'unproven'}: {count(len(lines), 'line')}"
    if contract.proof is None:
        return "by hand"
    return f"until {contract.proof.until[:10]}" if holds(contract.proof, now) else "run out"


def _said(contracts: Sequence[Contract], now: float) -> Iterator[str]:
    refused: list[Contract] = []
    flagged: list[Contract] = []
    ended: list[Contract] = []
    for contract in contracts:
        if doubt(contract, now) is not None:
            refused.append(contract)
        elif unsettled(contract, now):
            flagged.append(contract)
        elif contract.proof is not None and not holds(contract.proof, now):
            ended.append(contract)
    yield from _listed(refused, "not served, for inferred lines are not proven: run `unabridged prove`")
    yield from _listed(flagged, "served with every answer flagged, for inferred lines are not proven")
    yield from _listed(ended, "served, and the proof has run out: run `unabridged prove`")


def _listed(contracts: Sequence[Contract], says: str) -> Iterator[str]:
    if not contracts:
        return
    names = ", ".join(contract.name for contract in contracts[:_NAMED])
    more = f" and {len(contracts) - _NAMED:,} more" if len(contracts) > _NAMED else ""
    yield f"{count(len(contracts), 'tool')} {says} ({names}{more}; `unabridged tools` shows all)"
