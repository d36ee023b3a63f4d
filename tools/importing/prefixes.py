"""What stands before a key in the header `Authorization`: descriptions say it in words, if at all."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["prefix_of"]

_WORD: Final = r"(?P<word>[A-Za-z][A-Za-z0-9_-]{1,30})"
_QUOTE: Final = "[\"'`\u201c\u201d\u2018\u2019]"
_WAYS: Final = tuple(
    re.compile(way, re.IGNORECASE)
    for way in (
        rf"\bprefix(?:ed)?\b[^\"'`\u201c\u2018.]{{0,30}}{_QUOTE}{_WORD} ?{_QUOTE}",
        rf"\bprepended with {_QUOTE}{_WORD} ?{_QUOTE}",
        rf"\b(?:word|string) {_QUOTE}{_WORD}{_QUOTE} followed by",
        rf"{_QUOTE}{_WORD}{_QUOTE} ?\[space\]",
        rf"\bAuthorization: ?{_WORD} [<{{\[a-zA-Z]",
        rf"{_QUOTE}{_WORD} [<{{\[][A-Za-z _-]{{1,40}}[>}}\]]",
    )
)


def prefix_of(description: str) -> str | None:
    """Return what *description* says must stand before a key, a space at its end; None where it says nothing, or two things.

    >>> prefix_of('Token-based authentication with required prefix "Token"'), prefix_of("Your API key.")
    ('Token ', None)
    >>> prefix_of("The bearer scheme. Example: 'Authorization: Bearer {token}', or `bearer {token}`")
    'Bearer '
    """
    words = {found["word"] for way in _WAYS for found in way.finditer(description)}
    one = len({word.lower() for word in words}) == 1
    return f"{min(words)} " if one else None  # a set has another order in each run
