"""The identifier of a message that is refused: JSON-RPC wants it in the refusal wherever it can be told.

It looks at the names of the outermost object and at nothing else, so that half a character, a number beyond all bounds or a
thousand lists in lists do not keep it from being found.  What it finds is for the refusal only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ..validators import strict_json
from ..validators.strict_json import Parsed

__all__ = ["message_id"]

_MOST: Final = 500_000
"""Texts and runs of brackets that are passed at most: about a quarter of a second."""

_TEXT: Final = rb'"(?:[^"\\]++|\\.)*+"'
_TOKEN: Final = re.compile(_TEXT + rb'|"|[\[{]++|[\]}]++', re.DOTALL)
_NAMED: Final = re.compile(rb"\s*+:\s*+(" + _TEXT + rb"|-?[0-9]{1,309}+(?=\s*+[,}]))?", re.DOTALL)
_OURS: Final = frozenset({b'"result"', b'"error"'})
"""Members of an answer: its identifier names a request of ours, and no request of the client's."""


def message_id(content: bytes) -> int | str | None:
    """Return the one identifier that the JSON object *content* gives its request; None where that is in doubt.

    >>> message_id(b'{"method":"ping","params":{"id":[NaN]},"id":7}')
    7
    >>> message_id(b'{"id":7,"id":8}'), message_id(b'{"id":7,"result":{}}'), message_id(b'{"id":7')
    (None, None, None)
    """
    members = _members(content)
    if members is None or not _OURS.isdisjoint(name for name, _ in members):
        return None
    match [strict_json.parse(value) for name, value in members if name == b'"id"']:
        case [Parsed(int() | str() as found)]:
            return found
        case _:
            return None


def _members(content: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return the names of the outermost object with their values, b"" for other than texts and integers; None if it is none."""
    if not content.lstrip().startswith(b"{") or not _is_utf8(content):
        return None
    found, depth = list[tuple[bytes, bytes]](), 0
    for token in _tokens(content):
        match token[0][:1]:
            case b"{" | b"[":
                depth += len(token[0])
            case b"}" | b"]":
                depth -= len(token[0])
                if depth <= 0:
                    return found if depth == 0 and not content[token.end() :].strip() else None
            case _ if token[0] == b'"':  # a text without an end
                return None
            case _ if depth == 1 and (named := _NAMED.match(content, token.end())):
                found.append((token[0], named[1] or b""))
            case _:
                pass
    return None


def _tokens(content: bytes) -> Iterator[re.Match[bytes]]:
    return islice(_TOKEN.finditer(content), _MOST)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
