"""The comments that a person wrote into a part of a tool file, found by what YAML takes for one.

What an import wrote itself is known by its lines, and is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

__all__ = ["own_comments"]

_Place: TypeAlias = tuple[int, int]

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_SIGN = re.compile(r"(?<=\s)#")


def own_comments(base: str, ours: str, indent: int) -> Iterator[str]:
    """List the comments in *ours* that are not in *base*, as lines of their own, *indent* columns deep.

    >>> list(own_comments("a: 1", "# why\\na: '#' # Ann's", 0))
    ['# why\\n', "# Ann's\\n"]
    """
    known = {line.strip() for line in base.splitlines()}
    texts = list(_texts(ours))
    for number, line in enumerate(ours.splitlines()):
        if line.strip() in known and not (indent == 0 and line.startswith("#")):
            continue
        if line.lstrip().startswith("#"):
            yield f"{' ' * indent}{line.strip()}\n"
        elif (sign := _comment(line, number, texts)) is not None:
            yield f"{' ' * indent}# {line[sign + 1 :].strip()}\n"


def _comment(line: str, number: int, texts: list[tuple[_Place, _Place]]) -> int | None:
    """The column where a comment begins behind something: a sign that stands in no text."""
    signs = (found.start() for found in _SIGN.finditer(line))
    return next((sign for sign in signs if not any(a <= (number, sign) < b for a, b in texts)), None)


def _texts(ours: str) -> Iterator[tuple[_Place, _Place]]:
    for token in yaml.scan(ours, Loader=_LOADER):
        if isinstance(token, yaml.ScalarToken):
            start, end = token.start_mark, token.end_mark
            yield (start.line, start.column), (end.line, end.column)
