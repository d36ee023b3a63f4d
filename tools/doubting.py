"""Whether a tool may be called as it is written: lines that were inferred and never shown, and lines that the service refuted.

It looks at contracts, each with its proof, and asks nothing.  What a call does about a doubt is `once.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf

from ..schemas.contract import Contract
from ..schemas.proof import Settled
from ..schemas.provenance import Provenance
from ..schemas.verdict import Finding
from .proof import ending, holds

__all__ = ["doubt", "ends", "refuted", "under", "unsettled", "untried"]


def ends(contracts: Iterable[Contract], now: float) -> float:
    """Return when the first of the proofs runs out without which one of *contracts* could not be called."""
    needed = (
        ending(contract.proof)
        for contract in contracts
        if contract.proof is not None and holds(contract.proof, now) and doubt(replace(contract, proof=None), now)
    )
    return min(needed, default=inf)


def refuted(contract: Contract) -> tuple[str, ...]:
    """Name the lines of *contract* that are false by its lock, whoever wrote them.

    The lock is about this very definition, or it would not be the contract's: a line that was changed since is not among
    them.  No day ends a refutation, for what was shown to be false does not become true by waiting.
    """
    if contract.proof is None:
        return ()
    return tuple(sorted(place for place, settled in contract.proof.lines.items() if settled.outcome == "refuted"))


def under(lines: Iterable[Settled]) -> str:
    """Say with which arguments *lines* were refuted; empty where nobody kept that.

    >>> under([Settled(outcome="refuted", by="two pages", under={"1f": ("page", "status"), "2e": ()})])
    'with page and status, or without any'
    """
    names = dict.fromkeys(names for line in lines for names in line.under.values() if names is not None)
    return ", or ".join(f"with {' and '.join(given)}" if given else "without any" for given in names)


def unsettled(contract: Contract, now: float) -> tuple[str, ...]:
    """Name the lines of *contract* that must not be believed at *now*, in Unix time.

    These are the inferred ones that nobody has shown to be true, and all that were refuted.
    """
    inferred = (place for place, said in contract.provenance.items() if _in_doubt(contract, place, said, now))
    return tuple(sorted({*inferred, *refuted(contract)}))


def _in_doubt(contract: Contract, place: str, said: Provenance, now: float) -> bool:
    if said.status == "proven":
        return False
    proof = contract.proof
    if proof is None or not holds(proof, now):
        return True
    settled = proof.lines.get(place)
    return settled is None or settled.outcome != "proven"


def untried(contract: Contract) -> str | None:
    """Say why no experiment settles lines of *contract*, so that a person must; None where one may be made."""
    if contract.effects == "write":
        return "the tool writes"
    return "the tool generates" if contract.claim.kind == "generation" else None


def doubt(contract: Contract, now: float) -> Finding | None:
    """Find why *contract* must not be called at *now*: lines that are not proven or refuted, where the file does not allow it."""
    if contract.policy.unproven == "flag":
        return None
    lines = unsettled(contract, now)
    if not lines:
        return None
    message = "; ".join((*_reasons(contract, lines, now), _way_out(contract, now)))
    where = (*refuted(contract), *lines)[0]
    return Finding(code="definition_unproven", message=message, where=where, have=len(lines), expected=0)


def _reasons(contract: Contract, lines: tuple[str, ...], now: float) -> Iterator[str]:
    false = refuted(contract)
    if false:
        yield f"refuted by the service: {', '.join(false)}"
    rest = ", ".join(line for line in lines if line not in false)
    proof = contract.proof
    if not rest:
        return
    if proof is None:
        yield f"inferred and never proven: {rest}"
    elif not holds(proof, now):
        yield f"inferred, and the proof of {proof.proven_at[:10]} has run out: {rest}"
    else:
        yield f"inferred and not settled yet: {rest}"


def _way_out(contract: Contract, now: float) -> str:
    """What can be done about it: an experiment, where one may be made and has not said already that it cannot tell."""
    experiment = f"`unabridged prove {contract.name}`"
    if refuted(contract) and contract.proof is not None:
        given = under(contract.proof.lines[place] for place in refuted(contract))
        same = f"the same arguments{f' ({given})' if given else ''}"
        correct = f"correct them, and {experiment} shows whether they are true then"
        return f"{correct}; where the service was wrong and is right now, it is to be asked with {same}"
    by_hand = "look at these lines, and take those that are true out of `provenance`"
    if (why := untried(contract)) is not None:
        return f"no experiment shows whether they are true, for {why}: {by_hand}"
    if contract.proof is not None and holds(contract.proof, now):
        return f"{experiment} with other arguments may show whether they are true, and so may you: {by_hand}"
    return f"{experiment} shows whether they are true"
