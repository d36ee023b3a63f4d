"""How often people are asked, and what they say: counts for each tool and gate, shared by all processes of a user.

Counts only: no argument, no principal, no time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Final, Literal, TypeAlias

from ..schemas.answer import Question
from ..tools.shelf import Shelf

__all__ = ["Counts", "Event", "Tally", "tallies"]

Event: TypeAlias = Literal["asked", "approved", "declined", "cancelled", "unavailable"]

_PREFIX: Final = "people/"
_KEPT: Final = 400 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What came of asking: *unavailable* counts the calls for which nobody could be asked."""

    asked: int = 0
    approved: int = 0
    declined: int = 0
    cancelled: int = 0
    unavailable: int = 0

    @property
    def decided(self) -> int:
        """How many questions were answered."""
        return self.approved + self.declined + self.cancelled

    @property
    def unanswered(self) -> int:
        """How many are still open, or ran out of time."""
        return max(0, self.asked - self.decided)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts what happens to questions, on *shelf*."""

    shelf: Shelf

    def count(self, question: Question, event: Event) -> None:
        """Count one *event* of the gate that *question* stands at."""

        def change(kept: bytes | None) -> tuple[bytes, None]:
            counts = _read(kept)
            more = replace(counts, **{event: getattr(counts, event) + 1})
            return json.dumps(asdict(more)).encode(), None

        self.shelf.change(f"{_PREFIX}{question.tool}/{question.kind}", change, keep=_KEPT)


def tallies(shelf: Shelf) -> Iterator[tuple[str, str, Counts]]:
    """Yield each tool, its gate (`approval` or `review`) and the counts, in the order of the names."""
    for key, kept in shelf.all(_PREFIX):
        tool, _, gate = key.removeprefix(_PREFIX).rpartition("/")
        yield tool, gate, _read(kept)


def _read(kept: bytes | None) -> Counts:
    counted: dict[str, int] = {} if kept is None else json.loads(kept)
    return Counts(**{one.name: counted.get(one.name, 0) for one in fields(Counts)})
