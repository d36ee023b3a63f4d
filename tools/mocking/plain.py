"""The truth: what a sound service answers to one request of a contract, and what it remembers of writes.

Lies begin where this ends (`faults.py`): they bend a turn before it is said, or what was said.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.generation import Generation
from ...schemas.walk import Keyset, Scroll, Single, Stream
from ...schemas.wire import Framing, Headers, Json
from ...validators.reading import at
from ...validators.shape import compiled
from ..draft import text
from ..shapes import members
from ..template import MISSING, Missing, Scope, fill
from .models import Speech
from .page import Turn, common, written
from .routes import Match
from .sheet import Sheet
from .signals import asked_size, start_of
from .single import confirmed, one
from .stock import Stock, far_away, item_schema
from .streams import Plain, generated, message, spoken, streamed
from .wire import Said, said
from .yielding import yielding

__all__ = ["Ask", "Memory", "honest", "located", "say", "told_of"]

_USUAL: Final = 20  # items of a page where neither the contract nor the caller says how many
_TOKEN: Final[dict[str, Json]] = {"access_token": "mock", "token_type": "Bearer", "expires_in": 3600}


@dataclass(slots=True)
class Memory:
    """What the service remembers: answers to writes by their idempotency key, and what was made, by tool and arguments."""

    answers: dict[tuple[str, str], Said] = field(default_factory=dict[tuple[str, str], Said])
    made: list[tuple[str, Mapping[str, Json], Json]] = field(
        default_factory=list["tuple[str, Mapping[str, Json], Json]"]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request that is understood: whose it is, where it stands in the walk, and what there is.

    *beside* are other requests that it can be as well; a count that one of them wants is in the answer too.
    """

    match: Match
    turn: Turn
    stock: Stock
    memory: Memory
    beside: tuple[Match, ...] = ()

    @property
    def contract(self) -> Contract:
        """The contract, with the caller's arguments in it."""
        return self.turn.contract

    @property
    def held(self) -> tuple[Json, ...]:
        """All items, as they are for this caller."""
        return _asked_for(self, self.stock.items)

    @property
    def kind(self) -> Literal["page", "stream", "generation", "one", "aside"]:
        """What is answered: a page of a list, a stream of one, a generated text, one thing, or something aside."""
        contract, purpose = self.contract, self.match.route.purpose
        if purpose not in ("page", "step") and not (purpose == "census" and self.counted_here):
            return "aside"
        if contract.claim.kind == "generation":
            return "generation"
        if contract.claim.kind == "one":
            return "one"
        return "stream" if isinstance(contract.walk, Stream) else "page"

    @property
    def counted_here(self) -> bool:
        """Whether the independent count is asked for where the pages are."""
        census = self.contract.complete.census
        return census is not None and census.request.url is None and not isinstance(self.contract.walk, Stream)


# ------------------------------------------------------------------------------------------ where it stands


def _sized(ask: Ask) -> int:
    """How many items a page of *ask* holds at most."""
    contract, size = ask.contract, ask.contract.walk.page_size
    if isinstance(contract.walk, Single | Stream) and size is None:
        return max(len(ask.stock.items), 1)
    usual = ask.turn.size or (_USUAL if size is None else size.ask)
    return asked_size(contract, ask.turn.heard, usual=usual, most=ask.turn.size or None)


def located(ask: Ask) -> Ask:
    """Find where *ask* stands in the walk, and take the items of its page.  Raises `Garbled`."""
    if ask.kind not in ("page", "stream"):
        return ask
    size = _sized(ask)
    first = isinstance(ask.contract.walk, Scroll) and ask.match.route.purpose == "page"
    start = 0 if first else start_of(ask.contract, ask.turn.heard, size, ask.stock.keys)
    items = _asked_for(ask, _chosen(ask, start, size))
    behind = start + len(items)
    more = (
        behind < len(ask.stock.items)
        and not isinstance(ask.contract.walk, Single)
        and ask.contract.claim.kind != "top_k"
    )
    following = behind if more and size else None
    return replace(ask, turn=replace(ask.turn, items=items, start=start, size=size, following=following))


def _chosen(ask: Ask, start: int, size: int) -> tuple[Json, ...]:
    contract = ask.contract
    if contract.claim.kind != "top_k":
        return ask.stock.items[start : start + size]
    bound = fill(contract.claim.bound, Scope(input=_arguments(ask), variables={}), "query")
    best = ask.stock.items[: bound if isinstance(bound, int) else None]
    return tuple(far_away(contract, item) for item in best) if _irrelevant(ask) else best


def _asked_for(ask: Ask, items: tuple[Json, ...]) -> tuple[Json, ...]:
    """Let *items* be what the caller filtered by: an argument that has the name of a member is its value.

    Where later pages are asked for without the arguments, nothing is filtered.
    """
    contract = ask.contract
    if isinstance(contract.walk, Scroll) or not items or not isinstance(items[0], dict):
        return items
    places = (contract.response.items or Items()).id or ()
    taken = {pointer.split("/")[1] for pointer in (*places, *_weighed(contract)) if "/" in pointer}
    said = {name: value for name, value in ask.turn.arguments.items() if name in items[0] and name not in taken}
    if not said or not isinstance(next(iter(said.values())), str | int | float | bool):
        return items
    validator = compiled(item_schema(contract))
    changed = tuple({**item, **said} if isinstance(item, dict) else item for item in items)
    return changed if validator.is_valid(changed[0]) else items


def _weighed(contract: Contract) -> Iterator[str]:
    """Members that say something else than the caller did: a sort key, a score."""
    if isinstance(contract.walk, Keyset):
        yield contract.walk.key
    if contract.complete.gate is not None:
        yield contract.complete.gate.at


def _arguments(ask: Ask) -> Mapping[str, Json]:
    """The caller's arguments, and the defaults of those that were not sent."""
    properties = members(ask.contract.input.get("properties"))
    defaults = {name: schema["default"] for name, schema in properties.items() if "default" in members(schema)}
    return {**defaults, **ask.turn.arguments}


def _irrelevant(ask: Ask) -> bool:
    """Whether nothing is near to what is asked: a text with the word `irrelevant`, or a vector of zeros."""
    return any(
        (isinstance(value, str) and "irrelevant" in value.lower())
        or (isinstance(value, list) and bool(value) and all(one == 0 for one in value))
        for value in ask.turn.arguments.values()
    )


# ---------------------------------------------------------------------------------------------- what is said


def honest(ask: Ask) -> Said:
    """Answer *ask* with the truth."""
    return say(ask, ask.turn)


def say(ask: Ask, turn: Turn) -> Said:
    """Say *turn* in answer to *ask*."""
    match ask.kind:
        case "page":
            return _said(ask, turn, written(turn))
        case "stream":
            return message(turn, streamed(turn))
        case "generation":
            text = generated(turn)
            return _body(ask, turn, text.body) if isinstance(text, Plain) else message(turn, text)
        case "one":
            return _thing(ask, turn)
        case "aside":
            return _aside(ask, turn)


def _said(ask: Ask, turn: Turn, sheet: Sheet, status: int | None = None) -> Said:
    """Write *sheet* as a message, with the counts that others want of the same request."""
    for match in (ask.match, *ask.beside):
        census = match.route.contract.complete.census
        if match.route.purpose == "census" and census is not None and census.at.source != "link":
            sheet.put(census.at, MISSING if turn.uncounted else turn.total + turn.off)
    contract = ask.contract
    content = b"" if sheet.body is None else json.dumps(sheet.body, separators=(",", ":"), ensure_ascii=False).encode()
    status = status or contract.response.status[0]
    content = b"" if status == 204 else content
    return Said(
        status=status,
        headers=(*sheet.fields, *_digests(contract, content)),
        content=content,
        framing=_framing(contract),
    )


def _body(ask: Ask, turn: Turn, body: Json) -> Said:
    """Answer with one *body*."""
    sheet = Sheet(url=turn.heard.url, body=body)
    common(sheet, ask.contract, turn)
    yielding(ask.contract.response, sheet, ask.contract.response.status[0])
    return _said(ask, turn, sheet)


def told_of(ask: Ask, bound: int | None) -> Json:
    """What a client is given in the end of what *ask* is about: all items (*bound* at most), or the one thing."""
    contract = ask.contract
    if ask.kind in ("page", "stream"):
        return _all_of(ask)[:bound]
    if ask.kind == "generation":
        return _result(contract.response.generation, spoken(ask.turn))
    body: Json = json.loads(say(ask, ask.turn).content or b"null")
    items = contract.response.items
    found = at(body, contract.response.data if items is None else items.at).value
    return found[0] if items is not None and isinstance(found, list) else found


def _result(places: Generation | None, told: Speech) -> Json:
    """A generated answer in the shape that all families share; what the contract has no place for is null."""
    if places is None:
        return None
    usage: dict[str, Json] = {
        "input_tokens": told.input_tokens if places.input_tokens else None,
        "output_tokens": told.output_tokens if places.output_tokens else None,
    }
    model = told.model if places.model else None
    whole: dict[str, Json] = {"text": told.text, "stop_reason": told.reason, "model": model, "usage": usage}
    return whole if places.schema is None else {**whole, "output": json.loads(told.text)}


def _all_of(ask: Ask) -> list[Json]:
    """All items, as they are when everything is said of them that the contract wants."""
    items = _asked_for(ask, ask.stock.items)
    whole = replace(ask.turn, items=items, size=max(1, len(items)))
    place = ask.contract.response.items or Items()
    if place.columns is not None:
        return list(items)
    if ask.kind == "page":
        found = at(written(whole).body, place.at).value
        return found if isinstance(found, list) else []
    if place.at == "":
        return [event.data for event in streamed(whole)[:-1]]
    lists = (at(event.data, place.at).value for event in streamed(whole))
    return [item for one in lists if isinstance(one, list) for item in one]


def _framing(contract: Contract) -> Framing:
    accepted = contract.response.framing
    return "content-length" if "content-length" in accepted else accepted[0]


def _digests(contract: Contract, content: bytes) -> Headers:
    """The digest fields that the contract requires (RFC 9530, RFC 1864, and two that services have of their own)."""
    sha = hashlib.sha256(content)
    structured = f"sha-256=:{base64.b64encode(sha.digest()).decode()}:"
    md5 = hashlib.md5(content, usedforsecurity=False).digest()
    known = {
        "content-digest": structured,
        "repr-digest": structured,
        "content-md5": base64.b64encode(md5).decode(),
        "x-amz-crc32": str(zlib.crc32(content)),
        "docker-content-digest": f"sha256:{binascii.hexlify(sha.digest()).decode()}",
    }
    return tuple((name, known[name]) for name in contract.response.integrity)


def _thing(ask: Ask, turn: Turn) -> Said:
    """Answer with one thing; a write takes effect once for each key."""
    contract = ask.contract
    if contract.effects != "write":
        return _said(ask, turn, one(turn))
    idempotency = contract.request.idempotency
    key = None if idempotency is None else turn.heard.fields.get(idempotency.header.lower())
    if key is not None and (before := ask.memory.answers.get((contract.name, key))) is not None:
        return before
    sheet = one(turn)
    answer = _said(ask, turn, sheet)
    ask.memory.made.append((contract.name, turn.arguments, at(sheet.body, contract.response.data).value))
    if key is not None:
        ask.memory.answers[contract.name, key] = answer
    return answer


def _aside(ask: Ask, turn: Turn) -> Said:
    """Answer what is no page: a snapshot, a count, a read that settles a write, a token."""
    contract, purpose = ask.contract, ask.match.route.purpose
    sheet = Sheet(url=turn.heard.url, body={})
    if purpose == "token":
        return said(_TOKEN)
    if purpose == "confirm" and contract.confirm is not None:
        return _said(ask, turn, confirmed(turn, _made(ask)), contract.confirm.status[0])
    if contract.complete.census is not None and purpose == "census":
        sheet.body = {}
    common(sheet, contract, turn)
    pin = contract.walk.pin
    if purpose == "open" and pin is not None:
        sheet.put(pin.at, f"snapshot-{turn.seed}")
    return _said(ask, turn, sheet)


def _made(ask: Ask) -> Json | Missing:
    """What a write of these arguments made, as far as this request names them."""
    named = ask.turn.arguments
    for name, arguments, thing in reversed(ask.memory.made):
        same = all(text(value) == text(named[key]) for key, value in arguments.items() if key in named)
        if name == ask.contract.name and same:
            return thing
    return MISSING
