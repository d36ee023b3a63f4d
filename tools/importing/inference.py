"""What the answer of an operation is, and how it is walked, as far as its description lets one infer it.

Every line has its provenance and is unproven.  An end is never inferred from absence, and no proof is asked to be weaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["Inferred", "Sent"]

Sent: TypeAlias = tuple[Literal["query", "header", "body"], str]
"""What the walk sends itself: the name of a parameter, or a pointer into the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """The parts of a tool that were inferred, as they are written in a tool file.

    *claim* is the tool's claim; *items* (`at`, `id`) is for claims about a list, and *data* points to what `claim: one` delivers.
    *walk* and *complete* are the tool's own.  *provenance* says of each line, by its place (`walk.next`), where it comes from
    (`schemas/provenance.py`).  *taken* are parameters that the walk sends, which are no arguments of the tool any more.
    *notes* are sentences for whoever reads the file.
    """

    claim: Literal["all", "one", "generation"]
    items: Mapping[str, Any] | None = None
    data: str = ""
    walk: Mapping[str, Any] = field(default_factory=lambda: {"kind": "single"})
    complete: Mapping[str, Any] = field(default_factory=dict[str, Any])
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    taken: frozenset[Sent] = frozenset()
    notes: tuple[str, ...] = ()
