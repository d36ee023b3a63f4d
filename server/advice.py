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
from ..schemas.walk import Offset, Page, Single
from ..schemas.wire import Json
from ..tools.doubting import refuted, untried

__all__ = ["fix", "may_repeat"]

_UNSENT = frozenset({"unreachable", "rate_limited", "circuit_open", "overloaded_here", "not_applied", "approval_stale"})
_IDEMPOTENT = frozenset({"PUT", "DELETE"})  # RFC 9110, 9.2.2
_UNCALLED_FOR = (
    "No argument was given, so the service refuses what the tool file itself sends, or wants an argument that the file does not "
    "require. Tell whoever maintains the tool file: `unabridged prove` shows more; the same call again will not help."
)
_LAST_PAGE_AGAIN = (
    "Where it is the same each time, the service may give its last page again behind the end: then whoever maintains the tool "
    "file must take `past_end` out, which cannot be used there."
)
_REFUSALS = frozenset({"request_rejected", "not_found", "auth_failed", "upstream_error", "redirected"})


def may_repeat(contract: Contract, finding: Finding) -> bool:
    """Whether the same call can help and cannot harm: a write only where it cannot take effect twice."""
    match finding.code:
        case "outcome_unknown":
            return _repeats_itself(contract) and finding.have != "idempotency_mismatch"
        case "approval_stale" if finding.have == "used":
            return contract.effects == "read"
        case "write_in_progress" if _own_key(finding):
            return True
        case "more_without_cursor" if isinstance(contract.walk, Single):
            return False
        case "rate_limited" if _hinted(contract, finding):
            return False
        case code:
            known = CODES.get(code, CODES["partial_flag"])
            return known.retry and (contract.effects == "read" or code in _UNSENT)


def _repeats_itself(contract: Contract) -> bool:
    """Whether the same call again is the same write to the service."""
    return contract.request.idempotency is not None or contract.request.method in _IDEMPOTENT


def _own_key(finding: Finding) -> bool:
    """Whether *finding* is about a key of the caller's own, by which the service knows the write whenever it comes."""
    return finding.where is not None and finding.where.startswith("header:")


def _hinted(contract: Contract, finding: Finding) -> bool:
    """Whether a write that is not to be sent twice was refused by a 403 that only looks like a limit of a rate."""
    declared = any(acceptor.as_ == "rate_limited" for acceptor in contract.response.classify)
    return contract.effects == "write" and finding.have == 403 and not _repeats_itself(contract) and not declared


def fix(contract: Contract, finding: Finding, *, given: Mapping[str, Json] | None = None) -> str:
    """Say what to do about *finding*; more precisely where the arguments are known that the caller has *given*."""
    match finding.code:
        case "request_rejected" if given is not None and not given:
            return _UNCALLED_FOR
        case "too_large":
            return _too_large(contract)
        case "definition_unproven":
            return _unproven(contract)
        case "past_end_not_empty" if isinstance(contract.walk, Offset | Page):
            return f"{CODES[finding.code].fix} {_LAST_PAGE_AGAIN}"
        case "more_without_cursor" if isinstance(contract.walk, Single):
            return (
                "Narrow the call until one answer holds all, or tell whoever maintains the tool file to declare in `walk` "
                "how to get the rest; calling again will not help."
            )
        case "outcome_unknown":
            return _outcome_unknown(contract, finding)
        case "approval_stale" if finding.have == "used" and contract.effects == "write":
            return f"{_look(contract)} first: what was allowed may have been done. A new call asks the person anew."
        case "write_in_progress" if _own_key(finding):
            return (
                "Wait for the answer of the call that began it, or call again later with exactly the same arguments: "
                "with this key it takes effect once."
            )
        case "rate_limited" if _hinted(contract, finding):
            return f"{_look(contract)} first. Call again after the time in `retry.after_s` if it did not take effect."
        case code:
            return CODES.get(code, CODES["partial_flag"]).fix


def _unproven(contract: Contract) -> str:
    """Who must do what before the tool can be called; an experiment is named only where one may be made."""
    if refuted(contract):
        mend = "correct the lines that the service refuted, and run `unabridged prove`"
    elif (why := untried(contract)) is not None:
        reads = (
            " (or, where it changes nothing, say `effects: read` and prove it)" if contract.effects == "write" else ""
        )
        mend = f"look at the lines, for {why} and cannot be tried: take those that are true out of `provenance`{reads}"
    else:
        return CODES["definition_unproven"].fix
    return f"Whoever maintains the tool file must {mend}; calling again will not help."


def _outcome_unknown(contract: Contract, finding: Finding) -> str:
    idempotency = contract.request.idempotency
    if not may_repeat(contract, finding):
        return f"Do not repeat it. {_look(contract)} first."
    if idempotency is None:
        twice = f"{contract.request.method} twice leaves what once leaves"
        return f"Call again with the same arguments{_mended(finding)}: {twice}."
    return (
        f"Call again with exactly the same arguments within {_written(idempotency.kept)}{_mended(finding)}: the same key "
        f"travels ({idempotency.header}), so that it takes effect once. With other arguments it is another write."
    )


def _mended(finding: Finding) -> str:
    """Name what the service refused the last attempt for, which asking again does not mend."""
    return f", once the reason of the last refusal ({finding.have}) is gone" if finding.have in _REFUSALS else ""


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
