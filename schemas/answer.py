"""What leaves: a payload with its receipt, or a verdict with its receipt.  Nothing in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from .contract import Grade
from .evidence import Evidence
from .verdict import Axis, Finding, Incomplete, Standing, Witness

__all__ = ["Answer", "Delivered", "Payload", "Receipt", "Withheld"]


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
class Receipt:
    """How an answer came to be, delivered or not; kept, and shown by `unabridged explain`.

    Times are Unix time or durations, in seconds.  *payload_digest* is SHA-256 over the payload's bytes.
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


Answer: TypeAlias = Delivered | Withheld
