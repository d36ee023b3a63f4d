"""Names of fields, told from data that stands where a name does: addresses, identifiers, numbers, tokens.

It looks at one name alone.  Whether an object is keyed by words that are data (`alice`) cannot be seen in a word.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_field_name"]

_NAME = re.compile(r"[A-Za-z_@$][A-Za-z0-9_.:$@-]{0,63}")
_DATA = re.compile(
    r".@(?!odata\.)[^@]+\.[A-Za-z]{2,}\Z"  # an address; `value@odata.count` is none
    r"|[0-9]{5}"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-"
    r"|(?<![0-9a-z])(?=[a-f]*[0-9])[0-9a-f]{12,}(?![0-9a-z])"
    r"|(?:[0-9]+[a-z]+){3}",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def is_field_name(text: str) -> bool:
    """Say whether *text* looks like the name of a field, and not like data.

    >>> [is_field_name(name) for name in ("s3_bucket", "total_24h", "@odata.count", "value@odata.nextLink")]
    [True, True, True, True]
    >>> [is_field_name(name) for name in ("2024", "ada@example.org", "cus_9s6XKzkNRiz8i3", "user-10293", "Ada L.")]
    [False, False, False, False, False]
    """
    return _NAME.fullmatch(text) is not None and _DATA.search(text) is None
