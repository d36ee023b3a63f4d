"""Reading YAML that others wrote, from the events of libyaml: tolerantly, in bounds, and with nothing constructed.

Names are the text that stands there (`200`, `on`, a date), a name that stands twice is read as one, `<<` is merged, and
tags mean nothing.  Lines are not kept.  Nothing but `YAMLError` of PyYAML and `TooMuch` is raised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, cast

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)

from ..shapes import is_list, is_object, members
from .bounds import DEEPEST, MOST, TooMuch

__all__ = ["read_foreign_yaml"]

# YAML 1.2.2, 10.3.2: the core schema
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_TABBED = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def read_foreign_yaml(text: str) -> Any:
    """Read the first document in *text*; where tabs indent it, once more with spaces in their place."""
    try:
        return _Reader(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.YAMLError:
        if not _TABBED.search(text):
            raise
    spaced = _TABBED.sub(lambda found: found[0].replace("\t", "  "), text)
    return _Reader(yaml.parse(spaced, Loader=_LOADER)).document()


class _Reader:
    """Builds values out of a stream of *events*; an alias shares the value of its anchor, and counts it again."""

    def __init__(self, events: Iterator[Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0
        self._level = 0

    def document(self) -> Any:
        for event in self._events:
            if isinstance(event, NodeEvent):
                return self._value(event)
        return None

    def _value(self, event: Event) -> Any:
        if isinstance(event, AliasEvent):
            return self._aliased(event)
        before = self._count
        self._counted(1)
        value = _scalar(event) if isinstance(event, ScalarEvent) else self._around(event)
        anchor = cast("str | None", getattr(event, "anchor", None))
        if anchor is not None:
            self._anchors[anchor] = (value, self._count - before)
        return value

    def _counted(self, more: int) -> None:
        self._count += more
        if self._count > MOST:
            raise TooMuch(f"expected at most {MOST:,} values, found more (aliases count each time)")

    def _aliased(self, event: AliasEvent) -> Any:
        """The value of the anchor; none where the anchor is not complete yet, because it is inside itself."""
        value, size = self._anchors.get(str(event.anchor), (None, 1))
        self._counted(size)
        return value

    def _around(self, event: Event) -> Any:
        self._level += 1
        if self._level > DEEPEST:
            raise TooMuch(f"expected at most {DEEPEST} levels, found more")
        value = self._object() if isinstance(event, MappingStartEvent) else self._list()
        self._level -= 1
        return value

    def _list(self) -> list[Any]:
        found: list[Any] = []
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self._value(event))
        return found

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                break
            name = self._name(event)
            value = self._value(next(self._events))
            if name == "<<" and _is_plain(event):
                merged = {**_merging(value), **merged}
            elif name is not None:
                found[name] = _both(found[name], value) if name in found else value
        return {**merged, **found} if merged else found

    def _name(self, event: Event) -> str | None:
        """The text of a name; none for a list or an object, which no description has for a name."""
        if isinstance(event, ScalarEvent):
            return str(event.value)
        self._value(event)
        return None


def _merging(value: Any) -> dict[str, Any]:
    """What `<<` brings in: an object, or several of which the first stands over the others."""
    merged: dict[str, Any] = {}
    for one in reversed(value if is_list(value) else [value]):
        merged.update(members(one))
    return merged


def _both(one: Any, other: Any) -> Any:
    """What a name that stands twice means: two objects are one, such as two halves of a path; or else the later value."""
    return {**one, **other} if is_object(one) and is_object(other) else other


def _is_plain(event: Event) -> bool:
    """Whether a text is written without quotes: libyaml says so by an empty style, PyYAML itself by none."""
    return getattr(event, "style", None) in (None, "")


def _scalar(event: ScalarEvent) -> Any:
    written = str(event.value)
    if not event.implicit[0] or not _is_plain(event):
        return written
    return _WORDS[written] if written in _WORDS else _number(written)


def _number(written: str) -> Any:
    if _INTEGER.match(written) and -(2**63) <= int(written) < 2**64:
        return int(written)
    if not _FLOAT.match(written):
        return written
    number = float(written)
    return number if isfinite(number) else written
