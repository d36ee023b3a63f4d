"""Whoever watches a call: progress and telemetry.  The core logs nothing; it tells an observer, and does not wait for it."""

from __future__ import annotations

from typing import Protocol

from ..schemas.evidence import Attempt, Page

__all__ = ["Observer", "Silent"]


class Observer(Protocol):
    """Watches a call while it runs.  Called between requests; must not raise and must not block."""

    def attempted(self, attempt: Attempt) -> None:
        """Take note of an attempt that is over."""

    def turned(self, page: Page) -> None:
        """Take note of a page that is in."""


class Silent:
    """An observer that does not look."""

    def attempted(self, attempt: Attempt) -> None:
        """Let an attempt pass."""

    def turned(self, page: Page) -> None:
        """Let a page pass."""
