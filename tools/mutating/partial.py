"""Partial answers that say so: an item is missing, and a flag, a warning or an error beside the items tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...schemas.location import escaped
from ...schemas.wire import Json, Response
from .editing import put, said
from .lists import count, relisted
from .mutant import Mutant
from .sound import Sound, parsed

__all__ = ["partial"]

_FLAG: Final = re.compile(r"partial|incomplete|truncated|timed_?out|terminated_?early|degraded", re.IGNORECASE)
_SOUND: Final = re.compile(r"complete$|^ok$|^success$|exhaustive", re.IGNORECASE)


def partial(sound: Sound) -> Iterator[Mutant]:
    """Lose the last item of every page, and turn each flag that the answer has for that."""
    for index, turn in sound.pages:
        if not count(sound.contract, turn) or not isinstance(turn.body.value, dict):
            continue
        short = relisted(sound.contract, turn, lambda items: list(items[:-1]))
        for pointer, value in _told(turn.body.value):
            response = _with(short, pointer, value)
            yield Mutant(mutation="partial_told", place=f"body:{pointer}", turn=turn.name, outcomes={index: response})


def _with(response: Response, pointer: str, value: Json) -> Response:
    return said(response, put(parsed(response).value, pointer, value))


def _told(body: dict[str, Json], base: str = "", depth: int = 0) -> Iterator[tuple[str, Json]]:
    """Every flag of *body* that says that something is missing, as it says it; and errors beside the items."""
    for name, value in body.items():
        pointer = f"{base}/{escaped(name)}"
        match value:
            case False if _FLAG.search(name) and not _SOUND.search(name):
                yield pointer, True
            case True if _SOUND.search(name):
                yield pointer, False
            case dict() if depth < 2:
                yield from _told(value, pointer, depth + 1)
            case _:
                pass
    if not depth:
        yield "/errors", [{"message": "One shard did not answer."}]
