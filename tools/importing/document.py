"""One document while it is read: its version, where its `$ref`s lead, and its schemas in normal form, each made once.

Values only, but for the files that a `$ref` leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ..mistake import Way
from .expanding import Direction
from .normal import Extent, Schemas, Written
from .reference import Library, Site
from .refusal import Unsound
from .tolerant import members

__all__ = ["Document"]

_Key: TypeAlias = tuple[Path | None, Way, Direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What reads the parts of one document; *request* and *reply* say how much of their schemas is kept."""

    library: Library
    version: str
    schemas: Schemas
    request: Extent
    reply: Extent
    _known: dict[_Key, Written] = field(default_factory=dict["_Key", Written])

    @property
    def old(self) -> bool:
        """Whether this is Swagger 2.0."""
        return self.version.startswith("2.")

    def followed(self, site: Site) -> Site:
        """Return *site*, or what its `$ref` leads to."""
        return self.library.followed(site)

    def schema(self, site: Site, direction: Direction) -> Mapping[str, Any]:
        """Return the schema at *site* in normal form: the same object for the same place."""
        return self.written(site, direction).schema

    def written(self, site: Site, direction: Direction) -> Written:
        """Return the same, with what could not be read of it, which is left open in a reply and raises `Unsound` in a request."""
        if site.value is None:
            return _NOTHING
        there = self._there(site, direction)
        key = (there.file, there.way, direction)
        if key not in self._known:
            extent = self.request if direction == "request" else self.reply
            self._known[key] = self.schemas.normal(site, direction, extent)
        return self._known[key]

    def _there(self, site: Site, direction: Direction) -> Site:
        """What the schema at *site* is known by: the place of one that it does nothing but refer to."""
        if not isinstance(members(site.value).get("$ref"), str) or len(site.value) > 1:
            return site
        try:
            return self.library.target(site)
        except Unsound:
            if direction == "request":
                raise
            return site


_NOTHING = Written(schema={})
