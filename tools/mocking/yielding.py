"""Making an answer one that its contract accepts: what a veto or a classifier would take offence at is changed until it does not.

It changes as little as it can, and says nothing of what it could not mend: the contract itself is asked afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from ...schemas.condition import UNSET, Argument
from ...schemas.expectation import Expectation, Veto
from ...schemas.location import Location
from ...schemas.wire import Json, Response
from ...validators.holding import holds
from ...validators.reading import Found, Message, every, state_of
from ..template import MISSING, Missing
from .sheet import Sheet

__all__ = ["message_of", "settle", "yielding"]

_PLAIN: Final[tuple[Json | Missing, ...]] = (MISSING, None, False, True, 0, 1, "", "ok", [], {}, "amber", {"amber": 1})


def message_of(sheet: Sheet, status: int) -> Message:
    """The answer on *sheet*, as a client reads it."""
    response = Response(status=status, headers=sheet.fields, content=b"", framing="content-length", received_at=0.0)
    return Message(response, Found(state_of(sheet.body), sheet.body))


def yielding(expectation: Expectation, sheet: Sheet, status: int) -> None:
    """Change what is on *sheet* until no veto and no classifier of *expectation* speaks against it, where that is possible."""
    for condition in _against(expectation, status):
        for place in _offending(condition, sheet, status):
            _mend(replace(condition, at=place), sheet, status)


def _against(expectation: Expectation, status: int) -> Iterator[Veto]:
    yield from expectation.veto
    for acceptor in expectation.classify:
        when = acceptor.when
        if acceptor.as_ == "sound" or when.at is None or (when.status is not None and status not in when.status):
            continue
        yield Veto(
            at=when.at, is_=when.is_, not_=when.not_, state=when.state, gt=when.gt, lt=when.lt, nonempty=when.nonempty
        )


def _offending(condition: Veto, sheet: Sheet, status: int) -> list[Location]:
    """The places at which *condition* holds, each by itself."""
    place = condition.at
    if "*" not in place.path.split("/"):
        places = [place]
    else:
        places = [Location("body", where) for where, _ in every(sheet.body, place.path) if "*" not in where.split("/")]
    message = message_of(sheet, status)
    return [one for one in places if holds(replace(condition, at=one), message)]


def _mend(condition: Veto, sheet: Sheet, status: int) -> None:
    before = replace(sheet, headers=dict(sheet.headers), links=dict(sheet.links))
    for value in _candidates(condition):
        sheet.put(condition.at, value)
        if not holds(condition, message_of(sheet, status)):
            return
        sheet.body, sheet.headers, sheet.links = before.body, dict(before.headers), dict(before.links)


def _candidates(condition: Veto) -> Iterator[Json | Missing]:
    if condition.not_ is not UNSET:
        yield _plainly(condition.not_)
    if condition.gt is not None:
        yield int(condition.gt) if condition.gt >= 0 else condition.gt - 1
    if condition.lt is not None:
        yield int(condition.lt) + 1
    yield from _PLAIN


def _plainly(wanted: Any) -> Json:
    value: Json = wanted.value if isinstance(wanted, Argument) else wanted
    return value


def settle(conditions: tuple[Any, ...], sheet: Sheet, status: int) -> None:
    """Change what is on *sheet* until all *conditions* hold, where that is possible."""
    for condition in conditions:
        wanted = () if condition.is_ is UNSET else (_plainly(condition.is_),)
        before = sheet.body
        for value in (*wanted, "amber", 1, True, False, None, "", [], {}, MISSING):
            if holds(condition, message_of(sheet, status)):
                break
            sheet.body = before
            sheet.put(condition.at, value)
