"""Variants of a contract: the same tool, asked a little otherwise.

What a variant believes less, or asks for less, holds for the experiment only; none of them is ever served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from ...schemas.claim import Claim, Grade
from ...schemas.completeness import Completeness
from ...schemas.contract import Contract
from ...schemas.walk import Absence, End, Keyset, Offset, Page, WalkKind
from ...validators.ending import has_channel

__all__ = ["any_end", "bare", "bounded", "plain", "sized", "within"]

Meaning = Literal["continue", "end"]

_ANY_END: Final[Mapping[str, Meaning]] = {"value": "continue", "null": "end", "empty": "end", "absent": "end"}
_ANY_FLAG: Final[Mapping[str, Meaning]] = {"true": "continue", "false": "end", "null": "end", "absent": "end"}
_EXPERIMENT: Final = Absence(documented="an experiment", liveness="none")
_TRIES: Final = 2


def plain(contract: Contract) -> Contract:
    """Return *contract* as it is written, without what stands around a call: no doubt, no person, no way back."""
    policy = replace(
        contract.policy,
        in_flight=1,
        breaker=None,  # what an experiment provokes must not keep others from the service
        cache=None,
        degrade=None,
        recover=(),
        fallback=(),
        unproven="flag",
    )
    return replace(contract, policy=policy, approval=None, confirm=None, review=(), provenance={}, proof=None)


def bare(contract: Contract) -> Contract:
    """Return *contract* without its witnesses, its identifier and its restarts, and with every end that there can be."""
    tried = plain(contract)
    retry = replace(tried.policy.retry, attempts=min(_TRIES, tried.policy.retry.attempts))
    items = None if tried.response.items is None else replace(tried.response.items, id=None, schema=None)
    return replace(
        tried,
        claim=tried.claim if tried.claim.single else Claim("all"),
        policy=replace(tried.policy, retry=retry),
        response=replace(tried.response, items=items, nested=()),
        walk=_unlicensed(tried.walk),
        complete=Completeness(require=Grade.TERMINATED, past_end=_has_behind(tried.walk)),
    )


def _has_behind(walk: WalkKind) -> bool:
    """Whether the end is stated, and one can still ask behind it."""
    return isinstance(walk, Offset | Page | Keyset) and walk.more is not None


def any_end(walk: WalkKind) -> End:
    """Return a table that takes for the end whatever may be one."""
    more, following = walk.end.more, walk.end.next
    if walk.more is not None:
        more = _laid(_ANY_FLAG, more)
    elif has_channel(walk):
        following = _laid(_ANY_END, following)
    return End(more=more, next=following)


def _laid(under: Mapping[str, Meaning], over: Mapping[str, Meaning] | None) -> Mapping[str, Meaning]:
    return {**under, **(over or {})}


def _unlicensed(walk: WalkKind) -> WalkKind:
    """The walk with every end that there can be, so that what the end looks like is seen and not believed."""
    empty = _EXPERIMENT if isinstance(walk, Offset | Page | Keyset) else walk.end_on_empty
    return replace(
        walk,
        end=any_end(walk),
        absence=None,
        end_on_empty=empty,
        trailing_cursor=True,
        restart_on=(),
        stable=(),
    )


def sized(contract: Contract, size: int) -> Contract:
    """Return *contract* with pages of *size*, whatever it says of a maximum."""
    if contract.walk.page_size is None:
        return contract
    asking = replace(contract.walk.page_size, ask=size, max=None)
    return replace(contract, walk=replace(contract.walk, page_size=asking))


def bounded(contract: Contract, items: int) -> Contract:
    """Return *contract* for the first *items* only."""
    return replace(contract, claim=Claim("first", items))


def within(contract: Contract, pages: int) -> Contract:
    """Return *contract* for walks of at most so many *pages*."""
    limits = replace(contract.walk.limits, pages=min(pages, contract.walk.limits.pages))
    return replace(contract, walk=replace(contract.walk, limits=limits))
