"""A progress bar on the terminal while a call runs; nothing where there is no terminal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ..schemas.contract import Contract
from ..schemas.evidence import Attempt, Page
from ..tools.observer import Silent

__all__ = ["Bar", "watching"]


class Bar:
    """Shows each page as it comes, and each attempt that was refused."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._items = 0

    @contextmanager
    def pausing(self) -> Generator[None]:
        """Leave the terminal to somebody else for the length of the block."""
        self._progress.stop()
        try:
            yield
        finally:
            self._progress.start()

    def attempted(self, attempt: Attempt) -> None:
        """Tell why an attempt was refused."""
        if attempt.finding is not None:
            text = f"page {attempt.page}: attempt {attempt.number} refused ({attempt.finding.code})"
            self._progress.update(self._task, description=text)

    def turned(self, page: Page) -> None:
        """Count a whole page."""
        self._items += page.count
        known = f" of {page.total:,}" if page.total is not None else ""
        self._progress.update(
            self._task,
            description=f"page {page.number}: {self._items:,}{known} items",
            completed=self._items,
            total=page.total,
        )


@contextmanager
def watching(console: Console, contract: Contract) -> Generator[Bar | Silent]:
    """Watch one call on *console* for the length of the block."""
    if not console.is_terminal:
        yield Silent()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress, progress.add_task(contract.name, total=None))
