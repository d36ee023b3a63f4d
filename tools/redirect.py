"""Redirects: where a response sends a read, within its own origin only (RFC 9110, 15.4).

Never follows anything itself.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from ..schemas.wire import Fault, Outcome, Response
from .egress import same_origin

__all__ = ["location", "within_origin"]

_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})


def location(outcome: Outcome) -> str | None:
    """Return the Location of a redirect, None for every other outcome."""
    match outcome:
        case Fault():
            return None
        case Response(status=status) if status not in _REDIRECTED:
            return None
        case Response(headers=headers):
            return next((value for name, value in headers if name == "location"), None)


def within_origin(url: str, to: str) -> str | None:
    """Return the URL that the Location *to* means at *url* (RFC 9110, 10.2.2), None outside the origin of *url*.

    >>> within_origin("https://api.example/v1/tickets", "/v2/tickets?page=1")
    'https://api.example/v2/tickets?page=1'
    >>> within_origin("https://api.example/v1/tickets", "//evil.test/v1/tickets") is None
    True
    """
    try:
        joined = urljoin(url, to)
    except ValueError:
        return None
    return joined if same_origin(url, joined) else None
