"""Call a tool: the one loop that touches clock and network.

It drives an exchange: waits, sends, and hands back outcomes, within one deadline for everything.  It knows nothing of
pages or proofs.  Every ending but cancellation is an `Answer`.
"""

from __future__ import annotations

import logging
import os
import secrets
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Protocol

import anyio

from ..schemas.answer import Answer
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Json, Outcome, Request
from .ahead import Ahead, sending_ahead
from .answering import answered, refused
from .asking import Conversation, Send
from .binding import bind
from .exchange import exchange
from .observer import Observer, Silent
from .planning import plannable
from .retry import RetryBudget
from .spool import Spool
from .upstreams import Upstreams
from .witnessing import Bound

__all__ = ["Surroundings", "Transport", "call", "surroundings"]

_LEAST = 0.02  # seconds; with less time left than this no attempt is begun

_logger = logging.getLogger(__name__)


class Transport(Protocol):
    """Whatever sends one request and tells what came of it; raises nothing but cancellation."""

    async def send(self, request: Request, *, timeout: float) -> Outcome:  # noqa: ASYNC109 - bounds one attempt, reported as a value
        """Send *request*, for *timeout* seconds at most."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The world that a call happens in: everything that is not a pure function of contract and arguments.

    *clock* is monotonic, *now* is Unix time, both in seconds; *random* gives [0, 1); *identify* gives new identifiers.
    *budgets* holds the retry budget of each provider and outlives the call.
    """

    open_transport: Callable[[Contract, Mapping[str, str]], AbstractAsyncContextManager[Transport]]
    environment: Mapping[str, str]
    random: Callable[[], float]
    identify: Callable[[], str]
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    observer: Observer = field(default_factory=Silent)
    budgets: MutableMapping[str, RetryBudget] = field(default_factory=dict[str, RetryBudget])


def surroundings(environment: Mapping[str, str] | None = None, *, version: str = "0") -> Surroundings:
    """The real world: the network, the system's clock and randomness, and the process's environment unless another is given."""
    return Surroundings(
        open_transport=Upstreams(version=version).open,
        environment=os.environ if environment is None else environment,
        random=secrets.SystemRandom().random,
        identify=lambda: secrets.token_hex(10),
    )


async def call(contract: Contract, arguments: Mapping[str, Json], *, surroundings: Surroundings) -> Answer:
    """Call the tool that *contract* describes with *arguments*; deliver a whole answer, or withhold with the reason."""
    identity, started = surroundings.identify(), surroundings.now()
    try:
        bound = bind(contract, arguments, environment=surroundings.environment, key=identity)
        if isinstance(bound, Finding):
            return refused(contract, bound, identity=identity, at=started)
        return await _answer(bound, surroundings, identity=identity, started=started)
    except Exception as error:  # a mistake of ours; the caller is told that, and nothing else
        frames = "".join(traceback.format_tb(error.__traceback__))  # without the text, which may hold a secret
        _logger.error("%s failed inside, receipt %s: %s\n%s", contract.name, identity, type(error).__name__, frames)  # noqa: TRY400
        finding = Finding(code="internal_error", message="Unabridged itself failed; nothing is delivered")
        return refused(contract, finding, identity=identity, at=started)


async def _answer(bound: Bound, surroundings: Surroundings, *, identity: str, started: float) -> Answer:
    spool = Spool(single=bound.contract.claim.kind == "one")
    try:
        evidence = await _evidence(bound, spool, surroundings)
        times = replace(evidence, started_at=started, ended_at=surroundings.now())
        return answered(bound.contract, times, spool, identity=identity)
    except BaseException:  # cancelled, or a mistake of ours
        spool.close()
        raise


async def _evidence(bound: Bound, spool: Spool, surroundings: Surroundings) -> Evidence:
    contract = bound.contract
    budget = surroundings.budgets.setdefault(contract.provider.name, RetryBudget(clock=surroundings.clock))
    steps = exchange(bound, spool=spool, random=surroundings.random, budget=budget, observer=surroundings.observer)
    seconds = min(contract.policy.deadline, contract.walk.limits.seconds or contract.policy.deadline)
    async with surroundings.open_transport(contract, surroundings.environment) as transport:
        carrier = _Carrier(transport, surroundings, contract.policy.attempt_timeout, surroundings.clock() + seconds)
        if not plannable(contract):
            return await _drive(steps, carrier)
        async with sending_ahead(carrier.send) as ahead:
            return await _drive(steps, replace(carrier, ahead=ahead))


async def _drive(steps: Conversation[Evidence], carrier: _Carrier) -> Evidence:
    try:
        send = next(steps)
        while True:
            send = steps.send(await carrier.carry(send))
    except StopIteration as end:
        evidence: Evidence = end.value
        return evidence
    finally:
        steps.close()


@dataclass(frozen=True, slots=True)
class _Carrier:
    """Carries out what an exchange asks for, until *deadline* on the monotonic clock."""

    transport: Transport
    surroundings: Surroundings
    attempt_timeout: float
    deadline: float
    ahead: Ahead | None = None

    def _left(self) -> float:
        return self.deadline - self.surroundings.clock()

    async def carry(self, send: Send) -> Outcome:
        if send.wait > 0:
            if send.wait > self._left() - _LEAST:  # it would be over before the wait is
                return _too_late()
            await self.surroundings.sleep(send.wait)
        if self.ahead is None:
            return await self.send(send.request)
        return await self.ahead.carry(send.request, send.soon)

    async def send(self, request: Request) -> Outcome:
        left = self._left()
        if left < _LEAST:
            return _too_late()
        outcome = await self.transport.send(request, timeout=min(self.attempt_timeout, left))
        if isinstance(outcome, Fault) and outcome.kind == "timeout" and left <= self.attempt_timeout:
            return replace(
                outcome, kind="deadline", code="deadline_exceeded", detail="the deadline of the call has passed"
            )
        return outcome


def _too_late() -> Fault:
    return Fault(kind="deadline", code="deadline_exceeded", sent="never", detail="the deadline of the call has passed")
