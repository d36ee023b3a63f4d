"""One thing as a sound service writes it: what was asked for, made, or found to have been made.

What the caller said comes back where the answer has a member of that name: the thing is the one that was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...schemas.location import steps_of
from ...schemas.wire import Json, State
from ...validators.reading import at
from ...validators.shape import compiled
from ..template import Missing
from .page import Turn, common, written
from .sheet import Sheet, laid
from .stock import stock
from .values import fitting, inside
from .yielding import settle, yielding

__all__ = ["confirmed", "one"]


def one(turn: Turn) -> Sheet:
    """Write the one thing that `claim: one` is about."""
    contract = turn.contract
    if contract.response.items is not None:
        single = stock(contract, 1, turn.seed).items
        return written(replace(turn, items=single, total=1, start=0, following=None))
    return _thing(turn, contract.response.schema, contract.response.data)


def _thing(turn: Turn, schema: Mapping[str, Any] | None, data: str) -> Sheet:
    contract = turn.contract
    described = schema or {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    place = (turn.seed, contract.provider.name, contract.request.url, *sorted(map(str, turn.arguments.items())))
    body = fitting(described, *place, name=contract.name)
    if at(body, data).state in (State.ABSENT, State.NULL, State.EMPTY):
        body = laid(
            body, steps_of(data), fitting({"type": "object", **_named(inside(described, data))}, *place, "data")
        )
    sheet = Sheet(url=turn.heard.url, body=_echoed(body, data, described, turn))
    common(sheet, contract, turn)
    yielding(contract.response, sheet, contract.response.status[0])
    return sheet


def _named(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if schema.get("properties") or schema.get("additionalProperties"):
        return {**schema, "minProperties": 1}
    return {"properties": {"id": {"type": "integer"}}, **schema}


def _echoed(body: Json, data: str, schema: Mapping[str, Any], turn: Turn) -> Json:
    """Give back what the caller said under the names that the thing itself has, where it fits."""
    thing = at(body, data).value
    if not isinstance(thing, dict):
        return body
    sent = _sent(turn)
    said = {**sent, **turn.arguments}
    validator = compiled(schema)
    kept = sent.keys() if turn.contract.effects == "write" else set[str]()  # what was written is there to be read
    for name in sorted((thing.keys() & said.keys()) | kept):
        echoed = laid(body, (*steps_of(data), name), said[name])
        body = echoed if validator.is_valid(echoed) else body
    return body


def _sent(turn: Turn) -> dict[str, Json]:
    """What the caller sent of the thing: the body, or the only object in it."""
    body = turn.heard.body
    sent = body if isinstance(body, dict) else {}
    inner = next(iter(sent.values()), None)
    return inner if len(sent) == 1 and isinstance(inner, dict) else sent


def confirmed(turn: Turn, made: Json | Missing) -> Sheet:
    """Write the state that settles a write: with what was *made* in it, or that nothing was."""
    contract = turn.contract
    confirm = contract.confirm
    if confirm is None:
        return Sheet(url=turn.heard.url, body={})
    sheet = Sheet(url=turn.heard.url, body={})
    common(sheet, contract, turn)
    if isinstance(made, Missing):
        settle(confirm.not_applied, sheet, confirm.status[0])
        return sheet
    sheet.body = laid(sheet.body, steps_of(confirm.data), made)
    settle(confirm.applied, sheet, confirm.status[0])
    return sheet
