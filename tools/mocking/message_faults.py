"""Lies of a whole message: another status, another content, or bytes that do not come as they should.

What is broken on the way is what a sound service would have said: a write whose answer is lost has taken effect.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ...schemas.expectation import Items
from ...schemas.location import escaped, steps_of
from ...schemas.wire import Json
from ...validators.reading import at
from ...validators.shape import compiled
from ..shapes import is_object, members
from ..template import MISSING, Missing
from .dice import roll
from .plain import Ask, say
from .sheet import laid
from .streams import generated, message, streamed
from .values import Schema, resolved
from .wire import Said, said

__all__ = [
    "accepted",
    "answer_lost",
    "cut_body",
    "cut_gzip",
    "empty_object",
    "error_in_200",
    "hang",
    "html_in_200",
    "partial_content",
    "rate_limited",
    "redirect",
    "reset",
    "schema_broken",
    "slow",
    "stream_cut",
    "terminal_missing",
    "token_limit",
    "unauthorized",
    "unavailable",
    "wrong_length",
]

_PAGE: Final = b"<!doctype html><title>Sign in</title><form action=/login method=post></form>"
_DRIP: Final = 0.1  # seconds between two pieces


def _error(code: str) -> Json:
    return {"error": {"code": code, "message": "The service failed on request: this is a mock."}}


def _success(ask: Ask) -> int:
    return ask.contract.response.status[0]


# -------------------------------------------------------------------------------------------- by the status


def rate_limited(ask: Ask) -> Said | None:
    """429 with `Retry-After: 1`."""
    return said(_error("rate_limited"), status=429, retry_after="1")


def unavailable(ask: Ask) -> Said | None:
    """503."""
    return said(_error("unavailable"), status=503)


def unauthorized(ask: Ask) -> Said | None:
    """401: the credential has been revoked."""
    return said(_error("unauthorized"), status=401)


def redirect(ask: Ask) -> Said | None:
    """302 to another origin."""
    return said(_error("moved"), status=302, location="https://elsewhere.example.org/")


def accepted(ask: Ask) -> Said | None:
    """202: the answer is still being made."""
    return None if 202 in ask.contract.response.status else said({"status": "pending"}, status=202)


def partial_content(ask: Ask) -> Said | None:
    """206 with Content-Range, although no part was asked for."""
    if 206 in ask.contract.response.status:
        return None
    whole = say(ask, ask.turn)
    return replace(whole, status=206, headers=(*whole.headers, ("content-range", "items 0-9/*")))


# ------------------------------------------------------------------------------------------- by the content


def error_in_200(ask: Ask) -> Said | None:
    """An error, sent as a success."""
    return said(_error("internal_error"), status=_success(ask))


def html_in_200(ask: Ask) -> Said | None:
    """A login page, sent as a success."""
    return Said(status=_success(ask), headers=(("content-type", "text/html; charset=utf-8"),), content=_PAGE)


def empty_object(ask: Ask) -> Said | None:
    """`{}`, sent as a success."""
    return said({}, status=_success(ask))


def schema_broken(ask: Ask) -> Said | None:
    """A field that must be there is dropped, null, or of another type."""
    whole = say(ask, ask.turn)
    if ask.kind not in ("page", "one") or not whole.content:
        return None
    body: Json = json.loads(whole.content)
    places = sorted(_breakable(ask, body), key=lambda place: roll(ask.turn.seed, ask.turn.start, *place))
    for pointer, wrong in places:
        broken = laid(body, steps_of(pointer), wrong)
        if _breaks(ask, broken):
            return replace(whole, content=json.dumps(broken, separators=(",", ":"), ensure_ascii=False).encode())
    return None


def _breakable(ask: Ask, body: Json) -> Iterator[tuple[str, Json | Missing]]:
    """Places of *body* that the contract requires something of, each with what is wrong there."""
    expectation = ask.contract.response
    root = members(expectation.schema)
    for pointer in _required(root, root, ""):
        here = at(body, pointer).value
        other: Json = {} if isinstance(here, str | int | float | bool) else "amber"
        yield from ((pointer, MISSING), (pointer, None), (pointer, other))
    items = expectation.items or Items()
    if items.columns is None and isinstance(at(body, items.at).value, list) and ask.turn.items:
        names = [*(items.id or ()), *(f"/{name}" for name in members(items.schema).get("required", ()))]
        yield from ((f"{items.at}/0{name}", MISSING) for name in names if name)


def _required(schema: Schema, root: Schema, above: str) -> Iterator[str]:
    known = resolved(schema, root)
    properties = members(known.get("properties"))
    for name in known.get("required", ()):
        pointer = f"{above}/{escaped(name)}"
        yield pointer
        if is_object(properties.get(name)):
            yield from _required(properties[name], root, pointer)


def _breaks(ask: Ask, body: Json) -> bool:
    """Whether the contract has something against *body*."""
    expectation = ask.contract.response
    if expectation.schema is not None and not compiled(expectation.schema).is_valid(body):
        return True
    items = expectation.items
    if items is None or items.columns is not None:
        return False
    found = at(body, items.at).value
    first: Json = found[0] if isinstance(found, list) and found else None
    schema: Mapping[str, Any] | None = items.schema
    lost = any(at(first, pointer).value is None for pointer in items.id or ())
    return bool(found) and (lost or (schema is not None and not compiled(schema).is_valid(first)))


# ------------------------------------------------------------------------------------------- by the stream


def stream_cut(ask: Ask) -> Said | None:
    """The stream stops in the middle; its framing says that it is whole."""
    return _shortened(ask, 0.5)


def terminal_missing(ask: Ask) -> Said | None:
    """The event that ends the stream is left out."""
    return _shortened(ask, 1.0)


def _shortened(ask: Ask, share: float) -> Said | None:
    """The *share* of the events that come before the last one, and not that."""
    events = streamed(ask.turn) if ask.kind == "stream" else generated(ask.turn) if ask.kind == "generation" else None
    if not isinstance(events, list):
        return None
    return message(ask.turn, events[: int((len(events) - 1) * share)])


def token_limit(ask: Ask) -> Said | None:
    """The answer of a model is cut at its token limit, and says so."""
    outcome = ask.contract.complete.outcome
    if ask.kind != "generation" or outcome is None or not outcome.truncated:
        return None
    return say(ask, replace(ask.turn, signal="cut"))


# ---------------------------------------------------------------------------------------------- by the wire


def cut_body(ask: Ask) -> Said | None:
    """The connection ends in the middle of the content."""
    whole = say(ask, ask.turn)
    return replace(whole, cut=len(whole.content) // 2, then="closed") if whole.content else None


def wrong_length(ask: Ask) -> Said | None:
    """Content-Length is smaller than the content."""
    whole = say(ask, ask.turn)
    if len(whole.content) < 2:
        return None
    return replace(whole, framing="content-length", declared=len(whole.content) - 1)


def cut_gzip(ask: Ask) -> Said | None:
    """Compressed content is cut, and framed as if it were whole."""
    whole = say(ask, ask.turn)
    if not whole.content:
        return None
    packed = gzip.compress(whole.content, mtime=0)
    headers = (*whole.headers, ("content-encoding", "gzip"))
    return replace(whole, headers=headers, content=packed[: len(packed) * 2 // 3])


def reset(ask: Ask) -> Said | None:
    """The connection is reset in the middle of the content."""
    whole = say(ask, ask.turn)
    return replace(whole, cut=len(whole.content) // 2, then="reset")


def answer_lost(ask: Ask) -> Said | None:
    """A write takes effect, and the connection is reset before anything is answered."""
    if ask.contract.effects != "write" or ask.match.route.purpose != "page":
        return None
    return replace(say(ask, ask.turn), cut=0, then="reset", silent=True)


def hang(ask: Ask) -> Said | None:
    """No answer comes, and the connection stays open."""
    return replace(say(ask, ask.turn), then="silent")


def slow(ask: Ask) -> Said | None:
    """The answer comes in small pieces, a tenth of a second apart."""
    return replace(say(ask, ask.turn), drip=_DRIP)
