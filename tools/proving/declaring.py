"""The places that a JSON Schema declares, required or not: names that stand in a description and are no data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...schemas.location import escaped
from ...validators.reading import at
from ..shapes import is_list, is_object

__all__ = ["declared"]

_DEEPEST: Final = 12


def declared(schema: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Name every member that *schema* declares, by JSON Pointer; `/*` stands for the elements of a list.

    >>> declared({"properties": {"meta": {"properties": {"next": {}}}, "data": {"items": {"properties": {"id": {}}}}}})
    ('/meta', '/meta/next', '/data', '/data/*/id')
    """
    return () if schema is None else tuple(dict.fromkeys(_declared(schema, schema, "", _DEEPEST)))


def _declared(schema: object, root: Mapping[str, Any], pointer: str, deep: int) -> Iterator[str]:
    if not is_object(schema) or deep == 0:
        return
    properties = schema.get("properties")
    for name, member in properties.items() if is_object(properties) else ():
        below = f"{pointer}/{escaped(name)}"
        yield below
        yield from _declared(member, root, below, deep - 1)
    yield from _declared(schema.get("items"), root, f"{pointer}/*", deep - 1)
    for part in _parts(schema, root):
        yield from _declared(part, root, pointer, deep - 1)


def _parts(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[object]:
    """What *schema* is put together from."""
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        yield at(dict(root), reference[1:]).value
    for word in ("allOf", "anyOf", "oneOf"):
        several = schema.get(word)
        yield from several if is_list(several) else ()
