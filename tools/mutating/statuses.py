"""Statuses: the sound body under a status that says that it is not the answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .editing import with_field
from .mutant import Mutant
from .sound import Sound

__all__ = ["statuses"]

_OTHERS: Final = (202, 203, 206, 207, 302, 404, 429, 500, 503)


def statuses(sound: Sound) -> Iterator[Mutant]:
    """Send every sound body with each other status, and every sound answer as a stretch of a longer one."""
    for index, turn in sound.tried:
        for status in _OTHERS:
            if status not in sound.contract.response.status:
                response = replace(turn.response, status=status)
                yield Mutant(
                    mutation="other_status",
                    place="status",
                    turn=turn.name,
                    outcomes={index: response},
                    detail=str(status),
                )
        size = len(turn.response.content)
        part = with_field(turn.response, "content-range", f"bytes 0-{size - 1}/{size * 2}")
        yield Mutant(mutation="partial_content", place="header:content-range", turn=turn.name, outcomes={index: part})
