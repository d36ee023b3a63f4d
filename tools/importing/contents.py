"""Request bodies and replies of OpenAPI 3.x: a schema by media type, and the header fields of replies.

A body that cannot be read makes the operation `Unsound`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .description import Payload, Reply
from .document import Document
from .expanding import Direction
from .reference import Site
from .tolerant import flag, members, text

__all__ = ["payloads", "replies", "status"]

_STATUS = re.compile(r"([1-5])(?:[0-9]{2}|XX)\Z|default\Z", re.IGNORECASE)


def payloads(document: Document, operation: Site) -> Iterator[Payload]:
    """Read the request body of *operation*, once for each media type that it can be written in."""
    site = document.followed(operation.at("requestBody"))
    for media, written in site.at("content").each():
        content = document.followed(written)
        yield Payload(
            media=media.strip(),
            schema=_schema(document, content, "request"),
            required=flag(site.at("required").value),
            description=text(site.at("description").value),
            encoding=members(content.at("encoding").value),
        )


def replies(document: Document, operation: Site) -> Iterator[Reply]:
    """Read what comes back of *operation*, by status."""
    for written, answer in operation.at("responses").each():
        if (said := status(written)) is None:
            continue
        site = document.followed(answer)
        yield Reply(
            status=said,
            description=text(site.at("description").value),
            content=dict(_content(document, site)),
            headers=dict(_headers(document, site)),
        )


def status(written: str) -> str | None:
    """Return a status as it is *written* (`200`, `2XX`, `default`), or None for what is none, such as `x-…`.

    >>> status("200"), status("2xx"), status("default"), status("x-note")
    ('200', '2XX', 'default', None)
    """
    said = written.strip()
    return (said.lower() if said.lower() == "default" else said.upper()) if _STATUS.match(said) else None


def _content(document: Document, site: Site) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for media, content in site.at("content").each():
        yield media.strip(), _schema(document, document.followed(content), "reply")


def _schema(document: Document, content: Site, direction: Direction) -> Mapping[str, Any]:
    """The schema of *content*; a sequence of items (OpenAPI 3.2) is a list of them."""
    item = content.at("itemSchema").value
    if item is not None and content.at("schema").value is None:
        return document.schema(content.being({"type": "array", "items": item}), direction)
    return document.schema(content.at("schema"), direction)


def _headers(document: Document, site: Site) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, written in site.at("headers").each():
        field = document.followed(written)
        media = next(iter(members(field.at("content").value)), None)
        yield (
            name,
            document.schema(field.at("schema") if media is None else field.at("content", media, "schema"), "reply"),
        )
