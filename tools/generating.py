"""Asking for a generated answer: one sound message becomes the result that all model families share, or a higher limit is due.

An answer that was cut at its token limit is asked for anew with a higher one; two answers are never glued together.  No I/O.
"""

from __future__ import annotations

import json
from dataclasses import replace

from ..schemas.contract import Contract
from ..schemas.generation import Limit
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from ..validators.generation import Generated, generated
from ..validators.reading import Message, at
from . import slicing
from .draft import Draft, lay
from .progress import Turned
from .turning import single

__all__ = ["answer", "limit_of", "raised"]


def answer(contract: Contract, message: Message, *, limit: int | None) -> Turned | Finding:
    """Read the generated answer in *message*, asked for with at most *limit* tokens."""
    found = generated(contract, message, limit=limit)
    if isinstance(found, Finding):
        return found
    turned = single(contract, message, _written(found))
    ended = message.ended or "its own body"
    return replace(turned, page=replace(turned.page, ended=ended, reason=found.reason, restated=found.restated))


def _written(found: Generated) -> bytes:
    """Write the one shape that the answers of all families have; structured output goes in as it arrived."""
    usage: dict[str, Json] = {"input_tokens": found.input_tokens, "output_tokens": found.output_tokens}
    whole = {"text": found.text, "stop_reason": found.reason, "model": found.model, "usage": usage}
    written = json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode()
    if not found.structured:
        return written
    return written[:-1] + b',"output":' + slicing.value(found.text.encode(), "") + b"}"


def limit_of(contract: Contract, draft: Draft) -> int | None:
    """Read how many tokens *draft* asks for at most, where the contract says which of its places that is."""
    limit = _limit(contract)
    found = None if limit is None else _sent(draft, limit.send)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def raised(contract: Contract, draft: Draft) -> Draft | None:
    """Write *draft* with a higher limit; None where there is no higher one."""
    limit, now = _limit(contract), limit_of(contract, draft)
    if limit is None:
        return None
    higher = limit.most if now is None else min(int(now * limit.factor), limit.most)
    return None if now is not None and higher <= now else lay(draft, limit.send, higher)


def _limit(contract: Contract) -> Limit | None:
    outcome = contract.complete.outcome
    return None if outcome is None else outcome.limit


def _sent(draft: Draft, target: Location) -> Json:
    if target.source == "body":
        found = at(draft.body, target.path)
        return None if found.state is State.ABSENT else found.value
    written = dict(draft.query if target.source == "query" else draft.headers).get(target.path, "")
    return int(written) if written.isascii() and written.isdecimal() else None
