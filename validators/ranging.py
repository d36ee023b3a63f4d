"""What a `Content-Range` says: is this all, or a part?  (RFC 9110, 14.4; other units than bytes are those of lists.)

No I/O.
"""

from __future__ import annotations

import re

__all__ = ["goes_on", "is_part", "length"]

_RANGE = re.compile(
    r"\s*(?:(?P<unit>[!#$%&'*+.^_`|~0-9A-Za-z-]+)\s+)?(?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<length>\d+|\*)\s*\Z"
)
"""Services of lists write it also without a unit (`0-24/96`)."""


def is_part(said: str, *, of_more: bool) -> bool:
    """Say whether a service that *said* this calls its answer a part of what was asked for.

    *of_more*: a part of a list was asked for, so that it may be one; a part of the bytes of an answer is a part of nothing.

    >>> is_part("items 0-9/96", of_more=False), is_part("items 0-9/10", of_more=False)
    (True, False)
    """
    found = _RANGE.match(said)
    if found is None:
        return True
    if of_more and (found["unit"] or "").lower() != "bytes":
        return False
    return not _is_whole(found["first"], found["last"], found["length"])


def _is_whole(first: str | None, last: str | None, length: str) -> bool:
    """Whether this is all as far as anybody says; of a length that is not known nobody does."""
    if first is None or last is None:
        return length in ("*", "0")
    return int(first) == 0 and (length == "*" or int(last) + 1 == int(length))


def goes_on(said: str) -> bool:
    """Say whether a service that *said* this has more behind what it gave.

    >>> goes_on("items 0-2/11"), goes_on("items 8-10/11"), goes_on("items 0-2/*")
    (True, False, False)
    """
    found = _RANGE.match(said)
    if found is None or found["last"] is None or found["length"] == "*":
        return False
    return int(found["last"]) + 1 < int(found["length"])


def length(said: str) -> str | None:
    """Return the complete length of what is *said*, which counts all there is; None where there is none.

    >>> length("items 0-9/96"), length("0-9/*")
    ('96', None)
    """
    found = _RANGE.match(said)
    return found["length"] if found is not None and found["length"] != "*" else None
