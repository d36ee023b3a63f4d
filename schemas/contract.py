"""One tool, as promised: how to ask, how to walk, and what proves that the answer is whole.

The object that a tool file declares is the object that the engine runs on.  Reading a file means: expand macros,
lay the `api:` block under each tool, and let pydantic build these dataclasses; nothing is translated afterwards.
Field names are the language's words; a trailing underscore stands where the word is Python's (`is`, `as`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from .location import Duration, Location, Place, Pointer, Target
from .secret import Auth
from .walk import Single, Walk

__all__ = [
    "UNSET",
    "Acceptor",
    "Census",
    "Claim",
    "Class",
    "Completeness",
    "Condition",
    "Contract",
    "Differential",
    "Expectation",
    "Freshness",
    "Grade",
    "Idempotency",
    "Items",
    "Mapped",
    "Nested",
    "Network",
    "Operation",
    "Policy",
    "Probe",
    "Provider",
    "Relation",
    "Retry",
    "Total",
    "Unset",
    "Variable",
    "Veto",
    "When",
]

STRICT = ConfigDict(extra="forbid", strict=False)
JsonObject: TypeAlias = Mapping[str, Any]  # `Any` at the JSON border only


class Grade(IntEnum):
    """How strong a proof is.  Absence is below assertion, assertion below arithmetic, arithmetic below independence."""

    NONE = 0
    HEURISTIC = 10
    DOCUMENTED_ABSENCE = 20
    TERMINATED = 30
    PAST_END = 34
    DIFFERENTIAL = 36
    COUNTED = 40
    CENSUSED = 50

    def __str__(self) -> str:
        return self.name.lower()


def _grade(value: object) -> Grade:
    if isinstance(value, Grade):
        return value
    if isinstance(value, str) and value.upper() in Grade.__members__ and value.islower():
        return Grade[value.upper()]
    raise ValueError("a grade: " + ", ".join(str(grade) for grade in Grade if grade))


GradeName = Annotated[
    Grade,
    BeforeValidator(_grade),
    WithJsonSchema(
        {"enum": [str(grade) for grade in Grade if grade], "description": "The weakest proof that is accepted"}
    ),
]


@dataclass(frozen=True, slots=True)
class Claim:
    """What is proven: *all* of it, the *first* n, *one* thing, a ranked *top_k*, or everything up to now.

    *bound* is the n of `first` and the k of `top_k`: a number, or a template such as `{input.limit}`.
    """

    kind: Literal["all", "first", "one", "top_k", "caught_up_to"]
    bound: int | str | None = None

    def __str__(self) -> str:
        return self.kind if self.bound is None else f"{self.kind}: {self.bound}"


_WORDS: tuple[Literal["all", "one", "top_k", "caught_up_to"], ...] = ("all", "one", "top_k", "caught_up_to")
_COUNTED: tuple[Literal["first", "top_k"], ...] = ("first", "top_k")


def _claim(value: object) -> Claim:
    if isinstance(value, Claim):
        return value
    for word in _WORDS:
        if value == word:
            return Claim(word)
    for counted in _COUNTED:
        members: Mapping[str, object] = cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}
        bound = members.get(counted)
        if len(members) == 1 and isinstance(bound, int | str) and not isinstance(bound, bool):
            return Claim(counted, bound)
    raise ValueError("a claim: all, one, top_k, caught_up_to, {first: 10} or {top_k: 8}")


_BOUND = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]}
ClaimWord = Annotated[
    Claim,
    BeforeValidator(_claim),
    WithJsonSchema(
        {
            "description": "What is proven",
            "anyOf": [
                {"enum": ["all", "one", "top_k", "caught_up_to"]},
                {
                    "type": "object",
                    "properties": {"first": _BOUND},
                    "required": ["first"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"top_k": _BOUND},
                    "required": ["top_k"],
                    "additionalProperties": False,
                },
            ],
        }
    ),
]


def _several(value: object) -> object:
    return cast("object", value) if isinstance(value, list | tuple) else (value,)


def _several_or_none(value: object) -> object:
    return None if value is None else _several(value)


_Status: TypeAlias = Annotated[int, Field(ge=100, le=599)]
Statuses = Annotated[
    tuple[_Status, ...], BeforeValidator(_several, json_schema_input_type=_Status | tuple[_Status, ...])
]
Words = Annotated[tuple[str, ...], BeforeValidator(_several, json_schema_input_type=str | tuple[str, ...])]


# --------------------------------------------------------------------------------------------- asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """The header that makes a write safe to send again: one key per call, the same on every attempt."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    header: str = "Idempotency-Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request, as a template.

    `{name}` in *url* is one percent-encoded path segment (or an `api.variables` entry); `{input.name}` anywhere in
    *query*, *headers*, *body* and *form* is that argument.  A string that is nothing but `{input.name}` becomes the
    argument itself, with its JSON type; when an optional argument is not given, the field is left out.  *strict*
    holds parameters that are sent with every page, whatever else is sent.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "QUERY"] = "GET"
    url: str
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None
    form: JsonObject | None = None
    strict: Mapping[Target, Any] = field(default_factory=dict[Location, Any])
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request that only bears witness: what it changes of the tool's own request.

    *url* replaces the URL; *query*, *headers* and *body* are laid over the tool's own; a null query value removes it.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "DELETE", "QUERY"] | None = None
    url: str | None = None
    query: JsonObject = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None


# ------------------------------------------------------------------------------------------ answering


class Unset(Enum):
    """The value of a condition that was not written (None is JSON's null, and may be meant)."""

    UNSET = "unset"


UNSET = Unset.UNSET
StateName: TypeAlias = Literal["absent", "null", "empty", "value", "true", "false"]
States = Annotated[
    tuple[StateName, ...] | None,
    BeforeValidator(_several_or_none, json_schema_input_type=StateName | tuple[StateName, ...] | None),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fact about one place.  Every condition that is written must hold; at a place with `*`, for any one element.

    `is`: equal to this JSON value.  `not`: anything else, absence included.  `state`: one of these states.
    `gt`, `lt`: a number beyond this one.  `nonempty`: a list, object or string that holds something.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    is_: Annotated[Any, Field(alias="is")] = UNSET
    not_: Annotated[Any, Field(alias="not")] = UNSET
    state: States = None
    gt: float | None = None
    lt: float | None = None
    nonempty: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(Condition):
    """A fact that disproves completeness, whatever else holds; looked for on every page, empty ones too."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    code: str = "partial_flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When an acceptor takes a response: by status, by a condition on one place, or by both."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    status: Annotated[
        tuple[_Status, ...] | None,
        BeforeValidator(_several_or_none, json_schema_input_type=_Status | tuple[_Status, ...] | None),
    ] = None
    at: Place | None = None
    is_: Annotated[Any, Field(alias="is")] = UNSET
    not_: Annotated[Any, Field(alias="not")] = UNSET
    state: States = None
    gt: float | None = None
    lt: float | None = None
    nonempty: bool | None = None


Class: TypeAlias = Literal[
    "sound",  # go on and check it as an answer, whatever the status
    "transient",  # worth another attempt
    "rate_limited",  # worth another attempt, not before the time it names
    "auth",
    "not_found",
    "rejected",  # the arguments are wrong
    "cursor_expired",
    "fatal",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A class read from a word in the response: `map` names words, `"*"` all others."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    from_: Annotated[Place, Field(alias="from")]
    map: Mapping[str, Class]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptor:
    """One line of the classifier; the first that matches decides.  *wait* names places that say how long to wait."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    when: When
    as_: Annotated[Class | Mapped, Field(alias="as")]
    wait: Annotated[tuple[Place, ...], BeforeValidator(_several, json_schema_input_type=Place | tuple[Place, ...])] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """Where the items are, what identifies one, and what each must look like.

    *at* points to the list in the body; *id* points into one item (empty: the item itself is its identifier).
    `absent: empty` and `null: empty` are licences: without them a missing or null list is a violation.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Pointer = ""
    id: Annotated[
        tuple[Pointer, ...] | None,
        BeforeValidator(_several_or_none, json_schema_input_type=Pointer | tuple[Pointer, ...] | None),
    ] = None
    schema: JsonObject | None = None
    absent: Literal["violation", "empty"] = "violation"
    null: Literal["violation", "empty"] = "violation"
    null_item: Literal["violation", "keep"] = "violation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nested:
    """A list inside the items that may be cut by itself: what stands at *at* *must* be this value, in every element."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    must: Any = False
    absent: Literal["violation", "ok"] = "violation"
    code: str = "nested_truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What one sound response looks like.

    *framing* lists the ways in which the end of a message may be marked; `close-delimited` must be named to be
    accepted, and then the body must be a JSON object or array, whose last bracket marks the end.  *integrity* lists
    digest fields that must be there (those that are there are always checked).  *data* points to the result of
    `claim: one`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    status: Statuses = (200,)
    media: Words = ("application/json",)
    framing: tuple[Literal["content-length", "chunked", "close-delimited"], ...] = ("content-length", "chunked")
    integrity: tuple[
        Literal["content-digest", "repr-digest", "content-md5", "x-amz-crc32", "docker-content-digest"], ...
    ] = ()
    schema: JsonObject | None = None
    classify: tuple[Acceptor, ...] = ()
    veto: tuple[Veto, ...] = ()
    items: Items | None = None
    data: Pointer = ""
    nested: tuple[Nested, ...] = ()


# ------------------------------------------------------------------------------------------- proving


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """Where the service says whether its total is exact, and the word for exact."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    is_: Annotated[Any, Field(alias="is")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """A count that the service states beside the items.

    *scope* says what it counts: the `walk`, what is `remaining` after this page, what is left from this page `onward`,
    the number of `pages`, or this `page` only.  `exact: false` makes it a note that proves nothing.
    `on: first` is for services that state it on the first page only.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    scope: Literal["walk", "remaining", "onward", "pages", "page"] = "walk"
    relation: Relation | None = None
    exact: bool = True
    on: Literal["every", "first"] = "every"


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """An independent count: another request, asked before the walk, after it, or both."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    request: Probe
    at: Place
    when: Literal["before_and_after", "before", "after"] = "before_and_after"
    absent: Literal["violation", "count_items"] = "violation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Differential:
    """A second walk with another page size, which must give the same set of identifiers."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    page_size: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the answer may be: by the time stated at *at*, and by the Age and Date fields (RFC 9111, 4.2.3)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    max_age: Duration
    at: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """What proves the claim: the weakest grade that is accepted, and the witnesses to call."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    require: GradeName = Grade.TERMINATED
    total: Total | None = None
    census: Census | None = None
    past_end: bool = False
    differential: Differential | None = None
    rel_last: bool = False
    fresh: Freshness | None = None


# -------------------------------------------------------------------------------------------- policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How often and how patiently one page is asked for.  Waits are `random() * min(cap, base * 2 ** i)` seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    attempts: Annotated[int, Field(ge=1, le=5)] = 3
    base: Duration = 0.25
    cap: Duration = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How hard to try: one *deadline* for everything, *attempt_timeout* for one request, *in_flight* pages at once."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    deadline: Duration = 50.0
    attempt_timeout: Duration = 15.0
    retry: Retry = Retry()
    in_flight: Annotated[int, Field(ge=1, le=64)] = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where requests may go beyond public https addresses.

    *allow* names address ranges: `loopback`, `private`, or CIDR.  Plain http is allowed with `plain_http: true`, and to
    a loopback address that is allowed.  `proxy: environment` obeys HTTPS_PROXY and its kin.  `keepalive: trusted` keeps
    connections from one call to the next; by default they live as long as one call.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    allow: Words = ()
    plain_http: bool = False
    proxy: Literal["none", "environment"] = "none"
    keepalive: Literal["call", "trusted"] = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A part of the base URL or of a header that whoever runs the server sets, never the caller of a tool."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    env: str | None = None
    default: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """The API behind a tool: what all tools of one file share."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    base_url: str
    title: str = ""
    docs: str = ""
    variables: Mapping[str, Variable] = field(default_factory=dict[str, Variable])
    auth: Auth | None = None
    network: Network = Network()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One tool: name, claim, operation, walk, witnesses and policy; *digest* is SHA-256 over its canonical JSON."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    title: str = ""
    description: Annotated[str, Field(min_length=1, max_length=4096)]
    effects: Literal["read", "write"] = "read"
    claim: ClaimWord
    input: JsonObject = field(default_factory=dict[str, Any])
    request: Operation
    response: Expectation = Expectation()
    walk: Walk = Single()  # noqa: RUF009 - frozen
    complete: Completeness = Completeness()
    policy: Policy = Policy()
    provider: Provider
    digest: str = ""
