"""Making the changes of an overlay, on a copy: a target that matches nothing is a mistake, unlike in the specification.

An overlay that has stopped fitting would otherwise change nothing, and nobody would hear of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias, assert_never

from jsonpath import JSONPath, JSONPathError

from ..mistake import Way, pointer
from ..shapes import is_list, is_object
from .bounds import TooMuch, within_bounds
from .overlay import Action, Copy, Overlay, Remove, Update
from .refusal import UnfitOverlay

__all__ = ["overlaid"]

_Edit: TypeAlias = Callable[[Any], Any]


def overlaid(document: Any, overlay: Overlay) -> Any:
    """Return *document* with the actions of *overlay* done in their order; raise `UnfitOverlay` where one does not fit."""
    for action in overlay.actions:
        document = _done(document, action)
    return document


def _done(document: Any, action: Action) -> Any:
    ways = _selected(document, action, action.target)
    if not ways:
        raise UnfitOverlay(f"{action.name}: its target matches nothing in the document")
    match action.change:
        case Update(value):
            return _all_merged(document, ways, value, action)
        case Copy(source):
            return _copied(document, ways, source, action)
        case Remove():
            return _removed(document, ways, action)
        case _ as never:
            assert_never(never)


def _selected(document: Any, action: Action, path: JSONPath) -> list[Way]:
    try:
        return list(dict.fromkeys(tuple(match.parts) for match in path.finditer(document)))
    except JSONPathError as error:
        raise UnfitOverlay(f"{action.name}: {str(error).partition(chr(10))[0][:200]}") from None


def _at(document: Any, way: Way) -> Any:
    for step in way:
        document = document[step]
    return document


def _edited(document: Any, way: Way, edit: _Edit) -> Any:
    """Return *document* with the value at *way* edited; what is not on the way is shared."""
    if not way:
        return edit(document)
    copy: Any = dict(document) if is_object(document) else list(document)
    copy[way[0]] = _edited(copy[way[0]], way[1:], edit)
    return copy


# -- update and copy


def _all_merged(document: Any, ways: Sequence[Way], value: Any, action: Action) -> Any:
    kinds = {_kind(_at(document, way)) for way in ways}
    if len(kinds) > 1:  # Overlay 1.1.0, 4.4.3.1
        raise UnfitOverlay(
            f"{action.name}: expected only objects, only lists or only plain values, found {len(kinds)} of these"
        )
    for way in ways:
        document = _edited(document, way, partial(_entered, value, way, action))
    return document


def _copied(document: Any, ways: Sequence[Way], source: JSONPath, action: Action) -> Any:
    found = _selected(document, action, source)
    if len(found) != 1:
        raise UnfitOverlay(f"{action.name}: expected `copy` to select one place, found {len(found)}")
    try:
        return within_bounds(_all_merged(document, ways, _at(document, found[0]), action))
    except TooMuch as error:
        raise UnfitOverlay(f"{action.name}: {error}") from None


def _kind(value: Any) -> str:
    return "object" if is_object(value) else "list" if is_list(value) else "plain"


def _entered(value: Any, way: Way, action: Action, target: Any) -> Any:
    """A target of the action itself: a list takes an element, too (Overlay 1.1.0, 4.4.3.1)."""
    if is_list(target) and not is_list(value):
        return [*target, value]
    return _merged(target, value, way, action)


def _merged(target: Any, value: Any, way: Way, action: Action) -> Any:
    """Overlay 1.1.0, 4.4.3.1: objects are merged, lists put together, and plain values replaced by plain values."""
    match _kind(target), _kind(value):
        case "object", "object":
            both = {name: _merged(target[name], value[name], (*way, name), action) for name in value if name in target}
            return {**target, **value, **both}
        case "list", "list":
            return [*target, *value]
        case "plain", "plain":
            return value
        case (("object" | "list"), _) if value is None:
            return target  # as in the example of 4.5.1: a name with nothing behind it
        case one, other:
            raise UnfitOverlay(f"{action.name}: expected {one} at `{pointer(way) or '/'}`, found {other}")


# -- remove


def _removed(document: Any, ways: Sequence[Way], action: Action) -> Any:
    if () in ways:
        raise UnfitOverlay(f"{action.name}: would remove the document itself")
    for way in sorted(ways, key=_last_first):
        document = _edited(document, way[:-1], partial(_without, way[-1]))
    return document


def _last_first(way: Way) -> tuple[int, int]:
    """What is inside goes before what holds it, and the end of a list before its beginning."""
    return -len(way), -way[-1] if isinstance(way[-1], int) else 0


def _without(step: str | int, holder: Any) -> Any:
    if is_list(holder):
        return [element for index, element in enumerate(holder) if index != step]
    return {name: value for name, value in holder.items() if name != step}
