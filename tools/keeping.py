"""Keeping answers so that they can be given again: what is kept, how it is sealed, and how it is read back.

An answer is kept as its evidence and its bytes, page by page.  Nothing that is read back is believed: the seal, every page's
fingerprint and the chain over them are reckoned again, and what does not agree is as good as nothing.  No opinion is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from threading import Lock
from typing import Final, Protocol

from pydantic import TypeAdapter

from ..schemas import evidence as seen
from ..schemas import verdict as thought
from ..schemas.answer import Tried
from ..schemas.approving import Decision
from ..schemas.evidence import Evidence
from .canonical import canonical
from .spool import Spool

__all__ = ["IN_MEMORY", "LARGEST", "Held", "MemoryStore", "Store", "keep", "recall"]

LARGEST: Final = 16 * 1024 * 1024
"""The most bytes that one kept answer may have."""

IN_MEMORY: Final = 64 * 1024 * 1024
"""The most bytes that a process keeps in memory, where it keeps nothing on disk."""

_MAGIC: Final = b"unabridged kept 1\n"
_SEAL: Final = 64  # hexadecimal digits


class Store(Protocol):
    """Contents by name, for a while; used by several threads.

    Never raises for want of a place: what cannot be kept is not kept.
    """

    @property
    def secret(self) -> bytes | None:
        """A random key that is known where the contents can be read, and nowhere else; None where nothing is kept."""
        ...

    def put(self, name: str, content: bytes, *, until: float) -> None:
        """Keep *content* under *name* until a moment in Unix time, or less long where room is scarce."""
        ...

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        ...

    def take(self, name: str) -> bytes | None:
        """Return what is kept under *name*, and keep it no longer: of several takers, one gets it."""
        ...


@dataclass(slots=True, kw_only=True)
class MemoryStore:
    """A store of one process.  *now* is Unix time in seconds; beyond *most* bytes the oldest contents go."""

    now: Callable[[], float]
    most: int = IN_MEMORY
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    contents: dict[str, tuple[float, bytes]] = field(default_factory=dict[str, tuple[float, bytes]], repr=False)
    lock: Lock = field(default_factory=Lock, repr=False)

    def put(self, name: str, content: bytes, *, until: float) -> None:
        """Keep *content* under *name*."""
        with self.lock:
            self.contents.pop(name, None)
            self.contents[name] = (until, content)
            size = sum(len(kept) for _, kept in self.contents.values())
            while size > self.most:
                size -= len(self.contents.pop(next(iter(self.contents)))[1])

    def look(self, name: str) -> bytes | None:
        """Return what is kept under *name*."""
        until, content = self.contents.get(name, (0.0, None))
        return content if until >= self.now() else None

    def take(self, name: str) -> bytes | None:
        """Return what is kept under *name*, and keep it no longer."""
        with self.lock:
            until, content = self.contents.pop(name, (0.0, None))
        return content if until >= self.now() else None

    def close(self) -> None:
        """Forget everything."""
        self.contents.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What stands before the bytes: the facts, whose receipt tells of them, and where each page's bytes end."""

    evidence: Evidence
    receipt: str
    tried: tuple[Tried, ...]
    decisions: tuple[Decision, ...]
    single: bool
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An answer that was kept: *evidence* with what was found in *spool* just now, to be judged by whoever wants to give it.

    *receipt* is that of the call which asked the service; *tried* are the ways that it went, *decisions* what people said of it.
    """

    evidence: Evidence
    spool: Spool
    receipt: str
    tried: tuple[Tried, ...] = ()
    decisions: tuple[Decision, ...] = ()


def keep(
    store: Store,
    name: str,
    evidence: Evidence,
    spool: Spool,
    *,
    receipt: str,
    until: float,
    tried: tuple[Tried, ...] = (),
    decisions: tuple[Decision, ...] = (),
) -> bool:
    """Keep *evidence* and the bytes of *spool* under *name*; say whether it was tried at all.

    Too large an answer, or one whose facts cannot be written down, is not kept.
    """
    if spool.size > LARGEST or (secret := store.secret) is None:
        return False
    single, sizes = spool.count is None, spool.sizes
    entry = _Entry(evidence=evidence, receipt=receipt, tried=tried, decisions=decisions, single=single, sizes=sizes)
    try:
        head = _entries().dump_json(entry)
    except ValueError:  # a text that is no Unicode
        return False
    store.put(name, _sealed(name, secret, head, spool), until=until)
    return True


def recall(store: Store, name: str) -> Held | None:
    """Return the answer that is kept under *name*; one that is damaged is removed, and is none."""
    content, secret = store.look(name), store.secret
    if content is None or secret is None:
        return None
    held = _opened(name, secret, content)
    if held is None:
        store.take(name)
    return held


@cache  # made when an answer is first kept: most calls keep none
def _entries() -> TypeAdapter[_Entry]:
    return TypeAdapter(_Entry)


@cache
def _facts() -> bytes:
    """Name every fact that an entry can hold: what another version kept may lack one that is judged by today."""
    kinds = [_Entry, Tried, Decision, *vars(seen).values(), *vars(thought).values()]
    return canonical([[fact.name for fact in fields(kind)] for kind in kinds if is_dataclass(kind)])


def _seal(name: str, secret: bytes, *sealed: bytes | memoryview) -> bytes:
    reckoned = hmac.new(secret, _MAGIC + _facts() + name.encode() + b"\n", hashlib.sha256)
    for part in sealed:
        reckoned.update(part)
    return reckoned.hexdigest().encode()


def _sealed(name: str, secret: bytes, head: bytes, spool: Spool) -> bytes:
    parts = (b"%d\n" % len(head), head, *spool.chunks())
    return b"".join((_MAGIC, _seal(name, secret, *parts), b"\n", *parts))


def _opened(name: str, secret: bytes, content: bytes) -> Held | None:
    """Read *content* back, if every byte of it is as it was sealed under this *name*."""
    start = len(_MAGIC) + _SEAL + 1
    seal = _seal(name, secret, memoryview(content)[start:])
    if not hmac.compare_digest(content[:start], _MAGIC + seal + b"\n"):
        return None
    length, _, _ = content[start : start + 20].partition(b"\n")
    begin = start + len(length) + 1
    end = begin + int(length)
    try:
        entry = _entries().validate_json(content[begin:end])
    except ValueError:  # written by another version
        return None
    return _rebuilt(entry, content[end:])


def _rebuilt(entry: _Entry, payload: bytes) -> Held | None:
    """Lay the pages into a spool again, each if its bytes have the fingerprint that they had."""
    spool = Spool(single=entry.single)
    at = 0 if entry.single else 1
    for page, size in zip(entry.evidence.pages, entry.sizes, strict=True):
        at += 1 if size and spool.kept and not entry.single else 0
        items = payload[at : at + size]
        if hashlib.sha256(items).hexdigest() != page.fingerprint:
            spool.close()
            return None
        spool.append(items, page.count, page.fingerprint)
        at += size
    spool.seal()
    evidence = replace(entry.evidence, kept=spool.kept, payload=spool.chained)
    return Held(evidence=evidence, spool=spool, receipt=entry.receipt, tried=entry.tried, decisions=entry.decisions)
