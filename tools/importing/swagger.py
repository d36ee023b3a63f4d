"""What Swagger 2.0 says otherwise than OpenAPI 3.x: parameters with their schema in them, bodies and forms among them.

A parameter that cannot be read makes the operation `Unsound`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .contents import read_replies, replied
from .description import Parameter, Payload, Place, Reply
from .document import Document
from .normal import Written
from .reference import Site
from .refusal import Unsound
from .tolerant import extensions, flag, members, text

__all__ = ["form", "parameters", "replies", "unwritable"]

_PLACES: dict[str, Place] = {"path": "path", "query": "query", "header": "header"}
_STYLES = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_OWN = frozenset({"name", "in", "required", "collectionFormat", "allowEmptyValue", "schema"})
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def parameters(document: Document, site: Site) -> Iterator[Parameter]:
    """Read the parameter at *site*; none where it is (a part of) the body, which `form` reads, or `unwritable`."""
    site = document.followed(site)
    if _is_left_out(site):
        return
    raw, name, where = members(site.value), text(site.at("name").value), text(site.at("in").value)
    if where.lower() in ("body", "formdata", "form"):
        return
    if not name or where.lower() not in _PLACES:
        raise Unsound(site.place, "a parameter without a name, or without a place that is known")
    place = _PLACES[where.lower()]
    if place == "header" and name.lower() in ("accept", "content-type", "authorization"):
        return  # said by `produces`, `consumes` and `security`, as it is in OpenAPI 3.x
    style, explode = _style(site)
    yield Parameter(
        name=name,
        place=place,
        required=flag(raw.get("required")) or place == "path",
        description=text(raw.get("description")),
        schema=_schema(document, site),
        style=style if place == "query" else "simple",
        explode=explode and place == "query",
        extensions=extensions(raw),
    )


def unwritable(document: Document, sites: Iterable[Site]) -> Iterator[str]:
    """Say which parameters among those at *sites* are left out, because no request can hold them and none has to."""
    for site in sites:
        if _is_left_out(found := document.followed(site)):
            yield f"`{text(found.at('name').value)}` is left out: {_between(found)}"


def _is_left_out(site: Site) -> bool:
    """Whether it is a list that cannot be written and need not be sent; one that must be makes the operation `Unsound`."""
    needed = flag(site.at("required").value) or text(site.at("in").value).lower() == "path"
    return _between(site) is not None and not needed


_SIGNS = {"tsv": "tabs", "ssv": "blanks", "pipes": "bars"}


def _between(site: Site) -> str | None:
    """Say what stands between the elements of a list that no request can write so; OpenAPI 3.x has a word for it in a query."""
    said, where = text(site.at("collectionFormat").value), text(site.at("in").value).lower()
    a_list = text(site.at("type").value) == "array" and where in ("path", "header")
    unknown = said == "tsv" or (said in _SIGNS and a_list)
    return f"a list that is written with {_SIGNS[said]} between its elements" if unknown else None


def _style(site: Site) -> tuple[str, bool]:
    if (why := _between(site)) is not None:
        raise Unsound(site.place, why)
    return _STYLES.get(text(site.at("collectionFormat").value), _STYLES["csv"])


def _schema(document: Document, site: Site) -> Mapping[str, Any]:
    """The schema of a parameter that is no body: what stands in the parameter itself."""
    if "schema" in members(site.value):  # of a body only, but written by many who know OpenAPI 3.x
        return document.schema(site.at("schema"), "request")
    own = {
        keyword: value
        for keyword, value in members(site.value).items()
        if keyword not in _OWN and keyword != "description"
    }
    return document.schema(site.being(own), "request")


def form(document: Document, sites: list[Site], consumes: tuple[str, ...]) -> Iterator[Payload]:
    """Read the body among the parameters at *sites*, once for each media type that the operation *consumes*."""
    followed = [document.followed(site) for site in sites]
    for site in reversed(followed):  # that of the operation stands behind that of its path
        if text(site.at("in").value).lower() == "body":
            for media in consumes or ("application/json",):
                yield Payload(
                    media=media,
                    schema=document.schema(site.at("schema"), "request"),
                    required=flag(site.at("required").value),
                    description=text(site.at("description").value),
                )
            return
    fields = [
        one for one in followed if text(one.at("in").value).lower() in ("formdata", "form") and not _is_left_out(one)
    ]
    if fields:
        yield _fields(document, fields, consumes)


def _fields(document: Document, sites: list[Site], consumes: tuple[str, ...]) -> Payload:
    """One body of several fields: each as JSON Schema says it, and how its lists are written."""
    file = any(text(site.at("type").value).lower() == "file" for site in sites)
    media = _MULTIPART if file or (_MULTIPART in consumes and _URLENCODED not in consumes) else _URLENCODED
    required = [text(site.at("name").value) for site in sites if flag(site.at("required").value)]
    properties = {
        text(site.at("name").value): {**_schema(document, site), **_described(site)}
        for site in sites
        if text(site.at("name").value)
    }
    return Payload(
        media=media,
        schema={"type": "object", "properties": properties, **({"required": required} if required else {})},
        required=bool(required),
        encoding={
            text(site.at("name").value): _encoding(site) for site in sites if text(site.at("type").value) == "array"
        },
    )


def _described(site: Site) -> dict[str, str]:
    said = text(site.at("description").value)
    return {"description": said} if said else {}


def _encoding(site: Site) -> dict[str, Any]:
    style, explode = _style(site)
    return {"style": style, "explode": explode}


def replies(document: Document, operation: Site, produces: tuple[str, ...]) -> Iterator[Reply]:
    """Read what comes back of *operation*, by status; a reply without a schema has no content."""
    return read_replies(operation, lambda said, answer: _reply(document, said, document.followed(answer), produces))


def _reply(document: Document, said: str, site: Site, produces: tuple[str, ...]) -> Reply:
    headers = {name: document.written(field, "reply") for name, field in site.at("headers").each()}
    return replied(said, site, _content(document, site, produces), headers)


def _content(document: Document, site: Site, produces: tuple[str, ...]) -> dict[str, Written]:
    if site.at("schema").value is None:
        return {}
    file = text(site.at("schema", "type").value).lower() == "file"
    schema = document.written(site.at("schema"), "reply")
    return dict.fromkeys(produces or (("application/octet-stream",) if file else ("application/json",)), schema)
