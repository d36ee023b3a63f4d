"""Redaction by value: every trace of what must not be kept, in every text of a recording and in all forms that travel."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from ..schemas.recording import Recording
from ..schemas.wire import Fault, Headers, Outcome, Request, Response
from .hiding import Hiding
from .json_places import Steps
from .redacting_places import Found, each_parameter, each_scalar
from .shapes import is_list, is_object
from .standing_in import loosely, meant, plain_forms, text_forms

__all__ = ["by_value", "texts"]

_LEAST: Final = 4  # fewer signs than these stand everywhere by chance
_SHORT: Final = 6  # a secret of fewer signs is replaced only where it stands alone
_ALONE: Final = (
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))",
    r"(?![A-Za-z0-9])",
)


def by_value(recording: Recording, hiding: Hiding, found: Found) -> Recording:
    """Replace every trace of the secrets and settings of *hiding*, and of what was *found* at declared places."""
    traces = _traces(hiding, found)
    everything = "\0".join(texts(recording))
    there = tuple(trace for trace in traces if trace.form in everything)
    swaps = _Swaps(there, tuple(sorted(secret for secret in hiding.secrets if len(secret) >= _SHORT)), found)
    exchanges = tuple(
        replace(exchange, request=swaps.request(exchange.request), outcome=swaps.outcome(exchange.outcome))
        for exchange in recording.exchanges
    )
    arguments = swaps.argument(dict(recording.arguments))
    environment = {name: swaps.text(value) for name, value in recording.environment.items()}
    return replace(recording, arguments=arguments, exchanges=exchanges, environment=environment)


@dataclass(frozen=True, slots=True)
class _Trace:
    """One form of one value (*of*), what stands in for it, and whether it counts only where it stands alone."""

    form: str
    mask: str
    of: str
    alone: bool


def _traces(hiding: Hiding, found: Found) -> tuple[_Trace, ...]:
    """All forms of all values, the long ones first, so that none is cut by a part of it."""
    known = hiding.secrets | hiding.private
    traces = [
        _Trace(form, mask or "x" * len(form), value, value not in hiding.secrets or len(value) < _SHORT)
        for value in sorted(known | found.values)
        if len(value) >= _LEAST
        for forms in (text_forms if value in known else plain_forms,)
        for form, mask in zip(forms(value), forms(found.masks.text(value)), strict=True)
        if form
    ]
    return tuple(sorted({trace.form: trace for trace in traces}.values(), key=lambda trace: -len(trace.form)))


def texts(recording: Recording) -> Iterator[str]:
    """Yield every text of *recording* in which something may stand."""
    yield from _leaves(dict(recording.arguments))
    yield from recording.environment.values()
    for exchange in recording.exchanges:
        request, outcome = exchange.request, exchange.outcome
        yield request.url
        yield from _of_headers(request.headers)
        yield from () if request.body is None else (request.body.media, _decoded(request.body.content))
        if isinstance(outcome, Response):
            yield from _of_headers(outcome.headers)
            yield _decoded(outcome.content)
        else:
            yield outcome.detail


def _leaves(value: Any) -> Iterator[str]:
    if is_object(value):
        for name, member in value.items():
            yield name
            yield from _leaves(member)
    elif is_list(value):
        for element in value:
            yield from _leaves(element)
    elif isinstance(value, str):
        yield value


def _of_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        yield name
        yield value


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class _Swaps:
    """Replaces the traces that were found, in every text of a recording."""

    traces: tuple[_Trace, ...]
    secrets: tuple[str, ...]
    found: Found

    def text(self, text: str) -> str:
        for trace in self.traces:
            if trace.form in text:
                text = self._noted(trace.of, text, _swapped(trace, text))
        understood = meant(text)
        for secret in self.secrets:
            if understood != text and secret in understood:
                text = self._noted(secret, text, loosely(secret).sub(partial(self._escaped, secret), text))
        return text

    def _noted(self, value: str, before: str, after: str) -> str:
        if before != after:
            self.found.seen.add(value)
        return after

    def _escaped(self, secret: str, found: re.Match[str]) -> str:
        masked = self.found.masks.text(secret)
        return quote(masked, safe="") if "%" in found[0] else json.dumps(masked)[1:-1]

    def whole(self, target: str, raw: str) -> str:
        """Replace *raw* where all of it is a value that is sent to *target*, and that was replaced where it comes from."""
        value = unquote(raw)
        if not self.found.is_sent(target, value):
            return raw
        return dict(zip(text_forms(value), text_forms(self.found.masks.text(value)), strict=True)).get(raw, raw)

    def argument(self, value: Any) -> Any:
        if is_object(value):
            return {self.text(name): self.argument(member) for name, member in value.items()}
        if is_list(value):
            return [self.argument(element) for element in value]
        return self.text(value) if isinstance(value, str) else value

    def request(self, request: Request) -> Request:
        body = request.body
        if body is not None:
            body = replace(body, content=self.content(each_scalar(body.content, self._whole_scalar)))
        url = each_parameter(request.url, lambda name, raw: self.whole(f"query:{name}", raw))
        headers = tuple((name, self.whole(f"header:{name}", value)) for name, value in request.headers)
        return replace(request, url=self.text(self._segments(url)), headers=self.headers(headers), body=body)

    def _whole_scalar(self, path: Steps, raw: str) -> str:
        target = "body:" + "".join(f"/{step}" for step in path)
        if not raw.startswith('"'):
            return self.found.masks.number(raw) if self.found.is_sent(target, raw) else raw
        value = json.loads(raw)
        return json.dumps(self.found.masks.text(value)) if self.found.is_sent(target, value) else raw

    def _segments(self, url: str) -> str:
        path = urlsplit(url).path
        segments = [self.whole("path", segment) for segment in path.split("/")]
        return url.replace(path, "/".join(segments), 1) if path.strip("/") else url

    def outcome(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Fault):
            return replace(outcome, detail=self.text(outcome.detail))
        headers, content = self.headers(outcome.headers), self.content(outcome.content)
        return replace(outcome, headers=headers, content=content)

    def headers(self, headers: Headers) -> Headers:
        return tuple((self.text(name), self.text(value)) for name, value in headers)

    def content(self, content: bytes) -> bytes:
        return self.text(_decoded(content)).encode("utf-8", "surrogateescape")


def _swapped(trace: _Trace, text: str) -> str:
    if not trace.alone:
        return text.replace(trace.form, trace.mask)
    before, after = _ALONE
    return re.sub(before + re.escape(trace.form) + after, lambda _: trace.mask, text)
