"""Errors that look like answers: an error object, nothing, a page for people, and a problem document, all with status 200."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .editing import with_field
from .mutant import Mutant
from .sound import Sound

__all__ = ["MEMBERS", "errors"]

MEMBERS: Final = ("error", "errors", "error_code")
"""The members that tell the error objects among them from answers."""

_PAGE: Final = b"<!doctype html><title>Sign in</title><p>Your session has ended.</p>"
_BODIES: Final[tuple[tuple[str, bytes, str | None], ...]] = (
    ("an error object", b'{"error":{"code":"internal","message":"Something went wrong."}}', None),
    ("an error text", b'{"error":"Something went wrong."}', None),
    ("a list of errors", b'{"errors":[{"message":"Something went wrong."}]}', None),
    ("an error code", b'{"error_code":"INTERNAL_ERROR","message":"Something went wrong."}', None),
    ("an empty object", b"{}", None),
    ("an empty list", b"[]", None),
    ("null", b"null", None),
    ("an empty text", b'""', None),
    ("false", b"false", None),
    ("nothing", b"", None),
    ("a page for people, said to be JSON", _PAGE, None),
    ("a page for people", _PAGE, "text/html; charset=utf-8"),
    (
        "a problem document",
        b'{"type":"about:blank","title":"Internal Server Error","status":500}',
        "application/problem+json",
    ),
)


def errors(sound: Sound) -> Iterator[Mutant]:
    """Answer every question with each thing that is no answer, and status 200."""
    for index, turn in sound.tried:
        for name, content, media in _BODIES:
            response = replace(turn.response, content=content, wire_bytes=len(content))
            response = response if media is None else with_field(response, "content-type", media)
            if response.content != turn.response.content:
                yield Mutant(
                    mutation="error_in_200", place="body", turn=turn.name, outcomes={index: response}, detail=name
                )
