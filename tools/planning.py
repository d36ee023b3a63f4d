"""Which pages can be asked for at once: those whose position is known before the page in front of them has come.

Only numbers and offsets can be addressed so, and only where the service said how much there is.  A plan is a guess about
positions, never about content: a page that does not start where the one before it ended is thrown away and asked for anew.
"""

from __future__ import annotations

from ..schemas.contract import Contract
from ..schemas.walk import Offset, Page
from .progress import Progress
from .walking import Position, numbered

__all__ = ["plan", "plannable"]


def plannable(contract: Contract) -> bool:
    """Whether any page of *contract* can be asked for before the one in front of it has come."""
    total = contract.complete.total
    several = contract.policy.in_flight > 1 and total is not None and total.scope != "page"
    return several and isinstance(contract.walk, Offset | Page)


def plan(contract: Contract, progress: Progress, bound: int | None) -> tuple[Position, ...]:
    """List the next positions, in order, as many as may be in flight; empty where they cannot be known."""
    walk, stated, size = contract.walk, progress.pages[0].total, progress.pages[0].count
    total = contract.complete.total
    if not isinstance(walk, Offset | Page) or total is None or total.scope == "page" or stated is None or size < 1:
        return ()
    if contract.policy.in_flight == 1 or progress.pages[-1].count != size:
        return ()
    done = len(progress.pages)
    items = stated * size if total.scope == "pages" else stated
    pages = -(-(items if bound is None else min(items, bound)) // size)
    coming = range(done, min(pages, walk.limits.pages, done + contract.policy.in_flight))
    if isinstance(walk, Page):
        return tuple(numbered(walk, walk.start + index) for index in coming)
    return tuple(numbered(walk, walk.start + progress.received + (index - done) * size) for index in coming)
