"""What leaves: a payload with its receipt, or a verdict with its receipt.  Nothing in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from .approving import Decision
from .claim import Grade
from .evidence import Evidence
from .verdict import Axis, Finding, Incomplete, Standing, Witness

__all__ = ["Answer", "Asked", "Delivered", "Payload", "Question", "Receipt", "Tried", "Withheld"]


class Payload(Protocol):
    """The bytes of a whole answer: a JSON array of the items as they arrived, or one JSON value.

    The bytes are strict JSON without raw line ends.  *count* is the number of items, None for a single value.
    """

    @property
    def count(self) -> int | None: ...

    @property
    def size(self) -> int: ...

    def chunks(self) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What was tried before, or beside, the answer: who was asked, in which way, and why no whole answer came of it.

    *way* is `first` for the tool itself, `recover 1` and so on for other arguments, `ask` for a tool that helped with them,
    `fallback 1` and so on for another provider.  *finding* is None where it answered.
    """

    way: str
    tool: str
    provider: str
    finding: Finding | None
    requests: int
    elapsed: float
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How an answer came to be, delivered or not; kept, and shown by `unabridged explain`.

    Times are Unix time or durations, in seconds.  *payload_digest* is SHA-256 over the payload's bytes.  *tool* and
    *provider* are those that answered; *tried* are the ways that were gone before.  An answer out of the cache says so in
    *source*, with its *age* and, where it stands in for a failure, *because* of which.  *origin* is the receipt of the call
    that asked the service, where this one did not: it was given what was kept, or shared what was under way.  *unproven* are
    the lines of the definition that were inferred and that nobody has shown to be true: *grade* holds only if they are.
    """

    id: str
    tool: str
    provider: str
    claim: str
    required: Grade
    grade: Grade
    axes: tuple[tuple[Axis, Standing], ...]
    witnesses: tuple[Witness, ...]
    findings: tuple[Finding, ...]
    evidence: Evidence
    items: int | None
    expected: int | None
    requests: int
    pages: int
    contract_digest: str
    payload_digest: str | None
    as_of: float
    elapsed: float
    source: Literal["upstream", "cache"] = "upstream"
    age: float | None = None
    because: Finding | None = None
    origin: str | None = None
    tried: tuple[Tried, ...] = ()
    decisions: tuple[Decision, ...] = ()
    unproven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A whole answer and its proof.  Built in one place only: `tools/answering.py`, under `case Complete()`."""

    payload: Payload
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """No answer, and why."""

    verdict: Incomplete
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person is asked: *message* to read, and what the permission is bound to.

    *subject* is a digest over kind, contract and arguments: a permission for one subject is none for another.  *codes*
    are the findings that a release would pass over.  *expires* is in seconds from now.
    """

    kind: Literal["approval", "review"]
    tool: str
    message: str
    subject: str
    expires: float
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """No answer yet: a person is being asked, and the same call again, with what the person said, goes on from here."""

    question: Question
    state: str


Answer: TypeAlias = Delivered | Withheld
