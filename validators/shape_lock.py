"""The shape lock: what was in every answer while the tool was proven must be in every answer.

A schema seldom says so: of the operations that page with a cursor, two in a hundred declare it as required.  What the
contract does not read may go where nothing was found (facets of no items), and with other arguments.  No I/O.
"""

from __future__ import annotations

from ..schemas.contract import Contract
from ..schemas.expectation import Items
from ..schemas.verdict import Finding
from ..schemas.walk import Stream
from ..schemas.wire import Json, State
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
    for pointer in _due(contract, message.body.value):
        if at(message.body.value, pointer).state is State.ABSENT:
            return Finding(
                code="channel_vanished",
                message="a field that was in every answer when the tool was proven is missing",
                where=f"body:{pointer}",
                have="absent",
            )
    return None


def _due(contract: Contract, body: Json) -> tuple[str, ...]:
    """The fields that this *body* must have: where it holds no items, what the contract reads and nothing else."""
    due = required(contract)
    if contract.proof is None or not due or not _holds_nothing(contract.response.items, body):
        return due
    channels = contract.proof.shape.channels
    return tuple(pointer for pointer in due if pointer in channels)


def _holds_nothing(items: Items | None, body: Json) -> bool:
    return items is not None and items.columns is None and at(body, items.at).state is not State.VALUE
