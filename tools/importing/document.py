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
from .normal import Extent, Schemas
from .reference import Library, Site
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
    _known: dict[_Key, Mapping[str, Any]] = field(default_factory=dict["_Key", Mapping[str, Any]])

    @property
    def old(self) -> bool:
        """Whether this is Swagger 2.0."""
        return self.version.startswith("2.")

    def followed(self, site: Site) -> Site:
        """Return *site*, or what its `$ref` leads to."""
        return self.library.followed(site)

    def schema(self, site: Site, direction: Direction) -> Mapping[str, Any]:
        """Return the schema at *site* in normal form: the same object for the same place."""
        if site.value is None:
            return {}
        only = isinstance(members(site.value).get("$ref"), str) and len(site.value) == 1
        there = self.library.target(site) if only else site
        key = (there.file, there.way, direction)
        if key not in self._known:
            extent = self.request if direction == "request" else self.reply
            self._known[key] = self.schemas.normal(site, direction, extent)
        return self._known[key]
