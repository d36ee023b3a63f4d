"""Which tools may be served as they are: those whose inferred lines are proven, or flagged where the file allows that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..schemas.contract import Contract
from ..tools.proof import doubt, holds, unsettled

__all__ = ["settled"]


def settled(contracts: Iterable[Contract], *, now: float) -> tuple[tuple[Contract, ...], Mapping[str, str]]:
    """Part those of *contracts* that may be served at *now* from what must be said, by name, of the others and of these."""
    found = tuple(contracts)
    said = {contract.name: reason for contract in found if (reason := _said(contract, now))}
    return tuple(contract for contract in found if doubt(contract, now) is None), said


def _said(contract: Contract, now: float) -> str:
    if (doubted := doubt(contract, now)) is not None:
        return f"is not served: {doubted.message}"
    if lines := unsettled(contract, now):
        return f"is served, and its answers are flagged as unproven: {', '.join(lines)}"
    if contract.proof is not None and not holds(contract.proof, now):
        return (
            f"is served; its proof of {contract.proof.proven_at[:10]} has run out: `unabridged prove {contract.name}`"
        )
    return ""
