"""Bytes: an answer cut short inside its content, with a frame around it that is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .mutant import Mutant
from .sampling import spread_over
from .sound import Sound

__all__ = ["cutting"]

_STRUCTURE: Final = re.compile(rb"[\]}\[{,:\"\n]")
_MOST: Final = 24  # cuts of one answer: half of them where a token ends, half of them anywhere


def cutting(sound: Sound) -> Iterator[Mutant]:
    """Cut every answer behind some of its tokens, and at some of its bytes, evenly spread."""
    for index, turn in sound.tried:
        content = turn.response.content
        tokens = [match.end() for match in _STRUCTURE.finditer(content) if match.end() < len(content)]
        anywhere = range(1, len(content))
        for size in sorted({*spread_over(tokens, _MOST // 2), *spread_over(anywhere, _MOST // 2)}):
            cut = replace(turn.response, content=content[:size], wire_bytes=size)
            yield Mutant(
                mutation="bytes_cut", place="body", turn=turn.name, outcomes={index: cut}, detail=f"{size} bytes"
            )
