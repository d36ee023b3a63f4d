"""Media types of what is sent: which of several bodies is JSON, and so the one that a tool sends."""

from __future__ import annotations

import re

from .description import Operation, Payload
from .narrowing import resolved

__all__ = ["bare", "plain", "sent_as_json"]

_MEDIA = re.compile(r"[a-z0-9!#$&^_.+*-]+/[a-z0-9!#$&^_.+*-]+\Z")  # RFC 6838, 4.2, and ranges of them
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\Z|text/json\Z|\*/\*\Z|application/\*\Z")


def bare(media: str) -> str | None:
    """Return *media* without its parameters, None where it is no media type.

    >>> bare("Image/PNG; q=1"), bare("body")
    ('image/png', None)
    """
    name = media.partition(";")[0].strip().lower()
    return name if _MEDIA.match(name) else None


def plain(media: str) -> str:
    """Return the same; what is no media type means JSON, as nearly all bodies are."""
    return bare(media) or "application/json"


def sent_as_json(operation: Operation) -> Payload | None:
    """Choose the body of *operation* that is JSON, `application/json` before its kin, which all services of a family take."""
    found = [payload for payload in operation.payloads if _is_json(payload)]
    return min(found, key=lambda payload: plain(payload.media) != "application/json", default=None)


def _is_json(payload: Payload) -> bool:
    """Whether a body is JSON: what may be anything is, unless it is described as bytes."""
    media, described = plain(payload.media), resolved(payload.schema, payload.schema)
    return bool(_JSON.match(media)) and not (media.endswith("*") and described.get("format") == "binary")
