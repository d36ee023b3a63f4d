"""A conversation with a service, kept: every request of one call, and what came of it.

Credentials are not in it (a transport adds them, and nothing above the wire has seen them); what else must not be kept
is redacted when it is written (`tools/redacting.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .wire import Outcome, Request

__all__ = ["Exchange", "Recording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its outcome."""

    request: Request
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One call of *tool* with *arguments*, in the order in which its outcomes came.

    *digest* is the contract's at that time, *at* is Unix time in seconds.  *redacted* names the places whose values were
    replaced; *reviewed* says that a person looked at what is in it.
    """

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    digest: str = ""
    at: float = 0.0
    exchanges: tuple[Exchange, ...] = ()
    redacted: tuple[str, ...] = ()
    reviewed: bool = False
