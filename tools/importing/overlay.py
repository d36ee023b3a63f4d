"""An OpenAPI Overlay (1.0, 1.1): the changes that its author wants made to the description of somebody else.

A file that is none, or an action that says nothing, is `UnfitOverlay`; `overlaying.py` makes the changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError

from ..shapes import is_list, is_object
from .bounds import DEEPEST
from .content import value_of
from .refusal import NotADescription, UnfitOverlay
from .tolerant import members, text

__all__ = ["Action", "Copy", "Overlay", "Remove", "Update", "read_overlay"]

_ACTION = frozenset({"target", "description", "update", "remove", "copy"})


@dataclass(frozen=True, slots=True)
class Update:
    """Merge *value* into each target."""

    value: Any


@dataclass(frozen=True, slots=True)
class Copy:
    """Merge the one value at *source* into each target."""

    source: JSONPath


@dataclass(frozen=True, slots=True)
class Remove:
    """Take each target out of what holds it."""


Change: TypeAlias = Update | Copy | Remove


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One *change* at each place that *target* selects; *name* says which action it is, for people."""

    name: str
    target: JSONPath
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """The *actions* in their order; *extends* is the document that they were written for, where the file says so."""

    title: str
    extends: str
    actions: tuple[Action, ...]

    def meant_for(self, source: str) -> bool:
        """Say whether this overlay may be for the document at *source*: a path or URL whose last part is the same.

        >>> Overlay(title="", extends="https://example.com/api/desk.yaml", actions=()).meant_for("specs/desk.yaml")
        True
        """
        named = _last(self.extends)
        return not named or named == _last(source.replace("\\", "/"))


def _last(url: str) -> str:
    try:
        return PurePosixPath(unquote(urlsplit(url).path)).name
    except ValueError:  # no URL at all
        return url


class _Environment(JSONPathEnvironment):
    """RFC 9535 without extensions, and as deep as documents are read."""

    max_recursion_depth = DEEPEST + 1


_JSONPATH = _Environment(strict=True)


def read_overlay(content: bytes, *, is_json: bool | None = None) -> Overlay:
    """Read the overlay in *content*; raise `UnfitOverlay` where it is none."""
    try:
        value = value_of(content, is_json=is_json)
    except NotADescription as error:
        raise UnfitOverlay(str(error)) from None
    if not is_object(value) or not text(value.get("overlay")).startswith(("1.0", "1.1")):
        raise UnfitOverlay(
            "expected an overlay, found none: `overlay: 1.0.0` or `overlay: 1.1.0` stands at the top of one"
        )
    actions = value.get("actions")
    if not is_list(actions) or not actions:
        raise UnfitOverlay("expected `actions`, found none")
    title = " ".join(text(members(value.get("info")).get("title")).split())[:100]
    whose = f" of the overlay `{title}`" if title else ""
    return Overlay(
        title=title,
        extends=text(value.get("extends")),
        actions=tuple(_action(f"action {number}{whose}", action) for number, action in enumerate(actions, start=1)),
    )


def _action(numbered: str, action: Any) -> Action:
    if not is_object(action) or not isinstance(action.get("target"), str):
        raise UnfitOverlay(f"{numbered}: expected an object with a `target`, found none")
    name = f"{numbered} (`{' '.join(action['target'].split())[:200]}`)"
    strange = sorted(key for key in action if key not in _ACTION and not key.startswith("x-"))
    if strange:
        raise UnfitOverlay(f"{name}: expected `update`, `remove` or `copy`, found `{strange[0][:100]}`")
    return Action(name=name, target=_path(name, "target", action["target"]), change=_change(name, action))


def _change(name: str, action: Mapping[str, Any]) -> Change:
    said = [word for word in ("update", "copy", "remove") if word in action and action[word] is not False]
    match said:
        case ["update"]:
            return Update(action["update"])
        case ["copy"] if isinstance(action["copy"], str):
            return Copy(_path(name, "copy", action["copy"]))
        case ["remove"] | ["update", "remove"] | ["copy", "remove"] if action["remove"] is True:
            return Remove()  # Overlay 1.0.0, 4.4.3.1: an `update` beside `remove: true` has no impact
        case _:
            raise UnfitOverlay(f"{name}: expected one of `update`, `copy` and `remove: true`")


def _path(name: str, word: str, written: str) -> JSONPath:
    try:
        path = _JSONPATH.compile(written)
    except JSONPathError as error:
        raise UnfitOverlay(
            f"{name}: expected JSONPath (RFC 9535) as `{word}`, found none: {_first_line(error)}"
        ) from None
    if not isinstance(path, JSONPath):  # a union of paths, which the strict environment does not read
        raise UnfitOverlay(f"{name}: expected one JSONPath as `{word}`, found several")
    return path


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]
