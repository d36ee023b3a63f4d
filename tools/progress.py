"""How far a walk has come: what it has gathered, and the next page that it may take in.

The one mutable thing in the core, private to one walk.  It keeps facts and forgets bodies.  No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..schemas.evidence import Page
from .walking import Position

__all__ = ["Progress", "Turned"]


@dataclass(slots=True)
class Progress:
    """What a walk has gathered so far."""

    pages: list[Page] = field(default_factory=list[Page])
    positions: set[str] = field(default_factory=set[str])
    fingerprints: set[str] = field(default_factory=set[str])
    ids: set[str] = field(default_factory=set[str])
    received: int = 0

    def commit(self, turned: Turned) -> None:
        """Take *turned* in."""
        self.pages.append(turned.page)
        self.ids.update(turned.page.ids)
        self.received += turned.page.count
        if turned.page.count:
            self.fingerprints.add(turned.page.fingerprint)
        if turned.page.asked is not None:
            self.positions.add(turned.page.asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turned:
    """A page that may be kept: its facts, its items' bytes, and where the walk goes from here (None: nowhere).

    *beyond* is the position behind the page's last item, wherever the walk goes: behind an empty page, the one that it
    was asked at.  *bounded* says that the claim's bound is reached before the end.
    """

    page: Page
    items: bytes
    onward: Position | None
    beyond: Position | None
    bounded: bool = False
