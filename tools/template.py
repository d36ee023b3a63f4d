"""Templates: where an argument goes in a request.  `{input.name}`, `{var.name}`, and in URLs `{name}`.

A string that is exactly one reference becomes the argument itself, with its JSON type; an argument that was not given takes
its member away.  What was put in is never looked at again, so that no argument can be a template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Literal, TypeAlias

from ..schemas.operation import Style
from ..schemas.wire import Json
from . import styles
from .shapes import is_list, is_object
from .styles import text

__all__ = ["MISSING", "Missing", "Place", "Reference", "Scope", "Unfit", "fill", "fill_url", "mentioned", "references"]

Place: TypeAlias = Literal["url", "query", "body"]
"""`query` stands for headers too.  In a body a bare `{name}` counts only where it is the whole string: GraphQL is full of braces."""


class Missing(Enum):
    """What a reference to an argument that was not given becomes."""

    MISSING = "missing"


MISSING = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Unfit:
    """An argument that cannot go where the template puts it; *says* is one sentence that names it."""

    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What references can mean: the caller's arguments, and the variables of whoever runs the server."""

    input: Mapping[str, Json]
    variables: Mapping[str, str]
    names: frozenset[str] = frozenset()
    """Every name that the input schema knows, given or not."""
    given: frozenset[str] = frozenset()
    """The arguments with which the caller says something: not a default, and no null for what is optional."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference in a template, as it is written (*source*)."""

    kind: Literal["input", "var", "bare"]
    name: str
    source: str


_REFERENCE = re.compile(r"\{(?:(input|var)\.)?([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")


def references(template: str, place: Place) -> Iterator[Reference]:
    """Yield the references in *template*, read as it is read at *place*.

    >>> [reference.name for reference in references("/repos/{owner}/{input.repo}", "url")]
    ['owner', 'repo']
    >>> list(references("query { viewer{login} }", "body"))
    []
    """
    for match in _REFERENCE.finditer(template):
        whole = match[0] == template
        if match[1] is not None:
            yield Reference("input" if match[1] == "input" else "var", match[2], match[0])
        elif place != "body" or whole:
            yield Reference("bare", match[2], match[0])


def mentioned(templates: object) -> list[Reference]:
    """List every reference in *templates*, at any depth; a constant has none."""
    if isinstance(templates, str):
        return list(references(templates, "query"))
    inside = templates.values() if is_object(templates) else templates if is_list(templates) else ()
    return [reference for member in inside for reference in mentioned(member)]


def _value(reference: Reference, scope: Scope) -> Json | Missing | Unfit:
    if reference.kind != "var" and reference.name in scope.input:
        value = scope.input[reference.name]
        return value if _is_unicode(value) else Unfit(reference.name, f"`{reference.name}` is not Unicode text")
    if reference.kind != "input" and reference.name in scope.variables:
        return scope.variables[reference.name]
    return MISSING


def _is_unicode(value: Json) -> bool:
    """Say whether *value* can be sent at all: half of a surrogate pair cannot."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _known(reference: Reference, scope: Scope) -> bool:
    return reference.kind != "bare" or reference.name in scope.names or reference.name in scope.variables


def fill(template: Json, scope: Scope, place: Place) -> Json | Missing | Unfit:
    """Fill every string inside *template*; members and elements whose argument was not given are left out.

    A list of which nothing is left is left out, too: an empty one may ask for something else.

    >>> fill({"n": "{input.n}", "q": "type:x {input.q}"}, Scope(input={"n": [1, 2]}, variables={}), "body")
    {'n': [1, 2]}
    """
    match template:
        case str():
            return _filled(template, scope, place)
        case list():
            return _list([fill(element, scope, place) for element in template])
        case dict():
            return _object({name: fill(member, scope, place) for name, member in template.items()})
        case _:
            return template


def _list(filled: list[Json | Missing | Unfit]) -> Json | Missing | Unfit:
    unfit = next((element for element in filled if isinstance(element, Unfit)), None)
    left = [element for element in filled if not isinstance(element, Missing | Unfit)]
    return unfit or (MISSING if filled and not left else left)


def _object(filled: Mapping[str, Json | Missing | Unfit]) -> Json | Unfit:
    unfit = next((member for member in filled.values() if isinstance(member, Unfit)), None)
    return unfit or {name: member for name, member in filled.items() if not isinstance(member, Missing | Unfit)}


def _filled(template: str, scope: Scope, place: Place) -> Json | Missing | Unfit:
    used = [reference for reference in references(template, place) if _known(reference, scope)]
    if len(used) == 1 and used[0].source == template:
        return _value(used[0], scope)
    if any(_value(one, scope) is None and one.name not in scope.given for one in used):
        return MISSING
    return _spliced(
        template, used, scope, lambda _, value: None if value is None or isinstance(value, list | dict) else text(value)
    )


def _spliced(
    template: str, used: list[Reference], scope: Scope, write: Callable[[str, Json], str | None]
) -> Json | Missing | Unfit:
    done: list[str] = []
    rest = template
    for reference in used:
        value = _value(reference, scope)
        if isinstance(value, Missing | Unfit):
            return value
        before, _, rest = rest.partition(reference.source)
        written = write(reference.name, value)
        if written is None:
            return Unfit(reference.name, f"`{reference.name}` cannot stand inside a text or a path: {_why(value)}")
        done += (before, written)
    return "".join((*done, rest))


def _why(value: Json) -> str:
    match value:
        case None | "" | []:
            return "it is empty"
        case dict() if not value:
            return "it is empty"
        case "." | "..":
            return "it would lead to another path"
        case list() | dict():
            return "it is more than one value"
        case _:
            return "it holds a sign that cannot be sent there"


_PLAIN: Mapping[str, Style] = MappingProxyType({})
_AUTHORITY = re.compile(r"[A-Za-z0-9._\[\]:-]+")  # RFC 3986, 3.2: host and port, and nothing that ends them


def authority(value: Json) -> str | None:
    """Write *value* as a part of host and port; None where it would be more than that.

    >>> authority("localhost:9200"), authority("evil.test/")
    ('localhost:9200', None)
    """
    return value if isinstance(value, str) and _AUTHORITY.fullmatch(value) else None


def fill_url(template: str, scope: Scope, styled: Mapping[str, Style] = _PLAIN) -> str | Missing | Unfit:
    """Fill a URL: in the path, each argument and each variable is one segment; in scheme and host only variables count.

    *styled* names the arguments that are written otherwise, by what they are called.

    >>> scope = Scope(input={"id": "a/b"}, variables={"host": "x.example"})
    >>> fill_url("https://{host}/items/{id}", scope)
    'https://x.example/items/a%2Fb'
    >>> fill_url("https://{id}/items", scope)
    <Missing.MISSING: 'missing'>
    """
    head, mark, tail = template.partition("://")
    host, slash, path = tail.partition("/") if mark else ("", "", template)
    variables = Scope(input={}, variables=scope.variables)
    front = _spliced(host, list(references(host, "url")), variables, lambda _, value: authority(value))
    if isinstance(front, Missing | Unfit):
        return front
    back = _spliced(
        path, list(references(path, "url")), scope, lambda name, value: styles.segment(name, value, styled.get(name))
    )
    return back if isinstance(back, Missing | Unfit) else f"{head}{mark}{front}{slash}{back}"
