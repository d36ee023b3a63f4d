"""The shape lock: what was in every answer while the tool was proven must be in every answer.

A schema seldom says so: of the operations that page with a cursor, two in a hundred declare it as required.  No I/O.
"""

from __future__ import annotations

from ..schemas.contract import Contract
from ..schemas.verdict import Finding
from ..schemas.walk import Stream
from ..schemas.wire import State
from .reading import ABSENT, Message, at

__all__ = ["required", "vanished"]


def required(contract: Contract) -> tuple[str, ...]:
    """Name the fields that every answer must have, because every one had them; none of a stream, whose events differ."""
    if contract.proof is None or isinstance(contract.walk, Stream):
        return ()
    return contract.proof.shape.required


def vanished(contract: Contract, message: Message) -> Finding | None:
    """Find a field that was always there and is not now; null and empty are there."""
    if message.body is ABSENT:
        return None
    for pointer in required(contract):
        if at(message.body.value, pointer).state is State.ABSENT:
            return Finding(
                code="channel_vanished",
                message="a field that was in every answer when the tool was proven is missing",
                where=f"body:{pointer}",
                have="absent",
            )
    return None
