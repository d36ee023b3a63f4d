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

__all__ = ["Put", "Questions", "name"]

_PREFIX: Final = "question/"


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

    def look(self, word: str) -> Put | None:
        """Return the question that *word* stands for; None where it stands for none, or none any more."""
        kept = self._shelf.look(_PREFIX + name(word))
        return None if kept is None else Put(**json.loads(kept))

    def take(self, word: str) -> bool:
        """Let *word* stand for nothing from now on; return whether it stood for a question, which is true once only."""
        return self._shelf.change(_PREFIX + name(word), lambda kept: (None, kept is not None), keep=0.0)


def name(word: str) -> str:
    """Return the name for what *word* stands for; the word cannot be read out of it."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()
