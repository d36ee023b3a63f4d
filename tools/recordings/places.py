"""Redaction by place: what stands at declared places of a recording, and under names that always carry a secret.

It takes note of every value that it replaces, so that its traces elsewhere can be found.
"""

from __future__ import annotations

import base64
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from ...schemas.location import escaped, steps_of
from ...schemas.recording import Recording
from ...schemas.wire import Body, Fault, Headers, Outcome, Request
from ..shapes import is_list, is_object
from .hiding import Places, is_secret, is_secret_field, within
from .json_places import Steps, begins, documents, scalars
from .standing_in import Masks, text_forms
from .text_coding import each_text, is_form, read_text, written_text
from .understanding import readings

__all__ = ["Found", "by_place", "each_parameter", "each_scalar", "each_scalar_text"]

_LONG: Final = 8
"""A value of so many signs is looked for in every text, a shorter one only in requests, where it is all of a value."""


@dataclass(slots=True)
class Found:
    """One redaction: what was found so far at declared places, and by value.

    *values* are texts to be looked for everywhere.  *sent* are short ones and numbers, by the place in requests (`query:after`)
    where they count if they are all that stands there; those of arguments count at every place (`*`).  *marks* are the places
    where something was replaced, *seen* the secrets and settings that were.  *files* are contents that were given as Base64, and
    what stands in for them.
    """

    masks: Masks
    places: Places
    flows: Mapping[str, tuple[str, ...]]
    values: set[str] = field(default_factory=set[str])
    sent: dict[str, set[str]] = field(default_factory=lambda: defaultdict[str, set[str]](set))
    marks: set[str] = field(default_factory=set[str])
    seen: set[str] = field(default_factory=set[str])
    files: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])

    def text(self, value: str, mark: str, targets: Iterable[str] = ()) -> str:
        """Take note of the text *value*, which stood at *mark* and is sent to *targets*; return what stands in for it."""
        self.marks.add(mark)
        if len(value) >= _LONG:
            self.values.add(value)
        for target in targets:
            self.sent[target].add(value)
        return self.masks.text(value)

    def number(self, raw: str, mark: str, targets: Iterable[str] = ()) -> str:
        """Do the same for a number."""
        self.marks.add(mark)
        for target in targets:
            self.sent[target].add(raw)
        return self.masks.number(raw)

    def targets(self, path: Steps) -> Iterator[str]:
        """Yield the places in requests to which what stands at *path* in an answer is sent."""
        for target, sources in self.flows.items():
            ways = (source.removeprefix("body:") for source in sources if source.startswith("body:"))
            if any(begins(path, steps_of(way)) for way in ways):
                yield target.removesuffix("*") + path[-1] if target.endswith("*") else target

    def targets_of_header(self, name: str) -> Iterator[str]:
        """Do the same for the field *name* of an answer's header."""
        yield from (target for target, sources in self.flows.items() if f"header:{name}" in sources)

    def is_sent(self, target: str, value: str) -> bool:
        """Say whether *value*, all that stands at *target* in a request, was replaced where it comes from."""
        return value in self.sent.get(target, ()) or value in self.sent.get("*", ())


def by_place(recording: Recording, found: Found) -> Recording:
    """Replace what stands at the places of *found*, and note there what it was."""
    arguments = {name: _argument(value, (name,), found) for name, value in recording.arguments.items()}
    exchanges = tuple(
        replace(
            exchange,
            request=_request_by_place(exchange.request, found),
            outcome=_outcome_by_place(exchange.outcome, found),
        )
        for exchange in recording.exchanges
    )
    return replace(recording, arguments=arguments, exchanges=exchanges)


def _argument(value: Any, path: Steps, found: Found) -> Any:
    """Replace in one argument what stands at declared places."""
    if is_object(value):
        return {name: _argument(member, (*path, name), found) for name, member in value.items()}
    if is_list(value):
        return [_argument(element, (*path, str(index)), found) for index, element in enumerate(value)]
    if not within(path, found.places.inputs) and not (_is_told(value) and is_secret(path[-1])):
        return _text_by_name(value, found) if isinstance(value, str) else value
    masked = json.loads(_masked(json.dumps(value), f"input:/{path[0]}", found, ("*",)))
    if isinstance(value, str) and (content := _from_base64(value)) is not None:
        found.files[content] = _from_base64(masked) or b""
    return masked


def _from_base64(text: str) -> bytes | None:
    """The content that *text* is in Base64, as it is sent in the part of a form or alone; None where it is none, or a short one."""
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return None
    return content if len(content) >= _LONG else None


def _is_told(value: Any) -> bool:
    """Whether *value* is a text or a number: a truth under a secret name tells nothing."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _request_by_place(request: Request, found: Found) -> Request:
    body = request.body
    if body is not None:
        content = _content_by_place(_without_files(body, found), found, parameters=is_form(body.media))
        body = replace(body, content=content)
    url = _url_by_name(request.url, found)
    return replace(request, url=url, headers=_headers_by_name(request.headers, found), body=body)


def _without_files(body: Body, found: Found) -> bytes:
    content = body.content
    for file, masked in found.files.items():
        content = content.replace(file, masked)
    return content


def _outcome_by_place(outcome: Outcome, found: Found) -> Outcome:
    if isinstance(outcome, Fault):
        return outcome
    content = _content_by_place(outcome.content, found)
    return replace(outcome, headers=_headers_by_name(outcome.headers, found), content=content, peer=None)


def _content_by_place(content: bytes, found: Found, *, parameters: bool = False) -> bytes:
    """Replace in a content what stands at declared places; one that is no JSON, and has no *parameters*, is one value."""
    if not found.places.bodies and not found.places.query and not _names_secret(content):
        return content
    content = _fields_by_place(content, found)
    text, coding = read_text(content)
    if () in found.places.bodies and not parameters and text.strip() and next(documents(text), None) is None:
        found.marks.add(_pointer(()))
        return written_text(found.masks.text(text), coding)
    return each_text(content, lambda said: _text_by_name(said, found))


def _fields_by_place(content: bytes, found: Found) -> bytes:

    def mask(path: Steps, raw: str) -> str:
        way = next((way for way in found.places.bodies if within(path, (way,))), None)
        if way is not None:
            return _masked(raw, _pointer(way), found, found.targets(path))
        if not path or raw in ("true", "false", "null") or not is_secret(path[-1]):
            return raw
        return _masked(raw, f"field:{path[-1]}", found, found.targets(path))

    return each_scalar(content, mask)


def _names_secret(content: bytes) -> bool:
    """Whether one of the names may be in it: most content has none, and need not be read again."""
    return b"\0" in content or _NAMES.search(content) is not None


_NAMES = re.compile(
    rb"(?i)token|secret|pass[^a-z0-9]*(?:w|phrase)|signature|(?:api|private|subscription|account|shared)[^a-z0-9]*key|jwt"
    rb"|csrf|xsrf|session[^a-z0-9]*id|credential|(?:(?<![a-z0-9])|%3f|%26)(?:sid|sig|pwd|pass)(?![a-z0-9])|\\u00(?:26|[2-7])"
)


def _pointer(way: Steps) -> str:
    return "body:" + "".join("/" + escaped(step) for step in way)


def _masked(raw: str, mark: str, found: Found, targets: Iterable[str] = ()) -> str:
    """Replace one plain value of JSON by one of the same type; null stays, and no truth is told."""
    if raw.startswith('"'):
        return json.dumps(found.text(json.loads(raw), mark, targets), ensure_ascii=raw.isascii())
    if raw in ("true", "false", "null"):
        found.marks.add(mark)
        return raw if raw == "null" else "false"
    return found.number(raw, mark, targets)


def _headers_by_name(headers: Headers, found: Found) -> Headers:
    return tuple((name, _field_by_name(name, value, found)) for name, value in headers)


def _field_by_name(name: str, value: str, found: Found) -> str:
    always = is_secret_field(name)
    if not always and name not in found.places.headers:
        return _text_by_name(value, found)
    for part in re.split(r"[;=, ]+", value) if always else ():
        if len(part) >= _LONG and any(sign.isdigit() for sign in part):
            found.values.add(part)
    return found.text(value, f"header:{name}", found.targets_of_header(name))


def _url_by_name(url: str, found: Found) -> str:
    def mask(name: str, raw: str) -> str:
        return _parameter(name, raw, found) if _is_told_of(name, found) else _text_by_name(raw, found)

    path, mark, rest = each_parameter(url, mask).partition("?")
    query, hash_mark, fragment = rest.partition("#")
    return _text_by_name(path, found) + mark + query + hash_mark + _text_by_name(fragment, found)


def _is_told_of(name: str, found: Found) -> bool:
    """Whether a parameter called *name* is declared, or called as a secret."""
    return name.lower() in found.places.query or is_secret(name)


def _parameter(name: str, raw: str, found: Found) -> str:
    """Replace the encoded value of one parameter of a URL; a short one that the walk sends is a mark, and stays."""
    value = unquote(raw)
    if len(value) < _LONG and f"query:{name}" in found.flows and name.lower() not in found.places.query:
        return raw
    masked = found.text(value, f"query:{name}")
    return text_forms(value, masked).get(raw) or quote(masked, safe="")


_PARAMETERS: Final = (
    (
        re.compile(
            r"(?:\A|[?&;#,\s\"']|\\u0026)(?P<name>[A-Za-z_$@][\w.$@-]*(?:(?:\[|%5[Bb])[\w.$@-]*(?:\]|%5[Dd]))*)="
        ),
        re.compile(r"(?:(?!\\u00)[^&\s\"'<>#;,\\])+"),
    ),
    (
        re.compile(
            r"%(?:25)*(?:3[Ff]|26)(?P<name>[A-Za-z_$@][\w.$@-]*(?:%(?:25)*5[Bb][\w.$@-]*%(?:25)*5[Dd])*)%(?:25)*3[Dd]"
        ),
        re.compile(r"(?:(?!%(?:25)*2[0236])[^&\s\"'<>#;,\\])+"),
    ),
)
"""How the names of parameters stand in a text, and the values after them: in a URL, and in a URL in a URL."""


def _text_by_name(text: str, found: Found) -> str:
    """Replace the parameters of URLs and forms in *text* that are declared, or called as secrets are."""
    for names, values in _PARAMETERS:
        parts: list[str] = []
        done = 0
        for head in names.finditer(text):
            name = list(readings(head["name"]))[-1]
            value = values.match(text, head.end()) if head.start() >= done and _is_told_of(name, found) else None
            if value is not None:
                parts += (text[done : head.end()], _parameter(name, value[0], found))
                done = value.end()
        text = "".join((*parts, text[done:]))
    return text


def each_parameter(url: str, mask: Callable[[str, str], str]) -> str:
    """Replace the value of each parameter of *url* by what *mask* makes of its name and its encoded value."""
    query = urlsplit(url).query
    if not query:
        return url
    pairs = [pair.partition("=") for pair in query.split("&")]
    laid = "&".join(name + equals + (mask(unquote(name), value) if value else "") for name, equals, value in pairs)
    return url.replace("?" + query, "?" + laid, 1)


def each_scalar(content: bytes, mask: Callable[[Steps, str], str]) -> bytes:
    """Replace each plain value of the JSON in *content* by what *mask* makes of its path and its text."""
    return each_text(content, lambda text: each_scalar_text(text, mask))


def each_scalar_text(text: str, mask: Callable[[Steps, str], str]) -> str:
    """Do the same in a *text*."""
    parts: list[str] = []
    done = 0
    for scalar in scalars(text):
        raw = text[scalar.start : scalar.end]
        if scalar.start >= done and (masked := _as_read(raw, partial(mask, scalar.path))) != raw:
            parts += (text[done : scalar.start], masked)
            done = scalar.end
    return "".join((*parts, text[done:])) if parts else text


def _as_read(raw: str, mask: Callable[[str], str]) -> str:
    """Give *mask* a text that can be read, and take no more of one that cannot (it was cut) than what stands in it."""
    if not raw.startswith('"') or _is_read(raw):
        return mask(raw)
    inner = raw[1:].removesuffix('"')
    written = json.dumps(inner)
    masked = mask(written)
    return raw if masked == written else f'"{json.loads(masked)}{raw[1 + len(inner) :]}'


def _is_read(raw: str) -> bool:
    try:
        json.loads(raw)
    except ValueError:
        return False
    return True
