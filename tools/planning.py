"""Which pages can be asked for at once: those whose position is known before the page in front of them has come.

Only numbers and offsets can be addressed so, and only where the service said how much there is.  A plan is a guess about
positions, never about content: a page that does not start where the one before it ended is thrown away and asked for anew.
"""

from __future__ import annotations

from ..schemas.contract import Contract
from ..schemas.walk import Offset, Page
from .turning import Progress
from .walking import Position, numbered

__all__ = ["plan"]

_ROUNDS = 4  # so many rounds of `in_flight` requests are held in memory at once


def plan(contract: Contract, progress: Progress, bound: int | None) -> tuple[Position, ...]:
    """List the next positions, in order, as many as may be held at once; empty where they cannot be known."""
    walk, stated, size = contract.walk, progress.pages[0].total, progress.pages[0].count
    total = contract.complete.total
    if not isinstance(walk, Offset | Page) or total is None or total.scope == "page" or stated is None or size < 1:
        return ()
    if contract.policy.in_flight == 1 or progress.pages[-1].count != size:
        return ()
    done = len(progress.pages)
    items = stated * size if total.scope == "pages" else stated
    pages = -(-(items if bound is None else min(items, bound)) // size)
    coming = range(done, min(pages, walk.limits.pages, done + contract.policy.in_flight * _ROUNDS))
    if isinstance(walk, Page):
        return tuple(numbered(walk, walk.start + index) for index in coming)
    return tuple(numbered(walk, walk.start + progress.received + (index - done) * size) for index in coming)
