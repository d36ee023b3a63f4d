"""How one provider stands, for one call: whether it may be asked now, and what the answers say of its health.

The order is fixed, from the outside in:

    deadline          everything below happens within it, waits included; so do all ways back, one after the other
      place           `policy.concurrency`: a place for the call, or its turn in the queue, or `overloaded_here`
        retry         `policy.retry`, paid for by a budget that all calls share
          breaker     open: nothing is sent, and no pace is used up
          pace        the moment that the service names, and `policy.pace`: a wait, or `rate_limited`
          probe       half open: one request of all processes may go
            attempt   `policy.attempt_timeout`, or the rest of the deadline
              verify  the judged result, not the status, is what budget, pace and breaker are told

What is known of a provider is kept on the shelf, under its name, its origin and where its credential is found (never the
credential), so that all calls and processes agree.  Of a provider that is well nothing is kept: one look, no write.
Nothing here sleeps or sends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from ..schemas.contract import Contract
from ..schemas.policy import Breaker, Policy
from ..schemas.provider import Provider
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Outcome, Response
from ..validators.pushback import exhausted
from . import breaker, pacing, retry
from .admission import Admission, refusal
from .breaker import CIRCUIT
from .kept import Kept
from .pacing import DEBT, HOLD
from .place import UNDECLARED, Place
from .retry import BUDGET
from .shelf import Shelf
from .surroundings import Surroundings

__all__ = ["Standing", "key", "standing"]

T = TypeVar("T")
R = TypeVar("R")
_KEPT = 86_400.0  # seconds; every state knows itself when it is over, and is gone by then
_GRACE = 1.0  # seconds that the right to probe outlives the attempt


@dataclass(slots=True, kw_only=True)
class Standing:
    """How a provider stands, by what is kept under names that begin with *prefix* on *shelf*; *place* is this call's.

    *now* gives Unix time, *random* [0, 1); *holder* is unlike any other, in whichever process.
    """

    prefix: str
    policy: Policy
    place: Place
    shelf: Shelf
    now: Callable[[], float]
    random: Callable[[], float]
    holder: str
    _seen: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    _probing: bool = False

    def admission(self, left: Callable[[], float]) -> Admission:
        """Say when the next request may be sent, within the *left* seconds; asked before each attempt."""
        self._look()
        if (refused := self._open_circuit()) is not None:
            return refused
        if not self._seen and self.policy.pace is None:
            return None
        while True:
            for step in (self._held_off, self._paced):
                if (refused := (yield from step(left))) is not None:
                    return refused
            if self._held() <= 0.0:  # else a turn that came meanwhile is lost, or all who waited would go at once
                return self._probe()

    def judged(self, finding: Finding | None, outcome: Outcome) -> None:
        """Take in what came of an attempt: *finding* is what was wrong with it, None where its answer was taken."""
        self._keep_away(finding, outcome)
        policy = self.policy.breaker
        if policy is None:
            return
        fair = min(self.policy.attempt_timeout, self.policy.deadline) / 2
        result = breaker.weighed(finding, outcome, slow=policy.slow, fair=fair)
        if result == "bad" or self._probing or (result == "good" and "breaker" in self._seen):
            self._tell(policy, result)

    def spend(self) -> bool:
        """Pay for one retry; False where too many requests to this provider fail."""
        return self._change("budget", BUDGET, lambda budget: retry.spend(budget, self.now()))

    def earn(self, *, retried: bool) -> None:
        """Book a success; a retry that led to it is paid back."""
        if retried or "budget" in self._seen:
            self._change("budget", BUDGET, lambda budget: (retry.earn(budget, self.now(), retried=retried), None))

    def close(self) -> None:
        """Give back what is still held: the place, the turn in the queue, the right to probe."""
        if self._probing and self.policy.breaker is not None:
            self._tell(self.policy.breaker, "nothing")
        self.place.leave()

    # ------------------------------------------------------------------------------------------- one attempt

    def _open_circuit(self) -> Fault | None:
        if self.policy.breaker is None or "breaker" not in self._seen:
            return None
        rest = breaker.resting(CIRCUIT.read(self._seen["breaker"]), self.now())
        return _open(rest) if rest > 0.0 else None

    def _held(self) -> float:
        return pacing.held(HOLD.read(self._seen.get("hold")), self.now())

    def _held_off(self, left: Callable[[], float]) -> Admission:
        while (wait := self._held()) > 0.0:
            if wait > left():
                return refusal("rate_limited", "the service asked for no more requests until then", after=wait)
            yield wait
            self._look()
        if "hold" in self._seen:  # it is over
            self._change("hold", HOLD, lambda hold: (hold if pacing.held(hold, self.now()) else None, None))
        return None

    def _paced(self, left: Callable[[], float]) -> Admission:
        pace = self.policy.pace
        if pace is None:
            return None
        patience = left()
        wait = self._change("pace", DEBT, lambda debt: pacing.take(debt, pace, patience=patience, now=self.now()))
        if wait > patience:
            return refusal("rate_limited", "the pace that the tool file declares is used up", after=wait)
        if wait > 0.0:
            yield wait
            self._look()
        return None

    def _probe(self) -> Fault | None:
        if self.policy.breaker is None or "breaker" not in self._seen:
            return None
        if not isinstance(CIRCUIT.read(self._seen["breaker"]), breaker.Resting):
            return None
        seconds = self.policy.attempt_timeout + _GRACE

        def enter(circuit: breaker.Circuit | None) -> tuple[breaker.Circuit | None, tuple[float, bool]]:
            entered, rest = breaker.enter(circuit, self.holder, seconds, self.now())
            return entered, (rest, isinstance(entered, breaker.Resting))

        rest, probing = self._change("breaker", CIRCUIT, enter)
        if rest > 0.0:
            return _open(rest)
        self._probing = probing
        return None

    # ------------------------------------------------------------------------------------------- what came of it

    def _keep_away(self, finding: Finding | None, outcome: Outcome) -> None:
        """Let nobody ask before the moment that the service names, in a refusal or beside a good answer."""
        if not isinstance(outcome, Response):
            return
        told = finding.after if finding is not None and finding.code in ("rate_limited", "unavailable") else None
        wait = max(told or 0.0, exhausted(outcome) or 0.0)
        if wait > 0.0:
            self._change("hold", HOLD, lambda hold: (pacing.hold(hold, wait, self.now()), None))

    def _tell(self, policy: Breaker, result: breaker.Result) -> None:
        def tell(circuit: breaker.Circuit | None) -> tuple[breaker.Circuit | None, None]:
            chance, now = self.random(), self.now()
            return breaker.told(circuit, policy, result, holder=self.holder, chance=chance, now=now), None

        self._probing = False
        self._change("breaker", CIRCUIT, tell)

    # ------------------------------------------------------------------------------------------- the shelf

    def _look(self) -> None:
        self._seen = {name.removeprefix(self.prefix): value for name, value in self.shelf.all(self.prefix)}

    def _change(self, part: str, kept: Kept[T], step: Callable[[T | None], tuple[T | None, R]]) -> R:
        return self.shelf.change(self.prefix + part, kept.changing(step), keep=_KEPT)


def standing(contract: Contract, surroundings: Surroundings) -> Standing:
    """Look how the provider of *contract*, whose base URL is bound already, stands for one call."""
    prefix, holder = f"standing/{key(contract.provider)}/", surroundings.identify()
    declared = contract.policy.concurrency
    place = Place(
        name=f"{prefix}places",
        shelf=surroundings.places if declared is None else surroundings.shelf,
        policy=declared or UNDECLARED,
        holder=holder,
        now=surroundings.now,
    )
    return Standing(
        prefix=prefix,
        policy=contract.policy,
        place=place,
        shelf=surroundings.shelf,
        now=surroundings.now,
        random=surroundings.random,
        holder=holder,
    )


def key(provider: Provider) -> str:
    """Name *provider* by what its limits depend on: its name, its origin, and where its credential is found."""
    url = urlsplit(provider.base_url)
    whose = repr((provider.name, url.scheme, url.netloc.lower(), provider.auth))  # a reference, never a value
    return hashlib.sha256(whose.encode()).hexdigest()[:24]


def _open(rest: float) -> Fault:
    return refusal("circuit_open", "too many requests to this provider failed; it is left alone for now", after=rest)
