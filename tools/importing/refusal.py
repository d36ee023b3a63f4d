"""Why a document cannot be imported at all, and why a part of it cannot.

    Unimportable            the document, or what was asked to be done to it, is wrong
    ├── NotADescription     there is no document to import from
    └── UnfitOverlay        an overlay that does not fit the document
    Unsound                 one part is broken: caught where the operation is left out, and kept as `Skipped`

Nothing here reads anything.
"""

from __future__ import annotations

__all__ = ["NotADescription", "UnfitOverlay", "Unimportable", "Unsound"]


class Unimportable(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """What stands in the way of an import as a whole, in one sentence."""


class NotADescription(Unimportable):
    """The content holds no description of an API."""


class UnfitOverlay(Unimportable):
    """The overlay is none, or one of its actions does not fit the document."""


class Unsound(Exception):  # noqa: N818 - not an error: a way out
    """A part of the document cannot be read: where it stands, and why."""

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer}: {reason}")
        self.pointer = pointer
        self.reason = reason
