"""A request before it is sent: parts that a walk may still change, with the arguments already in their places.

`lay` puts one value at one target, `follow` takes another URL, `render` writes the final `Request`.  Pure values; credentials
are not known here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..schemas.location import Location, unescaped
from ..schemas.wire import Body, Errand, Framing, Headers, Json, Keyed, Request
from .styles import Pairs, pairs, text

__all__ = ["Draft", "follow", "lay", "render", "text", "without"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The parts of one request.  *query* is decoded, and *plain* names the signs that stay as they are in a parameter.

    *body* is JSON, *form* is form-encoded, *raw* is any other content; at most one of them is there.
    """

    method: str
    url: str
    query: Pairs = ()
    headers: Headers = ()
    body: Json = None
    has_body: bool = False
    form: Pairs | None = None
    raw: Body | None = None
    plain: Mapping[str, str] = field(default_factory=dict[str, str])
    strict: tuple[tuple[Location, Any], ...] = ()
    resend: bool = True
    media: tuple[str, ...] = ("application/json",)
    framing: tuple[Framing, ...] = ("content-length", "chunked")
    integrity: tuple[str, ...] = ()
    keyed: Keyed | None = None


def without(old: Pairs, name: str) -> Pairs:
    """Leave out every pair called *name*."""
    return tuple(pair for pair in old if pair[0] != name)


def lay(draft: Draft, target: Location, value: Json) -> Draft:
    """Put *value* at *target*; a null query parameter or header is taken away instead."""
    kept: Json = value
    match target.source:
        case "query" if (
            draft.form is not None and draft.method != "GET" and any(key == target.path for key, _ in draft.form)
        ):
            return replace(draft, form=without(draft.form, target.path) + pairs(target.path, kept))
        case "query":
            added = () if kept is None else pairs(target.path, kept)
            return replace(draft, query=without(draft.query, target.path) + added)
        case "header":
            added = () if kept is None else ((target.path, text(kept)),)
            return replace(draft, headers=without(draft.headers, target.path) + added)
        case "body" if draft.form is not None:
            name = target.path.lstrip("/")
            return replace(draft, form=without(draft.form, name) + pairs(name, kept))
        case _:
            steps = target.path.split("/")[1:]
            return replace(draft, body=_placed(draft.body, steps, kept), has_body=True)


def _placed(parent: Json, steps: list[str], value: Json) -> Json:
    if not steps:
        return value
    step = unescaped(steps[0])
    if isinstance(parent, list) and step.isdecimal() and int(step) < len(parent):
        index = int(step)
        return [*parent[:index], _placed(parent[index], steps[1:], value), *parent[index + 1 :]]
    members: Mapping[str, Json] = parent if isinstance(parent, dict) else {}
    return {**members, step: _placed(members.get(step), steps[1:], value)}


def follow(draft: Draft, url: str) -> Draft:
    """Ask for *url* instead, a URL that the service gave; what is strict is added where the URL lost it."""
    parts = urlsplit(url)
    given = tuple(parse_qsl(parts.query, keep_blank_values=True))
    names = {name for name, _ in given}
    strict = tuple(pair for pair in _strict_query(draft) if pair[0] not in names)
    return replace(draft, url=url, query=strict)


def _strict_query(draft: Draft) -> Pairs:
    return tuple(pair for place, value in draft.strict if place.source == "query" for pair in pairs(place.path, value))


def _with_strict(draft: Draft) -> Draft:
    for place, value in draft.strict:
        if not (place.source == "query" and f"{quote(place.path, safe='')}=" in urlsplit(draft.url).query):
            draft = lay(draft, place, value)
    return draft


def _joined(url: str, query: Pairs, plain: Mapping[str, str]) -> str:
    if not query:
        return url
    parts = urlsplit(url)
    added = "&".join(f"{quote(name, safe='')}={quote(value, safe=plain.get(name, ''))}" for name, value in query)
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))


def render(draft: Draft, purpose: Errand = "page") -> Request:
    """Write the final request; what is strict is laid over everything else."""
    final = _with_strict(draft)
    body = final.raw
    if final.form is not None:
        body = Body(content=urlencode(final.form).encode(), media="application/x-www-form-urlencoded")
    elif final.has_body:
        content = json.dumps(final.body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        body = Body(content=content.encode(), media="application/json")
    return Request(
        method=final.method,
        url=_joined(final.url, final.query, final.plain),
        headers=final.headers,
        body=body,
        resend=final.resend,
        purpose=purpose,
        media=final.media,
        framing=final.framing,
        integrity=final.integrity,
        keyed=final.keyed,
    )
