"""What is wrong with how a command was called: a sentence that says what to do, and exit status 2."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["UsageError", "meant"]


class UsageError(Exception):
    """A mistake of whoever runs the command; its text is shown as it is, without a traceback."""


def meant(word: str, known: Iterable[str]) -> str:
    """Name what *word* may have been meant to be, as the end of a sentence, or list some of what is *known*.

    >>> meant("demo_list_ticket", ["demo_list_tickets", "demo_calm"])
    'did you mean demo_list_tickets?'
    >>> meant("x", ["b", "a"])
    'there are: a, b'
    """
    names = sorted(known)
    if close := get_close_matches(word, names, n=1):
        return f"did you mean {close[0]}?"
    return "there are: " + ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "there are none"
