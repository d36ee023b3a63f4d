"""Templates filled at their places: parameters, header fields, cookies and contents, each in its style.

What does not fit leaves as `Unbindable`, with a finding that names the place and never the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeGuard

from ..schemas.operation import Operation, Part, Style
from ..schemas.verdict import Finding
from ..schemas.wire import Body, Headers, Json
from .encoding import Unencodable, cookie, encoded, multipart
from .styles import Pairs, line, parameters
from .template import Missing, Scope, Unfit, fill, mentioned

__all__ = ["Unbindable", "body_of", "content_of", "cookies_of", "headers_of", "query_of", "styles_of", "taken"]


class Unbindable(Exception):  # noqa: N818 - not an error: a way out
    """Carries a finding out of the small functions here and of `binding.py`, which makes a value of it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def taken(filled: Json | Missing | Unfit) -> Json | Missing:
    """Take what a template became; raise where an argument is unfit for its place."""
    if isinstance(filled, Unfit):
        raise Unbindable(Finding(code="invalid_arguments", message=filled.says, where=f"arguments:/{filled.name}"))
    return filled


_UNSTYLED: Mapping[str, Style] = MappingProxyType({})


def styles_of(operation: Operation, place: str) -> Mapping[str, Style]:
    """Return the styles of one place, by the names there; those of header fields in lower case."""
    styles: dict[str, Style] = {}
    for where, style in operation.styles.items():
        source, _, name = where.partition(":")
        if source == place:
            styles[name.lower() if place == "header" else name] = style
    return styles


def query_of(
    scope: Scope, query: Mapping[str, Any], styles: Mapping[str, Style] = _UNSTYLED, place: str = "query"
) -> Pairs:
    """Write parameters in their *styles*, those that are given; *place* names them in a finding."""
    filled = {name: taken(fill(value, scope, "query")) for name, value in query.items()}
    written = {name: _pairs(name, value, styles.get(name), f"{place}:{name}") for name, value in filled.items()}
    for name, pairs in written.items():
        if not pairs and not isinstance(filled[name], Missing):
            _may_be_left_out(query[name], scope, f"{place}:{name}")
    return tuple(pair for pairs in written.values() for pair in pairs)


def _pairs(name: str, value: Json | Missing, style: Style | None, where: str) -> Pairs:
    return () if isinstance(value, Missing) or value is None else _fitting(parameters(name, value, style), where)


def _may_be_left_out(template: Any, scope: Scope, where: str) -> None:
    """Refuse what the caller gave and no sign would say: without it the request asks for something else, most often for more."""
    name = next((one.name for one in mentioned(template) if one.name in scope.given), None)
    if name is not None:
        message = f"`{name}` is null or empty, and {where} cannot say that: leave it out, or give a value"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where=f"arguments:/{name}"))


def _fitting(pairs: Pairs | None, where: str) -> Pairs:
    if pairs is None:
        message = f"an argument cannot be written as the parameter {where}: it holds the sign that stands between elements, or a name or a list of lists that the style does not have"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where=where))
    return pairs


def headers_of(scope: Scope, headers: Mapping[str, str], styles: Mapping[str, Style] = _UNSTYLED) -> Headers:
    """Write header fields, each on one line; those that are not given, or null, are left out."""
    filled = {name.lower(): taken(fill(value, scope, "query")) for name, value in headers.items()}
    given = {name: value for name, value in filled.items() if not isinstance(value, Missing) and value is not None}
    for name, template in headers.items():
        if filled[name.lower()] is None:
            _may_be_left_out(template, scope, f"header:{name}")
    written = tuple((name, _line(name, value, styles.get(name))) for name, value in given.items())
    for name, value in written:
        if not value.isprintable():  # RFC 9110, 5.5
            message = f"an argument does not fit into the header {name}"
            raise Unbindable(Finding(code="invalid_arguments", message=message, where=f"header:{name}"))
    return written


def _line(name: str, value: Json, style: Style | None) -> str:
    """One text of a header; a list that no style is declared for is written as JSON."""
    composed = isinstance(value, list | dict)
    written = line(value, style or ("json" if composed else None))
    if written is None:
        message = f"an argument does not fit into the header {name}: it holds the sign that stands between elements"
        raise Unbindable(Finding(code="invalid_arguments", message=message, where=f"header:{name}"))
    return written


def cookies_of(operation: Operation, scope: Scope) -> Headers:
    """Write the cookies of *operation* as one header field, or none."""
    pairs = query_of(scope, operation.cookies, styles_of(operation, "cookie"), "cookie")
    return (("cookie", "; ".join(f"{name}={cookie(value)}" for name, value in pairs)),) if pairs else ()


def content_of(operation: Operation, scope: Scope) -> Body | None:
    """Write the content of *operation* that is neither JSON nor a plain form, if there is any."""
    try:
        if operation.multipart is not None:
            filled = [(name, *_content(part, scope)) for name, part in operation.multipart.items()]
            for name, part, value in filled:
                if value is None and part.encoding != "json":
                    _may_be_left_out(part.content, scope, f"multipart:{name}")
            return multipart([(name, part, value) for name, part, value in filled if _is_given(value, part)])
        if operation.raw is not None:
            part, value = _content(operation.raw, scope)
            if value is None and part.encoding != "json":
                _may_be_left_out(part.content, scope, "the content")
            if _is_given(value, part):
                return Body(content=encoded(value, part), media=part.media or "application/octet-stream")
    except Unencodable as unencodable:
        raise Unbindable(Finding(code="invalid_arguments", message=str(unencodable), where="request")) from None
    return None


def _is_given(value: Json | Missing, part: Part) -> TypeGuard[Json]:
    """Whether there is a content: null is one in JSON alone."""
    return not isinstance(value, Missing) and (value is not None or part.encoding == "json")


def _content(part: Part, scope: Scope) -> tuple[Part, Json | Missing]:
    filename = None if part.filename is None else taken(fill(part.filename, scope, "query"))
    named = replace(
        part, filename=None if filename is None or isinstance(filename, Missing) else line(filename, "comma")
    )
    return named, taken(fill(part.content, scope, "body"))


def body_of(scope: Scope, body: Any) -> Json:
    """Fill a JSON value; null where it is one reference to what was not given."""
    filled = taken(fill(body, scope, "body"))
    return None if isinstance(filled, Missing) else filled
