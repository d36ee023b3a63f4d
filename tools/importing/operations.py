"""The operations of a document: each with what its path item and the document say for it, or the reason why it is left out.

A part that is broken takes its operation with it and no other one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..mistake import Way
from ..shapes import is_object
from . import contents, swagger
from .description import Operation, Parameter, Payload, Reply, Server, Skipped
from .document import Document
from .parameters import fitted, parameters, templated
from .reference import Site
from .refusal import Unsound
from .security import wanted
from .servers import host, servers
from .tolerant import extensions, flag, members, text, words

__all__ = ["operations"]

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"})


def operations(document: Document, root: Site) -> Iterator[Operation | Skipped]:
    """Go through the operations of the document at *root*, in its order, and what could not be read of them."""
    for path, site in root.at("paths").each():
        if path.lower().startswith("x-"):
            continue
        try:
            item = _item(document, site)
        except Unsound as error:
            yield _skipped(site.pointer, error)
            continue
        for method, operation, way in _methods(item):
            reading = _Reading(document, root, path, item, operation, site.at(*way).pointer)
            try:
                yield from reading.operation(method)
            except Unsound as error:
                yield _skipped(reading.pointer, error)


def _skipped(pointer: str, error: Unsound) -> Skipped:
    where = "" if error.pointer == pointer else f" ({error.pointer})"
    return Skipped(pointer=pointer, reason=f"{error.reason}{where}")


def _item(document: Document, site: Site) -> Site:
    """A path item, with what its `$ref` brings in under it."""
    if not is_object(site.value):
        raise Unsound(site.place, "expected an object of operations, found none")
    target = document.followed(site)
    own = {name: value for name, value in members(site.value).items() if name != "$ref"}
    if target is site or not own:
        return target
    both = {**members(target.value), **own}
    return Site(both, site.way, target.file)  # where nothing else stands: schemas are known by their places


def _methods(item: Site) -> Iterator[tuple[str, Site, Way]]:
    for name, site in item.each():
        if name.lower() in _METHODS:
            yield name.upper(), site, (name,)
    for name, site in item.at("additionalOperations").each():
        yield name, site, ("additionalOperations", name)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One operation while it is read: its document and path item, and where it stands itself."""

    document: Document
    root: Site
    path: str
    item: Site
    site: Site
    pointer: str

    def operation(self, method: str) -> Iterator[Operation | Skipped]:
        if not is_object(self.site.value):
            raise Unsound(self.pointer, "expected an operation, found none")
        raw = members(self.site.value)
        path, names, queries = templated(self.path)
        if "" in names:
            raise Unsound(self.pointer, "the path has braces without a name in them")
        found, gone = fitted([*queries, *self._parameters()], names)
        gone = [*gone, *(swagger.unwritable(self.document, self._declared()) if self.document.old else ())]
        yield Operation(
            pointer=self.pointer,
            method=method,
            path=path,
            id=text(raw.get("operationId")),
            summary=text(raw.get("summary")) or text(self.item.at("summary").value),
            description=text(raw.get("description")) or text(self.item.at("description").value),
            tags=words(raw.get("tags")),
            deprecated=flag(raw.get("deprecated")),
            parameters=tuple(found),
            payloads=tuple(self._payloads()),
            replies=tuple(self._replies()),
            security=wanted(self._nearest("security")),
            servers=self._servers(),
            extensions=extensions(self.item.value, raw),
            lacks=tuple(gone),
        )
        yield from (Skipped(pointer=f"{self.pointer}/parameters", reason=why) for why in gone)

    def _nearest(self, name: str) -> Site:
        """What the operation says under *name*, or else what the document says for all."""
        return self.site.at(name) if isinstance(self.site.at(name).value, list) else self.root.at(name)

    def _declared(self) -> list[Site]:
        return [*self.item.at("parameters").elements(), *self.site.at("parameters").elements()]

    def _parameters(self) -> Iterable[Parameter]:
        """The parameters of the operation and, where it has no such one itself, of its path item."""
        read = swagger.parameters if self.document.old else parameters
        found = [one for site in self._declared() for one in read(self.document, site)]
        return {(one.name, one.place): one for one in found}.values()

    def _payloads(self) -> Iterable[Payload]:
        if self.document.old:
            return swagger.form(self.document, self._declared(), words(self._nearest("consumes").value))
        return contents.payloads(self.document, self.site)

    def _replies(self) -> Iterable[Reply]:
        if self.document.old:
            return swagger.replies(self.document, self.site, words(self._nearest("produces").value))
        return contents.replies(self.document, self.site)

    def _servers(self) -> tuple[Server, ...]:
        """The servers that only this operation has."""
        if self.document.old:
            own = self.site.at("schemes")
            return host(self.root, own) if own.value else ()
        return servers(self.site.at("servers")) or servers(self.item.at("servers"))
