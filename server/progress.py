"""Progress of one call, page by page, for clients that ask for it.

It never slows the walk: pages that turn while a notification is on its way are told together with the next one.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import anyio

from ..schemas.contract import Contract
from ..schemas.evidence import Attempt, Page

__all__ = ["Report", "Steps", "reporting"]

PAUSE = 0.2
"""Seconds from one notification to the next, at least."""

Report: TypeAlias = Callable[[float, float | None, str], Awaitable[None]]
"""Sends one notification: how far, of how much (None: unknown), and a sentence."""


class Steps:
    """Counts what has come, in pages or, where the service states a total, in items."""

    def __init__(self, contract: Contract) -> None:
        """Start at nothing."""
        total = contract.complete.total
        self._counts_items = total is not None and total.exact and total.scope == "walk"
        self._pages = 0
        self._items = 0
        self._due_items: int | None = None
        self._due_pages: int | None = None
        self.changed = anyio.Event()

    def attempted(self, attempt: Attempt) -> None:
        """Let an attempt pass; only whole pages are progress."""

    def turned(self, page: Page) -> None:
        """Count *page*."""
        self._pages += 1
        self._items += page.count
        if self._counts_items and page.total is not None:
            self._due_items = page.total
        if page.last_page is not None:
            self._due_pages = page.last_page
        self.changed.set()

    def told(self) -> tuple[float, float | None, str]:
        """Return how far it is, of how much, and the same as a sentence."""
        if self._due_items:
            text = f"page {self._pages}: {self._items:,} of {self._due_items:,} items"
            return float(self._items), float(self._due_items), text
        due = f" of {self._due_pages}" if self._due_pages else ""
        return float(self._pages), self._due_pages, f"page {self._pages}{due}: {self._items:,} items so far"


@asynccontextmanager
async def reporting(steps: Steps, report: Report) -> AsyncGenerator[None]:
    """Report *steps* while the body runs, each time further than before."""
    async with anyio.create_task_group() as group:
        group.start_soon(_report, steps, report)
        yield
        group.cancel_scope.cancel()


async def _report(steps: Steps, report: Report) -> None:
    furthest = 0.0
    while True:
        await steps.changed.wait()
        steps.changed = anyio.Event()
        progress, total, text = steps.told()
        if progress > furthest:  # MCP: "The progress value MUST increase with each notification"
            furthest = progress
            await report(progress, total, text)
            await anyio.sleep(PAUSE)
