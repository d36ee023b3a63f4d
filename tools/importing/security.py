"""Who may ask: the security schemes of a document, and which of them an operation wants.

Nothing here holds or looks for a credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..shapes import is_object
from .description import Scheme
from .document import Document
from .reference import Site
from .refusal import Unsound
from .tolerant import elements, members, text, words

__all__ = ["scheme", "wanted"]

_PLACES: dict[str, Literal["header", "query", "cookie"]] = {"header": "header", "query": "query", "cookie": "cookie"}
_FLOWS = (
    "clientCredentials",
    "application",
    "authorizationCode",
    "accessCode",
    "deviceAuthorization",
    "password",
    "implicit",
)
"""The flows of OAuth 2, those first in which a program can take part without a person."""


def scheme(document: Document, name: str, site: Site) -> Scheme:
    """Read the security scheme at *site*, of Swagger 2.0 or of OpenAPI 3.x; of a kind that is not known it is `other`."""
    site = document.followed(site)
    raw = members(site.value)
    description = text(raw.get("description"))
    match text(raw.get("type")).lower(), text(raw.get("scheme")).lower():
        case ("basic", _) | ("http", "basic"):
            return Scheme(name=name, kind="basic", place="header", field="Authorization", description=description)
        case ("http", "bearer"):
            return Scheme(name=name, kind="bearer", place="header", field="Authorization", description=description)
        case ("apikey", _):
            place = _PLACES.get(text(raw.get("in")).lower())
            if place is None or not text(raw.get("name")):
                return Scheme(name=name, kind="other", description=description)
            return Scheme(name=name, kind="key", place=place, field=text(raw.get("name")), description=description)
        case ("oauth2", _):
            return _oauth(name, raw, description)
        case ("openidconnect", _):
            return Scheme(name=name, kind="openid", description=description)
        case ("mutualtls", _):
            return Scheme(name=name, kind="mutual_tls", description=description)
        case _:
            return Scheme(name=name, kind="other", description=description)


def _oauth(name: str, raw: Mapping[str, Any], description: str) -> Scheme:
    """Read OAuth 2, of whose flows Swagger 2.0 names one and OpenAPI 3.x any number."""
    flows: Mapping[str, Any] = members(raw.get("flows")) or {text(raw.get("flow")): raw}
    chosen = next((flow for flow in _FLOWS if flow in flows), None)
    flow: Mapping[str, Any] = members(flows.get(chosen)) if chosen else {}
    scopes = {scope: None for one in flows.values() for scope in members(members(one).get("scopes"))}
    return Scheme(
        name=name,
        kind="oauth2",
        place="header",
        field="Authorization",
        description=description,
        token_url=text(flow.get("tokenUrl")) or None,
        flow=chosen,
        scopes=tuple(scopes),
    )


def wanted(site: Site, known: Mapping[str, Scheme]) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    """Read which sets of schemes at *site* let a request through; raise `Unsound` where none of them is defined."""
    asked: list[Mapping[str, Any]] = [
        {one: []} if isinstance(one, str) else members(one)  # a bare name, which people write for `name: []`
        for one in elements(site.value)
        if isinstance(one, str) or is_object(one)
    ]
    found = [
        {name: words(scopes) for name, scopes in one.items()} for one in asked if all(name in known for name in one)
    ]
    if asked and not found:
        names = ", ".join(sorted({f"`{name}`" for one in asked for name in one if name not in known}))
        raise Unsound(site.place, f"asks for a security scheme that the document does not define: {names[:200]}")
    return tuple(found)
