"""What must outlive a call, and often the process: small states by name, each changed in one step that nothing interrupts.

The states are those of pure machines (a breaker, a pace, a key of a write); whoever keeps them knows nothing of what they
mean.  `Shelf` in memory is for one process; the server keeps the same in a file that all processes of a user share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, TypeVar

__all__ = ["Change", "MemoryShelf", "Shelf"]

T = TypeVar("T")
Change: TypeAlias = Callable[[bytes | None], tuple[bytes | None, T]]
"""From what is kept under a name (None: nothing) to what shall be kept (None: nothing), and what the changer wants to know."""


class Shelf(Protocol):
    """States by name.  No two changes of one name run at the same time, in whichever process; a change must be quick."""

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*; None where there is nothing, or nothing any more."""
        ...

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        """Put what *change* makes of it in the place of what is kept under *name*, to be forgotten after *keep* seconds."""
        ...

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins with *prefix*, and what is kept under it, in the order of the names."""
        ...


@dataclass(slots=True)
class MemoryShelf:
    """A shelf of one process.  *clock* is in seconds, and may begin anywhere."""

    clock: Callable[[], float]
    kept: dict[str, tuple[float, bytes]] = field(default_factory=dict[str, tuple[float, bytes]])

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        until, value = self.kept.get(name, (0.0, None))
        if value is not None and until <= self.clock():
            del self.kept[name]
            return None
        return value

    def change(self, name: str, change: Change[T], *, keep: float) -> T:
        """Put what *change* makes of it in the place of what is kept under *name*."""
        value, told = change(self.look(name))
        if value is None:
            self.kept.pop(name, None)
        else:
            self.kept[name] = (self.clock() + keep, value)
        return told

    def all(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Yield every name that begins with *prefix*, and what is kept under it."""
        for name in sorted(name for name in self.kept if name.startswith(prefix)):
            if (value := self.look(name)) is not None:
                yield name, value
