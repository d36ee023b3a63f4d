"""What an upstream does when it is not right: loudly, so that any client notices, or silently, so that only proof does.

Every silent trouble makes the answer of a client that believes what it gets a wrong one.  None of them can be seen by nobody:
a service that leaves items out and counts without them, everywhere and each time, is not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Protocol, TypeAlias

import orjson

from bench.shop import PAGE, Asked, Json, requests, sound, truth

__all__ = ["LOUD", "SILENT", "Broken", "Reply", "Silent", "Source", "Upstream"]

Body: TypeAlias = dict[str, Json]


class Broken(Enum):
    """A connection that brings no whole message."""

    RESET = "reset before an answer"
    CUT = "cut in the middle of the content"
    SILENT = "no answer in time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole message."""

    status: int = 200
    media: str = "application/json"
    content: bytes
    fields: tuple[tuple[str, str], ...] = ()


Outcome: TypeAlias = Reply | Broken


def _json(body: Json, status: int = 200, **fields: str) -> Reply:
    written = tuple((name.replace("_", "-"), value) for name, value in fields.items())
    return Reply(status=status, content=orjson.dumps(body), fields=written)


_GATEWAY = Reply(status=502, media="text/html", content=b"<html><h1>Bad Gateway</h1></html>")
LOUD: tuple[Outcome, ...] = (
    *(Broken.RESET, Broken.CUT, Broken.SILENT, _GATEWAY),
    _json({"error": "internal"}, 500),
    _json({"error": "overloaded"}, 503, retry_after="1"),
    _json({"error": "too many requests"}, 429, retry_after="1"),
    _json({"error": "timeout"}, 504),
)
"""Half of the troubles: any client that looks at the status notices."""


# ------------------------------------------------------------------------------------------ silent ones

Silent: TypeAlias = Callable[[Asked, Body, Random], Body | None]
"""Makes a wrong body of a sound one; None where it would make no difference to a client that believes it."""


def _nothing(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {}


def _error(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {"error": {"code": "upstream_timeout", "message": "try again"}}


def _stale(wanted: Asked, body: Body, random: Random) -> Body | None:
    old = {**body, "as_of": body["as_of"] - 86_400.0}
    if wanted.single:
        return {**old, "record": {**body["record"], "value": body["record"]["value"] - 1}}
    return {**old, "items": [{**item, "value": item["value"] - 1} for item in body["items"]]}


def _anothers(wanted: Asked, body: Body, random: Random) -> Body | None:
    other = sound(Asked(tool=wanted.tool, key=f"{wanted.key}x", position=wanted.position), body["as_of"], "")
    part = "record" if wanted.single else "items"
    return {**body, part: other[part]} if other[part] else None


def _no_record(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {**body, "record": None}


def _half_a_record(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {**body, "record": {"id": wanted.key}}


def _lost(wanted: Asked, body: Body, random: Random) -> Body | None:
    items = list(body["items"])
    items.pop(random.randrange(len(items) - _resumes(wanted)))
    return {**body, "items": items}


def _lost_and_not_counted(wanted: Asked, body: Body, random: Random) -> Body | None:
    return None if "total" not in body else {**_some(_lost(wanted, body, random)), "total": body["total"] - 1}


def _doubled(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {**body, "items": [*body["items"], random.choice(body["items"])]}


def _emptied(wanted: Asked, body: Body, random: Random) -> Body | None:
    return None if _resumes(wanted) and wanted.position else {**body, "items": []}


def _half_with_an_error(wanted: Asked, body: Body, random: Random) -> Body | None:
    half = body["items"][: len(body["items"]) // 2]
    return None if _resumes(wanted) else {**body, "items": half, "errors": [{"code": "shard_timeout"}]}


def _early_end(wanted: Asked, body: Body, random: Random) -> Body | None:
    ended = {"more": False, "next": None, "links": {"next": None}}
    marks = {name: value for name, value in ended.items() if name in body}
    return None if wanted.last else {**body, "items": body["items"][: PAGE // 2], **marks}


def _no_mark(wanted: Asked, body: Body, random: Random) -> Body | None:
    marks = {"more", "next", "links"}
    if wanted.last or marks.isdisjoint(body):
        return None
    return {name: value for name, value in body.items() if name not in marks}


def _page_before(wanted: Asked, body: Body, random: Random) -> Body | None:
    if wanted.position == 0:
        return None
    before = Asked(tool=wanted.tool, key=wanted.key, position=wanted.position - PAGE)
    return sound(before, body["as_of"], str(body.get("links", {}).get("next") or "").partition("/shipments")[0])


def _miscounted(wanted: Asked, body: Body, random: Random) -> Body | None:
    return {"count": len(truth(wanted.tool, wanted.key)) - 1}


def _some(body: Body | None) -> Body:
    assert body is not None
    return body


def _resumes(wanted: Asked) -> bool:
    """Whether any client goes on from the last item that it got, so that what is cut off behind it comes with the next page."""
    return wanted.tool == "events" and not wanted.last


_ANY: tuple[Silent, ...] = (_nothing, _error, _stale, _anothers)
SILENT: dict[str, tuple[Silent, ...]] = {
    "record": (*_ANY, _no_record, _half_a_record),
    "list": (
        *_ANY,
        _lost,
        _lost_and_not_counted,
        _doubled,
        _emptied,
        _half_with_an_error,
        _early_end,
        _no_mark,
        _page_before,
    ),
    "count": (_nothing, _error, _miscounted),
}
"""The other half: status 200, JSON, and not what it should be."""


# ------------------------------------------------------------------------------------------ the upstream


class Source(Protocol):
    """Whatever answers what is asked."""

    def answer(self, wanted: Asked) -> Outcome:
        """Answer one request."""
        ...


@dataclass(slots=True, kw_only=True)
class Upstream:
    """The shop, right for a share *right* of the calls of a client that asks for nothing twice.

    Each request is wrong by itself, however often it is asked: a list of three pages is whole as often as one record.
    *told* counts what went wrong.
    """

    origin: str
    right: float
    random: Random
    now: Callable[[], float]
    told: dict[str, int] = field(default_factory=dict[str, int])

    def answer(self, wanted: Asked) -> Outcome:
        """Answer one request, or fail at it."""
        body = sound(wanted, self.now(), self.origin)
        if self.random.random() < self.right ** (1 / requests(wanted.tool)):
            return _json(body)
        if self.random.random() < 0.5:
            self._count("loud")
            return self.random.choice(LOUD)
        self._count("silent")
        return _json(self.random.choice(list(self._lies(wanted, body))))

    def _lies(self, wanted: Asked, body: Body) -> Iterator[Body]:
        kind = "count" if wanted.count else "record" if wanted.single else "list"
        for silent in SILENT[kind]:
            if (wrong := silent(wanted, body, self.random)) is not None:
                yield wrong

    def _count(self, what: str) -> None:
        self.told[what] = self.told.get(what, 0) + 1
