"""Following `$ref`: inside the document, and into files of the directory that it lies in; nothing else is ever read.

Whatever cannot be followed is `Unsound`, with the place that refers to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ...schemas.location import unescaped
from ..mistake import Way, pointer
from .bounds import LARGEST
from .content import value_of
from .refusal import NotADescription, Unsound
from .tolerant import elements, members, text

__all__ = ["Library", "Site"]

_MOST_FILES = 1_000
_LONGEST_CHAIN = 64


@dataclass(frozen=True, slots=True)
class Site:
    """A value and where it stands: its *file* (none: the document itself) and the *way* to it."""

    value: Any
    way: Way = ()
    file: Path | None = None

    @property
    def pointer(self) -> str:
        """The way as a pointer: `#/paths/~1tickets/get`."""
        return "#" + pointer(self.way)

    @property
    def place(self) -> str:
        """The place as it is shown: `#/paths`, or `pet.yaml#/properties`."""
        return f"{self.file.name}{self.pointer}" if self.file else self.pointer

    def at(self, *way: str | int) -> Site:
        """Return the site of what stands at *way* inside; its value is None where there is nothing."""
        value = self.value
        for step in way:
            value = _inside(value, step)
        return Site(value, self.way + way, self.file)

    def being(self, value: Any) -> Site:
        """Return *value* as if it stood here."""
        return Site(value, self.way, self.file)

    def each(self) -> Iterator[tuple[str, Site]]:
        """Go through the members of an object, or through nothing where it is none."""
        for name, value in members(self.value).items():
            yield name, Site(value, (*self.way, name), self.file)

    def elements(self) -> Iterator[Site]:
        """Go through the elements of a list, or through nothing where it is none."""
        for index, value in enumerate(elements(self.value)):
            yield Site(value, (*self.way, index), self.file)


def _inside(value: Any, step: str | int) -> Any:
    if isinstance(step, str):
        return members(value).get(step)
    return elements(value)[step] if step < len(elements(value)) else None


class Library:
    """A document and the files beside it: *base* is the directory outside which nothing is read; none: nothing at all."""

    def __init__(self, root: Any, base: Path | None = None) -> None:
        self._base = base.resolve() if base else None
        self._documents: dict[Path | None, Any] = {None: root}
        self._anchors: dict[Path | None, dict[str, Way]] = {}
        self._known: dict[tuple[Path | None, str], Site] = {}
        self._left = LARGEST
        self._self = text(members(root).get("$self")).partition("#")[0]

    def followed(self, site: Site) -> Site:
        """Return *site*, or, where there is a `$ref`, what stands at its end."""
        start = site
        for _ in range(_LONGEST_CHAIN):
            if not isinstance(members(site.value).get("$ref"), str):
                return site
            site = self.target(site)
        raise Unsound(start.place, "its `$ref` refers to itself, or through too many others")

    def target(self, site: Site) -> Site:
        """Return what the `$ref` at *site* refers to, which may be another `$ref`."""
        reference = str(site.value["$ref"]).strip()
        key = (site.file, reference)
        if key not in self._known:
            self._known[key] = self._found(site, reference)
        return self._known[key]

    def _found(self, site: Site, reference: str) -> Site:
        url, _, fragment = reference.partition("#")
        if url and not fragment and (named := self._named(url)):
            return named
        file = self._file(site, url)
        found = Site(self._documents[file], (), file)
        if fragment and not fragment.startswith("/"):
            return found.at(*self._anchored(site, file, fragment))
        for step in unquote(fragment).split("/")[1:]:
            found = self._step(site, found, unescaped(step))
        return found

    def _step(self, site: Site, found: Site, step: str) -> Site:
        """Go one *step* from *found*; a `$ref` on the way is followed, which strict readers would not do."""
        if "$ref" in members(found.value) and step not in found.value:
            found = self.followed(found)
        if step.isdecimal() and int(step[:9]) < len(elements(found.value)):
            return found.at(int(step[:9]))
        if step not in members(found.value):
            raise Unsound(site.place, f"nothing stands where its `$ref` refers to (`{site.value['$ref'][:200]}`)")
        return found.at(step)

    def _named(self, name: str) -> Site | None:
        """What a bare name refers to, which Swagger 1.2 allowed and people still write."""
        root = Site(self._documents[None])
        for home in (root.at("definitions"), root.at("components", "schemas")):
            if name in members(home.value):
                return home.at(name)
        return None

    def _anchored(self, site: Site, file: Path | None, anchor: str) -> Way:
        if file not in self._anchors:
            self._anchors[file] = dict(_anchors(self._documents[file], ()))
        if anchor not in self._anchors[file]:
            raise Unsound(site.place, f"no `$anchor` has the name that its `$ref` refers to (`#{anchor[:200]}`)")
        return self._anchors[file][anchor]

    def _file(self, site: Site, url: str) -> Path | None:
        """Return the key of the document at *url*, read when it is first referred to."""
        if not url:
            return site.file
        if url == self._self:
            return None
        path = self._path(site, url)
        if path not in self._documents:
            self._documents[path] = self._read(site, path)
        return path

    def _path(self, site: Site, url: str) -> Path:
        scheme, netloc, name = _split(url)
        if scheme or netloc:
            raise Unsound(
                site.place, f"its `$ref` refers to `{site.value['$ref'].strip()[:200]}`, and nothing is fetched"
            )
        if self._base is None:
            raise Unsound(
                site.place, f"its `$ref` refers to the file `{url[:200]}`, and the document lies in no directory"
            )
        home = site.file.parent if site.file else self._base
        try:
            path = (home / unquote(name).replace("\0", "")).resolve()
        except (OSError, RuntimeError, ValueError):  # a name that no file can have, or links that go round
            raise Unsound(site.place, f"its `$ref` refers to `{url[:200]}`, which is no file") from None
        if not path.is_relative_to(self._base) or name.startswith(("/", "\\")):
            raise Unsound(site.place, f"its `$ref` refers to `{url[:200]}`, which is outside the document's directory")
        return path

    def _read(self, site: Site, path: Path) -> Any:
        try:
            if not path.is_file():
                raise Unsound(site.place, f"its `$ref` refers to `{path.name}`, which is no file")
            self._left -= path.stat().st_size
            if self._left < 0 or len(self._documents) > _MOST_FILES:
                raise Unsound(site.place, "its `$ref` refers to one more file than is read")
            return value_of(path.read_bytes())
        except (OSError, ValueError):
            raise Unsound(site.place, f"its `$ref` refers to `{path.name[:100]}`, which cannot be read") from None
        except NotADescription as error:
            raise Unsound(site.place, f"its `$ref` refers to `{path.name}`: {error}") from None


def _split(url: str) -> tuple[str, str, str]:
    """Scheme, authority and path of *url*; what is no URL at all is taken for one of another host, which nobody reads."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url, ""
    return parts.scheme, parts.netloc, parts.path


def _anchors(value: Any, way: Way) -> Iterator[tuple[str, Way]]:
    """Every `$anchor` in *value*, and the way to it."""
    if isinstance(members(value).get("$anchor"), str):
        yield value["$anchor"], way
    for name, one in members(value).items():
        yield from _anchors(one, (*way, name))
    for index, one in enumerate(elements(value)):
        yield from _anchors(one, (*way, index))
