"""One value as a person writes it in a shell, read by the schema of what it is for.

A text may be several values; it is the narrowest one that fits.  Whether the one that is read fits is said by the call itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from math import isfinite
from typing import Any, Final, TypeAlias

from ..schemas.wire import Json
from ..tools.importing.narrowing import resolved
from ..tools.shapes import is_list
from ..validators.shape import compiled

__all__ = ["parsed", "value"]

Schema: TypeAlias = Mapping[str, Any]

_DEEPEST: Final = 8
"""Choices within each other, and lists with commas."""


def value(text: str, schema: object, root: Schema) -> Json:
    """Read *text* by *schema*, a part of *root*; raise `ValueError`, which says what is expected, where it can be nothing of it.

    >>> value("5", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, {}), value("5", {"type": ["string", "null"]}, {})
    (5, '5')
    """
    try:
        return _read(text, schema, root, _DEEPEST)
    except ValueError:
        kinds = _kinds(_branches(schema, root, _DEEPEST))
        expected = " or ".join(_WORDS[kind] for kind in sorted(kinds, key="null".__eq__))
        raise ValueError(f"expected {expected}, found {text!r}") from None


def _read(text: str, schema: object, root: Schema, levels: int) -> Json:
    found = list(_readings(text, _branches(schema, root, _DEEPEST), root, levels))
    if not found:
        raise ValueError(text)
    return found[0] if len(found) == 1 else next((one for one in found if _fits(one, schema, root)), found[0])


def _readings(text: str, branches: Sequence[Schema], root: Schema, levels: int) -> Iterator[Json]:
    """All that *text* may be, the narrow types first; a list with commas comes last, for a text may hold commas too."""
    kinds = _kinds(branches)
    for kind in kinds:
        with suppress(ValueError):
            read = _READERS[kind](text)
            if kind not in _SCALARS or "string" not in kinds or json.dumps(read) == text:
                yield read
    for branch in branches:
        if levels and "array" in _types(branch) and not text.startswith("["):
            with suppress(ValueError):
                yield _list(text, branch.get("items", {}), root, levels - 1)


def _list(text: str, items: object, root: Schema, levels: int) -> list[Json]:
    return [_read(part.strip(), items, root, levels) for part in text.split(",")] if text else []


def _fits(read: Json, schema: object, root: Schema) -> bool:
    known = {word: root[word] for word in ("$defs", "definitions") if word in root}
    whole = known | {"properties": {**root.get("properties", {}), "": schema}}
    try:
        return compiled(whole).is_valid({"": read})
    except UnicodeEncodeError:  # half a character fits nowhere
        return False


# ------------------------------------------------------------------------------------------ what a schema allows


def _branches(schema: object, root: Schema, levels: int) -> Sequence[Schema]:
    """Each alternative of *schema*, together with what holds for all of them; references lead into *root*."""
    whole = resolved(schema, root)
    for word in ("allOf", "anyOf", "oneOf"):
        if levels and is_list(parts := whole.get(word)):
            beside = {name: said for name, said in whole.items() if name != word}
            laid = [{**beside, **resolved(part, root)} for part in parts]
            alternatives = [{name: said for one in laid for name, said in one.items()}] if word == "allOf" else laid
            return [branch for one in alternatives for branch in _branches(one, root, levels - 1)]
    return [whole]


def _kinds(branches: Sequence[Schema]) -> Sequence[str]:
    """The types that *branches* have, in the order in which they are tried."""
    named = {kind for branch in branches for kind in _types(branch)}
    return [kind for kind in _READERS if kind in named]


def _types(branch: Schema) -> Sequence[str]:
    declared: object = branch.get("type")
    return [str(name) for name in (declared if is_list(declared) else [declared]) if name in _READERS] or [
        "any",
        "string",
    ]


# ------------------------------------------------------------------------------------------ one reader a type


def _null(text: str) -> Json:
    if text != "null":
        raise ValueError(text)
    return None


def _boolean(text: str) -> Json:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise ValueError(text) from None


def _integer(text: str) -> Json:
    if not text.removeprefix("-").isdecimal() or not text.isascii():
        raise ValueError(text)
    return int(text)


def _number(text: str) -> Json:
    if text.removeprefix("-").isdecimal():
        return _integer(text)
    read = float(text)
    if not isfinite(read) or "_" in text:
        raise ValueError(text)
    return read


def _array(text: str) -> Json:
    if isinstance(found := parsed(text), list):
        return found
    raise ValueError(text)


def _object(text: str) -> Json:
    if isinstance(found := parsed(text), dict):
        return found
    raise ValueError(text)


def parsed(text: str) -> Json:
    """Return the JSON that *text* is; raise `ValueError` where it is none, or where a name comes twice."""
    try:
        found: Json = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return found


def _refuse_constant(word: str) -> Json:
    raise ValueError(f"{word} is not JSON")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


_READERS: Final[dict[str, Callable[[str], Json]]] = {
    "null": _null,
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "array": _array,
    "object": _object,
    "any": parsed,  # where the schema does not say
    "string": str,
}
_SCALARS: Final = frozenset({"boolean", "integer", "number"})
"""Where a text is possible as well, `007` and `True` are texts: only what JSON writes so is one of these."""
_WORDS: Final = {
    "null": "null",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "values with commas between them, or a JSON array",
    "object": "a JSON object",
    "string": "a text",
    "any": "a value",
}
