"""The demo's story: a naive client and Unabridged, side by side, against the same desk.

What either of them hands over is compared with the tickets that the desk really has; nobody's own word is taken for it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import anyio
import anyio.to_thread
import httpx2

from ...schemas.answer import Answer, Delivered, Receipt, Withheld
from ...schemas.contract import Contract
from ...schemas.verdict import Finding
from .naive import list_tickets
from .tickets import TICKETS, Ticket

__all__ = ["Ask", "Endless", "Loud", "Outcome", "Row", "Silent", "Summary", "Whole", "difference", "summary", "tell"]

PATIENCE: Final = 40
"""Requests after which nobody waits for the naive client any longer; a whole answer takes it three."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All tickets, each once and as it is; *grade* says how well that is known, *after* what was refused on the way."""

    count: int
    grade: str = ""
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silent:
    """Handed over as a success, and wrong: *flaw* says how."""

    count: int
    flaw: str


@dataclass(frozen=True, slots=True)
class Loud:
    """Nothing handed over, and an error that says why; *detail* says how far it came."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Endless:
    """Still asking after so many requests, and stopped from outside."""

    requests: int


Outcome: TypeAlias = Whole | Silent | Loud | Endless
Ask: TypeAlias = Callable[[Contract], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What both handed over for one tool; *receipt* is the id of Unabridged's receipt."""

    tool: str
    title: str
    naive: Outcome
    unabridged: Outcome
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How often each outcome came."""

    whole: int
    silent: int
    loud: int
    endless: int


async def tell(contract: Contract, desk: str, ask: Ask) -> Row:
    """Let both list the tickets of *contract* from the desk at the URL *desk*, at the same time."""
    naive: list[Outcome] = []
    answers: list[Answer] = []

    async def naively() -> None:
        naive.append(await anyio.to_thread.run_sync(_naive, desk + contract.request.url))

    async def unabridged() -> None:
        answers.append(await ask(contract))

    async with anyio.create_task_group() as group:
        group.start_soon(naively)
        group.start_soon(unabridged)
    return Row(
        tool=contract.name,
        title=contract.title or contract.name,
        naive=naive[0],
        unabridged=_proven(answers[0]),
        receipt=answers[0].receipt.id,
    )


def summary(outcomes: Sequence[Outcome]) -> Summary:
    """Count *outcomes*."""
    kinds = [type(outcome) for outcome in outcomes]
    return Summary(
        whole=kinds.count(Whole), silent=kinds.count(Silent), loud=kinds.count(Loud), endless=kinds.count(Endless)
    )


def difference(tickets: Sequence[Ticket]) -> str:
    """Say in what *tickets* differ from those that the desk has; empty if in nothing.

    >>> difference(TICKETS[:3])
    '3 of 11'
    >>> difference([*TICKETS, TICKETS[0]])
    '1 twice'
    """
    truth = {ticket["id"]: ticket for ticket in TICKETS}
    found = [ticket["id"] for ticket in tickets]
    distinct = set(found) & set(truth)
    altered = {ticket["id"] for ticket in tickets if truth.get(ticket["id"], ticket) != ticket}
    flaws = (
        (len(distinct) < len(truth), f"{len(distinct)} of {len(truth)}"),
        (len(found) > len(set(found)), f"{len(found) - len(set(found))} twice"),
        (bool(altered), f"{len(altered)} altered"),
        (bool(set(found) - set(truth)), f"{len(set(found) - set(truth))} foreign"),
    )
    return ", ".join(text for wrong, text in flaws if wrong)


# ------------------------------------------------------------------------------------------ the two clients


class _StillAskingError(Exception):
    """The naive client has asked more often than anybody waits for."""


def _impatience() -> Callable[[httpx2.Request], None]:
    asked = 0

    def count(_: httpx2.Request) -> None:
        nonlocal asked
        asked += 1
        if asked > PATIENCE:
            raise _StillAskingError

    return count


def _naive(url: str) -> Outcome:
    with httpx2.Client(timeout=30, trust_env=False, event_hooks={"request": [_impatience()]}) as client:
        try:
            tickets = list_tickets(client, url)
        except _StillAskingError:
            return Endless(PATIENCE)
        except Exception as error:  # whatever it is, the naive client's caller hears of it
            return Loud(_told(error))
    flaw = difference(tickets)
    return Silent(len(tickets), flaw) if flaw else Whole(len(tickets))


def _told(error: Exception) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        return f"{type(error).__name__} {error.response.status_code}"
    return type(error).__name__


def _proven(answer: Answer) -> Outcome:
    match answer:
        case Delivered(payload=payload, receipt=receipt):
            tickets = cast("list[dict[str, Any]]", json.loads(b"".join(payload.chunks())))
            payload.close()
            flaw = difference(tickets)
            return Silent(len(tickets), flaw) if flaw else Whole(len(tickets), str(receipt.grade), _refused(receipt))
        case Withheld(verdict=verdict):
            return _refusal(verdict.findings[0]) if verdict.findings else Loud("no reason given")


def _refused(receipt: Receipt) -> tuple[str, ...]:
    refused = [attempt.finding.code for attempt in receipt.evidence.attempts if attempt.finding is not None]
    return tuple(dict.fromkeys(refused))


def _refusal(finding: Finding) -> Loud:
    """The code, and how far the walk came where the finding counts items."""
    counted = finding.code == "total_mismatch" and isinstance(finding.have, int)
    return Loud(finding.code, f"{finding.have} of {finding.expected}" if counted else "")
