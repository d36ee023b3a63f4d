"""Redaction by value: every trace of what must not be kept, in every text of a recording and in all forms that travel."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from ...schemas.recording import Recording
from ...schemas.wire import Body, Fault, Headers, Outcome, Request, Response
from ..shapes import is_list, is_object
from .hiding import Hiding
from .json_places import Steps
from .places import Found, each_parameter, each_scalar
from .standing_in import loosely, plain_forms, text_forms
from .text_coding import each_text, is_form, read_text, texts_of, written_text
from .understanding import meant

__all__ = ["LEAST_SECRET", "by_value", "texts"]

_LEAST: Final = 4  # fewer signs than these stand everywhere by chance
_CASELESS: Final = 6  # so many are enough where the case of letters does not count
LEAST_SECRET: Final = 6
"""Signs of a secret that cannot stand in a text by chance; a shorter one is replaced only where it stands alone."""
_LINE = re.compile(r"[^\r\n]+")
_ALONE: Final = (
    r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))",
    r"(?![A-Za-z0-9])",
)


def by_value(recording: Recording, hiding: Hiding, found: Found) -> Recording:
    """Replace every trace of the secrets and settings of *hiding*, and of what was *found* at declared places."""
    everything = "\0".join(texts(recording))
    there = tuple(trace for trace in _traces(hiding, found) if trace.form in everything)
    there += _in_other_letters({trace.of for trace in there} | hiding.guarded | found.values, everything, hiding, found)
    swaps = _Swaps(there, tuple(sorted(secret for secret in hiding.guarded if len(secret) >= LEAST_SECRET)), found)
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
    known = hiding.guarded | hiding.private
    traces = [
        _Trace(form, mask or "x" * len(form), value, value not in hiding.guarded or len(value) < LEAST_SECRET)
        for value in sorted(known | found.values)
        if len(value) >= _LEAST
        for forms in (text_forms if value in known else plain_forms,)
        for form, mask in forms(value, found.masks.text(value)).items()
        if form
    ]
    return tuple(sorted({trace.form: trace for trace in traces}.values(), key=lambda trace: -len(trace.form)))


def _in_other_letters(values: Iterable[str], everything: str, hiding: Hiding, found: Found) -> tuple[_Trace, ...]:
    """The values as they stand in *everything* in other letter case: each such writing is one more form."""
    lower = everything.lower()
    writings = {
        (value, match[0])
        for value in values
        if len(value) >= _CASELESS and lower.count(value.lower()) > everything.count(value)
        for match in re.finditer(re.escape(value), everything, re.IGNORECASE)
        if match[0] != value
    }
    return tuple(_Trace(form, found.masks.text(form), of, of not in hiding.guarded) for of, form in sorted(writings))


def texts(recording: Recording) -> Iterator[str]:
    """Yield every text of *recording* in which something may stand."""
    yield from _leaves(dict(recording.arguments))
    yield from recording.environment.values()
    for exchange in recording.exchanges:
        request, outcome = exchange.request, exchange.outcome
        yield request.url
        yield from _of_headers(request.headers)
        yield from () if request.body is None else (request.body.media, *texts_of(request.body.content).values())
        if isinstance(outcome, Response):
            yield from _of_headers(outcome.headers)
            yield from texts_of(outcome.content).values()
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
    elif value is not None and not isinstance(value, bool):
        yield value if isinstance(value, str) else json.dumps(value)


def _of_headers(headers: Headers) -> Iterator[str]:
    for name, value in headers:
        yield name
        yield value


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
        value = next((said for said in (unquote(raw), unquote_plus(raw)) if self.found.is_sent(target, said)), None)
        if value is None:
            return raw
        masked = self.found.masks.text(value)
        return text_forms(value, masked).get(raw) or quote(masked, safe="")

    def argument(self, value: Any) -> Any:
        if is_object(value):
            return {self.text(name): self.argument(member) for name, member in value.items()}
        if is_list(value):
            return [self.argument(element) for element in value]
        if value is None or isinstance(value, bool):
            return value
        return self.text(value) if isinstance(value, str) else self._number(value)

    def _number(self, value: float) -> float:
        raw = json.dumps(value)
        number: float = value if self.text(raw) == raw else json.loads(self.found.masks.number(raw))
        return number

    def request(self, request: Request) -> Request:
        body = request.body
        if body is not None:
            body = replace(body, content=self.content(self._sent(body)))
        url = each_parameter(request.url, lambda name, raw: self.whole(f"query:{name}", raw))
        headers = tuple((name, self.whole(f"header:{name}", value)) for name, value in request.headers)
        return replace(request, url=self.text(self._segments(url)), headers=self.headers(headers), body=body)

    def _sent(self, body: Body) -> bytes:
        """Replace in a body what is all of a value: of JSON, of a form, or of a part of a form with files, which is a line."""
        if is_form(body.media):
            text, coding = read_text(body.content)
            form = each_parameter(f"?{text}", lambda name, raw: self.whole(f"query:{name}", raw))
            return written_text(form.removeprefix("?"), coding)
        content = each_scalar(body.content, self._whole_scalar)
        return each_text(content, lambda text: _LINE.sub(lambda line: self._whole_line(line[0]), text))

    def _whole_line(self, line: str) -> str:
        return self.found.masks.text(line) if self.found.is_sent("", line) else line

    def _whole_scalar(self, path: Steps, raw: str) -> str:
        target = "body:" + "".join(f"/{step}" for step in path)
        if not raw.startswith('"'):
            return self.found.masks.number(raw) if self.found.is_sent(target, raw) else raw
        value = json.loads(raw)
        return json.dumps(self.found.masks.text(value)) if self.found.is_sent(target, value) else raw

    def _segments(self, url: str) -> str:
        path = urlsplit(url).path
        if not path.strip("/"):
            return url
        start = url.index(path, url.find("//") + 2 + len(urlsplit(url).netloc))
        segments = [self.whole("path", segment) for segment in path.split("/")]
        return url[:start] + "/".join(segments) + url[start + len(path) :]

    def outcome(self, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Fault):
            return replace(outcome, detail=self.text(outcome.detail))
        headers, content = self.headers(outcome.headers), self.content(outcome.content)
        return replace(outcome, headers=headers, content=content)

    def headers(self, headers: Headers) -> Headers:
        return tuple((self.text(name), self.text(value)) for name, value in headers)

    def content(self, content: bytes) -> bytes:
        return each_text(content, self.text)


def _swapped(trace: _Trace, text: str) -> str:
    if not trace.alone:
        return text.replace(trace.form, trace.mask)
    before, after = _ALONE
    return re.sub(before + re.escape(trace.form) + after, lambda _: trace.mask, text)
