"""What an experiment with a service has shown of one tool: settled lines, the shape of its answers, the sizes of its pages.

It is kept beside the tool file (`desk.yaml` → `desk.yaml.lock`) and holds fingerprints, dates and counts, never a value of a payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from .several import STRICT

__all__ = ["LEAST", "JsonType", "Lock", "Observation", "Proof", "Seen", "Settled", "Shape", "Sizes"]

LEAST: Final = 3
"""Fewer answers than these say little about the next one."""

JsonType: TypeAlias = Literal["null", "boolean", "integer", "number", "string", "array", "object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One field as it was seen: its types, and in how many of how many different answers (or items) it was there."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    types: tuple[JsonType, ...]
    seen: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The fields of accepted answers, by JSON Pointer: of the *envelope* around the items, and of the *items*.

    A field of the envelope that was *seen* in all *of* them, and of them in at least `LEAST` different ones, is required from
    then on: without it, an answer is `channel_vanished`.  So is one of the *channels*, from which the contract reads that an
    answer is whole, whatever the arguments are; any other field only with the arguments that were proven, and beside items.
    Pointers of items begin at one item.  *answers* are digests of those that were counted, so that none is counted twice.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    envelope: Mapping[str, Seen] = field(default_factory=dict[str, Seen])
    items: Mapping[str, Seen] = field(default_factory=dict[str, Seen])
    channels: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The pointers of what was there every time."""
        return tuple(pointer for pointer, one in self.envelope.items() if one.seen == one.of >= LEAST)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of one line: an experiment *showed* it, *refuted* it, or could not tell; *says* is one sentence.

    *against*: it is open, and something was seen that it does not fit.  *at* is when that was seen (RFC 3339), empty where it was
    when the proof was made.  *under* are digests of all the arguments that refuted the line and have not shown it since, each with
    the names of those that were given (None: nobody kept them).
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    outcome: Literal["proven", "refuted", "open"]
    by: str
    says: str = ""
    against: bool = False
    at: str = ""
    under: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict[str, tuple[str, ...] | None])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How the page size behaves: what was *asked* for and what *came*; *clamp* is the most that the service gives."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    asked: tuple[int, ...] = ()
    came: tuple[int, ...] = ()
    clamp: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One request of an experiment: what it was for, digests of what was sent and what came, and when (RFC 3339)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    purpose: str
    request: str
    response: str
    at: str
    items: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What is known of one tool.

    *subject* is the digest of what was proven (`tools/proof.py`); a tool that reads otherwise now is not proven.  Times are
    RFC 3339; it holds until *until*.  *lines* are the tool's inferred lines, by their place (`walk.next`).  *asked* are
    digests of the arguments that it was proven with.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    subject: str
    proven_at: str
    until: str
    source: Literal["service", "recording"] = "service"
    lines: Mapping[str, Settled] = field(default_factory=dict[str, Settled])
    shape: Shape = Shape()
    asked: tuple[str, ...] = ()
    sizes: Sizes = Sizes()
    count: Literal["walk", "page", "remaining", "onward", "pages", "estimate", "unknown"] | None = None
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """A lock file: the proofs of the tools of one tool file, by name."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    unabridged_lock: Annotated[int, Field(ge=1, le=1)] = 1
    tools: Mapping[str, Proof] = field(default_factory=dict[str, Proof])
