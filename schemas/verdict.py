"""What is thought of the evidence: complete at a grade, or incomplete for reasons that are all named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .claim import Grade

__all__ = ["AXES", "Axis", "Complete", "Finding", "Incomplete", "Standing", "Verdict", "Witness"]

Axis: TypeAlias = Literal["transport", "shape", "end", "cardinality", "consistency", "records", "meaning"]
AXES: tuple[Axis, ...] = ("transport", "shape", "end", "cardinality", "consistency", "records", "meaning")

Standing: TypeAlias = Literal["contradicted", "unknown", "asserted", "corroborated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason against.  *where* is a location and, where known, a page; *have* and *expected* are counts or states.

    No field ever holds a value of the upstream's content.  *after* is the number of seconds that the service asks to
    wait.
    """

    code: str
    message: str
    where: str | None = None
    page: int | None = None
    have: int | str | None = None
    expected: int | str | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One reason for: which mechanism said what, on which axis, and how far it reaches."""

    name: str
    axis: Axis
    standing: Standing
    says: str
    grade: Grade = Grade.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """The claim is proven at *grade*; *axes* tells how well each question is answered."""

    grade: Grade
    axes: tuple[tuple[Axis, Standing], ...]
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incomplete:
    """The claim is not proven; *findings* say why, the first one first.  *witnesses* are those that spoke for it."""

    findings: tuple[Finding, ...]
    witnesses: tuple[Witness, ...] = ()


Verdict: TypeAlias = Complete | Incomplete
