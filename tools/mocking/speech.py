"""What a mocked model says: a text of a few words, or the JSON that was asked for, and why it stopped."""

from __future__ import annotations

import json
from typing import Final

from ...schemas.contract import Contract
from ...schemas.generation import Part
from ...schemas.location import Location, steps_of
from ...schemas.wire import Json
from .dice import pick
from .models import Speech
from .page import Turn
from .sheet import Sheet, laid
from .values import WORDS, fitting
from .yielding import settle

__all__ = ["body_of", "speech"]

_MOST: Final = 12  # words
_INPUT: Final = 7  # tokens
_PIECES: Final = 4


def speech(contract: Contract, turn: Turn, limit: int | None) -> Speech:
    """Make up what is said in answer to *turn*, in fewer than *limit* tokens; cut, where the turn says so."""
    outcome, generation = contract.complete.outcome, contract.response.generation
    words = min(_MOST, max(1, (limit or 99) - 1))
    place = (turn.seed, contract.provider.name, *sorted(map(str, turn.arguments.items())))
    text = " ".join(pick(WORDS, *place, number) for number in range(words)).capitalize() + "."
    if generation is not None and generation.schema is not None:
        text = json.dumps(fitting(generation.schema, *place, name="output"), ensure_ascii=False)
    reason = outcome.accept[0] if outcome is not None else "stop"
    cut = turn.signal == "cut" and outcome is not None and bool(outcome.truncated)
    if cut and outcome is not None:
        text, reason = text[: max(1, len(text) // 2)], outcome.truncated[0]
    return Speech(
        pieces=_pieces(text),
        reason=reason,
        model="mock-model",
        input_tokens=_INPUT,
        output_tokens=words,
        whole=not cut,
    )


def _pieces(text: str) -> tuple[str, ...]:
    step = -(-len(text) // _PIECES)
    return tuple(text[start : start + step] for start in range(0, len(text), step))


def body_of(contract: Contract, spoken: Speech) -> Json:
    """Write a generated answer as one body."""
    generation, outcome, schema = contract.response.generation, contract.complete.outcome, contract.response.schema
    if generation is None or outcome is None:
        return {}
    body = {} if schema is None else fitting(schema, "generation", lean=True)
    body = _put(body, next((part for part in generation.text if part.at.source == "body"), None), spoken.text)
    body = _put(body, next((part for part in outcome.at if part.at.source == "body"), None), spoken.reason)
    facts: tuple[tuple[tuple[Location, ...], Json], ...] = (
        (generation.model, spoken.model),
        (generation.input_tokens, spoken.input_tokens),
        (generation.output_tokens, spoken.output_tokens),
    )
    for places, value in facts:
        at = next((place for place in places if place.source == "body"), None)
        body = body if at is None else laid(body, steps_of(at.path), value)
    return body


def _put(body: Json, part: Part | None, value: Json) -> Json:
    """Put *value* where *part* reads it: in the first element, where it is one of several."""
    if part is None:
        return body
    steps = steps_of(part.at.path.replace("*", "0"))
    element = Sheet(url="", body={})
    settle(part.only, element, 200)
    inner = laid(element.body, steps_of(part.read), value) if part.read else value
    return laid(body, steps, inner)
