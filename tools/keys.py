"""Keys of writes: which idempotency key travels with an operation, and how long it stays that operation's.

An operation is what goes over the wire: the same request of the same principal to the same provider.  While one call is at
it nobody else is; when its outcome is not known its key stays, so that the same call again is the same operation; when it is
known the key is gone, so that a second, identical write that is meant gets a key of its own.

Each function makes one change of one state on a shelf.  Nothing is sent here and no clock is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..schemas.wire import Request
from .kept import Kept
from .shelf import Change

__all__ = ["Key", "Owned", "bind_to", "fingerprint", "free", "settle", "take"]


@dataclass(frozen=True, slots=True)
class Key:
    """The key that an operation travels with; *known*: the service may have seen it before this call."""

    text: str
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What is kept of an operation that is not settled: its *key*, first sent at *since*, and whoever is at it *until*.

    Times are Unix time in seconds; there is no *owner* where nobody is at it any more.
    """

    key: str
    since: float
    owner: str | None
    until: float


_OWNED: Kept[Owned] = Kept(Owned)


def fingerprint(request: Request, *, header: str, provider: str, tool: str, principal: str) -> str:
    """Name the operation that *request* is, whatever key it carries in *header* (a field name in lower case).

    >>> one = Request(method="POST", url="https://a.test/x", headers=(("key", "1"),))
    >>> other = Request(method="POST", url="https://a.test/x", headers=(("key", "2"),))
    >>> who = {"provider": "a", "tool": "t", "principal": "p"}
    >>> fingerprint(one, header="key", **who) == fingerprint(other, header="key", **who)
    True
    """
    headers = sorted([name, value] for name, value in request.headers if name != header)
    content = None if request.body is None else hashlib.sha256(request.body.content).hexdigest()
    said = [provider, tool, principal, request.method, request.url, headers, content]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def take(
    fresh: str, *, owner: str, now: float, until: float, kept: float, lives: Callable[[str], bool]
) -> Change[Key | None]:
    """Take an operation for *owner*, who is at it *until* then: with its key of before, or else with a *fresh* one.

    None is told where another owner, who still *lives*, is at it.  A key older than *kept* seconds is one that the
    service has forgotten.
    """

    def change(value: bytes | None) -> tuple[bytes | None, Key | None]:
        owned = _OWNED.read(value)
        if owned is None or now >= owned.since + kept:
            return _OWNED.written(Owned(key=fresh, since=now, owner=owner, until=until)), Key(fresh, known=False)
        if owned.owner is not None and now < owned.until and lives(owned.owner):
            return value, None
        return _OWNED.written(replace(owned, owner=owner, until=until)), Key(owned.key, known=True)

    return change


def settle(owner: str, *, resolved: bool) -> Change[None]:
    """Give an operation back: for good where its outcome is *resolved*, with its key kept for the next call where not."""

    def change(value: bytes | None) -> tuple[bytes | None, None]:
        owned = _OWNED.read(value)
        if owned is None or owned.owner != owner:  # taken over meanwhile
            return value, None
        return (None if resolved else _OWNED.written(replace(owned, owner=None))), None

    return change


# ------------------------------------------------------------------------------------- keys of the caller's own


def bind_to(operation: str) -> Change[bool | None]:
    """Bind a key of the caller's own to *operation*: tell whether it was bound to it before; None where to another one."""

    def change(value: bytes | None) -> tuple[bytes | None, bool | None]:
        bound = operation.encode()
        if value is None:
            return bound, False
        return value, True if value == bound else None

    return change


def free() -> Change[None]:
    """Forget what a key was bound to: nothing took effect under it."""
    return lambda value: (None, None)
