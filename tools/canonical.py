"""One text for one JSON value: names sorted, no white space, numbers as they are (1 is not 1.0).  It never rounds."""

from __future__ import annotations

import hashlib
import json
from typing import Any

__all__ = ["canonical", "digest"]


def canonical(value: Any) -> bytes:
    """Write *value* in the one way in which equal values are equal bytes.

    >>> canonical({"b": 1, "a": [1.0, True, None]})
    b'{"a":[1.0,true,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def digest(value: Any) -> str:
    """Return SHA-256 over the canonical JSON of *value*.

    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}), digest(1) == digest(1.0)
    (True, False)
    """
    return hashlib.sha256(canonical(value)).hexdigest()
