"""Keys of writes: which idempotency key travels with an operation, and how long it stays that operation's.

An operation is what goes over the wire: the same request of the same principal, with the same credential, to the same
provider.  While one call is at it nobody else is; when its outcome is not known its key stays, so that the same call again is the same operation; when it is
known the key is gone, so that a second, identical write that is meant gets a key of its own.

Each function makes one change of one state on a shelf.  Nothing is sent here and no clock is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ..schemas.wire import Request
from .kept import Kept
from .shelf import Change

__all__ = ["Binding", "Key", "Owned", "Refusal", "fingerprint", "give", "settle", "take", "use"]


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


def fingerprint(request: Request, *, header: str, provider: str, tool: str, principal: str, credential: str) -> str:
    """Name the operation that *request* is, whatever key it carries in *header* (a field name in lower case).

    *credential* is a name of the credential that goes with it, never the credential.

    >>> one = Request(method="POST", url="https://a.test/x", headers=(("key", "1"),))
    >>> other = Request(method="POST", url="https://a.test/x", headers=(("key", "2"),))
    >>> who = {"provider": "a", "tool": "t", "principal": "p", "credential": "c"}
    >>> fingerprint(one, header="key", **who) == fingerprint(other, header="key", **who)
    True
    """
    headers = sorted([name, value] for name, value in request.headers if name != header)
    content = None if request.body is None else hashlib.sha256(request.body.content).hexdigest()
    said = [provider, tool, principal, credential, request.method, request.url, headers, content]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a key of the caller's own is bound to: its *operation*, and whoever is at it *until* then."""

    operation: str
    owner: str | None
    until: float


_BINDING: Kept[Binding] = Kept(Binding)


class Refusal(Enum):
    """Why a key of the caller's own may not be sent."""

    ANOTHER_PAYLOAD = "another payload"
    IN_USE = "in use"


def use(
    operation: str, *, owner: str, now: float, until: float, lives: Callable[[str], bool]
) -> Change[bool | Refusal]:
    """Take a key of the caller's own for *operation*, for *owner*, who is at it *until* then.

    Told is whether it was bound to this operation before, or why it may not be sent: it is bound to another one, or
    another owner, who still *lives*, is at it.
    """

    def change(value: bytes | None) -> tuple[bytes | None, bool | Refusal]:
        binding = _BINDING.read(value)
        if binding is not None and binding.operation != operation:
            return value, Refusal.ANOTHER_PAYLOAD
        if binding is not None and binding.owner is not None and now < binding.until and lives(binding.owner):
            return value, Refusal.IN_USE
        return _BINDING.written(Binding(operation=operation, owner=owner, until=until)), binding is not None

    return change


def give(owner: str, *, bound: bool) -> Change[None]:
    """Give a key of the caller's own back: still *bound* to its operation, or free, where nothing took effect under it."""

    def change(value: bytes | None) -> tuple[bytes | None, None]:
        binding = _BINDING.read(value)
        if binding is None or binding.owner != owner:  # taken over meanwhile
            return value, None
        return (_BINDING.written(replace(binding, owner=None)) if bound else None), None

    return change
