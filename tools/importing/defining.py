"""From an operation of a description to one tool, as it is written in a tool file; or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .basing import Based, Nowhere, based, origin
from .description import Description, Operation, Server, Skipped
from .effects import effects
from .inference import Inferred, infer
from .naming import tool_names
from .prose import line, sentence, trimmed
from .requesting import requested
from .responding import responded
from .securing import Own, Secured, credentials, own, secured
from .unsuitable import Unsuitable

__all__ = ["Definition", "Definitions", "definitions"]

_LONGEST = 400
"""Characters of a tool's description: what a model needs to choose it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One tool as it is written, the *notes* above it, and the *operation* that it is made of."""

    tool: Mapping[str, Any]
    notes: tuple[str, ...]
    operation: Operation

    @property
    def name(self) -> str:
        """The tool's name."""
        return str(self.tool["name"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Definitions:
    """All tools that were made of a description, the `api:` block that they share, and the operations that were left out."""

    api: Mapping[str, Any]
    notes: tuple[str, ...]
    tools: tuple[Definition, ...]
    skipped: tuple[Skipped, ...]


def definitions(
    description: Description,
    operations: Sequence[Operation],
    *,
    api: str,
    base_url: str | None = None,
    source: str | None = None,
) -> Definitions:
    """Make tools of *operations*, which are some of *description*; raise `Nowhere` where it does not say where the API is.

    *api* is the name of the provider, *source* the URL that the description came from.
    """
    at = based(description, api=api, base_url=base_url, source=source, taken=credentials(description, api))
    by = secured(description, operations, api, at.variables)
    names = tool_names(api, description.operations)
    made = [
        _made(operation, names[operation.pointer], description, at, own(operation, by, description, api))
        for operation in operations
    ]
    return Definitions(
        api=_api(description, api, at, by),
        notes=(*at.notes, *by.notes),
        tools=tuple(one for one in made if isinstance(one, Definition)),
        skipped=tuple(one for one in made if isinstance(one, Skipped)),
    )


def _api(description: Description, api: str, at: Based, by: Secured) -> dict[str, Any]:
    block: dict[str, Any] = {"name": api}
    if title := line(description.title)[:120]:
        block["title"] = title
    block["base_url"] = at.base_url
    if description.docs.startswith(("http://", "https://")):
        block["docs"] = line(description.docs)
    if variables := {**at.variables, **by.variables}:
        block["variables"] = variables
    if by.auth is not None and not by.each:
        block["auth"] = by.auth
    if at.network:
        block["network"] = at.network
    if by.headers:
        block["headers"] = dict(by.headers)
    if by.query:
        block["request"] = {"query": dict(by.query)}
    return block


def _made(operation: Operation, name: str, description: Description, at: Based, by: Own) -> Definition | Skipped:
    try:
        return _definition(operation, name, infer(operation, description), at, by)
    except Unsuitable as reason:
        return Skipped(pointer=operation.pointer, reason=str(reason))


_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"})


def _definition(operation: Operation, name: str, inferred: Inferred, at: Based, by: Own) -> Definition:
    method, does = operation.method.upper(), effects(operation)
    if method not in _METHODS:
        raise Unsuitable(f"its method is {method}, whose answer holds no JSON")
    asked = requested(operation, taken=inferred.taken, hidden=by.hidden)
    answered = responded(operation, inferred, effects=does)
    tool: dict[str, Any] = {"name": name}
    summary, says = _words(operation)
    if summary and says != sentence(summary):
        tool["title"] = summary
    tool["description"] = says
    if tags := [tag for tag in dict.fromkeys(map(line, operation.tags)) if tag]:
        tool["tags"] = tags[0] if len(tags) == 1 else tags
    tool |= {"claim": inferred.claim, "effects": does}
    if asked.input:
        tool["input"] = asked.input
    if by.auth is not None:
        tool["auth"] = by.auth
    tool["request"] = {**asked.request, "url": _prefix(operation, at) + asked.request["url"]}
    if answered.response:
        tool["response"] = answered.response
    if inferred.claim != "one" or inferred.walk != {"kind": "single"}:
        tool["walk"] = inferred.walk
    tool |= {"complete": inferred.complete} if inferred.complete else {}
    tool |= {"provenance": inferred.provenance} if inferred.provenance else {}
    return Definition(
        tool=tool, notes=(*_notes(operation, inferred, by), *asked.notes, *answered.notes), operation=operation
    )


def _words(operation: Operation) -> tuple[str, str]:
    """A short name for people, and what a model reads to choose the tool."""
    summary = trimmed(operation.summary, 120)
    more = trimmed(operation.description, _LONGEST - len(summary))
    repeated = not summary or more.startswith(summary.rstrip("."))
    says = more if repeated else f"{sentence(summary)} {more}".strip()
    return summary, sentence(says) or f"{operation.method.upper()} {line(operation.path)}"


def _prefix(operation: Operation, at: Based) -> str:
    """What stands before the path where the operation has servers of its own: only the same origin can be asked."""
    own = [found for server in operation.servers if (found := _own(server, at)) is not None]
    if not operation.servers or any(one.base_url in (at.base_url, at.described) for one in own):
        return ""
    near = next((one.base_url for one in own if _is_near(one, at)), None)
    if near is None:
        where = urlsplit(own[0].base_url).netloc if own else line(operation.servers[0].url)[:80]
        raise Unsuitable(f"it is served from another origin, {where}")
    return near


def _own(server: Server, at: Based) -> Based | None:
    try:
        return based(Description(version="", servers=(server,)), api="x", base_url=None, source=at.base_url + "/")
    except Nowhere:
        return None


def _is_near(one: Based, at: Based) -> bool:
    """Whether *one* has the origin of the file, and no variable that the file has not, or has with another default."""
    known = {name: variable.get("default") for name, variable in at.variables.items()}
    needed = {name: variable.get("default") for name, variable in one.variables.items()}
    return needed.items() <= known.items() and origin(one.base_url) == origin(at.base_url)


def _notes(operation: Operation, inferred: Inferred, by: Own) -> Iterator[str]:
    said = f" ({line(operation.id)})" if operation.id else ""
    yield f"{operation.method.upper()} {line(operation.path)}{said}"
    if operation.deprecated:
        yield "Deprecated."
    yield from (sentence(_capital(trimmed(one, 300))) for one in operation.lacks)
    if by.note is not None:
        yield by.note
    yield from (sentence(_capital(trimmed(note, 240))) for note in inferred.notes)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
