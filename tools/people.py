"""Who may be asked before something is sent, or before an answer leaves that proves less than it should.

The core asks; how a person is reached (an MCP client, a terminal) is the business of whoever calls.  Here nobody decides, and
nobody is asked twice for one thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from ..schemas.answer import Question

__all__ = [
    "LOCAL",
    "NOBODY",
    "Approved",
    "Caller",
    "Declined",
    "Deferred",
    "Nobody",
    "People",
    "Said",
    "Stale",
    "Unavailable",
]


@dataclass(frozen=True, slots=True)
class Approved:
    """A person said yes to exactly this question; *by* names who, as it stands in the receipt."""

    by: str


@dataclass(frozen=True, slots=True)
class Declined:
    """A person said no, or closed the question without an answer (`cancelled`); *before*: to an earlier call with this word."""

    by: str
    action: Literal["declined", "cancelled"] = "declined"
    before: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """What a person said does not hold here: too late, *used* before, or said to something else; *why* is one sentence."""

    why: str
    used: bool = False


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Nobody can be asked; *why* is one sentence."""

    why: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The question is on its way, and this call ends here.  The same call with *state* and what the person said goes on.

    Whatever the call that goes on will need (the answer that the person sees) is to be kept under *name* until then.
    """

    state: str
    name: str


Said: TypeAlias = Approved | Declined | Stale | Unavailable | Deferred


class People(Protocol):
    """Those who can be asked on behalf of one call."""

    async def ask(self, question: Question) -> Said:
        """Ask *question*; take as long as the question lasts.  Raises nothing but cancellation."""
        ...


@dataclass(frozen=True, slots=True)
class Nobody:
    """No person at all, for *why*."""

    why: str = "the client has no way to ask a person"

    async def ask(self, question: Question) -> Said:
        """Say that nobody can be asked."""
        return Unavailable(self.why)


NOBODY = Nobody()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls: *principal* is a name that is safe to keep (never a token), *people* are those who can be asked.

    *resumes* is the name (`Deferred.name`) under which a call that a person was asked about left its answer; None where
    this call begins at the beginning.
    """

    principal: str = "local"
    people: People = NOBODY
    resumes: str | None = None


LOCAL = Caller()
"""Whoever runs this process, with nobody to ask."""
