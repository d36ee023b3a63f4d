"""From the bytes of a description of an API to the normal form of what it says, whichever version it is written in.

Nothing is fetched, and no broken part stops the others: each operation is either there or skipped with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..shapes import is_object
from .content import value_of
from .description import Description, Operation, Scheme, Skipped
from .document import Document
from .normal import Extent, Schemas
from .operations import operations
from .overlay import Overlay
from .overlaying import overlaid
from .reference import Library, Site
from .refusal import NotADescription, Unsound
from .security import scheme, undefined
from .servers import host, servers
from .tolerant import extensions, text

__all__ = ["REPLY", "REQUEST", "describe"]

REQUEST = Extent(depth=12, nodes=2_000)
REPLY = Extent(depth=8, nodes=1_000)


def describe(
    content: bytes,
    *,
    is_json: bool | None = None,
    base: Path | None = None,
    overlays: Sequence[Overlay] = (),
    request: Extent = REQUEST,
    reply: Extent = REPLY,
) -> Description:
    """Read the description in *content*; raise `NotADescription` where there is none, `UnfitOverlay` for an overlay of another.

    *is_json* says in which form it is written (None: find out); `$ref`s are followed into files in *base* and below, or
    into none; *overlays* change the document before it is read, in this order.  *request* and *reply* say how much of the
    schemas of what is sent and of what comes back is kept.
    """
    value = value_of(content, is_json=is_json)
    version = _version(value)
    for overlay in overlays:
        value = overlaid(value, overlay)
    root = Site(value)
    library = Library(value, base)
    schemas = Schemas(library, modern=not version.startswith(("2.", "3.0")))
    document = Document(library=library, version=version, schemas=schemas, request=request, reply=reply)
    defined = dict(_schemes(document, root))
    found = list(operations(document, root))
    there = tuple(one for one in found if isinstance(one, Operation))
    lacking = undefined(there, defined)
    return Description(
        version=version,
        title=text(root.at("info", "title").value),
        description=text(root.at("info", "description").value),
        docs=text(root.at("externalDocs", "url").value),
        servers=host(root, root.at("schemes")) if document.old else servers(root.at("servers")),
        schemes={**defined, **lacking},
        operations=there,
        skipped=(*(one for one in found if isinstance(one, Skipped)), *(_undefined(document, one) for one in lacking)),
        extensions=extensions(root.at("info").value, value),
    )


def _version(value: Any) -> str:
    """The version that a document declares; raise `NotADescription` where it is none that can be read."""
    if not is_object(value):
        raise NotADescription("expected a description of an API, found no object")
    said = text(value.get("openapi")) or text(value.get("swagger"))
    if not said:
        raise NotADescription("expected a description of an API, found neither `openapi` nor `swagger` at its top")
    version = {"2": "2.0", "3": "3.0"}.get(said, said)
    if not version.startswith(("2.", "3.")):
        raise NotADescription(f"expected Swagger 2.0 or OpenAPI 3.x, found version {' '.join(said.split())[:40]}")
    if not is_object(value.get("paths")):
        raise NotADescription("expected `paths`, found none: there is nothing to import")
    return version


def _undefined(document: Document, name: str) -> Skipped:
    home = ("securityDefinitions",) if document.old else ("components", "securitySchemes")
    return Skipped(
        pointer=Site(None).at(*home, name).pointer,
        reason="operations ask for this security scheme, and nothing defines it",
    )


def _schemes(document: Document, root: Site) -> Iterator[tuple[str, Scheme]]:
    for home in (root.at("components", "securitySchemes"), root.at("securityDefinitions")):
        for name, site in home.each():
            try:
                yield name, scheme(document, name, site)
            except Unsound:
                yield name, Scheme(name=name, kind="other")
