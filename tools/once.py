"""One contract, asked once: bind, converse, judge, answer.

Whatever way a call goes (the tool itself, other arguments, another provider), each leg of it is this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from ..schemas.answer import Answer, Delivered
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence
from ..schemas.verdict import Finding
from ..schemas.wire import Fault, Json
from .account import account
from .answering import refused, weighed
from .approving import NOT_ALLOWED, sending
from .asking import Conversation
from .binding import bind, with_defaults
from .confirming import confirming, unsettled
from .doubting import doubt
from .driving import converse
from .exchange import exchange
from .people import Caller
from .proof import locked_for
from .reviewing import Doubt, Doubts, releasable
from .spool import Spool
from .standing import Standing
from .surroundings import Surroundings
from .witnessing import Bound
from .writing import Writer, written

__all__ = ["Trip", "once"]

_LOOK: Final = 1.0  # seconds for the last look at what came of a write


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One call on its way: *identity* names it and its receipt; it ends at *deadline* on the monotonic clock.

    *permitted* is what was called (`sending`), and all that a person allowed, where the tool wants that; *provider* is the tool's own,
    and *doubts* holds its answer where a person may release it.
    """

    surroundings: Surroundings
    caller: Caller
    identity: str
    deadline: float
    permitted: str | None = None
    provider: str = ""
    doubts: Doubts = field(default_factory=Doubts)

    def left(self) -> float:
        """Return how many seconds there are until the deadline."""
        return self.deadline - self.surroundings.clock()


async def once(contract: Contract, arguments: Mapping[str, Json], trip: Trip, *, until: float) -> Answer:
    """Ask *contract* with *arguments*, *until* a time on the monotonic clock."""
    started = trip.surroundings.now()
    if contract.approval is not None and trip.permitted != sending(contract, arguments):
        return refused(contract, NOT_ALLOWED, identity=trip.identity, at=started)
    if (doubted := doubt(contract, started)) is not None:
        return refused(contract, doubted, identity=trip.identity, at=started)
    locked = locked_for(contract, with_defaults(contract, arguments))
    bound = bind(locked, arguments, environment=trip.surroundings.environment, key=trip.identity)
    if isinstance(bound, Finding):
        return refused(contract, bound, identity=trip.identity, at=started)
    answer = await written(
        bound, _writer(trip, until), partial(_answer, arguments=arguments, trip=trip, started=started, until=until)
    )
    return refused(contract, answer, identity=trip.identity, at=started) if isinstance(answer, Finding) else answer


def _writer(trip: Trip, until: float) -> Writer:
    seconds = until - trip.surroundings.clock()
    return Writer(
        surroundings=trip.surroundings, principal=trip.caller.principal, identity=trip.identity, seconds=seconds
    )


async def _answer(bound: Bound, arguments: Mapping[str, Json], trip: Trip, *, started: float, until: float) -> Answer:
    spool = Spool(single=bound.contract.claim.single)
    try:
        whose = await account(bound.contract, trip.surroundings) if bound.contract.review else ""
        evidence = await _evidence(bound, spool, trip.surroundings, until=until - _reserve(bound, trip, until))
        if unsettled(bound, evidence):
            evidence = await _confirmed(bound, evidence, spool, trip.surroundings, until=until)
        times = replace(evidence, started_at=started, ended_at=trip.surroundings.now())
        return _judged(bound.contract, arguments, times, spool, trip, whose=whose)
    except BaseException:  # cancelled, or a mistake of ours
        spool.close()
        raise


def _judged(
    contract: Contract,
    arguments: Mapping[str, Json],
    evidence: Evidence,
    spool: Spool,
    trip: Trip,
    *,
    whose: str | Fault,
) -> Answer:
    """Answer, and leave open what a person may release: the own answer to what was called, and nobody else's."""
    answer = weighed(contract, evidence, spool, identity=trip.identity)
    if isinstance(answer, Delivered):
        return answer
    own = trip.permitted == sending(contract, arguments) and trip.provider == contract.provider.name
    grade = releasable(contract, evidence) if own else None
    if grade is None:
        spool.close()
        return answer
    trip.doubts.offer(
        Doubt(
            contract=contract,
            arguments=arguments,
            evidence=evidence,
            spool=spool,
            refusal=answer,
            grade=grade,
            whose=whose,
        )
    )
    return answer


def _reserve(bound: Bound, trip: Trip, until: float) -> float:
    """How many seconds of a write are kept to find out what came of it.

    A tenth, the time that its effect has to show and one more to look at it, 2 at least; and never over half.
    """
    confirm = bound.contract.confirm
    if bound.confirm is None or confirm is None:
        return 0.0
    left = until - trip.surroundings.clock()
    return min(max(2.0, left / 10, confirm.settles + _LOOK), left / 2)


async def _confirmed(
    bound: Bound, evidence: Evidence, spool: Spool, surroundings: Surroundings, *, until: float
) -> Evidence:
    def begin(standing: Standing) -> Conversation[Evidence]:
        observer = surroundings.observer
        return confirming(
            bound, evidence, spool=spool, random=surroundings.random, standing=standing, observer=observer
        )

    return await converse(bound, begin, surroundings, until=until)


async def _evidence(bound: Bound, spool: Spool, surroundings: Surroundings, *, until: float) -> Evidence:
    def begin(standing: Standing) -> Conversation[Evidence]:
        observer = surroundings.observer
        return exchange(bound, spool=spool, random=surroundings.random, standing=standing, observer=observer)

    seconds = bound.contract.walk.limits.seconds
    last = until if seconds is None else min(until, surroundings.clock() + seconds)
    return await converse(bound, begin, surroundings, until=last)
