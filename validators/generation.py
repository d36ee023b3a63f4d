"""What a model generated: its text, put together in order, why it stopped, and whether that is an answer.

Nothing is continued, repaired or guessed: a stop reason that the contract does not accept is refused, and so is a text that
is not the whole one, not the JSON that was asked for, or nothing.  No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..schemas.contract import Contract
from ..schemas.generation import Generation, Outcome, Part
from ..schemas.location import Location
from ..schemas.verdict import Finding
from ..schemas.wire import Json, State
from . import strict_json
from .holding import holds
from .reading import Event, Found, Message, at, found_at, integer, spread
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
    whole = _behind_its_end(places, outcome, message) or _whole(places, message)
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
    "refused": ("generation_refused", "the model, or a filter around it, refused to answer"),
    "failed": ("generation_failed", "the service says that the generation failed"),
    "tools": ("unexpected_tool_call", "the model called a tool where a text was asked for"),
    "paused": ("generation_paused", "the model paused, and its turn is not over"),
    "truncated": ("token_limit", "the answer was cut at a limit of tokens"),
}
_UNKNOWN = ("unknown_stop_reason", "the contract does not know why the answer stopped")
_WORST = [code for code, _ in (*list(_TABLES.values())[:-1], _UNKNOWN, _TABLES["truncated"])]
"""From the worst on: a limit is mended by asking anew, so it is named only where nothing else is said."""
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,40}")  # what may be shown: one word of a protocol, and no sentence


def stopped(outcome: Outcome, word: str | None) -> Finding | None:
    """Find what is wrong with the stop reason *word*; None where the contract accepts it.

    >>> from ..schemas.location import location
    >>> stopped(Outcome(at=(Part(at=location("/stop")),), accept=("end_turn",)), "banana").code
    'unknown_stop_reason'
    """
    where = " or ".join(str(place) for place in (*outcome.detail, *outcome.at))
    if word is None:
        return Finding(code="stop_reason_missing", message="nothing says why the answer stopped", where=where)
    if word in outcome.accept:
        return None
    have = word if _WORD.fullmatch(word) else "malformed"
    tables = (says for table, says in _TABLES.items() if word in getattr(outcome, table))
    code, message = next(tables, _UNKNOWN)
    return Finding(code=code, message=message, where=where, have=have)


def _reason(outcome: Outcome, message: Message) -> str | Finding:
    """The stop reason: in detail where there is one.  Every word must be accepted; of those that are not, the worst."""
    said = [(part, word) for part in (*outcome.detail, *outcome.at) for word in _words(message, part)]
    findings = [
        replace(finding, where=str(part)) for part, word in said if (finding := stopped(outcome, word)) is not None
    ]
    if findings:
        return min(findings, key=lambda finding: _WORST.index(finding.code))
    return said[0][1] if said else stopped(outcome, None) or ""


def _words(message: Message, part: Part) -> Iterator[str]:
    for found in _pieces(part, message, [one for _, one in spread(message, part.at)]):
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


def _behind_its_end(places: Generation, outcome: Outcome, message: Message) -> Finding | None:
    """Find text in an event behind one that says why the answer stopped: it is another answer's."""
    over = False
    for number, event in enumerate(message.events or (), 1):
        alone = replace(message, events=(event,))
        if over and _joined(_told_by_events(places.text), alone):
            says = "the stream is not of one piece: text comes behind the reason why the answer stopped"
            return Finding(code="broken_stream", message=says, where=f"event {number}")
        over = over or any(True for part in _told_by_events(outcome.at) for _ in _words(alone, part))
    return None


def _told_by_events(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part.at.source == "event")


def _whole(places: Generation, message: Message) -> tuple[str, bool] | Finding:
    """The text, and whether the service states it once more; an empty text that is stated is a statement too."""
    text, restated = _joined(places.text, message), False
    if isinstance(text, Finding):
        return text
    for part in places.whole:
        match _joined((part,), message):
            case Finding() as finding:
                return finding
            case str() as stated if stated != (text or ""):
                said = "the parts of the text are not the whole that the service states"
                have, due = len(text or ""), len(stated)
                return Finding(code="generation_mismatch", message=said, where=str(part), have=have, expected=due)
            case stated:
                restated = restated or stated is not None
    if not text or not text.strip():
        return Finding(code="generation_empty", message="the answer is accepted as finished, and holds no text")
    return text, restated


def _joined(parts: tuple[Part, ...], message: Message) -> str | Finding | None:
    """All that stands at *parts*, one behind the other; None where nothing does."""
    pieces: list[str] = []
    for where, found in _in_order(parts, message):
        if isinstance(found.value, str):
            pieces.append(found.value)
        elif found.state not in (State.ABSENT, State.NULL):
            return Finding(code="schema_violation", message="a part of the text is not a text", where=where)
    return "".join(pieces) if pieces else None


def _in_order(parts: tuple[Part, ...], message: Message) -> Iterator[tuple[str, Found]]:
    """Every piece of text in the order in which it came: event by event, and in one event part by part."""
    if message.events is None:
        for part in parts:
            found = [one for _, one in spread(message, part.at)]
            yield from ((str(part), piece) for piece in _pieces(part, message, found))
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
