"""An answer while it is written: values are put at the places that a contract names, and taken away from them.

The inverse of reading (`validators/reading.py`): what is put at a place is what is read there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from ...schemas.location import Location, choice, steps_of
from ...schemas.wire import Json
from ...validators.reading import is_chosen, position
from ..draft import text
from ..template import Missing

__all__ = ["Sheet", "laid"]


def laid(value: Json, steps: Sequence[str], new: Json | Missing) -> Json:
    """Put *new* into *value* where *steps* lead, making what is missing on the way; `MISSING` takes away what is there.

    >>> laid({"a": 1}, ("meta", "next"), "x")
    {'a': 1, 'meta': {'next': 'x'}}
    >>> laid({"rows": [{}, {}]}, ("rows", "*", "done"), False)
    {'rows': [{'done': False}, {'done': False}]}
    >>> laid({"meta": {"next": "x"}}, ("meta", "next"), Missing.MISSING)
    {'meta': {}}
    >>> laid({}, ("links", "[rel=next]", "href"), "/2")
    {'links': [{'rel': 'next', 'href': '/2'}]}
    """
    if not steps:
        return value if isinstance(new, Missing) else new
    step, rest = steps[0], steps[1:]
    if step == "*":
        return [laid(element, rest, new) for element in value] if isinstance(value, list) else []
    if choice(step) is not None:
        return _chosen(value if isinstance(value, list) else [], step, rest, new)
    if step.isdecimal() and not isinstance(value, dict):
        return _in_list(value if isinstance(value, list) else [], int(step), rest, new)
    return _in_object(value if isinstance(value, dict) else {}, step, rest, new)


def _chosen(values: list[Json], step: str, rest: Sequence[str], new: Json | Missing) -> Json:
    """Lay *new* into the element that *step* chooses; a service that has nothing to say there leaves the element out."""
    name, text = choice(step) or ("", "")
    if isinstance(new, Missing):
        return [one for one in values if not is_chosen(one, name, text)]
    index = position(values, step)
    if index is None:
        return [*values, laid({name: text}, rest, new)]
    return _in_list(values, index, rest, new)


def _in_list(values: list[Json], index: int, rest: Sequence[str], new: Json | Missing) -> Json:
    if isinstance(new, Missing) and (index >= len(values) or not rest):
        return [*values[:index], *values[index + 1 :]]
    padded = [*values, *(None for _ in range(index + 1 - len(values)))]
    return [*padded[:index], laid(padded[index], rest, new), *padded[index + 1 :]]


def _in_object(object_: dict[str, Json], step: str, rest: Sequence[str], new: Json | Missing) -> Json:
    if isinstance(new, Missing):
        if step not in object_:
            return object_
        if not rest:
            return {name: value for name, value in object_.items() if name != step}
    return {**object_, step: laid(object_.get(step), rest, new)}


@dataclass(slots=True, kw_only=True)
class Sheet:
    """The parts of an answer to the request at *url*; *links* go from relation to URL."""

    url: str
    body: Json
    headers: dict[str, str] = field(default_factory=dict[str, str])
    links: dict[str, str] = field(default_factory=dict[str, str])

    def put(self, place: Location, value: Json | Missing) -> None:
        """Put *value* at *place*, or take away what is there."""
        match place.source:
            case "body":
                self.body = laid(self.body, steps_of(place.path), value)
            case "header" if place.inside:
                whole: Json = json.loads(self.headers.get(place.path, "{}"))
                self.headers[place.path] = json.dumps(laid(whole, steps_of(place.inside), value))
            case "header":
                self._put(self.headers, place.path, value)
            case "link" if place.parameter is not None and not isinstance(value, Missing):
                self.links[place.path] = _with(self.url, place.parameter, text(value))
            case "link":
                self._put(self.links, place.path, value)
            case "query" | "status" | "event" | "terminal":
                pass

    def _put(self, kept: dict[str, str], name: str, value: Json | Missing) -> None:
        kept.pop(name, None)
        if not isinstance(value, Missing):
            kept[name] = text(value)

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """The headers, and the links among them."""
        written = ", ".join(f'<{url}>; rel="{relation}"' for relation, url in self.links.items())
        return (*self.headers.items(), *((("link", written),) if written else ()))


def _with(url: str, name: str, value: str) -> str:
    """*url* with the query parameter *name*, in the place of another one of that name."""
    before, _, query = url.partition("?")
    pairs = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"{before}?{urlencode([*pairs, (name, value)])}"
