"""Which tools may be served as they are: those of which no line is refuted or inferred and not proven, or the file allows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..schemas.contract import Contract
from ..tools.doubting import doubt, refuted, unsettled, untried
from ..tools.proof import holds
from .counted import count

__all__ = ["settled", "standing"]

_NAMED: Final = 5
"""Tools of one kind that are named; an imported API has hundreds."""


def settled(contracts: Iterable[Contract], *, now: float) -> tuple[tuple[Contract, ...], list[str]]:
    """Part those of *contracts* that may be served at *now*, in Unix time, from what must be said of the others and of these."""
    found = tuple(contracts)
    return tuple(contract for contract in found if doubt(contract, now) is None), list(_said(found, now))


def standing(contract: Contract, *, now: float) -> str:
    """Say in a few words how *contract* stands at *now*.

    `by hand` is a definition without inferred lines that nobody has proven, `proven` one whose proof holds.
    """
    flag = contract.policy.unproven == "flag"
    if false := refuted(contract):
        return f"{'flagged, ' if flag else ''}refuted: {', '.join(false)}"
    if lines := unsettled(contract, now):
        return f"{'flagged' if flag else 'unproven'}: {count(len(lines), 'line')}"
    if contract.proof is None:
        return "by hand"
    return f"until {contract.proof.until[:10]}" if holds(contract.proof, now) else "run out"


_SAYS: Final = {
    "refuted": "not served, for the service refuted lines of its definition: correct them and run `unabridged prove`",
    "unproven": "not served, for inferred lines are not proven: run `unabridged prove`",
    "by hand": "not served, for inferred lines are not proven, and it may not be tried: look at the lines yourself",
    "flagged": "served with every answer flagged, for lines of its definition are refuted or not proven",
    "ended": "served, and the proof has run out: run `unabridged prove`",
}


def _said(contracts: Sequence[Contract], now: float) -> Iterator[str]:
    kinds: dict[str, list[Contract]] = {kind: [] for kind in _SAYS}
    for contract in contracts:
        if (kind := _kind(contract, now)) is not None:
            kinds[kind].append(contract)
    for kind, found in kinds.items():
        if found:
            yield f"{count(len(found), 'tool')} {_SAYS[kind]} ({_names(found)}; `unabridged tools` shows all)"


def _kind(contract: Contract, now: float) -> str | None:
    """What is to be said of *contract*; None where nothing is."""
    if doubt(contract, now) is not None:
        return "refuted" if refuted(contract) else "unproven" if untried(contract) is None else "by hand"
    if unsettled(contract, now):
        return "flagged"
    return "ended" if contract.proof is not None and not holds(contract.proof, now) else None


def _names(contracts: Sequence[Contract]) -> str:
    named = [": ".join((contract.name, *_lines(contract))) for contract in contracts[:_NAMED]]
    more = f" and {len(contracts) - _NAMED:,} more" if len(contracts) > _NAMED else ""
    return ", ".join(named) + more


def _lines(contract: Contract) -> tuple[str, ...]:
    return (" and ".join(false),) if (false := refuted(contract)) else ()
