"""Asking the server to stop: SIGTERM and SIGINT once mean gently, twice mean now.

The exit status is 0 after SIGTERM, which is how servers are told to stop, and 130 after SIGINT, so that a shell knows
that its user interrupted it.  A second signal, or a stop that does not end, exits at once with 128 + the signal.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Asked", "on_stop"]

log = logging.getLogger("unabridged.server")


@dataclass(slots=True)
class Asked:
    """Whether, and by which signal, the server was asked to stop."""

    signals: list[int] = field(default_factory=list[int])

    @property
    def status(self) -> int:
        """Return the exit status that this stop deserves."""
        return 130 if self.signals[:1] == [signal.SIGINT] else 0


@contextmanager
def on_stop(stop: Callable[[], None], *, limit: float) -> Generator[Asked]:
    """Call *stop* at the first signal, and end the process *limit* seconds later whatever still runs."""
    loop = asyncio.get_running_loop()
    asked = Asked()

    def received(number: int) -> None:
        asked.signals.append(number)
        if len(asked.signals) > 1:
            os._exit(128 + number)
        log.info("stopping after %s", signal.Signals(number).name)
        loop.call_later(limit, _give_up, number, limit)
        stop()

    installed = [number for number in (signal.SIGTERM, signal.SIGINT) if _installed(loop, number, received)]
    try:
        yield asked
    finally:
        for number in installed:
            loop.remove_signal_handler(number)


def _installed(loop: asyncio.AbstractEventLoop, number: int, received: Callable[[int], None]) -> bool:
    try:
        loop.add_signal_handler(number, received, number)
    except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not in the main thread
        return False
    return True


def _give_up(number: int, limit: float) -> None:
    log.error("still running %s seconds after being asked to stop; exiting", limit)
    os._exit(128 + number)
