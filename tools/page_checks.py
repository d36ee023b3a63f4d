"""What can be wrong with one page, given the pages before it: found inside the loop, where asking again may help.

CHECKS is a tuple of plain functions over (contract, progress, seen); the first finding counts.  No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.wire import State
from .looking import Seen, stable
from .progress import Progress

__all__ = ["CHECKS", "Check"]

Check: TypeAlias = Callable[[Contract, Progress, Seen], Finding | None]


def _same_position(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    known = seen.offered is not None and (
        seen.offered.key in progress.positions or (seen.asked is not None and seen.offered.key == seen.asked.key)
    )
    if known and not seen.ends and contract.walk.repeat == "violation":
        return Finding(code="cursor_loop", message="a position came a second time")
    return None


def _same_items(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    if not seen.ids or progress.ids.isdisjoint(seen.ids):
        twice = len(set(seen.ids)) != len(seen.ids)
        return Finding(code="duplicate_id", message="an item came twice on one page") if twice else None
    known = sum(identity in progress.ids for identity in seen.ids)
    code = "repeated_page" if known == len(seen.ids) else "duplicate_id"
    return Finding(code=code, message="items of earlier pages came again", have=known)


def _total_kept(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    total, stated = contract.complete.total, seen.signals.total
    if total is None or stated is None or total.scope == "page":
        return None
    earlier = progress.pages[0].total if progress.pages else stated
    if earlier is not None and earlier != stated:
        return Finding(
            code="total_changed",
            message="the total changed during the walk",
            where=str(total.at),
            have=stated,
            expected=earlier,
        )
    return None


def _total_reached(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    total, stated = contract.complete.total, seen.signals.total
    if total is None or stated is None or contract.claim.single or contract.claim.kind == "top_k":
        return None
    have = {"pages": seen.signals.number, "page": len(seen.found.items)}.get(total.scope, seen.signals.received)
    short = have < stated and (seen.ends or total.scope == "page")
    if short or (have > max(stated, 1 if total.scope == "pages" else 0)):
        return Finding(
            code="total_mismatch",
            message="the items do not add up to the total",
            where=str(total.at),
            have=have,
            expected=stated,
        )
    return None


def _window(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    window, total = contract.walk.limits.window, seen.signals.total
    if contract.claim.kind != "all" or window is None:
        return None
    # A walk that ends just where nobody may go on may have been cut there; only a total tells.
    there = total if total is not None else seen.signals.received + 1 if seen.ends else 0
    if there <= window:
        return None
    message = "there is, or may be, more than the service lets anyone walk"
    return Finding(code="window_cap", message=message, have=total or seen.signals.received, expected=window)


def _stability(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    marks = stable(contract, seen.message)
    if any(mark.state is State.ABSENT for mark in marks) or (progress.pages and progress.pages[0].stable != marks):
        return Finding(code="mutated_during_walk", message="the mark of stability is missing or changed")
    return None


def _within_limits(contract: Contract, progress: Progress, seen: Seen) -> Finding | None:
    limits = contract.walk.limits
    going_on = not seen.ends and seen.whole
    if seen.signals.received > limits.items and contract.claim.kind != "first":
        return Finding(
            code="page_budget",
            message="more items than the contract allows",
            have=seen.signals.received,
            expected=limits.items,
        )
    if going_on and seen.signals.number >= limits.pages:
        return Finding(code="page_budget", message="more pages than the contract allows", expected=limits.pages)
    return None


CHECKS: tuple[Check, ...] = (
    _same_position,
    _same_items,
    _total_kept,
    _total_reached,
    _window,
    _stability,
    _within_limits,
)
