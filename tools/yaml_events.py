"""The parser events of a YAML file: from libyaml where it reads as YAML 1.2 does, and otherwise from ruamel.yaml.

libyaml is fifty times faster and reads YAML 1.1.  The two differ in a few places; where a file may hold one of these, or where
libyaml finds a mistake, ruamel.yaml has the last word.  Nothing is constructed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import yaml

from .node import Unreadable

__all__ = ["Doubtful", "Event", "careful", "quick"]

Kind: TypeAlias = Literal["start", "object", "list", "scalar", "alias", "object_end", "list_end", "other"]


class Event(NamedTuple):
    """One parser event, of which only these facts matter."""

    kind: Kind
    line: int
    anchor: str | None
    tag: str | None
    text: str
    plain: bool


class Doubtful(Exception):  # noqa: N818 - is no error
    """libyaml may read this file otherwise than YAML 1.2 says."""


# ------------------------------------------------------------------------------------------- libyaml

_KINDS: Final[Mapping[str, Kind]] = {
    "DocumentStartEvent": "start",
    "MappingStartEvent": "object",
    "SequenceStartEvent": "list",
    "ScalarEvent": "scalar",
    "AliasEvent": "alias",
    "MappingEndEvent": "object_end",
    "SequenceEndEvent": "list_end",
}

_KINDS_OF: Final[Mapping[type[Any], Kind]] = {getattr(yaml.events, name): kind for name, kind in _KINDS.items()}
_CLOSING: Final[Mapping[Kind, Event]] = {
    "object_end": Event("object_end", 0, None, None, "", plain=False),
    "list_end": Event("list_end", 0, None, None, "", plain=False),
    "other": Event("other", 0, None, None, "", plain=False),
}
_LOADER: Final[Any] = yaml.CSafeLoader if yaml.__with_libyaml__ else None

_DOUBTS: Final = tuple(
    re.compile(pattern)  # one by one, for each begins with what can be looked for fast
    for pattern in (
        r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]",  # what YAML 1.1 takes for the end of a line
        r"\t(?:(?<![\w.)]\t)|(?![ \t]*[\w|(]))",  # tabs, but for those between the words of a text
        r"\r(?!\n)",
        r"\n%",  # directives
        r"\n\.\.\.",  # the end of a document
        r"\n[ -]*\?",  # names that are written out
        r"[|>][-+0-9]*#",  # a comment that touches what it is about
        r"[|>][-+0-9]*(?:[ ]+#[^\n]*)?\r?\n +\r?\n",  # a block that begins with a line of spaces
    )
)
_ODD_ANCHOR: Final = re.compile(r"[&*][A-Za-z0-9_-]+(?![A-Za-z0-9_-])[^ \r\n,\]}]")


def quick(text: str) -> Iterator[Event]:
    """Yield the events of *text* as libyaml finds them; raise `Doubtful` where ruamel.yaml has to be asked."""
    lines = f"\n{text}"
    if _LOADER is None or any(doubt.search(lines) for doubt in _DOUBTS):
        raise Doubtful
    try:
        yield from _read(yaml.parse(text, Loader=_LOADER), text)
    except yaml.YAMLError:
        raise Doubtful from None


def _read(events: Iterator[Any], text: str) -> Iterator[Event]:
    before, anchored = "other", False
    for event in events:  # half a million times for a large API: one loop, and nothing called
        kind: Kind = _KINDS_OF.get(event.__class__, "other")
        if kind in _CLOSING:
            yield _CLOSING[kind]
            continue
        style, value = ("'", "") if kind != "scalar" else (event.style, event.value)
        anchor, tag = (None, None) if kind == "start" else (event.anchor, getattr(event, "tag", None))
        if kind == "scalar" and (before == "start" or (not style and "\t" in value)):
            raise Doubtful  # a block at the top, where a comment may be meant; a tab in a plain text
        if anchor is not None and not anchored:
            anchored = True
            if _ODD_ANCHOR.search(text):
                raise Doubtful
        before = kind
        yield Event(kind, event.start_mark.line + 1, anchor, tag, value, not style)


# ------------------------------------------------------------------------------------------- ruamel.yaml


def careful(text: str) -> Iterator[Event]:
    """Yield the events of *text* as YAML 1.2 has them; raise `Unreadable` for what is no YAML."""
    for event in _parsed(text):
        tag, anchor = getattr(event, "ctag", None), getattr(event, "anchor", None)
        yield Event(
            kind=_KINDS.get(type(event).__name__, "other"),
            line=event.start_mark.line + 1,
            anchor=None if anchor is None else str(anchor),
            tag=None if tag is None else str(tag)[:40],
            text=str(getattr(event, "value", "")),
            plain=getattr(event, "style", None) is None,
        )


def _parsed(text: str) -> Iterator[Any]:
    """The parser's own events, which are not typed; whatever it stumbles over is a mistake of the file."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - slow to import, and needed for few files
    from ruamel.yaml.error import MarkedYAMLError  # noqa: PLC0415 - as above

    parser: Any = YAML(typ="safe", pure=True)
    events, line = parser.parse(text), 1
    while True:
        try:
            event = next(events)
        except StopIteration:
            return
        except MarkedYAMLError as error:
            raise _malformed(error) from None
        except Exception as error:  # the scanner answers some malformed input with accidents of its own
            raise Unreadable(line, f"expected YAML 1.2, found what is none ({type(error).__name__})") from None
        line = event.end_mark.line + 1
        yield event


def _malformed(error: Any) -> Unreadable:  # ruamel.yaml's errors are not typed
    mark = error.problem_mark or error.context_mark
    says = " ".join(str(part) for part in (error.context, error.problem) if part)
    return Unreadable(mark.line + 1 if mark else 1, f"expected YAML 1.2, found what is none: {says}")
