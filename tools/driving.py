"""Driving a conversation: carries out what it asks for, and hands back outcomes, until one deadline.

The only place that touches clock and network.  It knows nothing of pages or proofs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from ..schemas.wire import Fault, Outcome, Request
from .admission import Admission
from .ahead import Ahead, sending_ahead
from .asking import Conversation, Send
from .planning import plannable
from .standing import Standing, standing
from .surroundings import Surroundings, Transport
from .witnessing import Bound

__all__ = ["converse"]

T = TypeVar("T")

_LEAST = 0.02  # seconds; with less time left than this no attempt is begun


async def converse(
    bound: Bound, begin: Callable[[Standing], Conversation[T]], surroundings: Surroundings, *, until: float
) -> T:
    """Carry out the conversation that *begin* starts with the provider of *bound*, *until* a time on the monotonic clock."""
    contract = bound.contract
    stands = standing(contract, surroundings)
    steps = begin(stands)
    try:
        async with surroundings.open_transport(contract, surroundings.environment) as transport:
            carrier = _Carrier(transport, surroundings, stands, contract.policy.attempt_timeout, until)
            if (refusal := await carrier.admitted(stands.place.enter)) is not None:
                return await _drive(steps, _refusing(refusal))
            if not plannable(contract):
                return await _drive(steps, carrier.carry)
            async with sending_ahead(carrier.send) as ahead:
                return await _drive(steps, replace(carrier, ahead=ahead).carry)
    finally:
        stands.close()


Carry: TypeAlias = Callable[[Send], Awaitable[Outcome]]


def _refusing(refusal: Fault) -> Carry:
    async def carry(_: Send) -> Outcome:
        return refusal

    return carry


async def _drive(steps: Conversation[T], carry: Carry) -> T:
    try:
        send = next(steps)
        while True:
            send = steps.send(await carry(send))
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
    standing: Standing
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

    async def admitted(self, ask: Callable[[Callable[[], float]], Admission]) -> Fault | None:
        """Wait as long as *ask* says; None when it is time to go on."""
        steps = ask(lambda: self._left() - _LEAST)
        try:
            while True:
                await self.surroundings.sleep(next(steps))
        except StopIteration as end:
            refusal: Fault | None = end.value
            return refusal

    async def send(self, request: Request) -> Outcome:
        if self._left() >= _LEAST and (refusal := await self.admitted(self.standing.admission)) is not None:
            return refusal
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
