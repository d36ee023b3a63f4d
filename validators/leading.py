"""Where a link to the next page leads: still to what was asked for, or to a wider list?

Many services build the link from the page's number alone, and leave out the filter that the caller gave; its items are sound
and not what was asked for.  No I/O.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from ..schemas.verdict import Finding

__all__ = ["forgotten"]

_INDEX = re.compile(r"\[\d*\]\Z")
"""What some services add to the name of a parameter that is a list."""


def forgotten(asked: str, link: str, aside: Collection[str] = ()) -> Finding | None:
    """Find what was *asked* for and is not in the *link*, another URL of the same list; the names *aside* do not matter.

    A link to another path, or with a new word that is no number, may hold the question in a form that only the service reads.

    >>> forgotten("https://a.test/t?done=true", "https://a.test/t?page=2").where
    'query:done'
    >>> forgotten("https://a.test/t?done=true", "https://a.test/t?cursor=eyJkb25lIjp0cnVlfQ")
    """
    before, after = urlsplit(asked), urlsplit(link)
    if _path(before.path) != _path(after.path):
        return None
    had, has = _query(before.query, aside), _query(after.query, aside)
    lost = [name for name, value in had.items() if value and name not in has]
    if not lost or any(not value.isdecimal() for name, value in has.items() if had.get(name) != value):
        return None
    return Finding(
        code="query_lost",
        message=f"the link to the next page leaves out what was asked for: `{lost[0][:80]}`",
        where=f"query:{lost[0][:80]}",
    )


def _path(path: str) -> str:
    return unquote(path).rstrip("/")


def _query(text: str, aside: Collection[str]) -> Mapping[str, str]:
    """The parameters by name, each with its last value; services write the same name in several ways."""
    others = set(map(_name, aside))
    pairs = ((_name(name), value) for name, value in parse_qsl(text, keep_blank_values=True))
    return {name: value for name, value in pairs if name not in others}


def _name(name: str) -> str:
    return _INDEX.sub("", name).lower()
