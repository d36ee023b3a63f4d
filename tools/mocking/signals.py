"""What a page says about more pages: the end tables of a contract read backwards, and where a request stands in the walk.

A state that is there is preferred to one that is not: false, null and empty say the end, and only where nothing else does is
something left out.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ...schemas.claim import Grade
from ...schemas.contract import Contract
from ...schemas.location import Location, choice, steps_of, unescaped
from ...schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Offset, Page, Scroll
from ...schemas.wire import Json
from ...validators.shape import compiled
from ..shapes import members
from ..template import MISSING, Missing
from .values import fitting, inside
from .wire import Heard

__all__ = ["Garbled", "Signs", "asked_size", "next_of", "position_name", "sent_at", "signs", "start_of"]

_END: Final = ("false", "null", "empty", "true", "value", "absent")
_ON: Final = ("true", "value", "false", "null", "empty", "absent")
_LITERAL: Final = 3.5  # literals come behind the plain states, and before those that say little
_MORE: Final[Mapping[str, str]] = {"true": "continue", "false": "end"}
_NEXT: Final[Mapping[str, str]] = {"value": "continue", "null": "end"}
_BESIDE: Final[Mapping[str, str]] = {"value": "continue"}
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")


class Garbled(Exception):  # noqa: N818 - a request that a sound service refuses
    """A position that this service never gave."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands at the flag and at the way to continue."""

    more: Json | Missing
    next: Json | Missing


# ------------------------------------------------------------------------------------ where a request stands


def sent_at(heard: Heard, target: Location) -> Json | Missing:
    """What *heard* sends at *target*."""
    match target.source:
        case "header":
            return heard.fields.get(target.path, MISSING)
        case "body" if heard.form is None:
            value = heard.body
            for step in target.path.split("/")[1:]:
                name = unescaped(step)
                if not isinstance(value, dict) or name not in value:
                    return MISSING
                value = value[name]
            return value
        case _:
            name = target.path.lstrip("/") if target.source == "body" else target.path
            pairs = dict((*heard.query, *(heard.form or ())))
            return pairs.get(name, MISSING)


def _number(value: Json | Missing) -> int | None:
    if isinstance(value, str):
        return int(value) if _NUMBER.fullmatch(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def asked_size(contract: Contract, heard: Heard, *, usual: int, most: int | None) -> int:
    """How many items *heard* gets on a page: what it asks for, and never more than the service gives."""
    size = contract.walk.page_size
    asked = None if size is None else _number(sent_at(heard, size.send))
    bounds = [bound for bound in (most, None if size is None else size.max) if bound is not None]
    return max(0, min([usual if asked is None else asked, *bounds]))


def position_name(contract: Contract) -> str:
    """The query parameter under which a URL that this service gives says where it leads."""
    census, total = contract.complete.census, contract.complete.total
    places = [None if census is None else census.at, None if total is None else total.at]
    for place in places:
        if place is not None and place.source == "link" and place.parameter is not None:
            return place.parameter
    if contract.complete.rel_last:
        return "page"
    return next(name for name in ("cursor", "after", "position", "_position") if name not in contract.request.query)


def _numbered(contract: Contract) -> bool:
    """Whether the URLs that this service gives name pages by their number."""
    return position_name(contract) not in ("cursor", "after", "position", "_position")


def start_of(contract: Contract, heard: Heard, size: int, keys: Mapping[str, int]) -> int:
    """The index of the first item that *heard* asks for; *keys* are those of a keyset.  Raises `Garbled`."""
    walk = contract.walk
    match walk:
        case Offset() | Page():
            sent = sent_at(heard, walk.send)
            ahead = 0 if isinstance(sent, Missing) or sent in (None, "") else _position(sent) - walk.start
            if ahead < 0:
                raise Garbled
            return ahead * size if isinstance(walk, Page) else ahead
        case Keyset():
            key = sent_at(heard, walk.send)
            return 0 if key is MISSING else _behind(keys, key)
        case Cursor() | Scroll():
            return _of_token(contract, heard, sent_at(heard, walk.send))
        case NextUrl() | Link() | Continue():
            return _of_url(contract, heard, size)
        case _:
            return 0


def _behind(keys: Mapping[str, int], key: Json | Missing) -> int:
    found = keys.get(str(key))
    if found is None:
        raise Garbled
    return found + 1


def _of_token(contract: Contract, heard: Heard, sent: Json | Missing) -> int:
    if isinstance(sent, Missing) or sent is None or sent == "" or _is_first(contract, sent):
        return 0
    return _position(sent) if _is_numeric(contract) else _opened(sent)


def _is_numeric(contract: Contract) -> bool:
    """Whether the cursors that this service gives are numbers, as its schema says."""
    walk = contract.walk
    kind = _schema_at(contract, walk.next).get("type") if isinstance(walk, Cursor | Scroll) else None
    return kind in ("integer", "number")


def _is_first(contract: Contract, sent: Json) -> bool:
    """Whether the file itself sends this for the first page, as in `cursor: "*"`."""
    walk = contract.walk
    if not isinstance(walk, Cursor):
        return False
    written = members(contract.request.query if walk.send.source == "query" else contract.request.body)
    name = walk.send.path.lstrip("/")
    return name in written and str(written[name]) == str(sent)


def _of_url(contract: Contract, heard: Heard, size: int) -> int:
    walk = contract.walk
    name = _member(contract) if isinstance(walk, Continue) else position_name(contract)
    in_body = isinstance(walk, Continue) and walk.send == "body"
    sent = sent_at(heard, Location("body", f"/{name}") if in_body else Location("query", name))
    if isinstance(sent, Missing) or (isinstance(walk, Continue) and str(sent) == str(contract.request.query.get(name))):
        return 0
    if not _numbered(contract) or isinstance(walk, Continue):
        return _opened(sent)
    number = _number(sent)
    if number is None or number < 1:
        raise Garbled
    return (number - 1) * size


def _sealed(start: int) -> str:
    return urlsafe_b64encode(f"item:{start}".encode()).decode().rstrip("=")


def _opened(token: Json) -> int:
    """Read the position in a *token*; it is opaque to clients, and nothing else is."""
    text = token if isinstance(token, str) else ""
    try:
        word, _, number = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(":")
    except ValueError:
        raise Garbled from None
    if word != "item":
        raise Garbled
    return _position(number)


def _position(value: Json) -> int:
    """Read a position that is a number, or a text of one."""
    number = _number(value)
    if number is None or number < 0:
        raise Garbled
    return number


# ----------------------------------------------------------------------------------------- what a page says


def next_of(contract: Contract, heard: Heard, start: int, size: int) -> Json:
    """The way to go on to the item *start*, as this walk gives it."""
    walk = contract.walk
    match walk:
        case NextUrl() | Link():
            name = position_name(contract)
            secret = _secret_name(contract)
            kept = tuple(pair for pair in heard.query if pair[0] not in (name, secret))
            position = str(start // max(size, 1) + 1) if _numbered(contract) else _sealed(start)
            return heard.at((*kept, (name, position)))
        case Continue():
            object_ = fitting(_object_at(contract), "continue", lean=True)
            return {**(object_ if isinstance(object_, dict) else {}), _member(contract): _sealed(start)}
        case Cursor() | Scroll():
            return start if _is_numeric(contract) else _sealed(start)
        case _:
            return _sealed(start)


def _secret_name(contract: Contract) -> str | None:
    """The query parameter that carries the credential, which no URL repeats."""
    auth = contract.provider.auth
    return auth.name if auth is not None and auth.kind == "api_key" and auth.in_ == "query" else None


def _object_at(contract: Contract) -> Mapping[str, Any]:
    walk = contract.walk
    return {**(_schema_at(contract, walk.next) if isinstance(walk, Continue) else {}), "type": "object"}


def _member(contract: Contract) -> str:
    """The member of a continuation that says where it leads."""
    named = [name for name in _object_at(contract).get("required", ()) if name != "continue"]
    return str(named[0]) if named else "continuefrom"


def _schema_at(contract: Contract, place: Location) -> Mapping[str, Any]:
    return inside(contract.response.schema, place.path) if place.source == "body" else {}


def signs(contract: Contract, token: Json, *, meaning: Literal["continue", "end"], beyond: Json, number: int) -> Signs:
    """What flag and continuation are on a page: *token* leads on, *beyond* is behind the last item (None: nothing is).

    *number* is the page's own.
    """
    walk = contract.walk
    place = walk.next if isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll) else None
    ahead: Json = token if walk.more == place else _page_number(contract, number)
    more = MISSING if walk.more is None else _sign(contract, walk.more, walk.end.more or _MORE, meaning, ahead)
    if place is None:
        return Signs(_said(more, MISSING), MISSING)
    onward = walk.trailing_cursor and beyond is not None
    if meaning == "continue" or (walk.more is not None and onward):
        return Signs(_said(more, MISSING), _said(_next(contract, place, "continue", token), token))
    ending = _next(contract, place, "end", token)
    if ending is None_ and walk.more is not None:  # nothing is said of a cursor beside the end mark: none is given
        ending = _plain(contract, place)
    return Signs(_said(more, MISSING), _said(ending, token))


class _Nothing:
    """Where a table has no word for what is meant."""


None_: Final = _Nothing()


def _said(sign: Json | Missing | _Nothing, otherwise: Json | Missing) -> Json | Missing:
    return otherwise if isinstance(sign, _Nothing) else sign


def _page_number(contract: Contract, number: int) -> Json:
    more = contract.walk.more
    kind = None if more is None else _schema_at(contract, more).get("type")
    return str(number + 1) if kind == "string" else number + 1


def _next(contract: Contract, place: Location, meaning: str, token: Json) -> Json | Missing | _Nothing:
    walk = contract.walk
    if meaning == "end" and walk.more is None and walk.end_on_empty is not None and _enough(contract):
        return None_  # an empty page is the end, and until then there is a way on
    table = walk.end.next or (_NEXT if walk.more is None else _BESIDE)
    return _sign(contract, place, table, meaning, token)


def _enough(contract: Contract) -> bool:
    """Whether an empty page proves what the contract requires, and its own table names no other end."""
    complete, walk = contract.complete, contract.walk
    counted = complete.total is not None or complete.census is not None or complete.differential is not None
    return walk.end.next is None and (counted or complete.require <= Grade.DOCUMENTED_ABSENCE)


def _plain(contract: Contract, place: Location) -> Json | Missing:
    """Nothing, in the way that the schema allows."""
    for nothing in (
        (None, "", MISSING) if _is_json(place) else ("", MISSING) if place.source == "header" else (MISSING,)
    ):
        if _fits(contract, place, nothing):
            return nothing
    return MISSING


def _sign(
    contract: Contract, place: Location, table: Mapping[str, str], meaning: str, token: Json
) -> Json | Missing | _Nothing:
    order = _END if meaning == "end" else _ON
    words = [word for word, means in table.items() if means == meaning]
    words.sort(key=lambda word: order.index(word) if word in order else _LITERAL)
    values = [_value(contract, place, word, token) for word in words]
    return next((value for value in values if _fits(contract, place, value)), values[0] if values else None_)


def _value(contract: Contract, place: Location, word: str, token: Json) -> Json | Missing:
    match word:
        case "absent":
            return MISSING
        case "null":
            return None
        case "true" | "false":
            return word == "true"
        case "empty":
            return {} if isinstance(token, dict) else ""
        case "value":
            return token
        case literal:
            kind = _schema_at(contract, place).get("type")
            number = _number(literal)
            return literal if number is None or kind == "string" or not _is_json(place) else number


def _fits(contract: Contract, place: Location, value: Json | Missing) -> bool:
    if place.source == "link":
        return isinstance(value, str | Missing) and value != ""
    if place.source == "header":
        return bool(place.inside) or (value is not None and not isinstance(value, dict | list))
    if isinstance(value, Missing):
        return not _required(contract, place)
    return compiled(_schema_at(contract, place)).is_valid(value) if _schema_at(contract, place) else True


def _is_json(place: Location) -> bool:
    return place.source == "body" or bool(place.inside)


def _required(contract: Contract, place: Location) -> bool:
    if any(map(choice, steps_of(place.path))):
        return False  # it is left out with the element that it is in
    above, _, name = place.path.rpartition("/")
    return name in inside(contract.response.schema, above).get("required", ())
