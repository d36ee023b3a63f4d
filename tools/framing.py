"""What stands around the definitions of tools in a file: the version of the language, the block of the API, and groups.

It says what is wrong there, and nothing of what a tool asks or promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter, ValidationError

from ..schemas.provider import Provider
from .assembling import API, GROUPED, SECTIONS, provider
from .mistake import Mistake, Way
from .scanning import scan
from .shapes import is_list, is_object
from .wording import stray, worded

__all__ = ["around", "grouping", "kind"]

VERSION: Final = 1

Object: TypeAlias = Mapping[str, Any]


@cache
def _providers() -> TypeAdapter[Provider]:
    return TypeAdapter(Provider)


def around(document: Object) -> Iterator[Mistake]:
    """Find what is wrong with the version of the language, with the block `api`, and with what stands beside it."""
    yield from _of_the_document(document)
    api = document.get("api")
    if is_object(api) and is_list(document.get("tools")):
        yield from _of_the_api(api)


def _of_the_document(document: Object) -> Iterator[Mistake]:
    yield from stray(document, ("unabridged", "api", "tools"), ())
    version = document.get("unabridged")
    if type(version) is not int or version != VERSION:
        found = version if isinstance(version, int) else kind(version)
        yield Mistake(("unabridged",), f"expected `unabridged: {VERSION}`, the version of the language, found {found}")
    if not is_object(document.get("api")):
        yield Mistake(("api",), f"expected `api`, an object, found {kind(document.get('api'))}")
    if not isinstance(document.get("tools"), list):
        yield Mistake(("tools",), f"expected `tools`, a list, found {kind(document.get('tools'))}")
    elif not document["tools"]:
        yield Mistake(("tools",), "expected at least one tool, found an empty list")


def kind(value: object) -> str:
    """Say what *value* is, as a mistake says what was found."""
    match value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return "a text"
        case bool():
            return "true or false"
        case _:
            return "a number"


def _of_the_api(api: Object) -> list[Mistake]:
    mistakes = [*stray(api, API, ("api",)), *_shapes(api, ("api",))]
    described = provider(api)
    try:
        _providers().validate_python(described)
    except ValidationError as error:
        mistakes += [_below("api", mistake) for mistake in worded(error.errors(include_url=False), described, Provider)]
    return mistakes + [_below("api", mistake) for mistake in scan(api)]


def _shapes(api: Object, way: Way) -> Iterator[Mistake]:
    for name in (*SECTIONS, "headers", "defaults"):
        value = api.get(name, {})
        if not is_object(value) and not (name == "walk" and isinstance(value, str)):
            yield Mistake((*way, name), f"expected an object, found {kind(value)}")
    gathered = api.get("defaults")
    if is_object(gathered) and way == ("api",):
        yield from stray(gathered, SECTIONS, (*way, "defaults"))
        yield from _shapes({name: gathered[name] for name in gathered if name in SECTIONS}, (*way, "defaults"))


def _below(first: str, mistake: Mistake) -> Mistake:
    return Mistake((first, *mistake.way), mistake.message, mistake.hint, mistake.severity)


def grouping(tool: Object, way: Way) -> Iterator[Mistake]:
    """Find what is wrong with the block `tool` of the tool at *way*, which gathers what a model sees of it."""
    head = tool.get("tool")
    if "tool" in tool and not is_object(head):
        yield Mistake((*way, "tool"), f"expected an object, found {kind(head)}")
    elif is_object(head):
        yield from stray(head, GROUPED, (*way, "tool"))
        yield from (
            Mistake((*way, name), f"expected `{name}` once, found it under `tool` too") for name in head if name in tool
        )
