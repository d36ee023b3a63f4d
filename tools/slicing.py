"""The bytes of the items, as they arrived: cut out of a body that was already checked, never decoded and encoded again.

Only for content that strict parsing accepted.  Line ends between tokens are dropped, because a raw line end would break
the framing of JSON lines; inside strings strict JSON has none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import msgspec

from ..schemas.location import choice, steps_of
from ..validators.reading import position

__all__ = ["elements", "rows", "value"]

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_LINE_ENDS = b"\r\n"


def _raw(content: bytes, pointer: str) -> bytes:
    for step in steps_of(pointer):
        inner = _element(content, step) if content.lstrip()[:1] == b"[" else _OBJECT.decode(content)[step]
        content = bytes(inner)
    return content.strip()


def _element(content: bytes, step: str) -> msgspec.Raw:
    index = int(step) if choice(step) is None else position(json.loads(content), step)
    if index is None:
        raise LookupError(step)
    return _ARRAY.decode(content)[index]


def _one_line(content: bytes) -> bytes:
    return content.translate(None, _LINE_ENDS) if b"\n" in content or b"\r" in content else content


def value(content: bytes, pointer: str) -> bytes:
    r"""Cut the value at *pointer* out of *content*.

    >>> value(b'{"a": {\n "b": [1.10]}}', "/a/b")
    b'[1.10]'
    """
    return _one_line(_raw(content, pointer))


def elements(content: bytes, pointer: str, chosen: Sequence[int] | None = None) -> bytes:
    """Cut the elements of the array at *pointer* out of *content*, separated by commas; only those *chosen* where asked.

    >>> elements(b'{"a": [1, 2.50, 3]}', "/a", chosen=[0, 1])
    b'1,2.50'
    """
    array = _raw(content, pointer)
    if chosen is None:
        return _one_line(array[1:-1].strip())
    found = _ARRAY.decode(array)
    return _one_line(b",".join(bytes(found[index]) for index in chosen))


def rows(content: bytes, columns: Mapping[str, str], chosen: Sequence[int]) -> bytes:
    """Put each of the *chosen* items together from its members in the arrays at *columns*, separated by commas.

    >>> rows(b'{"i": ["a", "b"], "d": [0.10, 0.2]}', {"id": "/i", "far": "/d"}, chosen=[0])
    b'{"id":"a","far":0.10}'
    """
    found = [(json.dumps(name).encode(), _ARRAY.decode(_raw(content, pointer))) for name, pointer in columns.items()]
    items = (b",".join(name + b":" + bytes(values[index]) for name, values in found) for index in chosen)
    return _one_line(b",".join(b"{" + item + b"}" for item in items))
