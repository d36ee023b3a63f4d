"""Redaction of whole values in which something is told that cannot be taken out exactly: encoded twice, or mixed.

A text that is JSON keeps what is beside the value that tells; other content keeps its other lines.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import quote, unquote

from ...schemas.recording import Recording
from ...schemas.wire import Fault, Outcome, Request
from ..shapes import is_list, is_object
from .hiding import Hiding
from .json_places import Steps, documents
from .places import Found, each_parameter, each_scalar_text
from .standing_in import Masks
from .text_coding import each_text, texts_of
from .understanding import cut_short, naming, telling
from .values import LEAST_SECRET, texts

__all__ = ["as_wholes", "cut_secrets"]

_NESTED: Final = 8  # levels of JSON in JSON


def as_wholes(recording: Recording, hiding: Hiding, found: Found) -> Recording:
    """Replace every value of *recording* that still tells a secret of *hiding*, or what was *found* at declared places."""
    secrets = [secret for secret in hiding.guarded if len(secret) >= LEAST_SECRET]
    everything = "\0".join(texts(recording))
    told, named = telling(everything, secrets), naming(everything, found.values)
    cut = cut_secrets(recording, secrets)
    if not told and not named and not cut:
        return recording
    found.seen |= told | cut
    wholes = _Wholes(told, named, cut, found.masks)
    exchanges = tuple(
        replace(exchange, request=wholes.request(exchange.request), outcome=wholes.outcome(exchange.outcome))
        for exchange in recording.exchanges
    )
    return replace(recording, arguments=wholes.argument(recording.arguments), exchanges=exchanges)


def cut_secrets(recording: Recording, secrets: Collection[str]) -> frozenset[str]:
    """Return those of *secrets* with whose beginning a content of *recording* ends."""
    return frozenset(secret for content in _contents(recording) for secret in cut_short(content, secrets))


def _contents(recording: Recording) -> Iterator[str]:
    for exchange in recording.exchanges:
        if exchange.request.body is not None:
            yield from texts_of(exchange.request.body.content).values()
        if not isinstance(exchange.outcome, Fault):
            yield from texts_of(exchange.outcome.content).values()


@dataclass(frozen=True, slots=True)
class _Wholes:
    """Replaces values that tell one of *secrets* or *values*, and contents that end in the beginning of one that was *cut*."""

    secrets: frozenset[str]
    values: frozenset[str]
    cut: frozenset[str]
    masks: Masks

    def tells(self, text: str) -> bool:
        return bool(telling(text, self.secrets) or naming(text, self.values))

    def text(self, text: str, left: int = _NESTED) -> str:
        if not self.tells(text):
            return text
        inner = self._inside(text, left - 1) if left else text
        return self.masks.text(text) if self.tells(inner) else inner

    def _inside(self, text: str, left: int) -> str:
        """Replace in the JSON that *text* may be."""

        def mask(_: Steps, raw: str) -> str:
            if not raw.startswith('"'):
                return self.masks.number(raw) if self.tells(raw) else raw
            value = json.loads(raw)
            masked = self.text(value, left)
            return raw if masked == value else json.dumps(masked, ensure_ascii=raw.isascii())

        return each_scalar_text(text, mask)

    def content(self, content: bytes) -> bytes:
        return each_text(content, self._content)

    def _content(self, text: str) -> str:
        if self.tells(text):
            text = self._inside(text, _NESTED)
        is_json = next(documents(text), None) is not None
        if not is_json and (self.tells(text) or cut_short(text, self.cut)):
            text = self._by_lines(text)
        return text

    def _by_lines(self, text: str) -> str:
        lines = "".join(
            self.masks.text(line) if self.tells(line) or cut_short(line, self.cut) else line
            for line in text.splitlines(keepends=True)
        )
        return self.masks.text(text) if self.tells(lines) else lines

    def argument(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {self.text(name): self._argument(member) for name, member in value.items()}

    def _argument(self, value: Any) -> Any:
        if is_object(value):
            return self.argument(value)
        if is_list(value):
            return [self._argument(element) for element in value]
        return self.text(value) if isinstance(value, str) else value

    def request(self, request: Request) -> Request:
        body = request.body and replace(request.body, content=self.content(request.body.content))
        headers = tuple((self.text(name), self.text(value)) for name, value in request.headers)
        return replace(request, url=self._url(request.url), headers=headers, body=body)

    def _url(self, url: str) -> str:
        if not self.tells(url):
            return url
        told = each_parameter(url, lambda _, raw: self._part(raw))
        path, mark, query = told.partition("?")
        told = "/".join(map(self._part, path.split("/"))) + mark + query
        return self.masks.text(url) if self.tells(told) else told

    def _part(self, raw: str) -> str:
        """One value of a URL: its stand-in is that of what it says, so that it is the same in other places."""
        return quote(self.text(unquote(raw)), safe="") if self.tells(raw) else raw

    def outcome(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Fault):
            return replace(outcome, detail=self.text(outcome.detail))
        headers = tuple((self.text(name), self.text(value)) for name, value in outcome.headers)
        return replace(outcome, headers=headers, content=self.content(outcome.content))
