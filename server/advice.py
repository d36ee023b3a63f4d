"""What whoever asked can do about a refusal: the code's own advice, made precise by the contract.

It says what to do and promises nothing.  Of a write it never says that repeating is safe where it could take effect twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..schemas.codes import CODES
from ..schemas.contract import Contract
from ..schemas.location import duration
from ..schemas.verdict import Finding

__all__ = ["fix", "may_repeat"]

_UNSENT = frozenset({"unreachable", "rate_limited", "circuit_open", "overloaded_here", "not_applied", "approval_stale"})
_IDEMPOTENT = frozenset({"PUT", "DELETE"})  # RFC 9110, 9.2.2
_REFUSALS = frozenset({"request_rejected", "not_found", "auth_failed", "idempotency_mismatch", "upstream_error"})


def may_repeat(contract: Contract, finding: Finding) -> bool:
    """Whether the same call can help and cannot harm: a write only where it cannot take effect twice."""
    if finding.code == "outcome_unknown":
        return _repeats_itself(contract) and finding.have not in _REFUSALS
    if finding.code == "approval_stale" and finding.have == "used":
        return contract.effects == "read"
    known = CODES.get(finding.code, CODES["partial_flag"])
    return known.retry and (contract.effects == "read" or finding.code in _UNSENT)


def _repeats_itself(contract: Contract) -> bool:
    """Whether the same call again is the same write to the service."""
    return contract.request.idempotency is not None or contract.request.method in _IDEMPOTENT


def fix(contract: Contract, finding: Finding) -> str:
    """Say what to do about *finding*."""
    match finding.code:
        case "too_large":
            return _too_large(contract)
        case "outcome_unknown":
            return _outcome_unknown(contract, refused=finding.have in _REFUSALS)
        case "approval_stale" if finding.have == "used" and contract.effects == "write":
            return f"{_look(contract)} first: what was allowed may have been done. A new call asks the person anew."
        case code:
            return CODES.get(code, CODES["partial_flag"]).fix


def _outcome_unknown(contract: Contract, *, refused: bool) -> str:
    idempotency = contract.request.idempotency
    if refused or not _repeats_itself(contract):
        return f"Do not repeat it. {_look(contract)} first."
    if idempotency is None:
        return f"Call again with the same arguments: {contract.request.method} twice leaves what once leaves."
    return (
        f"Call again with exactly the same arguments within {_written(idempotency.kept)}: the same key travels "
        f"({idempotency.header}), so that it takes effect once. With other arguments it is another write."
    )


def _look(contract: Contract) -> str:
    seen = "" if contract.confirm is None else f" (GET {contract.confirm.url})"
    return f"Read the state at the service{seen}"


def _written(seconds: float) -> str:
    """Write a length of time in the largest unit that is whole.

    >>> _written(86_400.0), _written(90.0)
    ('24 h', '90 s')
    """
    for unit, name in (("h", "h"), ("m", "min")):
        if seconds >= (one := duration(f"1{unit}")) and seconds % one == 0:
            return f"{seconds / one:.0f} {name}"
    return f"{seconds:.0f} s"


def _too_large(contract: Contract) -> str:
    if contract.effects == "write":
        return "The write took effect; do not repeat it. Read its result with another tool."
    if narrowing := _narrowing(contract.input):
        named = f"Call again with one of these arguments, or with a narrower value: {', '.join(narrowing)}."
        return named if len(named) <= 600 else named[:599] + "…"
    return "No argument of this tool narrows it. Use a tool with a filter, or tell whoever maintains the tool file."


def _narrowing(schema: Mapping[str, Any]) -> list[str]:
    """Name the arguments that can narrow a call: the optional ones, or all where none is optional."""
    named: list[str] = list(schema.get("properties", {}))
    required = set(schema.get("required", ()))
    return [name for name in named if name not in required] or named
