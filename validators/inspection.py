"""Is this one response sound?  Three answers: sound, worth another attempt, or hopeless.

Asked inside the loop, because a cut body or a missing marker under load is worth asking again for.  The order is
published: fault, class, status, media type, strict parse, vetoes, schema, shape lock, sequence number, freshness.  No I/O, no clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from ..schemas.contract import Contract
from ..schemas.expectation import Expectation
from ..schemas.verdict import Finding
from ..schemas.walk import Single, Stream, WalkKind
from ..schemas.wire import Fault, Outcome, Request, Response
from . import strict_json
from .coherence import incoherent
from .freshness import stale
from .holding import holds
from .reading import ABSENT, Found, Message, field, state_of
from .refusing import Again, Hopeless, again, refused
from .sequence import not_visible, sequence
from .shape import violation
from .shape_lock import vanished
from .stream import Format, ended, format_of, marked, streamed

__all__ = ["Inspection", "Sound", "inspect", "may_be_plain", "probe"]


@dataclass(frozen=True, slots=True)
class Sound:
    """A response that is what was contracted for, as far as one response can tell."""

    message: Message


Inspection: TypeAlias = Sound | Again | Hopeless


def inspect(contract: Contract, request: Request, outcome: Outcome) -> Inspection:
    """Judge the *outcome* of one *request* against the whole expectation of *contract*."""
    match outcome:
        case Fault():
            return _fault(request, outcome)
        case Response():
            return _response(contract, request, outcome, _answer_rules(contract), contract.walk)
        case _:
            assert_never(outcome)


def probe(contract: Contract, request: Request, outcome: Outcome) -> Inspection:
    """Judge the *outcome* of a *request* that only bears witness: vetoes and schema of the pages do not apply to it."""
    match outcome:
        case Fault():
            return _fault(request, outcome)
        case Response():
            return _response(contract, request, outcome, ())
        case _:
            assert_never(outcome)


def _fault(request: Request, fault: Fault) -> Again | Hopeless:
    finding = Finding(
        code=fault.code,
        message=fault.detail,
        where="wire",
        have=fault.have,
        expected=fault.expected,
        after=fault.after,
    )
    if fault.kind in ("deadline", "forbidden", "credential", "admission"):
        unsure = fault.sent == "maybe" and not request.resend
        return again(request, finding) if unsure else Hopeless(finding)
    return again(request, finding, sent=fault.sent == "maybe")


Rule: TypeAlias = Callable[[Message], Finding | None]


def _response(
    contract: Contract, request: Request, response: Response, rules: tuple[Rule, ...], walk: WalkKind | None = None
) -> Inspection:
    expectation = contract.response
    parsed = strict_json.parse(response.content)
    body = ABSENT if isinstance(parsed, Finding) else Found(state_of(parsed.value), parsed.value)
    message = Message(response, body)
    if (against := refused(expectation, request, message, of_more=_of_more(contract, request))) is not None:
        return against
    if _is_empty(expectation, response) or _by_its_header(request):  # declared, or it would have been refused
        return Sound(message)
    if (finding := _media(expectation, response)) is not None:
        return again(request, finding)
    form = format_of(walk, _media_type(response), body) if isinstance(walk, Stream) else None
    if isinstance(walk, Stream) and form is not None:
        return _streamed(contract, request, response, walk, form)
    if isinstance(parsed, Finding):
        return again(request, parsed)
    if isinstance(walk, Stream) and not may_be_plain(contract):
        return again(request, _not_a_stream(response))
    return _plain(request, message, rules)


def _of_more(contract: Contract, request: Request) -> bool:
    """Whether a part of a list is asked for: a page, the first few, or only how many there are."""
    bounded = contract.claim.kind in ("first", "top_k")
    return request.purpose != "page" or bounded or not isinstance(contract.walk, Single)


def _is_empty(expectation: Expectation, response: Response) -> bool:
    """Whether there is no content, where there need not be any."""
    return not response.content and (response.status == 204 or response.status in expectation.empty)


def _by_its_header(request: Request) -> bool:
    """Whether it only bears witness and is answered by a header alone: its media type is that of a content that never comes."""
    return request.purpose == "probe" and request.method == "HEAD"  # RFC 9110, 9.3.2


def _plain(request: Request, message: Message, rules: tuple[Rule, ...]) -> Inspection:
    """Judge one JSON value."""
    if message.response.framing == "close-delimited" and not isinstance(message.body.value, dict | list):
        return again(
            request, Finding(code="unproven_end", message="only an object or array marks its own end", where="wire")
        )
    for rule in rules:
        if (finding := rule(message)) is not None:
            return again(request, finding)
    return Sound(message)


def _streamed(contract: Contract, request: Request, response: Response, walk: Stream, form: Format) -> Inspection:
    """Judge a stream: what every event says by itself, then whether it came to its end, then the message as a whole."""
    cut = "generation_truncated" if contract.claim.kind == "generation" else "end_marker_missing"
    stream = streamed(walk, response, form, cut=cut)
    if isinstance(stream, Finding):
        return again(request, stream)
    for number, event in enumerate(stream.events or (), 1):
        counts = marked(walk.ignore, event, response) is None
        wrong = _event(contract, request, Message(response, event.value), counts=counts)
        if wrong is not None:
            return replace(wrong, finding=_at_event(number, wrong.finding))
    whole = ended(walk, stream, cut=cut)
    if isinstance(whole, Finding):
        return again(request, whole)
    rules: tuple[Rule, ...] = (lambda message: incoherent(walk, message), *_message_rules(contract))
    for rule in rules:
        if (finding := rule(whole)) is not None:
            return again(request, finding)
    return Sound(whole)


def _at_event(number: int, finding: Finding) -> Finding:
    inside = (finding.where or "").removeprefix("body:") if (finding.where or "").startswith("body:") else ""
    return replace(finding, where=f"event {number}" + (f":{inside}" if inside else ""))


def _event(contract: Contract, request: Request, message: Message, *, counts: bool) -> Again | Hopeless | None:
    """Judge what one event says; one that does not *count* may look as it likes, but an error in it is one."""
    if message.body is ABSENT:
        return None
    if (against := refused(contract.response, request, message, of_more=True)) is not None:
        return against
    for rule in _body_rules(contract.response) if counts else _vetoes(contract.response):
        if (finding := rule(message)) is not None:
            return again(request, finding)
    return None


def may_be_plain(contract: Contract) -> bool:
    """Say whether *contract* tells where things stand in a body that comes although a stream was asked for."""
    places, outcome = contract.response.generation, contract.complete.outcome
    if places is None or outcome is None:
        return False
    return any(one.at.source == "body" for one in outcome.at) and any(one.at.source == "body" for one in places.text)


def _not_a_stream(response: Response) -> Finding:
    media = _media_type(response)
    return Finding(
        code="wrong_media_type",
        message="a plain body came where a stream was asked for",
        where="header:content-type",
        have=media if _MEDIA.fullmatch(media) else "malformed",
    )


def _media_type(response: Response) -> str:
    declared = field(response.headers, "content-type").value
    return declared.partition(";")[0].strip().lower() if isinstance(declared, str) else "absent"


def _media(expectation: Expectation, response: Response) -> Finding | None:
    media = _media_type(response)
    if (
        media == "application/problem+json" and media not in expectation.media
    ):  # RFC 9457: an error, whatever the status
        return Finding(code="upstream_error", message="a problem document came", where="header:content-type")
    if media in expectation.media or _is_empty(expectation, response):
        return None
    have = media if media == "absent" or _MEDIA.fullmatch(media) else "malformed"
    expected = " or ".join(expectation.media)
    return Finding(
        code="wrong_media_type",
        message="the content is of another media type",
        where="header:content-type",
        have=have,
        expected=expected,
    )


_MEDIA = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,60}")  # RFC 6838, 4.2


def _body_rules(expectation: Expectation) -> tuple[Rule, ...]:
    """What is asked of every body, and of the data of every event of a stream that counts."""
    return (
        *_vetoes(expectation),
        lambda message: (
            None
            if expectation.schema is None
            else violation(expectation.schema, message.body.value, code="schema_violation")
        ),
    )


def _vetoes(expectation: Expectation) -> tuple[Rule, ...]:
    return (lambda message: _vetoed(expectation, message),)


def _message_rules(contract: Contract) -> tuple[Rule, ...]:
    """What is asked of a message as a whole."""
    return (lambda message: _not_visible(contract, message), lambda message: _stale(contract, message))


def _answer_rules(contract: Contract) -> tuple[Rule, ...]:
    return (*_body_rules(contract.response), lambda message: vanished(contract, message), *_message_rules(contract))


def _not_visible(contract: Contract, message: Message) -> Finding | None:
    lsn = contract.complete.lsn
    return None if lsn is None else not_visible(lsn, sequence(message, lsn))


def _stale(contract: Contract, message: Message) -> Finding | None:
    """Find what is too old, unless a person may release it: then it is kept, and the judge finds it."""
    fresh = contract.complete.fresh
    return None if fresh is None or "stale" in contract.review else stale(message, fresh)


def _vetoed(expectation: Expectation, message: Message) -> Finding | None:
    for veto in expectation.veto:
        if holds(veto, message):
            return Finding(
                code=veto.code, message="the service says itself that the answer is not whole", where=str(veto.at)
            )
    return None
