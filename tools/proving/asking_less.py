"""The least that a tool can be asked for: whatever its request carries that is named like a page size, with the smallest number."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote_plus

from ...schemas.contract import Contract
from ...schemas.location import Location, escaped, steps_of
from ...schemas.operation import Operation
from ...schemas.wire import Json
from ..importing.narrowing import resolved
from ..shapes import is_list, is_object, members
from ..template import Place, Reference, references
from ..walk_names import SIZE_INPUTS, WEAK_SIZES, folded

__all__ = ["Size", "least", "smaller", "weaker", "within_the_body"]

_CHOICES: Final = ("anyOf", "oneOf", "allOf")
_DEEPEST: Final = 3
"""How far objects and alternatives are looked into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A place in a request for a page size, called by *words*: what is to be sent there to ask for *number* items.

    *unsure*: it is a text or fixed, so that under a weak name it is as likely something else.  *argument* is one that is only
    a part of what is sent.
    """

    target: Location
    value: Json
    number: int
    words: frozenset[str]
    unsure: bool = False
    argument: str = ""

    @property
    def name(self) -> str:
        """What the service knows it by, or the caller where the service knows the whole text only."""
        if self.argument:
            return self.argument
        return ".".join(steps_of(self.target.path)) if self.target.source == "body" else self.target.path

    @property
    def strong(self) -> bool:
        """Whether it is called what a page size alone is called."""
        return bool(self.words & SIZE_INPUTS)


def least(contract: Contract) -> tuple[Size, ...]:
    """Return what asks for the fewest items, wherever it goes: an argument of the tool's own, or a number that is fixed.

    A weak name (`count`) counts only where no better one is there: it may be a filter.
    """
    found = _found(contract)
    named = tuple(size for size in found if size.strong)
    return named or tuple(size for size in found if not size.unsure) or found


def weaker(contract: Contract) -> tuple[Size, ...]:
    """Return what is called a page size by a weak name, where a better one is there too."""
    chosen = least(contract)
    return tuple(size for size in _found(contract) if size not in chosen and not size.unsure)


def smaller(operation: Operation, sizes: Iterable[Size]) -> Operation:
    """Return *operation* with *sizes* in their places, whatever is given for them."""
    laid = {size.target: size.value for size in sizes}
    query = {place.path: value for place, value in laid.items() if _is_in(operation.query, place)}
    strict = {place: value for place, value in laid.items() if not _is_in(operation.query, place)}
    again = {place: value for place, value in laid.items() if place in operation.strict}
    url = _without(operation.url, {place.path for place in laid if place.source == "query"})
    return replace(
        operation, url=url, query={**operation.query, **query}, strict={**operation.strict, **strict, **again}
    )


def _without(url: str, names: AbstractSet[str]) -> str:
    """Leave the parameters called *names* out of *url*."""
    path, _, written = url.partition("?")
    kept = [pair for pair in written.split("&") if unquote_plus(pair.partition("=")[0]) not in names]
    return f"{path}?{'&'.join(kept)}" if any(kept) else path


def within_the_body(contract: Contract) -> frozenset[str] | None:
    """Return what the members of the body are called, or those of the form; None where further ones cannot be sent."""
    body, form = contract.request.body, contract.request.form
    if form is not None or is_object(body):
        return frozenset(form or members(body))
    schema = _schema(contract, _whole(body, "body"))
    known = frozenset(name for name, _ in _properties(schema))
    return known if known or "object" in _types(schema) else None


def _is_in(query: Mapping[str, Any], place: Location) -> bool:
    return place.source == "query" and place.path in query


def _found(contract: Contract) -> tuple[Size, ...]:
    found = (size for place, template in _places(contract.request) for size in _sizes(contract, place, template))
    named = tuple(size for size in found if size.words & (SIZE_INPUTS | WEAK_SIZES))
    declared = contract.walk.page_size
    return named if declared is None else (*named, _declared(declared.send))


def _declared(place: Location) -> Size:
    """The page size that the file itself speaks of, whatever it is called."""
    return Size(target=place, value=1, number=1, words=SIZE_INPUTS)


# ------------------------------------------------------------------------------------------------------ places


def _places(operation: Operation) -> Iterator[tuple[Location, Any]]:
    """Every place that a value goes to, and the template of the value."""
    for pair in operation.url.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        yield Location("query", unquote_plus(name)), value
    for name, template in operation.query.items():
        yield Location("query", name), template
    for name, template in operation.headers.items():
        yield Location("header", name.lower()), template
    for name, template in (operation.form or {}).items():
        yield Location("body", f"/{name}"), template
    yield from _inside("", operation.body)
    for place, template in operation.strict.items():
        yield from _inside(place.path, template) if place.source == "body" else ((place, template),)


def _inside(way: str, template: Any) -> Iterator[tuple[Location, Any]]:
    """The places in a body; those behind an element that may be left out are not known."""
    if is_object(template):
        for name, member in template.items():
            yield from _inside(f"{way}/{escaped(name)}", member)
    elif is_list(template) and not any(isinstance(element, str) for element in template):
        for number, element in enumerate(template):
            yield from _inside(f"{way}/{number}", element)
    else:
        yield Location("body", way), template


def _sizes(contract: Contract, place: Location, template: Any) -> Iterator[Size]:
    """What *template* can ask for: as it is, by the one argument that it consists of, or by one that is a part of it."""
    whole = _whole(template, place.source)
    used = list(references(template, _read_as(place.source))) if isinstance(template, str) else []
    if whole is not None:
        style = contract.request.styles.get(f"{place.source}:{place.path}")
        deep = place.source == "body" and contract.request.form is None
        depth = _DEEPEST if deep or style == "deep_object" else 0
        yield from _of(_schema(contract, whole), place, {folded(whole.name)}, depth)
    elif used:
        yield from _spliced(contract, place, str(template), used)
    elif (number := _number(template)) is not None and number > 1:  # 0 asks for all, and 1 for what is not less
        one: Json = "1" if isinstance(template, str) else 1
        yield Size(target=place, value=one, number=1, words=_words(place), unsure=True)


def _of(schema: Mapping[str, Any], place: Location, called: set[str], depth: int) -> Iterator[Size]:
    """What an argument of this *schema* can ask for, or a member of it, down to the *depth* where it can be laid singly."""
    value = _least(schema)
    if value is not None:
        words, unsure = _words(place) | called, not _is_number(schema)
        yield Size(target=place, value=value, number=int(value), words=words, unsure=unsure)
    for name, member in _properties(schema) if depth else ():
        in_body = place.source == "body"
        inner = f"{place.path}/{escaped(name)}" if in_body else f"{place.path}[{name}]"  # as `deepObject` is written
        yield from _of(member, Location(place.source, inner), set(), depth - 1)


def _properties(schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The members of an object of this *schema*, those of its alternatives too."""
    for name, member in members(schema.get("properties")).items():
        yield name, _seen(member, schema)
    for branch in _alternatives(schema):
        yield from _properties(branch)


def _spliced(contract: Contract, place: Location, template: str, used: Sequence[Reference]) -> Iterator[Size]:
    """What an argument can ask for that is one part of a text: `maxpagesize={input.limit}`."""
    for reference in used:
        value = _least(_schema(contract, reference))
        if value is not None:
            text = template.replace(reference.source, str(value))
            words = frozenset({folded(reference.name)})
            yield Size(target=place, value=text, number=int(value), words=words, unsure=True, argument=reference.name)


def _words(place: Location) -> frozenset[str]:
    """What a place is called: by its name, and in a body also with that of the object around it (`page.size`)."""
    if place.source == "body":
        steps = steps_of(place.path)
        return frozenset({folded(steps[-1]), folded("".join(steps[-2:]))}) if steps else frozenset()
    name = folded(place.path)
    return frozenset({name, name.removeprefix("x")} if place.source == "header" else {name})


def _whole(template: object, source: str) -> Reference | None:
    """The reference that is all there is in *template*."""
    used = list(references(template, _read_as(source))) if isinstance(template, str) else []
    return used[0] if len(used) == 1 and used[0].source == template else None


def _read_as(source: str) -> Place:
    return "body" if source == "body" else "query"


def _schema(contract: Contract, reference: Reference | None) -> Mapping[str, Any]:
    known = members(contract.input.get("properties"))
    named = members(known.get(reference.name)) if reference is not None else members(None)
    return _seen(named, _definitions(contract.input))


def _seen(schema: object, root: Mapping[str, Any], depth: int = _DEEPEST) -> Mapping[str, Any]:
    """*schema* without references into *root*, and so its alternatives; the definitions stay for its members."""
    found = resolved(schema, root)
    seen = {word: [_seen(one, root, depth - 1) for one in _branches(found.get(word)) if depth] for word in _CHOICES}
    return {**_definitions(root), **found, **{word: branches for word, branches in seen.items() if branches}}


def _definitions(root: Mapping[str, Any]) -> Mapping[str, Any]:
    return {word: root[word] for word in ("$defs", "definitions") if word in root}


# ----------------------------------------------------------------------------------------------------- numbers

_NUMBERS: Final = frozenset({"integer", "number"})
_STRUCTURED: Final = frozenset({"properties", "items"})


def _least(schema: Mapping[str, Any]) -> int | str | None:
    """The smallest number from 1 on that *schema* lets pass, as a text where it wants one; None where none can pass.

    >>> _least({"type": ["integer", "null"], "minimum": 5}), _least({"enum": [50, "10"]}), _least({"type": "string"})
    (5, '10', '1')
    >>> _least({}), _least({"type": "number", "minimum": 0.5}), _least({"type": "boolean"}), _least({"enum": ["a"]})
    (1, 1, None, None)
    """
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if is_list(choices):
        numbers = [one for one in choices if (_number(one) or 0) > 0]
        return min(numbers, key=int, default=None)
    types = _types(schema)
    if types & _NUMBERS:
        return max(1, _ceiling(schema.get("minimum"), 0), _ceiling(schema.get("exclusiveMinimum"), 1))
    if types:
        return "1" if "string" in types else None
    if branches := _alternatives(schema):
        found = [number for branch in branches if (number := _least(branch)) is not None]
        return next((number for number in found if isinstance(number, int)), found[0] if found else None)
    return None if _STRUCTURED & schema.keys() else 1


def _is_number(schema: Mapping[str, Any]) -> bool:
    """Whether *schema* asks for a number, be it as a text."""
    said = schema.get("enum", [schema.get("const")])
    numbers = is_list(said) and any(type(one) is int for one in said)
    written = str(schema.get("format")).startswith(("int", "uint"))  # so proto3 writes 64 bits
    return bool(numbers or written or _types(schema) & _NUMBERS or any(map(_is_number, _alternatives(schema))))


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [branch for word in _CHOICES for branch in _branches(schema.get(word))]


def _number(value: object) -> int | None:
    """The whole number that *value* is, or is the text of."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() and len(value) < _LONG else None
    return value if type(value) is int else None


_LONG: Final = 16
"""Signs of a text that is no number of items any more."""


def _types(schema: Mapping[str, Any]) -> frozenset[str]:
    said = schema.get("type")
    return frozenset(said if is_list(said) else () if said is None else (said,))


def _branches(choice: object) -> list[Mapping[str, Any]]:
    return [branch for branch in choice if is_object(branch)] if is_list(choice) else []


def _ceiling(bound: object, above: int) -> int:
    return math.ceil(bound) + above if isinstance(bound, int | float) and not isinstance(bound, bool) else 1
