"""The place of one call among those that run at a provider: taken, waited for in the queue, and given back.

It decides nothing (`concurrency.py` does), and sleeps for nobody: it says how long to wait before asking again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..schemas.policy import Concurrency
from . import concurrency
from .admission import Admission, refusal
from .concurrency import PLACES, Admitted, Entry, Full, Places, Waiting
from .shelf import Shelf

__all__ = ["UNDECLARED", "Place"]

UNDECLARED = Concurrency(calls=64, queue=256)
"""The bound of one process, where the file declares none."""

_KEPT = 86_400.0  # seconds; every lease knows itself when it is over, and is so by then
_GRACE = 1.0  # seconds that a lease outlives the call's deadline
_TURN, _LONGEST_TURN = 0.01, 0.25  # seconds between two looks of who waits: the first in the queue looks most often


@dataclass(slots=True, kw_only=True)
class Place:
    """The place of *holder*, who is unlike any other in whichever process, among those under *name* on *shelf*."""

    name: str
    shelf: Shelf
    policy: Concurrency
    holder: str
    now: Callable[[], float]
    _asked: bool = False
    _waiting: bool = False

    def enter(self, left: Callable[[], float]) -> Admission:
        """Take a place, or wait for one as long as *left* seconds are left."""
        self._asked = True
        while True:
            match self._entered(left()):
                case Admitted():
                    return None
                case Full():
                    return refusal("overloaded_here", "too many calls to this provider are running and waiting here")
                case Waiting(before):
                    pause = min(_TURN * (before + 1), _LONGEST_TURN)
                    if pause > left():
                        return refusal("deadline_exceeded", "no place came free before the deadline of the call")
                    yield pause

    def leave(self) -> None:
        """Give back the place, or the turn in the queue."""
        if self._asked:
            self._asked = False
            leave = PLACES.changing(lambda places: (concurrency.leave(places, self.holder, self.now()), None))
            self.shelf.change(self.name, leave, keep=_KEPT)

    def _entered(self, left: float) -> Entry:
        def enter(places: Places | None) -> tuple[Places | None, Entry]:
            return concurrency.enter(places, self.policy, self.holder, seconds=left + _GRACE, now=self.now())

        if self._waiting:  # who waits asks often, and there is seldom anything to write
            kept = PLACES.read(self.shelf.look(self.name))
            after, entry = enter(kept)
            if after == kept:
                return entry
        entry = self.shelf.change(self.name, PLACES.changing(enter), keep=_KEPT)
        self._waiting = isinstance(entry, Waiting)
        return entry
