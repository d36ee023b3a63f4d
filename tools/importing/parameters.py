"""The parameters of an operation of OpenAPI 3.x, and what its path says of them.

A parameter that has to be sent and cannot be read makes the operation `Unsound`: a request that lacks it would ask for something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from .description import Parameter, Place
from .document import Document
from .reference import Site
from .refusal import Unsound
from .tolerant import elements, extensions, flag, members, text

__all__ = ["fitted", "parameters", "spared", "templated"]

_PLACES: dict[str, Place] = {"path": "path", "query": "query", "header": "header", "cookie": "cookie"}
_STYLES: dict[Place, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form", "cookie"),
}
_FORM = "application/x-www-form-urlencoded"
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_OPERATOR = re.compile(r"[+#./;?&]?(.+?)\*?\Z")
"""RFC 6570: an operator before a name and an explosion behind it, which some documents write into their paths."""


def parameters(document: Document, site: Site) -> Iterator[Parameter]:
    """Read the parameter at *site*: one, none where HTTP's own rules say what it means, or several (`querystring`)."""
    site = document.followed(site)
    raw, name, where = members(site.value), text(site.at("name").value), text(site.at("in").value).lower()
    if where == "querystring":
        yield from _whole_query(document, site)
        return
    if not name or where not in _PLACES:
        raise Unsound(site.place, "a parameter without a name, or without a place that is known")
    place = _PLACES[where]
    if place == "header" and name.lower() in ("accept", "content-type", "authorization"):
        return  # OpenAPI 3.0.4, 4.7.12.1: such a parameter is ignored
    media = next(iter(members(raw.get("content"))), None)
    style = _style(raw.get("style"), place)
    yield Parameter(
        name=name,
        place=place,
        required=flag(raw.get("required")) or place == "path",
        description=text(raw.get("description")),
        schema=document.schema(_schema(site, media), "request"),
        style=style,
        explode=flag(raw.get("explode"), otherwise=style in ("form", "cookie")),
        reserved=flag(raw.get("allowReserved")),
        deprecated=flag(raw.get("deprecated")),
        media=media,
        extensions=extensions(raw),
    )


def spared(document: Document, site: Site, error: Unsound) -> tuple[str, str]:
    """Return the name and place of the parameter at *site*, which nobody has to send; raise *error* where one has to.

    Both are empty where it is not known what the parameter is: in OpenAPI 3.x it is no body, and a service that wants it says so.
    """
    try:
        there = document.followed(site)
    except Unsound:
        if document.old:
            raise
        return "", ""
    name, place = text(there.at("name").value), text(there.at("in").value).lower()
    if not name or place not in _PLACES or place == "path" or flag(there.at("required").value):
        raise error
    return name, place


def _style(said: object, place: Place) -> str:
    style = text(said)
    return next((one for one in _STYLES[place] if one.lower() == style.lower()), _STYLES[place][0])


def _schema(site: Site, media: str | None) -> Site:
    return site.at("schema") if media is None else site.at("content", media, "schema")


def _whole_query(document: Document, site: Site) -> Iterator[Parameter]:
    """OpenAPI 3.2: one parameter is the whole query.  A form has fields, and each is a parameter like any other."""
    if list(members(site.at("content").value)) != [_FORM]:
        raise Unsound(site.place, "a `querystring` parameter that is not a form")
    schema = document.schema(site.at("content", _FORM, "schema"), "request")
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    for name, inner in members(schema.get("properties")).items():
        yield Parameter(
            name=name,
            place="query",
            required=name in elements(schema.get("required")),
            description=text(members(inner).get("description")),
            schema={**members(inner), **definitions},
        )


def templated(path: str) -> tuple[str, list[str], list[Parameter]]:
    """Return *path* as it is sent, the names in braces in it, and the parameters that it holds behind a `?`.

    What stands behind `#` is never sent.

    >>> templated("/repos/{+owner}/{name}#Action=List")
    ('/repos/{owner}/{name}', ['owner', 'name'], [])
    """
    sent, _, query = path.partition("#")[0].partition("?")
    names: list[str] = []

    def plain(found: re.Match[str]) -> str:
        match = _OPERATOR.match(found[1].strip())
        names.append(match[1] if match else "")
        return "{" + names[-1] + "}"

    return "/" + _TEMPLATE.sub(plain, sent).lstrip("/"), names, list(_queried(query))


def _queried(query: str) -> Iterator[Parameter]:
    """The parameters of a *query* in a path: each with its one value, or any where that is in braces."""
    for name, value in parse_qsl(query, keep_blank_values=True):
        schema = {"type": "string"} if _TEMPLATE.fullmatch(value) else {"const": value}
        yield Parameter(name=name, place="query", required=True, schema=schema)


def fitted(found: Iterable[Parameter], names: Iterable[str]) -> tuple[list[Parameter], list[str]]:
    """Fit the parameters *found* to the *names* in the path: one that nobody declared is a required text.

    A path parameter that the path has no place for is left out, with the reason.
    """
    named = list(dict.fromkeys(names))
    kept = [one for one in found if one.place != "path" or one.name in named]
    gone = [one for one in found if one.place == "path" and one.name not in named]
    declared = {one.name for one in kept if one.place == "path"}
    added = [
        Parameter(name=name, place="path", required=True, schema={"type": "string"}, style="simple", explode=False)
        for name in named
        if name not in declared
    ]
    why = [f"`{one.name}` is left out: the path has no `{{{one.name}}}`" for one in gone]
    return [*added, *kept], why
