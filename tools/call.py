"""A call, from arguments to an answer: by the tool itself, or by the ways back that its file declares.

It knows the order of the ways and nothing of how one is gone.  Every ending but cancellation is an `Answer`.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import assert_never

import anyio

from ..schemas.answer import Answer, Asked, Delivered
from ..schemas.approving import Decision
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from .answering import refused
from .approving import Barred, Permitted, permission, sending
from .leaving import Wire, abandoned
from .once import Trip, once
from .people import LOCAL, Caller
from .recalling import recalling
from .recovering import recovered
from .reviewing import parked, review
from .surroundings import Surroundings

__all__ = ["call", "call_or_ask"]

_logger = logging.getLogger(__name__)


async def call(
    contract: Contract, arguments: Mapping[str, Json], *, surroundings: Surroundings, caller: Caller = LOCAL
) -> Answer:
    """Call the tool that *contract* describes with *arguments*; deliver a whole answer, or withhold with the reason."""
    answer = await call_or_ask(contract, arguments, surroundings=surroundings, caller=caller)
    if not isinstance(answer, Asked):
        return answer
    finding = Finding(code="approval_unavailable", message="the person would have to be waited for, and nobody waits")
    return refused(contract, finding, identity=surroundings.identify(), at=surroundings.now())


async def call_or_ask(
    contract: Contract, arguments: Mapping[str, Json], *, surroundings: Surroundings, caller: Caller
) -> Answer | Asked:
    """Call as `call` does, for a caller whose people may answer in another round (`Deferred`)."""
    identity, started = surroundings.identify(), surroundings.now()
    wire = Wire(surroundings.open_transport)
    watched = replace(surroundings, open_transport=wire.open)
    try:
        return await _allowed(contract, arguments, watched, caller, identity=identity, started=started)
    except anyio.get_cancelled_exc_class():
        _leave(contract, surroundings, wire, identity=identity, started=started)
        raise
    except Exception as error:  # a mistake of ours; the caller is told that, and nothing else
        frames = "".join(traceback.format_tb(error.__traceback__))  # without the text, which may hold a secret
        _logger.error("%s failed inside, receipt %s: %s\n%s", contract.name, identity, type(error).__name__, frames)  # noqa: TRY400
        return refused(contract, _mistaken(contract), identity=identity, at=started)
    finally:
        if contract.effects == "write":
            surroundings.flights.depart()


def _leave(contract: Contract, surroundings: Surroundings, wire: Wire, *, identity: str, started: float) -> None:
    """Leave a receipt of a cancelled call; whatever becomes of it, the cancellation goes on."""
    try:
        surroundings.abandoned(abandoned(contract, surroundings, wire, identity=identity, started=started))
    except Exception as error:
        _logger.warning("the receipt %s could not be kept: %s", identity, type(error).__name__)


def _mistaken(contract: Contract) -> Finding:
    message = "Unabridged itself failed; nothing is delivered"
    if contract.effects == "read":
        return Finding(code="internal_error", message=message)
    return Finding(
        code="outcome_unknown", message=f"{message}, and what was sent may have happened", have="internal_error"
    )


async def _allowed(
    contract: Contract,
    arguments: Mapping[str, Json],
    surroundings: Surroundings,
    caller: Caller,
    *,
    identity: str,
    started: float,
) -> Answer | Asked:
    """Ask a person first, where the contract wants that; the call's time begins afterwards."""
    if caller.resumes is not None:
        doubt = await parked(contract, arguments, surroundings, name=caller.resumes)
        if doubt is not None:
            return await review(doubt, caller, surroundings)
    said = await permission(contract, arguments, caller.people, surroundings)
    match said:
        case Asked():
            return said
        case Barred(finding, decisions):
            return _decided(refused(contract, finding, identity=identity, at=started), decisions)
        case Permitted(decisions):
            trip = Trip(
                surroundings=surroundings,
                caller=caller,
                identity=identity,
                deadline=surroundings.clock() + contract.policy.deadline,
                permitted=sending(contract, arguments),
                provider=contract.provider.name,
            )
            return await _reviewed(contract, arguments, trip, decisions)
        case _:
            assert_never(said)


async def _by_any_way(contract: Contract, arguments: Mapping[str, Json], trip: Trip) -> Answer:
    return await recovered(contract, arguments, trip, partial(once, trip=trip))


async def _reviewed(
    contract: Contract, arguments: Mapping[str, Json], trip: Trip, decisions: tuple[Decision, ...]
) -> Answer | Asked:
    """Call by any way; where none leads to a whole answer, ask whether the tool's own may be released."""
    try:
        answer = await recalling(contract, arguments, trip, partial(_by_any_way, contract, arguments))
        doubt = trip.doubts.held
        if doubt is None or isinstance(answer, Delivered):
            return _decided(answer, decisions)
        spent = replace(doubt.refusal.receipt, tried=answer.receipt.tried, decisions=decisions)
        told = replace(doubt.refusal, receipt=spent)
        trip.doubts.held = None
        return await review(replace(doubt, refusal=told), trip.caller, trip.surroundings)
    finally:
        trip.doubts.close()


def _decided(answer: Answer, decisions: tuple[Decision, ...]) -> Answer:
    if not decisions:
        return answer
    return replace(answer, receipt=replace(answer.receipt, decisions=(*decisions, *answer.receipt.decisions)))
