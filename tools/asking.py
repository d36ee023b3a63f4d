"""Asking one request until its answer can be used: inspect, wait, ask again, or give up with the reason.

A generator: it yields what to send and is sent the outcomes.  It knows nothing of pages; whoever asks says what is to be
taken out of a sound message.  No clock, no network.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from typing import Generic, TypeAlias, TypeVar

from ..schemas.contract import Contract
from ..schemas.evidence import Attempt, Purpose
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Outcome, Request, Response
from ..validators.inspection import Inspection, Sound, inspect, probe
from ..validators.reading import Message
from ..validators.refusing import Again, Hopeless, again
from .admission import held_back
from .observer import Observer
from .retry import backoff
from .standing import Standing

__all__ = ["Accept", "Conversation", "Send", "Talk"]


@dataclass(frozen=True, slots=True)
class Send:
    """What the driver is asked to do: wait, then send *request*.

    *soon* are the requests that will be asked for next, as far as that can be known: the driver may send them ahead.
    """

    request: Request
    wait: float = 0.0
    soon: tuple[Request, ...] = ()


T = TypeVar("T")
Conversation: TypeAlias = Generator[Send, Outcome, T]
Accept: TypeAlias = Callable[[Message], T | Finding]
"""Takes what it wants out of a sound message, or finds what is wrong with it."""


@dataclass(frozen=True, slots=True)
class _Taken(Generic[T]):
    value: T


def _taken(judged: Inspection, request: Request, accept: Accept[T]) -> Again | Hopeless | _Taken[T]:
    if not isinstance(judged, Sound):
        return judged
    value = accept(judged.message)
    return again(request, value) if isinstance(value, Finding) else _Taken(value)


@dataclass(slots=True)
class Talk:
    """One conversation with one provider: who watches, how the provider stands, and what was tried so far.

    *reached*: the write that is asked for may have taken effect before.
    """

    contract: Contract
    random: Callable[[], float]
    standing: Standing
    observer: Observer
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    reached: bool = False

    def ask(
        self,
        request: Request,
        purpose: Purpose,
        accept: Accept[T],
        *,
        page: int = 1,
        soon: tuple[Request, ...] = (),
        wait: float = 0.0,
        before: int = 0,
    ) -> Conversation[T | Finding]:
        """Ask *request* until *accept* takes the answer, at most as often as the policy says, after a first *wait*.

        *soon* are the requests that come next; *before* counts attempts that were made for the same answer already.
        """
        retry = self.contract.policy.retry
        look = inspect if purpose in ("page", "confirm", "differential") else probe
        earlier, number, reached = None, before, self.reached
        while True:
            number += 1
            outcome = yield Send(request, wait, soon)
            taken = _taken(look(self.contract, request, outcome), request, accept)
            if not _unsent(outcome):
                self.standing.judged(None if isinstance(taken, _Taken) else taken.finding, outcome)
                self._note(request, outcome, taken, purpose=purpose, page=page, number=number, waited=wait)
            reached = reached or _may_have_taken_effect(outcome, taken)
            match taken:
                case Again(why) if number < retry.attempts and self.standing.spend():
                    wait, earlier = backoff(retry, number, self.random, why.after), why
                case Again(why) | Hopeless(why):
                    spent = isinstance(taken, Again) and number < retry.attempts
                    cause = _first_cause(outcome, _unpaid(why) if spent else why, earlier)
                    return _unknown(cause) if reached and purpose == "page" and self._writes() else cause
                case _Taken(value):
                    self.standing.earn(retried=number > 1)
                    return value

    def _writes(self) -> bool:
        return self.contract.effects == "write"

    def _note(
        self,
        request: Request,
        outcome: Outcome,
        taken: Again | Hopeless | _Taken[T],
        *,
        purpose: Purpose,
        page: int,
        number: int,
        waited: float,
    ) -> None:
        whole = outcome if isinstance(outcome, Response) else None
        attempt = Attempt(
            purpose=purpose,
            page=page,
            number=number,
            method=request.method,
            status=whole.status if whole else None,
            finding=None if isinstance(taken, _Taken) else taken.finding,
            waited=waited,
            elapsed=outcome.elapsed,
            bytes=whole.wire_bytes if whole else 0,
            started_at=whole.received_at - whole.elapsed if whole else 0.0,
        )
        self.attempts.append(attempt)
        self.observer.attempted(attempt)


_OPEN = frozenset({"write_in_progress", "unavailable"})
"""Codes that leave open what the service did: it is at it, or it gave up at some point (408 and 425 among them)."""


def _may_have_taken_effect(outcome: Outcome, taken: Again | Hopeless | _Taken[T]) -> bool:
    """Whether the service may have done what was asked although no whole answer came of this attempt."""
    if isinstance(outcome, Fault):
        return outcome.sent == "maybe"
    code = taken.finding.code if isinstance(taken, Again | Hopeless) else None
    if code == "rate_limited":
        return False
    return code in _OPEN or not 400 <= outcome.status < 500


def _unknown(cause: Finding) -> Finding:
    """Say of a write that was not answered whole what is known of it: nothing."""
    if cause.code == "outcome_unknown":
        return cause
    message = f"the request was sent, and then: {cause.message}"
    return Finding(code="outcome_unknown", message=message, where=cause.where, have=cause.code)


def _unpaid(why: Finding) -> Finding:
    """Say that no further attempt was made because too many to this provider fail."""
    return replace(why, message=f"{why.message}; not asked again, because too many requests to this provider fail")


_UNASKED = frozenset({"not_configured", "forbidden_address", "invalid_url", "insecure_url", "definition_error"})
"""Codes of what no request could be made of, or none that may be sent."""


def _unsent(outcome: Outcome) -> bool:
    """Whether this was no attempt at all: for want of time or of a secret, or by our own rules, nobody was asked anything."""
    if not isinstance(outcome, Fault) or outcome.sent != "never":
        return False
    return outcome.kind == "deadline" or outcome.code in _UNASKED or held_back(outcome)


def _first_cause(outcome: Outcome, why: Finding, earlier: Finding | None) -> Finding:
    """Name what went wrong at the service, where deadline or restraint only kept another attempt from being made."""
    unsent = isinstance(outcome, Fault) and outcome.kind in ("deadline", "admission") and outcome.sent == "never"
    if not unsent or earlier is None:
        return why
    return replace(_unpaid(earlier), after=why.after) if why.code == "circuit_open" else earlier
