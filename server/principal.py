"""Who calls, by a name that is safe to keep: the user of this machine, or the fingerprint of a bearer token.

Never the token itself.
"""

from __future__ import annotations

import getpass
import hashlib
from functools import cache

from starlette.requests import Request

__all__ = ["ANONYMOUS", "bearer_of", "user"]

ANONYMOUS = "anonymous"


@cache
def user() -> str:
    """Name the user that this process runs as."""
    try:
        return f"local:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):  # a container without an entry for its user
        return "local"


def bearer_of(request: Request) -> str:
    """Name whoever sent *request*; without a token nobody can be told from anybody else."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return ANONYMOUS
    return f"token:{hashlib.sha256(token.strip().encode()).hexdigest()[:16]}"
