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
from typing import Final, Literal, TypeAlias, cast

from ..tools.shelf import Shelf

__all__ = ["PREFIX", "Heard", "Put", "Questions", "Used", "name"]

PREFIX: Final = "question/"
"""How the names of questions begin.  What was used, and by which word, lies apart: it stays true however old it is."""

_ANSWERED: Final = "answered/"
_REMEMBERED: Final = 86_400.0
"""Seconds for which a used word is told from one that means nothing."""

Heard: TypeAlias = Literal["approved", "declined", "cancelled", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """A question that was put: *kind* and *subject* are the question's, the others say whose call it belongs to.

    *arguments* is a digest; it *expires* so many seconds after it was put.
    """

    kind: str
    subject: str
    principal: str
    tool: str
    arguments: str
    expires: float


@dataclass(frozen=True, slots=True)
class Used:
    """A question whose word was used; *heard* is what it brought."""

    heard: Heard


class Questions:
    """The questions that wait for an answer, on *shelf*."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def put(self, question: Put) -> str:
        """Remember *question* until it expires, and return the word for it."""
        word = secrets.token_urlsafe(32)
        written = json.dumps(asdict(question)).encode()
        self._shelf.change(PREFIX + name(word), lambda _: (written, None), keep=question.expires)
        return word

    def look(self, word: str) -> Put | Used | None:
        """Return the question that *word* stands for; None where it stands for none, or none any more."""
        if (heard := self._shelf.look(_ANSWERED + name(word))) is not None:
            return Used(cast("Heard", heard.decode()))
        kept = self._shelf.look(PREFIX + name(word))
        try:
            return None if kept is None else Put(**json.loads(kept))
        except (TypeError, ValueError):  # another version asked
            return None

    def take(self, word: str, heard: Heard) -> bool:
        """Let *word*, which brought *heard*, be used from now on; return whether it was unused, which is true once only."""
        put = self.look(word)
        if not isinstance(put, Put):
            return False
        return self._shelf.change(
            _ANSWERED + name(word),
            lambda before: (before or heard.encode(), before is None),
            keep=max(_REMEMBERED, put.expires),
        )


def name(word: str) -> str:
    """Return the name for what *word* stands for; the word cannot be read out of it."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
