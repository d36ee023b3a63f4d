"""The operations of a document: each with what its path item and the document say for it, or the reason why it is left out.

A part that is broken takes its operation with it and no other one, or is left out alone where a call is the same without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ..mistake import Way
from ..shapes import is_object
from . import contents, swagger
from .description import Operation, Parameter, Payload, Reply, Server, Skipped
from .document import Document
from .parameters import fitted, parameters, spared, templated
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
                yield replace(_skipped(reading.pointer, error), operation=reading.known(method))


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

    def known(self, method: str) -> Operation:
        """What the operation is chosen by, which can be read whatever else cannot."""
        raw = members(self.site.value)
        return Operation(
            pointer=self.pointer,
            method=method,
            path=self.path,
            id=text(raw.get("operationId")),
            tags=words(raw.get("tags")),
            deprecated=flag(raw.get("deprecated")),
        )

    def operation(self, method: str) -> Iterator[Operation | Skipped]:
        if not is_object(self.site.value):
            raise Unsound(self.pointer, "expected an operation, found none")
        raw = members(self.site.value)
        path, names, queries = templated(self.path)
        if "" in names:
            raise Unsound(self.pointer, "the path has braces without a name in them")
        said, lost = self._parameters()
        found, gone = fitted([*queries, *said], names)
        gone = [*gone, *lost, *(swagger.unwritable(self.document, self._declared()) if self.document.old else ())]
        whole = replace(
            self.known(method),
            path=path,
            summary=text(raw.get("summary")) or text(self.item.at("summary").value),
            description=text(raw.get("description")) or text(self.item.at("description").value),
            parameters=tuple(found),
            payloads=tuple(self._payloads()),
            replies=tuple(self._replies()),
            security=wanted(self._nearest("security")),
            servers=self._servers(),
            extensions=extensions(self.item.value, raw),
        )
        unread = list(_unread(whole))
        yield replace(whole, lacks=(*gone, *unread))
        yield from (Skipped(pointer=f"{self.pointer}/parameters", reason=why) for why in gone)
        yield from (Skipped(pointer=f"{self.pointer}/responses", reason=why) for why in unread)

    def _nearest(self, name: str) -> Site:
        """What the operation says under *name*, or else what the document says for all."""
        return self.site.at(name) if isinstance(self.site.at(name).value, list) else self.root.at(name)

    def _declared(self) -> list[Site]:
        return [*self.item.at("parameters").elements(), *self.site.at("parameters").elements()]

    def _parameters(self) -> tuple[list[Parameter], list[str]]:
        """The parameters of the operation and, where it has no such one itself, of its path item; and why others are left out."""
        read = swagger.parameters if self.document.old else parameters
        found: dict[tuple[str, str], Parameter | str] = {}
        for site in self._declared():
            try:
                found |= {(one.name, one.place): one for one in read(self.document, site)}
            except Unsound as error:
                name, place = spared(self.document, site, error)
                found[(name, place) if name else ("", site.place)] = _lost(name, error)
        known = [one for one in found.values() if isinstance(one, Parameter)]
        return known, [one for one in found.values() if isinstance(one, str)]

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


def _lost(name: str, error: Unsound) -> str:
    what = f"`{name}` is left out" if name else "a parameter is left out, but for its place in the path if it has one"
    return f"{what}: {error.reason}"


def _unread(operation: Operation) -> Iterator[str]:
    """Say what could not be read of the replies of *operation*: of errors together, and of each answer by itself."""
    lacking = [(one, one.lacks[0]) for one in operation.replies if one.lacks]
    if errors := [(one, why) for one, why in lacking if one not in operation.answers]:
        named = ", ".join(one.status for one, _ in errors)
        what = (
            f"the replies {named} are left out; of the first" if len(errors) > 1 else f"the reply {named} is left out"
        )
        yield f"{what}: {errors[0][1]}"
    for one, why in lacking:
        if one in operation.answers:
            more = f" (and {len(one.lacks) - 1:,} more)" if len(one.lacks) > 1 else ""
            yield f"the reply {one.status} is taken as open where it cannot be read{more}: {why}"
