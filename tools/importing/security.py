"""Who may ask: the security schemes of a document, and which of them an operation wants.

Nothing here holds or looks for a credential.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from ..shapes import is_object
from .description import Operation, Scheme
from .document import Document
from .reference import Site
from .tolerant import elements, members, text, words

__all__ = ["scheme", "undefined", "wanted"]

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


def wanted(site: Site) -> tuple[Mapping[str, tuple[str, ...]], ...]:
    """Read which sets of schemes at *site* let a request through: any of them does."""
    asked: list[Mapping[str, Any]] = [
        {one: []} if isinstance(one, str) else members(one)  # a bare name, which people write for `name: []`
        for one in elements(site.value)
        if isinstance(one, str) or is_object(one)
    ]
    return tuple({name: words(scopes) for name, scopes in one.items()} for one in asked)


def undefined(operations: Iterable[Operation], known: Mapping[str, Scheme]) -> dict[str, Scheme]:
    """Return the schemes that *operations* ask for and nobody defined: which credential they are for is not known."""
    asked = (name for one in operations for choice in one.security for name in choice)
    return {name: Scheme(name=name, kind="other") for name in asked if name not in known}
