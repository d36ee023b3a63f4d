"""One write, one key: it is taken down before the first byte is sent, and given back when the outcome is known.

Whoever is cancelled or killed in between leaves the key behind, so that the same call again is the same write.  This never
sends anything, and never decides what came of a write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from ..schemas.answer import Answer, Delivered
from ..schemas.location import Location
from ..schemas.operation import Idempotency
from ..schemas.verdict import Finding
from . import keys
from .draft import lay, render
from .shelf import Change
from .standing import key as provider_key
from .surroundings import Surroundings
from .whose import whose
from .witnessing import Bound

__all__ = ["Writer", "written"]

Write: TypeAlias = Callable[[Bound], Awaitable[Answer]]

_GRACE = 5.0  # seconds that a mark outlives the deadline of the call that made it


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who writes: a call called *identity* of *principal*, that is at it for *seconds* at most."""

    surroundings: Surroundings
    principal: str
    identity: str
    seconds: float

    @property
    def mark(self) -> str:
        """What is left beside a key while this call is at it."""
        return self.surroundings.mark.of(self.identity)


async def written(bound: Bound, writer: Writer, write: Write) -> Answer | Finding:
    """Let *write* send *bound* with the key of its operation; a finding where it may not be sent at all."""
    idempotency = bound.contract.request.idempotency
    if idempotency is None or bound.contract.effects == "read":
        return await write(bound)
    credential = await whose(bound.contract.provider, writer.surroundings)
    if bound.draft.keyed == "callers":
        return await _with_the_callers_key(bound, idempotency, writer, write, credential)
    return await _with_a_key_of_ours(bound, idempotency, writer, write, credential)


async def _with_a_key_of_ours(
    bound: Bound, idempotency: Idempotency, writer: Writer, write: Write, credential: str
) -> Answer | Finding:
    operation, owner = _operation(bound, idempotency, writer, credential), writer.mark
    shelf, name, kept = writer.surroundings.shelf, f"write/{operation}", idempotency.kept
    key = shelf.change(name, _taking(operation, owner, idempotency, writer), keep=kept)
    if key is None:
        return Finding(code="write_in_progress", message="another call is making the same write")
    resolved = False
    try:
        answer = await write(_carrying(bound, idempotency, key))
        resolved = _resolved(answer)
        return answer
    finally:  # cancelled, too: what is not known to be settled keeps its key
        shelf.change(name, keys.settle(owner, resolved=resolved), keep=kept)


def _taking(operation: str, owner: str, idempotency: Idempotency, writer: Writer) -> Change[keys.Key | None]:
    now = writer.surroundings.now()
    return keys.take(
        f"{writer.identity}-{operation[:12]}",  # the receipt to be found by, and no key for two payloads of one call
        owner=owner,
        now=now,
        until=now + writer.seconds + _GRACE,
        kept=idempotency.kept,
        lives=writer.surroundings.mark.lives,
    )


async def _with_the_callers_key(
    bound: Bound, idempotency: Idempotency, writer: Writer, write: Write, credential: str
) -> Answer | Finding:
    operation, owner = _operation(bound, idempotency, writer, credential), writer.mark
    shelf, name, kept = writer.surroundings.shelf, _key_name(bound, idempotency, writer, credential), idempotency.kept
    known = shelf.change(name, _using(operation, owner, writer), keep=kept)
    if isinstance(known, keys.Refusal):
        return _unsent(known, idempotency)
    stays = True
    try:
        answer = await write(replace(bound, resumed=known))
        stays = known or isinstance(answer, Delivered) or not _resolved(answer)
        return answer
    finally:
        shelf.change(name, keys.give(owner, bound=stays), keep=kept)


def _using(operation: str, owner: str, writer: Writer) -> Change[bool | keys.Refusal]:
    now = writer.surroundings.now()
    until = now + writer.seconds + _GRACE
    return keys.use(operation, owner=owner, now=now, until=until, lives=writer.surroundings.mark.lives)


def _unsent(why: keys.Refusal, idempotency: Idempotency) -> Finding:
    where = f"header:{idempotency.header.lower()}"
    match why:
        case keys.Refusal.ANOTHER_PAYLOAD:
            message = "this key was sent before with another payload"
            return Finding(code="idempotency_conflict", message=message, where=where)
        case keys.Refusal.IN_USE:
            message = "another call is making the same write, with this key"
            return Finding(code="write_in_progress", message=message, where=where)
        case _:
            assert_never(why)


def _operation(bound: Bound, idempotency: Idempotency, writer: Writer, credential: str) -> str:
    return keys.fingerprint(
        render(bound.draft),
        header=idempotency.header.lower(),
        provider=provider_key(bound.contract.provider),
        tool=bound.contract.name,
        principal=writer.principal,
        credential=credential,
    )


def _key_name(bound: Bound, idempotency: Idempotency, writer: Writer, credential: str) -> str:
    key = dict(bound.draft.headers)[idempotency.header.lower()]
    named = repr((provider_key(bound.contract.provider), writer.principal, credential, key))
    return f"key/{hashlib.sha256(named.encode()).hexdigest()}"


def _carrying(bound: Bound, idempotency: Idempotency, key: keys.Key) -> Bound:
    header = Location("header", idempotency.header.lower())
    return replace(bound, draft=lay(bound.draft, header, key.text), resumed=key.known)


def _resolved(answer: Answer) -> bool:
    """Whether it is known what came of a write: it took effect, or it certainly did not."""
    if isinstance(answer, Delivered):
        return True
    unknown = answer.verdict.findings[0].code in ("outcome_unknown", "not_applied")
    return not unknown and not answer.receipt.evidence.pages
