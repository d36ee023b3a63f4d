"""What proves the claim: the weakest grade that is accepted, and the witnesses to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import ConfigDict, Field

from .claim import Grade, GradeName
from .generation import Outcome
from .location import Duration, Place, Pointer
from .operation import Probe
from .several import STRICT

__all__ = ["Census", "Completeness", "Differential", "Freshness", "Gate", "Metric", "Relation", "Sequence", "Total"]


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


Metric: TypeAlias = Literal[
    "cosine", "dot_product", "similarity", "score", "cosine_distance", "euclidean", "l2", "distance"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """How near an item must be to be an answer at all: the score *at* in each item, in this *metric*.

    Similarities (`cosine`, `dot_product`, `similarity`, `score`) are bounded by *min*, distances (`cosine_distance`,
    `euclidean`, `l2`, `distance`) by *max*.  `keep: passing` leaves the others out, `all_or_error` refuses where one does
    not pass.  Fewer than *min_items* are `low_relevance`: an error, never an empty success.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Pointer
    metric: Metric
    min: Annotated[float, Field(allow_inf_nan=False)] | None = None
    max: Annotated[float, Field(allow_inf_nan=False)] | None = None
    keep: Literal["passing", "all_or_error"] = "passing"
    min_items: Annotated[int, Field(ge=1)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    """Read-your-writes: the sequence number *at* which the service answers must be at least *gte* (a number or template)."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    at: Place
    gte: int | str


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
    lsn: Sequence | None = None
    gate: Gate | None = None
    outcome: Outcome | None = None
