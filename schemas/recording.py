"""A conversation with a service, kept: every request of one call, and what came of it.

Credentials are not in it (a transport adds them, and nothing above the wire has seen them); what else must not be kept
is redacted when it is written (`tools/recordings/redacting.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .wire import Outcome, Request

__all__ = ["Ended", "Exchange", "Recording"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its outcome; *asked_by* is the tool that asked: the one that was called, or one of its ways back."""

    request: Request
    outcome: Outcome
    asked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the call ended: *code* is the first reason against its answer, None where it was delivered.

    *grade* is the word for what was proven, *items* is None for a single value or where nothing was delivered.
    """

    code: str | None = None
    grade: str = "none"
    items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One call of *tool* with *arguments*, in the order in which its outcomes came.

    *digest* is the contract's at that time, *at* is Unix time in seconds, *receipt* names the receipt of the call.
    *environment* holds the variables that the tool's file refers to, with values that stand in for the true ones, so
    that the same requests are made again without them.  *left_out* counts the exchanges for which there was no room.
    *flows* says from which places in answers (`body:/next`) what stands at a place of requests (`query:after`) comes.
    *redacted* names the places whose values were replaced; *reviewed* says that a person looked at what is in it.
    """

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    digest: str = ""
    at: float = 0.0
    receipt: str = ""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    exchanges: tuple[Exchange, ...] = ()
    left_out: int = 0
    ended: Ended | None = None
    flows: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    redacted: tuple[str, ...] = ()
    reviewed: bool = False
