"""Answers that need not be asked for: one that is kept and fresh, one that is under way already, and the last whole one.

It goes around all the ways of a call.  Nothing is kept where the contract declares neither `policy.cache` nor
`policy.degrade`, and nothing that was not delivered whole by the tool itself; no answer goes from one principal to another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias, assert_never

from anyio import to_thread

from ..schemas.answer import Answer, Delivered, Receipt, Tried, Withheld
from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import Json
from ..validators.recollection import OF_THE_SERVICE
from .account import accounts, may_change
from .answering import recalled, refused
from .binding import bind
from .canonical import digest
from .credential import Credentials
from .doubting import doubt
from .flights import Landed, Missed
from .keeping import keep, recall
from .observer import Observer
from .once import Trip
from .spool import Spool

__all__ = ["recalling"]

Ask: TypeAlias = Callable[[Trip], Awaitable[Answer]]

_LEAST: Final = 0.02  # seconds; with less time left than this no call is begun
_LASTING: Final = frozenset({"all", "first", "one", "top_k", "caught_up_to"})
"""Claims about what is there: the same question has the same answer.  What is generated is another thing each time."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the answer to one call is kept, and the contract that it is judged by, bound to this call.

    *anew* finds the place once more, as it would be named now.
    """

    name: str
    contract: Contract
    anew: Callable[[], Awaitable[_Place | None]]


async def recalling(contract: Contract, arguments: Mapping[str, Json], trip: Trip, ask: Ask) -> Answer:
    """Answer from what is kept or under way, and *ask* only where there is neither."""
    route = await _route(contract, arguments, trip)
    believed = doubt(contract, trip.surroundings.now()) is None  # what is refuted by now was read by it before, too
    place = await _place(contract, arguments, trip, route) if believed and _may_be_kept(contract) else None
    if place is not None and contract.policy.cache is not None:
        fresh = await _again(place, trip, most=contract.policy.cache.fresh)
        if fresh is not None:
            return fresh
    fly = partial(_asked, contract, trip, place, ask)
    if not _may_be_shared(contract):
        return await fly(trip.surroundings.observer)
    return await _together(contract, trip, route, fly)


def _may_be_kept(contract: Contract) -> bool:
    policy = contract.policy
    if contract.effects != "read" or not contract.digest:
        return False
    return policy.cache is not None or (policy.degrade is not None and contract.claim.kind in _LASTING)


def _may_be_shared(contract: Contract) -> bool:
    """Whether calls that are equal may be one: where a person is asked, each asks for itself."""
    asks_people = contract.approval is not None or bool(contract.review)
    return contract.effects == "read" and contract.claim.kind in _LASTING and bool(contract.digest) and not asks_people


async def _route(contract: Contract, arguments: Mapping[str, Json], trip: Trip) -> str:
    """Name all that makes two calls the same; a credential where it can change, for it is one within a process otherwise."""
    variables = contract.provider.variables.items()
    environment = trip.surroundings.environment
    set_to = {name: environment.get(variable.env or "", variable.default) for name, variable in variables}
    named = [contract.digest, contract.provider.base_url, set_to, dict(arguments), trip.caller.principal]
    if may_change(contract, trip.surroundings):
        holder = await accounts(contract, trip.surroundings)
        named.append(holder if isinstance(holder, str) else trip.identity)
    return digest(named)


async def _place(contract: Contract, arguments: Mapping[str, Json], trip: Trip, route: str) -> _Place | None:
    """Name the place of the answer; None where it cannot be told whose credential would ask for it."""
    bound = bind(contract, arguments, environment=trip.surroundings.environment, key=trip.identity)
    secret = trip.surroundings.store.secret
    if isinstance(bound, Finding) or secret is None:
        return None
    provider = bound.contract.provider
    credentials = Credentials(provider.auth, base_url=provider.base_url, environment=trip.surroundings.environment)
    fingerprint = await credentials.fingerprint(secret)
    if fingerprint is None:
        return None
    name = f"answer:{digest([route, provider.base_url, fingerprint])}"
    return _Place(name, bound.contract, partial(_place, contract, arguments, trip, route))


async def _again(place: _Place, trip: Trip, *, most: float, because: Finding | None = None) -> Delivered | None:
    """Give the kept answer again, if it is *most* seconds old at most, and still whole by today's judgement."""
    held = await to_thread.run_sync(recall, trip.surroundings.store, place.name)
    if held is None:
        return None
    now = trip.surroundings.now()
    age = now - held.evidence.started_at
    if not 0 <= age <= most:  # below 0 the clock was set back, and nobody knows how old it is
        held.spool.close()
        return None
    return recalled(place.contract, held, identity=trip.identity, now=now, because=because)


async def _asked(contract: Contract, trip: Trip, place: _Place | None, ask: Ask, observer: Observer) -> Answer:
    """Ask; keep what is whole, and give the last whole answer where the service gives none."""
    answer = await ask(replace(trip, surroundings=replace(trip.surroundings, observer=observer)))
    if place is None:
        return answer
    match answer:
        case Delivered(payload=Spool() as spool, receipt=receipt) if _its_own(contract, receipt):
            await _keep(contract, trip, place, receipt, spool)
            return answer
        case Withheld():
            return await _last(contract, trip, place, answer) or answer
        case _:
            return answer


def _its_own(contract: Contract, receipt: Receipt) -> bool:
    """Whether the tool itself proved the answer: not another one under another contract, and not a person."""
    by_itself = receipt.contract_digest == contract.digest and receipt.provider == contract.provider.name
    return by_itself and not receipt.evidence.released


async def _keep(contract: Contract, trip: Trip, place: _Place, receipt: Receipt, spool: Spool) -> None:
    """Keep the answer at *place*, if it still belongs there: the credential may be another one by now."""
    cache, degrade = contract.policy.cache, contract.policy.degrade
    seconds = max(cache.fresh if cache else 0.0, degrade.max_stale if degrade else 0.0)
    write = partial(
        keep,
        trip.surroundings.store,
        place.name,
        receipt.evidence,
        spool,
        receipt=receipt.id,
        until=receipt.as_of + seconds,
        tried=receipt.tried,
    )
    try:
        now = await place.anew()
        if now is None or now.name != place.name:
            return
        await to_thread.run_sync(write)  # hashing and writing take time, and the file may be in another process's hand
    except BaseException:  # cancelled: nobody gets the answer
        spool.close()
        raise


async def _last(contract: Contract, trip: Trip, place: _Place, failed: Withheld) -> Delivered | None:
    """Give the last whole answer, saying so, where the contract allows it and the failure is the service's."""
    degrade, why = contract.policy.degrade, failed.verdict.findings[0]
    if degrade is None or why.code not in OF_THE_SERVICE:
        return None
    last = await _again(place, trip, most=degrade.max_stale, because=why)
    if last is None:
        return None
    tried = failed.receipt.tried or (_only_way(failed, why),)
    requests, elapsed = sum(leg.requests for leg in tried), sum(leg.elapsed for leg in tried)
    return replace(last, receipt=replace(last.receipt, tried=tried, requests=requests, elapsed=elapsed))


def _only_way(failed: Withheld, why: Finding) -> Tried:
    receipt = failed.receipt
    return Tried(
        way="first",
        tool=receipt.tool,
        provider=receipt.provider,
        finding=why,
        requests=receipt.requests,
        elapsed=receipt.elapsed,
    )


# ------------------------------------------------------------------------------------------- one flight for several


async def _together(contract: Contract, trip: Trip, route: str, fly: Callable[[Observer], Awaitable[Answer]]) -> Answer:
    """Share the call with all that are equal to it; each has a receipt of its own, and its own deadline."""
    around = trip.surroundings
    began = around.clock()
    while True:
        flown = await around.flights.join(
            route, fly, passenger=trip.identity, observer=around.observer, seconds=trip.left()
        )
        match flown:
            case Missed():
                return refused(contract, _too_late(), identity=trip.identity, at=around.now())
            case Landed(answer, first):
                if _ended_for_another(answer, trip) and trip.left() > _LEAST:
                    continue
                return _with_own_receipt(answer, trip.identity, first, waited=around.clock() - began)
            case _:
                assert_never(flown)


def _ended_for_another(answer: Answer, trip: Trip) -> bool:
    """Whether the time of the caller who began the flight was up, which is not a reason for this one."""
    theirs = answer.receipt.id != trip.identity
    return theirs and isinstance(answer, Withheld) and answer.verdict.findings[0].code == "deadline_exceeded"


def _with_own_receipt(answer: Answer, identity: str, first: str | None, *, waited: float) -> Answer:
    """Put the passenger's own name on the receipt; the requests stand in one of them only."""
    if first is None:
        own = answer.receipt.id == identity
        return answer if own else replace(answer, receipt=replace(answer.receipt, id=identity))
    origin = answer.receipt.origin or first
    return replace(answer, receipt=replace(answer.receipt, id=identity, origin=origin, requests=0, elapsed=waited))


def _too_late() -> Finding:
    return Finding(code="deadline_exceeded", message="the deadline of the call has passed")
