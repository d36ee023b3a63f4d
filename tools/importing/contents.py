"""Request bodies and replies of OpenAPI 3.x: a schema by media type, and the header fields of replies.

A body that cannot be read makes the operation `Unsound`; a reply says itself what could not be read of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .description import Payload, Reply
from .document import Document
from .expanding import Direction
from .normal import Written
from .reference import Site
from .refusal import Unsound
from .tolerant import flag, members, text

__all__ = ["payloads", "read_replies", "replied", "replies", "status"]

_STATUS = re.compile(r"([1-5])(?:[0-9]{2}|XX)\Z|default\Z", re.IGNORECASE)


def payloads(document: Document, operation: Site) -> Iterator[Payload]:
    """Read the request body of *operation*, once for each media type that it can be written in."""
    site = document.followed(operation.at("requestBody"))
    for media, written in site.at("content").each():
        content = document.followed(written)
        yield Payload(
            media=media.strip(),
            schema=_schema(document, content, "request").schema,
            required=flag(site.at("required").value),
            description=text(site.at("description").value),
            encoding=members(content.at("encoding").value),
        )


def replies(document: Document, operation: Site) -> Iterator[Reply]:
    """Read what comes back of *operation*, by status."""
    return read_replies(operation, lambda said, answer: _reply(document, said, document.followed(answer)))


def read_replies(operation: Site, read: Callable[[str, Site], Reply]) -> Iterator[Reply]:
    """*read* each reply of *operation*; of one that cannot be read the status is kept, and that an answer may be anything."""
    for written, answer in operation.at("responses").each():
        if (said := status(written)) is None:
            continue
        try:
            yield read(said, answer)
        except Unsound as error:
            anything: dict[str, Mapping[str, Any]] = {"*/*": {}} if said.startswith(("2", "default")) else {}
            yield Reply(status=said, content=anything, lacks=(error.reason,))


def _reply(document: Document, said: str, site: Site) -> Reply:
    return replied(said, site, dict(_content(document, site)), dict(_headers(document, site)))


def replied(said: str, site: Site, content: Mapping[str, Written], headers: Mapping[str, Written]) -> Reply:
    """Return the reply at *site*, of the status *said*, with what could not be read of its *content* and *headers*."""
    unread = (why for part in (*content.values(), *headers.values()) for why in part.unread)
    return Reply(
        status=said,
        description=text(site.at("description").value),
        content={media: part.schema for media, part in content.items()},
        headers={name: part.schema for name, part in headers.items()},
        lacks=tuple(dict.fromkeys(unread)),
    )


def status(written: str) -> str | None:
    """Return a status as it is *written* (`200`, `2XX`, `default`), or None for what is none, such as `x-…`.

    >>> status("200"), status("2xx"), status("default"), status("x-note")
    ('200', '2XX', 'default', None)
    """
    said = written.strip()
    return (said.lower() if said.lower() == "default" else said.upper()) if _STATUS.match(said) else None


def _content(document: Document, site: Site) -> Iterator[tuple[str, Written]]:
    for media, content in site.at("content").each():
        yield media.strip(), _schema(document, document.followed(content), "reply")


def _schema(document: Document, content: Site, direction: Direction) -> Written:
    """The schema of *content*; a sequence of items (OpenAPI 3.2) is a list of them."""
    item = content.at("itemSchema").value
    if item is not None and content.at("schema").value is None:
        return document.written(content.being({"type": "array", "items": item}), direction)
    return document.written(content.at("schema"), direction)


def _headers(document: Document, site: Site) -> Iterator[tuple[str, Written]]:
    for name, written in site.at("headers").each():
        try:
            field = document.followed(written)
        except Unsound as error:  # it is there, whatever its value is
            yield name, Written(schema={}, unread=(error.reason,))
            continue
        media = next(iter(members(field.at("content").value)), None)
        schema = field.at("schema") if media is None else field.at("content", media, "schema")
        yield name, document.written(schema, "reply")
