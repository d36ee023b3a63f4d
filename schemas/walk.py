"""The ways to walk a collection, and the closed table that says what the end looks like.

One class a kind, each with its own fields only.  How a walk is stepped is `tools/walking.py`; what an end is
worth is `validators/judgement.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast

from pydantic import BeforeValidator, ConfigDict, Field

from .condition import Mark
from .location import Duration, Location, Place, Places, Pointer, Target
from .several import several

__all__ = [
    "Absence",
    "Blocks",
    "Continue",
    "Cursor",
    "End",
    "Keyset",
    "Limits",
    "Link",
    "NextUrl",
    "Offset",
    "Page",
    "PageSize",
    "Pin",
    "Scroll",
    "Single",
    "Step",
    "Stream",
    "Walk",
    "WalkKind",
]

STRICT = ConfigDict(extra="forbid")


def _word(key: object) -> object:
    """YAML reads `true:`, `null:` and `0:` as values; the table is keyed by words."""
    match key:
        case bool():
            return "true" if key else "false"
        case None:
            return "null"
        case int():
            return str(key)
        case _:
            return key


def _table(value: object) -> object:
    if not isinstance(value, Mapping):
        return value
    table = cast("Mapping[object, object]", value)
    return {_word(key): meaning for key, meaning in table.items()}


Table = Annotated[Mapping[str, Literal["continue", "end"]], BeforeValidator(_table)]
"""From a state (`absent`, `null`, `empty`, `true`, `false`, `value`) or a literal word or number to what it means.

A literal beats a state.  What is not listed is a violation, never an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What each state of the two signals means.  A table that is not written has the kind's own default."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    more: Table | None = None
    next: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A licence: the API's documentation says that a missing continuation is the end.

    *liveness* says when the way to continue must have been seen working: `required` (on an earlier page, or else by a
    probe with page size 1), `seen` (on an earlier page), or `none`, which proves next to nothing.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    documented: Annotated[str, Field(min_length=1)]
    liveness: Literal["required", "seen", "none"] = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSize:
    """Where the page size is sent, how much is asked for, and the most that the API gives."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    send: Target
    ask: Annotated[int, Field(ge=1)]
    max: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a walk may go.  Reaching a limit is an error, never a short success.

    *bytes* bounds one response's content, *window* is the most that the service lets anyone walk.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    pages: Annotated[int, Field(ge=1)] = 1000
    items: Annotated[int, Field(ge=1)] = 100_000
    bytes: Annotated[int, Field(ge=1)] = 16 * 1024 * 1024
    seconds: Duration | None = None
    window: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A request of its own: the way to open, continue or close what is walked."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    method: Literal["GET", "POST", "PUT", "DELETE"] = "POST"
    url: str
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A snapshot to walk: open it, send its token (found *at*) with every page, close it."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    open: Step
    at: Place
    send: Target
    close: Step | None = None
    close_send: Target | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """What every kind may say.

    *more* is a flag that says whether there is more; *trailing_cursor* allows a cursor beside its end value.
    *end_on_empty* licenses an empty page as the end.  *stable* names places that must be there and must not change during the walk.
    *restart_on* names codes after which the walk starts anew, within the deadline.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    more: Place | None = None
    end: End = End()
    absence: Absence | None = None
    end_on_empty: Absence | None = None
    trailing_cursor: bool = False
    page_size: PageSize | None = None
    repeat: Literal["violation", "end", "ok"] = "violation"
    stable: Annotated[tuple[Place, ...], Field()] = ()
    pin: Pin | None = None
    restart_on: tuple[str, ...] = ()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Single(_Walk):
    """One request; there is no way to continue.  A flag, a total or a licence must still say that it is all."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["single"] = "single"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor(_Walk):
    """An opaque cursor, found at *next*, sent at *send*."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["cursor"]
    next: Place
    send: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class NextUrl(_Walk):
    """The URL of the next page, found at *next*; relative or absolute, within the declared origin."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["next_url"]
    next: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(_Walk):
    """The URL of the next page in the Link header (RFC 8288)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["link"]
    next: Place = Location("link", "next")  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyset(_Walk):
    """The last item's key (a pointer into the item), sent at *send*."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["keyset"]
    key: Pointer
    send: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset(_Walk):
    """The number of items received so far, sent at *send*; advances by what came, never by what was asked for."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["offset"]
    send: Target
    start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(_Walk):
    """A page number, sent at *send*; the page size never changes during the walk."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["page"]
    send: Target
    start: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue(_Walk):
    """An object, found at *next*, whose members are all laid over the query (MediaWiki) or sent together."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["continue"]
    next: Place
    send: Literal["query", "body"] = "query"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scroll(_Walk):
    """A server-side cursor: the tool's request opens it, *step* continues it with the id found at *next*."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["scroll"]
    next: Place
    send: Target
    step: Step
    close: Step | None = None


_Marks = Annotated[tuple[Mark, ...], BeforeValidator(several, json_schema_input_type=Mark | tuple[Mark, ...])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """What a stream consists of, one after another: the events named *open*, *piece* and *close* tell the beginning of a block,
    what is in it, and its end.

    At *number* each of them says which block it belongs to; the first one is 0, and no number is left out.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    open: str
    piece: str
    close: str
    number: Pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(_Walk):
    """One response that is a stream of events, read to the end before anything is believed.

    The last event must be one of *terminal*; those of *ignore* (a keep-alive) do not count.  *format* says how events
    follow one another where the media type does not: server-sent events, JSON lines, or the elements of one JSON array.

    The rest is what tells that the events are of one piece.  The first event must be one of *initial*, and no other may.
    At each place of *same* all events that say something say the same.  At *numbered* the events have a number, the first
    one 0 or 1 and each one more than that before it.  *blocks* are opened, written and closed one after another.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: Literal["stream"]
    terminal: _Marks = ()
    ignore: _Marks = ()
    initial: _Marks = ()
    same: Places = ()
    numbered: Place | None = None
    blocks: Blocks | None = None
    format: Literal["sse", "jsonl", "array"] | None = None


WalkKind: TypeAlias = Single | Cursor | NextUrl | Link | Keyset | Offset | Page | Continue | Scroll | Stream
Walk: TypeAlias = Annotated[WalkKind, Field(discriminator="kind")]
