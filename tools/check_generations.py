"""Rules over streams and generated answers: their end can be seen, and every stop reason means one thing.

Plain functions over a contract, gathered in RULES.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..schemas.condition import Condition, Mark, When
from ..schemas.contract import Contract
from ..schemas.generation import Outcome, Part
from ..schemas.location import Location
from ..schemas.walk import Stream
from ..validators.inspection import may_be_plain
from ..validators.stream import MEDIA
from .check_responses import compares_nothing
from .mistake import Mistake, Way

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]

_EXAMPLE = (
    "for example `walk: anthropic_messages`, which says all of it, or `walk: {kind: stream, terminal: [{event: done}]}`"
)
_TABLES = ("accept", "truncated", "paused", "refused", "tools", "failed")


def generations_are_described(contract: Contract) -> Iterator[Mistake]:
    """A generated answer needs its text and its stop reasons, and no other claim has them."""
    is_one = contract.claim.kind == "generation"
    parts = {
        ("response", "generation"): (contract.response.generation, "where its text is"),
        ("complete", "outcome"): (contract.complete.outcome, "how it may stop"),
    }
    for way, (written, what) in parts.items():
        if is_one and written is None:
            yield Mistake(way, f"expected `{way[-1]}` for `claim: generation`, {what}, found nothing", _EXAMPLE)
        if written is not None and not is_one:
            found = contract.claim.kind
            yield Mistake(way, f"expected `claim: generation` beside `{way[-1]}`, found `claim: {found}`")
    for name in ("items", "data", "nested"):
        if is_one and getattr(contract.response, name):
            yield Mistake(("response", name), f"expected `generation` for `claim: generation`, found `{name}`")


def the_text_is_somewhere(contract: Contract) -> Iterator[Mistake]:
    """Without a place nothing could ever be there."""
    places, outcome = contract.response.generation, contract.complete.outcome
    if places is not None and not places.text:
        yield Mistake(("response", "generation", "text"), "expected at least one place, found none")
    if outcome is not None and not outcome.at:
        yield Mistake(("complete", "outcome", "at"), "expected at least one place, found none")
    if outcome is not None and not outcome.accept:
        message = "expected at least one stop reason that makes an answer, found none"
        yield Mistake(("complete", "outcome", "accept"), message)


def stop_reasons_mean_one_thing(contract: Contract) -> Iterator[Mistake]:
    """A word in two tables would be an answer and a failure."""
    outcome = contract.complete.outcome
    if outcome is not None:
        yield from _twice(outcome)


def _twice(outcome: Outcome) -> Iterator[Mistake]:
    known: dict[str, str] = {}
    for table in _TABLES:
        for word in getattr(outcome, table):
            if word in known:
                message = f"expected each stop reason in one table, found `{word}` under `{known[word]}` too"
                yield Mistake(("complete", "outcome", table), message)
            known.setdefault(word, table)


def streams_have_an_end(contract: Contract) -> Iterator[Mistake]:
    """A stream that stops is cut unless its last event says that it is the last."""
    walk = contract.walk
    if not isinstance(walk, Stream):
        return
    if not walk.terminal:
        hint = 'for example `terminal: [{event: message_stop}]`, `[{data: "[DONE]"}]` or `[{at: body:/done, is: true}]`'
        yield Mistake(("walk", "terminal"), "expected the events that end the stream, found none", hint)
    for way, mark in _marks(walk):
        yield from _says_something(mark, way)
    media = contract.response.media
    if walk.format is None and not any(one in MEDIA for one in media):
        found = "`, `".join(media)
        message = f"expected the stream's own type in `media`, such as text/event-stream, found `{found}` alone"
        hint = "or say how events follow one another: `walk: {kind: stream, format: jsonl, …}`, or `sse`, or `array` for one JSON array"
        yield Mistake(("response", "media"), message, hint)


def streams_are_not_walked(contract: Contract) -> Iterator[Mistake]:
    """A stream is one response: what tells whether there is another page would never be looked at."""
    walk = contract.walk
    if not isinstance(walk, Stream):
        return
    for name in ("more", "absence", "end_on_empty", "page_size", "pin"):
        if getattr(walk, name) is not None:
            yield Mistake(("walk", name), f"expected no `{name}` for `walk: stream`, which is one response, found one")
    if walk.repeat != "violation":
        yield Mistake(("walk", "repeat"), "expected no `repeat` for `walk: stream`, which is one response, found one")


def _says_something(mark: Mark, way: Way) -> Iterator[Mistake]:
    if mark.event is None and mark.data is None and mark.at is None:
        yield Mistake(way, "expected `event`, `data` or `at`, by which the event is known, found none")
    elif (mark.at is None) != compares_nothing(mark):
        yield Mistake(way, "expected `at` and a comparison together, found one without the other")


def _marks(walk: Stream) -> Iterator[tuple[Way, Mark]]:
    for name, marks in (("terminal", walk.terminal), ("ignore", walk.ignore), ("initial", walk.initial)):
        yield from ((("walk", name, index), mark) for index, mark in enumerate(marks))


def events_are_of_a_stream(contract: Contract) -> Iterator[Mistake]:
    """Outside a stream there are no events, and an event is looked at as a body of its own by what looks at each."""
    streamed = isinstance(contract.walk, Stream)
    for way, place in _places(contract):
        if place.source in ("event", "terminal") and not streamed:
            yield Mistake(way, f"expected `walk: stream`, in which there are events, for `{place}`, found another walk")
    for way, one in _conditions(contract):
        if one.at is not None and one.at.source in ("event", "terminal"):
            hint = f"write `body:{one.at.path}`"
            yield Mistake((*way, "at"), "expected a place in the event's own data, which is looked at as a body", hint)


def _places(contract: Contract) -> Iterator[tuple[Way, Location]]:
    complete, places = contract.complete, contract.response.generation
    if complete.outcome is not None:
        yield from ((("complete", "outcome", "at"), part.at) for part in complete.outcome.at)
        yield from ((("complete", "outcome", "detail"), part.at) for part in complete.outcome.detail)
    yield from _of_the_answer(contract)
    if places is not None:
        for name in ("text", "whole"):
            yield from ((("response", "generation", name), part.at) for part in getattr(places, name))
        for name in ("model", "input_tokens", "output_tokens"):
            yield from ((("response", "generation", name), place) for place in getattr(places, name))


def _of_the_answer(contract: Contract) -> Iterator[tuple[Way, Location]]:
    """The places that say something of an answer as a whole."""
    complete, walk = contract.complete, contract.walk
    if complete.total is not None:
        yield ("complete", "total", "at"), complete.total.at
        if complete.total.relation is not None:
            yield ("complete", "total", "relation", "at"), complete.total.relation.at
    if complete.fresh is not None and complete.fresh.at is not None:
        yield ("complete", "fresh", "at"), complete.fresh.at
    if complete.lsn is not None:
        yield ("complete", "lsn", "at"), complete.lsn.at
    yield from ((("walk", "stable", index), place) for index, place in enumerate(walk.stable))
    if isinstance(walk, Stream):
        yield from ((("walk", "same", index), place) for index, place in enumerate(walk.same))
        yield from () if walk.numbered is None else [(("walk", "numbered"), walk.numbered)]


def a_stream_has_no_body(contract: Contract) -> Iterator[Mistake]:
    """What is looked for in a body would never be there, unless a plain body may come instead of the stream."""
    if isinstance(contract.walk, Stream) and not may_be_plain(contract):
        for way, place in _of_the_answer(contract):
            if place.source == "body":
                hint = f"write `terminal:{place.path}` or `event:*:{place.path}`"
                yield Mistake(way, f"expected a place in the events of the stream, found `{place}`", hint)


def _conditions(contract: Contract) -> Iterator[tuple[Way, Condition | When | Mark]]:
    response, walk = contract.response, contract.walk
    yield from ((("response", "veto", index), veto) for index, veto in enumerate(response.veto))
    yield from ((("response", "classify", index, "when"), one.when) for index, one in enumerate(response.classify))
    if isinstance(walk, Stream):
        yield from _marks(walk)
    for way, part in _parts(contract):
        yield from ((way, one) for one in (*part.only, *part.unless))


def _parts(contract: Contract) -> Iterator[tuple[Way, Part]]:
    places, outcome = contract.response.generation, contract.complete.outcome
    if places is not None:
        yield from ((("response", "generation", "text"), part) for part in (*places.text, *places.whole))
    if outcome is not None:
        yield from ((("complete", "outcome", "at"), part) for part in (*outcome.at, *outcome.detail))


def text_and_end_come_the_same_way(contract: Contract) -> Iterator[Mistake]:
    """A stream whose stop reason or text is looked for in a plain body only would be refused every time."""
    places, outcome, walk = contract.response.generation, contract.complete.outcome, contract.walk
    if places is None or outcome is None or not outcome.at or not places.text:
        return
    wanted, example = (
        (("event", "terminal"), "event:name:/pointer") if isinstance(walk, Stream) else (("body",), "body:/pointer")
    )
    ways: tuple[tuple[Way, tuple[Location, ...]], ...] = (
        (("complete", "outcome", "at"), tuple(part.at for part in outcome.at)),
        (("response", "generation", "text"), tuple(part.at for part in places.text)),
    )
    for way, found in ways:
        if not any(place.source in wanted for place in found):
            yield Mistake(way, f"expected a place such as `{example}` for `walk: {walk.kind}`, found none")


RULES: tuple[Rule, ...] = (
    generations_are_described,
    the_text_is_somewhere,
    stop_reasons_mean_one_thing,
    streams_have_an_end,
    streams_are_not_walked,
    events_are_of_a_stream,
    a_stream_has_no_body,
    text_and_end_come_the_same_way,
)
