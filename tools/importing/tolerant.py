"""What a foreign document says, read where it is what it should be and passed over where it is not.

Nothing is guessed: a value of the wrong kind counts as one that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..shapes import is_list

__all__ = ["elements", "extensions", "flag", "members", "text", "words"]

_OBJECT: type[Any] = dict  # what every reader here makes: asking for any mapping takes five times as long
_NOTHING: Mapping[str, Any] = {}
_LONGEST = 10_000
"""Characters of a text that are kept: a description is for reading, and some are megabytes."""


def members(value: Any) -> Mapping[str, Any]:
    """Read *value* as an object; empty where it is none."""
    return value if isinstance(value, _OBJECT) else _NOTHING


def elements(value: Any) -> list[Any]:
    """Read *value* as a list; empty where it is none."""
    return value if is_list(value) else []


def text(value: Any) -> str:
    """Read *value* as a text, cut to 10,000 characters; empty where it is none.

    >>> text("  A list. "), text(3.1), text(None)
    ('A list.', '3.1', '')
    """
    if isinstance(value, str):
        found = value.strip()
        return found if len(found) <= _LONGEST else found[:_LONGEST] + "…"
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def words(value: Any) -> tuple[str, ...]:
    """Read *value* as a list of texts, without those that are none or empty."""
    return tuple(found for element in elements(value) if (found := text(element)))


def flag(value: Any, *, otherwise: bool = False) -> bool:
    """Read *value* as true or false, or as one of these words.

    >>> flag(True), flag("true"), flag("no"), flag(None, otherwise=True)
    (True, True, False, True)
    """
    if isinstance(value, bool):
        return value
    said = value.strip().lower() if isinstance(value, str) else ""
    return True if said in ("true", "yes") else False if said in ("false", "no") else otherwise


def extensions(*values: Any) -> dict[str, Any]:
    """Collect the `x-…` members of *values*; those of later ones stand over those of earlier ones."""
    return {name: said for value in values for name, said in members(value).items() if name.lower().startswith("x-")}
