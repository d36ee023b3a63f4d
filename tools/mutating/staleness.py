"""Age: an answer from a cache that is older than the contract allows."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import formatdate

from .editing import with_field
from .mutant import Mutant
from .sound import Sound

__all__ = ["staleness"]


def staleness(sound: Sound) -> Iterator[Mutant]:
    """Make every page older than it may be, where the contract bounds its age."""
    fresh = sound.contract.complete.fresh
    if fresh is None:
        return
    too_old = fresh.max_age + 60
    for index, turn in sound.pages:
        aged = with_field(turn.response, "age", str(int(too_old)))
        yield Mutant(mutation="too_old", place="header:age", turn=turn.name, outcomes={index: aged})
        made = formatdate(turn.response.received_at - too_old, usegmt=True)
        dated = with_field(turn.response, "date", made)
        yield Mutant(mutation="too_old", place="header:date", turn=turn.name, outcomes={index: dated})
