"""How many calls to one provider run at once: places, a queue in order of arrival, and no room beyond it.

Whoever has a place, or waits for one, holds it by a lease: a process that dies gives nothing back.  No clock: a state
and the time go in, and the next state comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from ..schemas.policy import Concurrency
from .kept import Kept
from .span import Lease, Span

__all__ = ["PLACES", "Admitted", "Entry", "Full", "Places", "Waiting", "enter", "leave"]

_WAITING = 5.0  # seconds; whoever waits asks more often than that, or is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Who runs, and who waits, the first to come first."""

    running: tuple[Lease, ...] = ()
    waiting: tuple[Lease, ...] = ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """There is a place, and it is taken."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """There is none yet; *before* others come first."""

    before: int


@dataclass(frozen=True, slots=True)
class Full:
    """There is neither a place nor room to wait for one."""


Entry: TypeAlias = Admitted | Waiting | Full
PLACES: Kept[Places] = Kept(Places)


def enter(
    places: Places | None, policy: Concurrency, holder: str, *, seconds: float, now: float
) -> tuple[Places | None, Entry]:
    """Take a place for *seconds*, or one in the queue; who waits asks again, and keeps its turn by that."""
    here = _present(places or Places(), now)
    if any(lease.holder == holder for lease in here.running):
        return here, Admitted()
    others = tuple(lease for lease in here.waiting if lease.holder != holder)
    known = len(others) < len(here.waiting)
    before = _before(here.waiting, holder)
    free = policy.calls - len(here.running)
    if before < free:
        return Places(running=(*here.running, Lease(holder, Span(now, seconds))), waiting=others), Admitted()
    if not known and len(here.waiting) >= policy.queue:
        return here, Full()
    return replace(here, waiting=_renewed(here.waiting, holder, now)), Waiting(before - max(0, free))


def leave(places: Places | None, holder: str, now: float) -> Places | None:
    """Give back the place of *holder*, or its turn; nothing is kept where nobody is left."""
    here = _present(places or Places(), now)
    left = Places(
        running=tuple(lease for lease in here.running if lease.holder != holder),
        waiting=tuple(lease for lease in here.waiting if lease.holder != holder),
    )
    return left if left.running or left.waiting else None


def _present(places: Places, now: float) -> Places:
    return Places(
        running=tuple(lease for lease in places.running if lease.holds(now)),
        waiting=tuple(lease for lease in places.waiting if lease.holds(now)),
    )


def _before(waiting: tuple[Lease, ...], holder: str) -> int:
    holders = [lease.holder for lease in waiting]
    return holders.index(holder) if holder in holders else len(holders)


def _renewed(waiting: tuple[Lease, ...], holder: str, now: float) -> tuple[Lease, ...]:
    """Let *holder* wait on from *now*; written anew only when half of its time is over."""
    before = _before(waiting, holder)
    own = Lease(holder, Span(now, _WAITING))
    if before == len(waiting):
        return (*waiting, own)
    fresh = waiting[before].span.left(now) > _WAITING / 2
    return waiting if fresh else (*waiting[:before], own, *waiting[before + 1 :])
