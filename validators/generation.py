"""What a model generated: its text, put together in order, why it stopped, and whether that is an answer.

Nothing is continued, repaired or guessed: a stop reason that the contract does not accept is refused, and so is a text that
is not the whole one, not the JSON that was asked for, or nothing.  No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..schemas.contract import Contract
from ..schemas.generation import Generation, Outcome, Part
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from . import strict_json
from .reading import Event, Found, Message, at, found_at, holds, integer, spread
from .shape import violation

__all__ = ["Generated", "generated", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """A generated answer.  *structured* says that the text is the JSON that was asked for.

    *restated* says that the service stated the whole text once more, and it was the same.
    """

    text: str
    reason: str
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    restated: bool
    structured: bool


def generated(contract: Contract, message: Message, *, limit: int | None = None) -> Generated | Finding:
    """Take the generated answer out of *message*; *limit* is the number of tokens that was asked for at most."""
    places, outcome = contract.response.generation, contract.complete.outcome
    if places is None or outcome is None:
        return Finding(code="definition_error", message="the contract does not say where the generated text is")
    reason = _reason(outcome, message)
    if isinstance(reason, Finding):
        return reason
    used = integer(_first(message, places.output_tokens))
    if (finding := _used_up(outcome, used, limit)) is not None:
        return finding
    whole = _whole(places, message)
    if isinstance(whole, Finding):
        return whole
    text, restated = whole
    if places.schema is not None and (finding := _misfit(places, text)) is not None:
        return finding
    model = _first(message, places.model).value
    return Generated(
        text=text,
        reason=reason,
        model=model if isinstance(model, str) else None,
        input_tokens=integer(_first(message, places.input_tokens)),
        output_tokens=used,
        restated=restated,
        structured=places.schema is not None,
    )


# --------------------------------------------------------------------------------------------- stop reasons

_TABLES = {
    "truncated": ("token_limit", "the answer was cut at a limit of tokens"),
    "paused": ("generation_paused", "the model paused, and its turn is not over"),
    "refused": ("generation_refused", "the model, or a filter around it, refused to answer"),
    "tools": ("unexpected_tool_call", "the model called a tool where a text was asked for"),
    "failed": ("generation_failed", "the service says that the generation failed"),
}
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # what may be shown: one word of a protocol, and no sentence


def stopped(outcome: Outcome, word: str | None) -> Finding | None:
    """Find what is wrong with the stop reason *word*; None where the contract accepts it.

    >>> from ..schemas.location import location
    >>> stopped(Outcome(at=(location("/stop"),), accept=("end_turn",)), "banana").code
    'unknown_stop_reason'
    """
    where = " or ".join(str(place) for place in (*outcome.detail, *outcome.at))
    if word is None:
        return Finding(code="stop_reason_missing", message="nothing says why the answer stopped", where=where)
    if word in outcome.accept:
        return None
    have = word if _WORD.fullmatch(word) else "malformed"
    for table, (code, message) in _TABLES.items():
        if word in getattr(outcome, table):
            return Finding(code=code, message=message, where=where, have=have)
    said = "the contract does not know why the answer stopped"
    return Finding(code="unknown_stop_reason", message=said, where=where, have=have)


def _reason(outcome: Outcome, message: Message) -> str | Finding:
    """The stop reason: in detail where there is one; of several, the first that is not accepted."""
    words = list(_words(message, outcome.detail)) or list(_words(message, outcome.at))
    against = (finding for word in words if (finding := stopped(outcome, word)) is not None)
    missing = None if words else stopped(outcome, None)
    return next(against, missing) or words[-1]


def _words(message: Message, places: tuple[Location, ...]) -> Iterator[str]:
    for place in places:
        for _, found in spread(message, place):
            if found.state not in (State.ABSENT, State.NULL, State.EMPTY):
                yield found.value if isinstance(found.value, str) else json.dumps(found.value)


def _used_up(outcome: Outcome, used: int | None, limit: int | None) -> Finding | None:
    """A service may call an answer finished that it cut at the limit: then as many tokens came as were allowed."""
    strict = outcome.limit is not None and outcome.limit.strict
    if not strict or used is None or limit is None or used < limit:
        return None
    message = "the answer used as many tokens as it was allowed, so it may be cut, whatever it says"
    return Finding(code="token_limit", message=message, have=used, expected=f"fewer than {limit}")


# ----------------------------------------------------------------------------------------------------- text


def _whole(places: Generation, message: Message) -> tuple[str, bool] | Finding:
    """The text, and whether the service states it once more."""
    text, restated = _joined(places.text, message), _joined(places.whole, message)
    if isinstance(text, Finding):
        return text
    if isinstance(restated, Finding):
        return restated
    if restated and restated != text:
        said = "the parts of the text are not the whole that the service states"
        return Finding(code="generation_mismatch", message=said, have=len(text), expected=len(restated))
    if not text.strip():
        return Finding(code="generation_empty", message="the answer is accepted as finished, and holds no text")
    return text, bool(restated)


def _joined(parts: tuple[Part, ...], message: Message) -> str | Finding:
    pieces: list[str] = []
    for where, found in _in_order(parts, message) if parts else ():
        if isinstance(found.value, str):
            pieces.append(found.value)
        elif found.state not in (State.ABSENT, State.NULL):
            return Finding(code="schema_violation", message="a part of the text is not a text", where=where)
    return "".join(pieces)


def _in_order(parts: tuple[Part, ...], message: Message) -> Iterator[tuple[str, Found]]:
    """Every piece of text in the order in which it came: event by event, and in one event part by part."""
    if message.events is None:
        for part in parts:
            found = [one for _, one in spread(message, part.at)]
            yield from ((f"{part.at}{part.read}", piece) for piece in _pieces(part, message, found))
        return
    for number, event in enumerate(message.events, 1):
        last = number == len(message.events)
        for part in parts:
            found = found_at(event.value.value, part.at.path) if _names(part.at, event, last=last) else []
            yield from ((f"event {number}:{part.at.path}{part.read}", piece) for piece in _pieces(part, message, found))


def _names(place: Location, event: Event, *, last: bool) -> bool:
    there = event.value.state is not State.ABSENT
    return there and (last if place.source == "terminal" else place.parameter in ("*", event.name))


def _pieces(part: Part, message: Message, found: list[Found]) -> Iterator[Found]:
    for element in found:
        alone = Message(message.response, element)
        if all(holds(one, alone) for one in part.only) and not any(holds(one, alone) for one in part.unless):
            yield _inside(element, part.read)


def _inside(element: Found, pointer: str) -> Found:
    return at(element.value, pointer) if pointer and element.state is not State.ABSENT else element


def _first(message: Message, places: tuple[Location, ...]) -> Found:
    """What stands at the first of *places* that is there; of an event that comes several times, at the last."""
    for place in places:
        there = [found for _, found in spread(message, place) if found.state not in (State.ABSENT, State.NULL)]
        if there:
            return there[-1]
    return Found(State.ABSENT)


def _misfit(places: Generation, text: str) -> Finding | None:
    """Find what is wrong with a text that must be JSON of a schema; its values are never shown."""
    value: Json
    parsed = strict_json.parse(text.encode("utf-8", "surrogatepass"))
    if isinstance(parsed, Finding):
        message = "the text is not the strict JSON that was asked for"
        return Finding(code="output_invalid", message=message, where="output:")
    value = parsed.value
    return violation(places.schema or {}, value, code="output_invalid", base="output:")
