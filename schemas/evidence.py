"""What was seen, page by page.  Evidence holds facts and no opinion; it is all that a verdict may cite.

A page is kept as facts (identifiers, markers, counts, digests), not as its body: the items' bytes go to the spool as
they arrived, so that evidence stays small however long the walk is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from .completeness import Metric
from .verdict import Finding
from .wire import State

__all__ = ["Attempt", "Count", "Evidence", "Page", "Purpose", "Reading", "Relevance", "SecondWalk", "Stop"]

Purpose: TypeAlias = Literal[
    "page",
    "confirm",
    "census_before",
    "census_after",
    "past_end",
    "liveness",
    "differential",
    "open",
    "close",
    "settle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and what came of it.  Times in seconds; *status* is None where no whole response came."""

    purpose: Purpose
    page: int
    number: int
    method: str
    status: int | None
    finding: Finding | None
    waited: float
    elapsed: float
    bytes: int
    started_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What stood at a place: its state, and for a scalar its text (kept for cursors and counts, never shown)."""

    state: State
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How *of* items stand to a gate: *passed* of them pass *threshold*, and the nearest scores *best*.

    *worst* is the score of the farthest item that passes; both are None where there is none.
    """

    metric: Metric
    threshold: float
    of: int
    passed: int
    best: float | None
    worst: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The facts of one page.

    *asked* is the position that was asked for (None on the first page), *offered* the one that this page gives for the
    next.  *ids* are canonical JSON texts, in order, empty where the contract names no id.  *fingerprint* is a digest
    over the items' bytes as they went to the spool.  *scores* are those of all items that came, in order, where a gate is
    declared, *relevance* is how they stand to it, and *sequence* is the sequence number that the service answered at.

    *ended* is what ended a stream, in the contract's words; *reason* is the stop reason of a generated answer, and
    *restated* says that the service stated its whole text once more, and the same.

    *outline* holds the names and types of the fields of the page and of its first item (`tools/outline.py`), empty where
    they are those of the page before.
    """

    number: int
    asked: str | None
    offered: str | None
    more: Reading | None
    next: Reading | None
    decision: Literal["continue", "end"]
    count: int
    ids: tuple[str, ...]
    total: int | None = None
    last_page: int | None = None
    stable: tuple[Reading, ...] = ()
    fingerprint: str = ""
    bytes: int = 0
    attempts: int = 1
    age: float | None = None
    digests: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    relevance: Relevance | None = None
    sequence: int | None = None
    ended: str | None = None
    reason: str | None = None
    restated: bool = False
    outline: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """An independent count, or the finding that says why there is none."""

    value: int | None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class SecondWalk:
    """The identifiers that a second walk gave, sorted, or the finding that ended it.

    *counts* are the items of each page, *size* is how many were asked for on each.
    """

    ids: tuple[str, ...]
    finding: Finding | None = None
    counts: tuple[int, ...] = ()
    size: int | None = None


Stop: TypeAlias = Literal["end", "bound", "failed"]
"""Why the walk stopped: the service said so, the claim's bound was reached, or it could not go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was seen in one call.

    *failure* is the finding that stopped a walk (`stopped == "failed"`).  *payload* is the digest chain over the pages'
    fingerprints as the spool kept them; *kept* is the number of items there.  *bound* is the claim's resolved n or k.
    *settled* says what a read showed of a write whose answer was lost; *resumed* that the write was sent with a key that a
    call before it had sent.  *released* are the codes in spite of which a person released the answer.
    """

    stopped: Stop
    pages: tuple[Page, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    failure: Finding | None = None
    bound: int | None = None
    kept: int = 0
    payload: str = ""
    before: Count | None = None
    after: Count | None = None
    past_end: Count | None = None
    liveness: Literal["seen", "probed", "vacuous", "dead", "unknown"] = "unknown"
    confirmed: bool = False
    second: SecondWalk | None = None
    restarts: int = 0
    bytes: int = 0
    started_at: float = 0.0
    ended_at: float = 0.0
    position: str | None = field(default=None)
    released: tuple[str, ...] = ()
    settled: Literal["applied", "not_applied"] | None = None
    resumed: bool = False
