"""What a response says against itself by its status and the contract's acceptors, and whether asking again may help.

Nothing is thought here of content that is accepted (`inspection.py`).  No I/O, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from ..schemas.codes import CODES
from ..schemas.expectation import Class, Expectation
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Request
from .classification import classify, declared
from .pushback import pushback
from .ranging import is_part
from .reading import Message, field

__all__ = ["Again", "Hopeless", "again", "refused"]


@dataclass(frozen=True, slots=True)
class Again:
    """Another attempt may help; *finding* says what was wrong, `finding.after` how long the service asks to wait."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class Hopeless:
    """Asking again will not help, or is not allowed."""

    finding: Finding


def again(request: Request, finding: Finding, *, sent: bool = True) -> Again | Hopeless:
    """Allow another attempt for *finding*, unless *request* may have taken effect and must not be sent twice."""
    if request.resend or not sent:
        return Again(finding) if _curable(finding.code) else Hopeless(finding)
    message = f"the request was sent, and then: {finding.message}"
    return Hopeless(Finding(code="outcome_unknown", message=message, where=finding.where, have=finding.code))


def _curable(code: str) -> bool:
    """Whether asking again can help; a code of the contract's own (a veto's) is a partial answer."""
    return CODES.get(code, CODES["partial_flag"]).retry


_SAYS: Mapping[Class, tuple[str, str]] = {
    "transient": ("unavailable", "the service cannot answer now"),
    "rate_limited": ("rate_limited", "too many requests for now"),
    "in_progress": ("write_in_progress", "the service is still at it"),
    "auth": ("auth_failed", "the credential is not accepted"),
    "not_found": ("not_found", "there is no such thing"),
    "rejected": ("request_rejected", "the request is rejected"),
    "key_reused": ("idempotency_mismatch", "the service does not accept the payload with this key"),
    "cursor_expired": ("cursor_expired", "the cursor has expired"),
    "fatal": ("upstream_error", "the service answers with an error"),
}
_PASSING: frozenset[Class] = frozenset({"transient", "rate_limited", "in_progress"})


def refused(expectation: Expectation, request: Request, message: Message, *, of_more: bool) -> Again | Hopeless | None:
    """Say what the status and the acceptors have against *message*; None where they accept it.

    *of_more* says that a part of a list was asked for: a page, the first few, or only how many there are.
    """
    named, places = classify(expectation, message, keyed=request.keyed)
    match named:
        case None:
            return _unlisted(request, message.response.status)
        case "sound":
            return _partial(request, message, of_more)
        case "transient":
            return again(request, _said(named, message, places))
        case "rate_limited":
            finding = _said(named, message, places)
            return (
                again(request, finding, sent=False)
                if _by_its_name(expectation, message)
                else _waiting(request, finding)
            )
        case "in_progress":
            finding = _said(named, message, places)
            return Again(finding) if request.resend else again(request, finding)
        case "auth" | "not_found" | "rejected" | "key_reused" | "cursor_expired" | "fatal":
            return Hopeless(_said(named, message, places))
        case _:
            assert_never(named)


def _by_its_name(expectation: Expectation, message: Message) -> bool:
    """Whether this is a limit of a rate by its status or by the contract, and so certainly a refusal (RFC 6585, 4)."""
    return message.response.status == 429 or declared(expectation, message) is not None


def _waiting(request: Request, finding: Finding) -> Again | Hopeless:
    """Allow another attempt after a 403 that looks like a limit, but not where the request could take effect twice."""
    return Again(finding) if request.resend else Hopeless(finding)


def _said(named: Class, message: Message, places: tuple[Location, ...]) -> Finding:
    code, says = _SAYS[named]
    after = pushback(message, places) if named in _PASSING else None
    return Finding(code=code, message=says, where="status", have=message.response.status, after=after)


def _unlisted(request: Request, status: int) -> Again | Hopeless:
    if status == 206:
        return again(
            request,
            Finding(code="partial_response", message="a part came that nobody asked for", where="status", have=206),
        )
    code = "redirected" if 300 <= status < 400 else "unexpected_status" if status < 500 else "upstream_error"
    finding = Finding(code=code, message="the contract does not accept this status", where="status", have=status)
    return again(request, finding) if status >= 500 else Hopeless(finding)


def _partial(request: Request, message: Message, of_more: bool) -> Again | Hopeless | None:
    said = field(message.response.headers, "content-range").value
    if not isinstance(said, str) or not is_part(said, of_more=of_more):
        return None
    says = "a part came that nobody asked for"
    return again(request, Finding(code="partial_response", message=says, where="header:content-range"))
