"""Driving a conversation: carries out what it asks for, and hands back outcomes, until one deadline.

The only place that touches clock and network.  It knows nothing of pages or proofs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from ..schemas.wire import Fault, Outcome, Request
from .ahead import Ahead, sending_ahead
from .asking import Conversation, Send
from .planning import plannable
from .retry import RetryBudget
from .surroundings import Surroundings, Transport
from .witnessing import Bound

__all__ = ["converse"]

T = TypeVar("T")

_LEAST = 0.02  # seconds; with less time left than this no attempt is begun


async def converse(
    bound: Bound, begin: Callable[[RetryBudget], Conversation[T]], surroundings: Surroundings, *, until: float
) -> T:
    """Carry out the conversation that *begin* starts with the provider of *bound*, *until* a time on the monotonic clock."""
    contract = bound.contract
    budget = surroundings.budgets.setdefault(contract.provider.name, RetryBudget(clock=surroundings.clock))
    steps = begin(budget)
    async with surroundings.open_transport(contract, surroundings.environment) as transport:
        carrier = _Carrier(transport, surroundings, contract.policy.attempt_timeout, until)
        if not plannable(contract):
            return await _drive(steps, carrier)
        async with sending_ahead(carrier.send) as ahead:
            return await _drive(steps, replace(carrier, ahead=ahead))


async def _drive(steps: Conversation[T], carrier: _Carrier) -> T:
    try:
        send = next(steps)
        while True:
            send = steps.send(await carrier.carry(send))
    except StopIteration as end:
        told: T = end.value
        return told
    finally:
        steps.close()


@dataclass(frozen=True, slots=True)
class _Carrier:
    """Carries out what a conversation asks for, until *deadline* on the monotonic clock."""

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
