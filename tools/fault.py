"""How a reason becomes a `Fault`: one table from codes to kinds.

Decides nothing about retrying, and puts nothing of the upstream's content into a text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..schemas.verdict import Finding
from ..schemas.wire import Fault, FaultKind, Sent

__all__ = ["fault", "fault_of"]

_KINDS: Final[Mapping[str, FaultKind]] = {
    "unreachable": "connect",
    "tls_failed": "connect",
    "attempt_timeout": "timeout",
    "framing_error": "protocol",
    "surplus_bytes": "protocol",
    "internal_error": "protocol",
    "truncated_body": "truncated",
    "unproven_end": "unproven_end",
    "unsupported_coding": "coding",
    "truncated_coding": "coding",
    "body_too_large": "too_large",
    "digest_mismatch": "integrity",
    "digest_missing": "integrity",
    "definition_error": "forbidden",
    "invalid_arguments": "forbidden",
    "invalid_url": "forbidden",
    "insecure_url": "forbidden",
    "forbidden_address": "forbidden",
    "redirected": "forbidden",
    "not_configured": "credential",
    "auth_failed": "credential",
}


def fault(code: str, detail: str, *, sent: Sent, have: int | None = None, expected: int | None = None) -> Fault:
    """Return the fault of this *code*, with the kind that belongs to it.

    >>> fault("truncated_body", "The message was cut.", sent="maybe").kind
    'truncated'
    """
    return Fault(kind=_KINDS[code], code=code, sent=sent, detail=detail, have=have, expected=expected)


def fault_of(finding: Finding, *, sent: Sent) -> Fault:
    """Return *finding*, one reason against one message, as the fault of the attempt that brought it."""
    have, expected = (count if isinstance(count, int) else None for count in (finding.have, finding.expected))
    return fault(finding.code, finding.message, sent=sent, have=have, expected=expected)
