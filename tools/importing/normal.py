"""Schemas of any version of OpenAPI as JSON Schema 2020-12 that stands by itself: refs written out, `allOf` united.

What is deeper than asked for, or more than fits, is left open (only its type is said), never closed: a normal form
accepts whatever the document's schema accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .expanding import Direction, Expansion, Schema, TooLarge
from .keywords import leaf, weakened
from .reference import Library, Site

__all__ = ["Extent", "Schemas", "Written"]

_MOST = 3_000_000
"""Schemas that are looked at for one document: several times what the largest ones known need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a schema is kept: levels of the data that it describes, and schemas in all."""

    depth: int
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A *schema* in normal form, and why parts of it are left open, because they could not be read."""

    schema: Mapping[str, Any]
    unread: tuple[str, ...] = ()


_LEAST = Extent(depth=1, nodes=50)


class Schemas:
    """The schemas of the document that *library* holds; *modern* ones (OpenAPI 3.1 on) mean what is beside a `$ref`."""

    def __init__(self, library: Library, *, modern: bool) -> None:
        self._library = library
        self._modern = modern
        self._left = _MOST
        self._leaves: dict[int, tuple[Mapping[str, Any], Schema, bool]] = {}

    def normal(self, site: Site, direction: Direction, extent: Extent) -> Written:
        """Return the schema at *site* in normal form, as deep as *extent* allows: whole levels, never a part of one.

        Where a `$ref` leads nowhere, a reply is open, and for a request `Unsound` is raised.
        """
        extent = extent if self._left > 0 else _LEAST
        best = Written(schema={})
        for depth in range(extent.depth + 1):
            expansion = Expansion(self._library, self, direction, modern=self._modern, nodes=extent.nodes)
            try:
                best = Written(schema=expansion.whole(site, depth), unread=tuple(dict.fromkeys(expansion.unread)))
            except TooLarge:
                break
            finally:
                self._left -= extent.nodes - expansion.left
            if not expansion.deeper:
                break
        return best

    def leaf(self, raw: Mapping[str, Any]) -> tuple[Schema, bool]:
        """Return the keywords of *raw* that hold no schemas, and whether they let more through than they should."""
        known = self._leaves.get(id(raw))  # of an object that is kept here, so that no other one can have its id
        if known is None:
            own = leaf(raw)
            known = self._leaves[id(raw)] = (raw, own, weakened(raw, own))
        return known[1], known[2]
