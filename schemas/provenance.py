"""Where a line of a tool file comes from, and whether anybody has seen that it is true.

A line that a person wrote has no provenance.  One that was inferred is `unproven` until an experiment settles it; the
result of the experiment stands in the lock file (`schemas/proof.py`), never here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field

from .several import STRICT, Words

__all__ = ["Provenance", "Source"]

Source: TypeAlias = Literal["extension", "openapi", "default"]
"""What a line was inferred from: a vendor's extension that says so, names and types of a description, or our own default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the *value* of one line comes from: its *source*, the *rule* that read it, and how far to trust that.

    *value* is the line as it was inferred (a line that reads otherwise now was changed by a person, and is theirs).
    *ambiguous* names the other meanings that the same words may have.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    value: Any = None
    source: Source
    rule: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    status: Literal["unproven", "proven"] = "unproven"
    ambiguous: Words = ()
