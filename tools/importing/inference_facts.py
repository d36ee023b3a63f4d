"""What is known of one operation before anything is inferred: what can be sent, and what its answer consists of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ...schemas.location import escaped
from ..shapes import members
from ..walk_names import PAGING, folded
from .description import Operation, Reply
from .inference_items import Found, found_items
from .media import sent_as_json
from .outline import Member, flat, outline, types

__all__ = ["Facts", "Input", "Line", "Proposal", "answering", "facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Something that can be sent: a parameter, or (*name* is then a pointer) a member of the body."""

    place: Literal["query", "header", "body"]
    name: str
    schema: Mapping[str, Any]
    says: str = ""
    required: bool = False

    @property
    def word(self) -> str:
        """The folded name."""
        return folded(self.name.rpartition("/")[2] if self.place == "body" else self.name)

    @property
    def types(self) -> frozenset[str]:
        """The types that it takes; none where that is not said."""
        return types(self.schema)

    def __str__(self) -> str:
        return f"{self.place}:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One inferred line: its *place* in the tool, and its provenance."""

    place: str
    value: Any
    rule: str
    confidence: float
    source: Literal["extension", "openapi", "default"] = "openapi"
    ambiguous: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A walk that a rule found: its kind and fields as *lines*, what it sends, and what is to be said about it."""

    kind: str
    lines: tuple[Line, ...]
    sends: tuple[Input, ...] = ()
    notes: tuple[str, ...] = ()
    items: Found | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An operation as the rules see it.

    *answer* are all members of its envelope, *envelope* those that speak of the page: each object on the way to one of them
    holds the items or has a name that speaks of pages.  *root* is the schema of the answer, *headers* are the fields that it
    declares, by lower-case name, and the members of those that are JSON (`x-pagination:/total`), and *defaults* the extensions of the whole description.  *others* are the schemas of what
    another reply or media type may hold instead.
    """

    operation: Operation
    inputs: tuple[Input, ...] = ()
    answer: tuple[Member, ...] = ()
    envelope: tuple[Member, ...] = ()
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    root: Mapping[str, Any] = field(default_factory=dict[str, Any])
    items: Found | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    others: tuple[Mapping[str, Any], ...] = ()

    @property
    def of_one(self) -> bool:
        """Whether the path ends in the name of one thing (`/tickets/{id}`)."""
        return self.operation.path.rstrip("/").endswith("}")


_NOTHING: Mapping[str, Any] = {}


def facts(operation: Operation, defaults: Mapping[str, Any]) -> Facts:
    """Gather what is known of *operation*; *defaults* are the extensions of the whole description."""
    replies = tuple(_replies(operation))
    reply = next((one for one in replies if any(_schemas(one))), None)
    said = [schema for one in replies for schema in _schemas(one)]
    root = next((schema for schema in said if schema), _NOTHING)
    known = Facts(
        operation=operation,
        inputs=_without_twins(tuple(_inputs(operation))),
        headers=dict(_fields(reply)) if reply is not None else {},
        defaults=defaults,
        others=tuple(schema for schema in said if schema != root),
    )
    return answering(known, root)


def answering(known: Facts, root: Mapping[str, Any]) -> Facts:
    """Return what is *known* where *root* is the schema of the answer."""
    answer = outline(root) if root else ()
    items = found_items(answer, known.operation.path, root)
    return replace(known, root=root, answer=answer, envelope=tuple(_speaking(answer, items)), items=items)


def _fields(reply: Reply) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The header fields of *reply*, and the members of those that are JSON, as `header:` would name them."""
    for name, schema in reply.headers.items():
        yield name.lower(), schema
        for member, inner in members(schema.get("properties")).items():
            yield f"{name.lower()}:/{escaped(member)}", inner


_PARTIAL = frozenset({"202", "203", "206", "207"})  # RFC 9110, 15.3: at these a read is not done


def _replies(operation: Operation) -> Iterator[Reply]:
    """The answers of success, the whole ones first; `default` is one only where no other is named."""
    sound = [reply for reply in operation.replies if reply.status.startswith("2")]
    whole = [reply for reply in sound if reply.status not in _PARTIAL]
    others = [reply for reply in operation.replies if reply.status == "default"] if len(operation.replies) == 1 else []
    yield from whole or sound or others


def _schemas(reply: Reply) -> list[Mapping[str, Any]]:
    """The schemas of what is JSON in *reply*: that of the plain media type where there is one."""
    said = {media.partition(";")[0].strip().lower(): schema for media, schema in reply.content.items()}
    if "application/json" in said:
        return [said["application/json"]]
    return [schema for media, schema in said.items() if "json" in media or media in ("*/*", "application/*")]


def _inputs(operation: Operation) -> Iterator[Input]:
    for parameter in operation.parameters:
        if parameter.place in ("query", "header"):
            yield Input(
                place="query" if parameter.place == "query" else "header",
                name=parameter.name,
                schema=flat(parameter.schema, parameter.schema),
                says=parameter.description or str(parameter.schema.get("description") or ""),
                required=parameter.required,
            )
    payload = sent_as_json(operation)
    if payload is not None:
        yield from _of_the_body(payload.schema)


def _without_twins(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """Leave out the `NextToken` that a converter of AWS's own descriptions puts beside the service's `nextToken`."""
    words = Counter((one.place, one.word) for one in inputs)
    return tuple(one for one in inputs if words[one.place, one.word] == 1 or not one.says.startswith("Pagination "))


def _of_the_body(schema: Mapping[str, Any]) -> Iterator[Input]:
    for member in outline(schema):
        alone = len(member.way) == 1 or (len(member.way) == 2 and folded(member.way[0]) in PAGING)
        if alone and "object" not in member.types:
            yield Input(
                place="body",
                name=member.pointer,
                schema=member.schema,
                says=member.says,
                required=member.required,
            )


def _speaking(answer: tuple[Member, ...], items: Found | None) -> Iterator[Member]:
    home = items.way[:-1] if items is not None else ()
    for member in answer:
        above = member.way[:-1]
        if member.way and all(home[: n + 1] == above[: n + 1] or folded(above[n]) in PAGING for n in range(len(above))):
            yield member


def described(schema: object) -> str:
    """The description of a schema, empty where it has none."""
    return str(members(schema).get("description") or "")
