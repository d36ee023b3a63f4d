"""One page as a sound service writes it: the envelope that the contract describes, the items, the total, and what comes next.

It derives everything from the contract alone.  What a lie changes is in the turn that it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Final, Literal

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location, choice, escaped, steps_of
from ...schemas.walk import Continue, Cursor, Link, NextUrl, Scroll, Stream
from ...schemas.wire import Json
from ...validators.reading import at
from ..shapes import members
from ..template import MISSING, Missing
from .dice import roll
from .sheet import Sheet, laid
from .signals import next_of, signs
from .values import fitting, inside
from .wire import Heard
from .yielding import yielding

__all__ = ["Turn", "common", "counted", "moment", "revision", "written"]

_AHEAD: Final = 10**12  # a sequence number behind every write
_START: Final = frozenset({"offset", "start", "startat", "skip", "from"})
_SIZE: Final = frozenset({"limit", "maxresults", "hitsperpage", "perpage", "pagesize", "size"})
_NUMBER: Final = frozenset({"page", "pagenumber", "currentpage"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One page before it is written down.

    *start* is the index of its first item, *size* the most items of a page; *following* is the index at which the next page begins,
    None at the end; *total* is how many there are, and *off* how far what is said of that is off (*uncounted*: nothing is said).  *signal* is `whole` as the service has it, or else what is wrong with the way to
    continue: there is none (`missing`), it is null, or it leads back here (`same`); a generated text may be `cut`.  *now* is Unix time,
    *age* how old the answer is, *revision* counts how often the collection changed.
    """

    contract: Contract
    heard: Heard
    arguments: Mapping[str, Json]
    items: Sequence[Json]
    start: int
    size: int
    total: int
    following: int | None
    now: float
    seed: int
    signal: Literal["whole", "missing", "null", "same", "cut"] = "whole"
    revision: int = 0
    off: int = 0
    age: float = 0.0
    uncounted: bool = False

    @property
    def number(self) -> int:
        """The number of the page, from 1."""
        return self.start // max(self.size, 1) + 1


def written(turn: Turn) -> Sheet:
    """Write *turn* down."""
    contract = turn.contract
    expectation = contract.response
    body = fitting(expectation.schema or _outline(contract), turn.seed, contract.provider.name, "envelope", lean=True)
    sheet = Sheet(url=turn.heard.url, body=_grown(_told(body, turn), turn))
    _put_items(sheet, expectation.items or Items(), turn.items)
    common(sheet, contract, turn)
    _put_total(sheet, turn)
    _put_signs(sheet, turn)
    yielding(expectation, sheet, expectation.status[0])
    return sheet


def _outline(contract: Contract) -> Mapping[str, Any]:
    """An envelope of which nothing is said is an object, unless the list is the body itself."""
    items = contract.response.items
    return {"type": "array" if items is not None and items.at == "" and items.columns is None else "object"}


def _grown(body: Json, turn: Turn) -> Json:
    """Let there be whole objects around the places that something is put at later, also where they need not be there."""
    contract, walk = turn.contract, turn.contract.walk
    total, schema = contract.complete.total, contract.response.schema
    places = [None if total is None else total.at, walk.more]
    if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll) and any(map(choice, steps_of(walk.next.path))):
        places.append(walk.next)
    pointers = [place.path for place in places if place is not None and place.source == "body"]
    if contract.response.items is not None:
        pointers.append(contract.response.items.at)
    for pointer in pointers if schema is not None else ():
        for end in [number for number, sign in enumerate(pointer) if sign == "/" and number]:
            above = pointer[:end]
            described = inside(schema, above)
            if described and not isinstance(at(body, above).value, dict | list):
                body = laid(body, steps_of(above), _whole(described, above, turn.seed))
    return body


def _whole(described: Mapping[str, Any], pointer: str, seed: int) -> Json:
    """An object, or a list, as *described*, that can stand at *pointer*; what is chosen there is what chooses it."""
    if described.get("type") == "array":
        return []
    whole = members(fitting({**described, "type": "object"}, seed, pointer, lean=True))
    chosen = choice(steps_of(pointer)[-1])
    if chosen is None:
        return dict(whole)
    name, text = chosen
    return {**whole, name: [text] if inside(described, f"/{escaped(name)}").get("type") == "array" else text}


def _told(body: Json, turn: Turn) -> Json:
    """Let members that say where a page begins, and how long it is, say that."""
    if not isinstance(body, dict):
        return body
    known: dict[str, Json] = dict(body)
    for name in body:
        plain = name.lower().replace("_", "").replace("-", "")
        said = (
            turn.start
            if plain in _START
            else turn.size
            if plain in _SIZE
            else turn.number
            if plain in _NUMBER
            else None
        )
        kind = inside(turn.contract.response.schema, f"/{name}").get("type")
        if said is not None and kind in (None, "integer", "number"):
            known[name] = said
    return known


def _put_items(sheet: Sheet, items: Items, values: Sequence[Json]) -> None:
    if items.columns is None:
        sheet.body = laid(sheet.body, steps_of(items.at), list(values))
        return
    for name, column in items.columns.items():
        sheet.body = laid(sheet.body, steps_of(column.at), [members(value).get(name) for value in values])


# ----------------------------------------------------------------------------------- what every answer says


def common(sheet: Sheet, contract: Contract, turn: Turn) -> None:
    """Put down what every answer says, of lists and of single things: its type, its age, its revision, its sequence number."""
    media = [media for media in contract.response.media if media != "absent"]
    if media:
        sheet.headers["content-type"] = media[0]
    sheet.headers["date"] = formatdate(turn.now - turn.age, usegmt=True)
    if turn.age:
        sheet.headers["age"] = str(int(turn.age))
    fresh, lsn = contract.complete.fresh, contract.complete.lsn
    if fresh is not None and fresh.at is not None:
        sheet.put(fresh.at, moment(turn, fresh.at))
    for place in contract.walk.stable:
        sheet.put(place, revision(turn, place))
    if lsn is not None:
        sheet.put(lsn.at, _AHEAD if turn.revision == 0 else 0)


def moment(turn: Turn, place: Location) -> Json:
    """The time at which the answer was made, as it stands at *place*."""
    contract, now = turn.contract, turn.now - turn.age
    kind = inside(contract.response.schema, place.path).get("type") if place.source == "body" else None
    if kind in ("integer", "number"):
        return int(now)
    return datetime.fromtimestamp(now, tz=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def revision(turn: Turn, place: Location) -> Json:
    """What shows at *place* that the collection did not change."""
    schema = inside(turn.contract.response.schema if place.source == "body" else None, place.path)
    if schema.get("type") in ("integer", "number"):
        return roll(turn.seed, "revision") % 9000 + turn.revision + 1
    if turn.revision == 0 and ("const" in schema or "enum" in schema):
        return fitting(schema, turn.seed, "revision")
    return (
        f'"{roll(turn.seed, "revision", turn.revision):016x}"' if place.source == "header" else f"r{turn.revision + 1}"
    )


# --------------------------------------------------------------------------------------- how many, and what next


def _put_total(sheet: Sheet, turn: Turn) -> None:
    """Put down how many there are, as the contract counts them."""
    total = turn.contract.complete.total
    if total is None or (total.on == "first" and turn.start > 0):
        return
    if turn.uncounted:
        sheet.put(total.at, MISSING)
        return
    place = total.at
    kind = inside(turn.contract.response.schema, place.path).get("type") if place.source == "body" else None
    sheet.put(place, str(counted(turn)) if kind == "string" else counted(turn))
    if total.relation is not None:
        sheet.put(total.relation.at, total.relation.is_)


def counted(turn: Turn) -> int:
    """How many there are, as the contract counts them."""
    total = turn.contract.complete.total
    found = {
        "walk": turn.total,
        "remaining": max(0, turn.total - turn.start - len(turn.items)),
        "onward": max(0, turn.total - turn.start),
        "pages": -(-turn.total // max(turn.size, 1)),
        "page": len(turn.items),
    }
    return found["walk" if total is None else total.scope] + turn.off


def _put_signs(sheet: Sheet, turn: Turn) -> None:
    contract, walk = turn.contract, turn.contract.walk
    if isinstance(walk, Stream):
        return
    _place_next(sheet, turn)
    there = 0 if turn.uncounted else turn.total + turn.off
    if isinstance(walk, Link) and (contract.complete.rel_last or _announces(contract)) and there > turn.size > 0:
        last = -(-there // turn.size)
        sheet.links["last"] = str(next_of(contract, turn.heard, (last - 1) * turn.size, turn.size))


def _announces(contract: Contract) -> bool:
    """Whether something is read from the link to the last page."""
    census, total = contract.complete.census, contract.complete.total
    places = [census.at if census is not None else None, total.at if total is not None else None]
    return any(place is not None and place.source == "link" and place.path == "last" for place in places)


def _place_next(sheet: Sheet, turn: Turn) -> None:
    """Put down the flag, and the way to go on."""
    contract, walk = turn.contract, turn.contract.walk
    onward = turn.following if turn.following is not None else turn.start + len(turn.items)
    leads = turn.start if turn.signal == "same" else onward
    token = next_of(contract, turn.heard, leads, turn.size)
    said = signs(
        contract,
        token,
        meaning="end" if turn.following is None else "continue",
        beyond=token if turn.items else None,
        number=turn.number,
    )
    if walk.more is not None:
        sheet.put(walk.more, said.more)
    if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll):
        sheet.put(walk.next, _BENT.get(turn.signal, said.next))


_BENT: Final[Mapping[str, Json | Missing]] = {"missing": MISSING, "null": None}
