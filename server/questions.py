"""Questions that are on their way to a person: who asked, about what, and that each is answered once.

What a client holds of one is a random word; all that the word stands for is kept here, on the shelf that all processes of a
user share.  So there is nothing to forge and no key to lose: a word that was changed, made up, used, or given out by another
server means nothing, and a shelf that lost its memory refuses.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from typing import Final

from ..tools.shelf import Shelf

__all__ = ["Put", "Questions", "Used", "name"]

_PREFIX: Final = "question/"
_USED: Final = b"used"
_REMEMBERED: Final = 86_400.0
"""Seconds for which a used word is told from one that means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A question that was put: *kind* and *subject* are the question's, the others say whose call it belongs to.

    *arguments* is a digest.
    """

    kind: str
    subject: str
    principal: str
    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Used:
    """A question that was answered, and whose answer was used."""


class Questions:
    """The questions that wait for an answer, on *shelf*."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, question: Put, *, expires: float) -> str:
        """Remember *question* for *expires* seconds, and return the word for it."""
        word = secrets.token_urlsafe(32)
        written = json.dumps(asdict(question)).encode()
        self._shelf.change(_PREFIX + name(word), lambda _: (written, None), keep=expires)
        return word

    def look(self, word: str) -> Put | Used | None:
        """Return the question that *word* stands for; None where it stands for none, or none any more."""
        kept = self._shelf.look(_PREFIX + name(word))
        if kept is None or kept == _USED:
            return None if kept is None else Used()
        try:
            return Put(**json.loads(kept))
        except TypeError:  # another version asked
            return None

    def take(self, word: str) -> bool:
        """Let *word* stand for a used question from now on; return whether it was unused, which is true once only."""
        return self._shelf.change(
            _PREFIX + name(word),
            lambda kept: (None if kept is None else _USED, kept not in (None, _USED)),
            keep=_REMEMBERED,
        )


def name(word: str) -> str:
    """Return the name for what *word* stands for; the word cannot be read out of it."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
