"""What is tried, in order: each step looks at what is known and says what to try next, or that it can learn nothing.

PLAN is a tuple of plain functions.  They only ask; what the answers mean is said by the experiments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from ...schemas.contract import Contract
from ...schemas.walk import Offset, Page, Stream
from .log import Log
from .trial import Variant
from .variants import bare, bounded, plain, sized, within

__all__ = ["PLAN", "Step"]

Step: TypeAlias = Callable[[Log], Variant | None]

_PAGES_AGAIN: Final = 5
"""Pages of the second whole walk: enough to differ, and not many."""
_LARGEST: Final = 10_000
_HOPELESS: Final = frozenset(
    {
        "auth_failed",
        "circuit_open",
        "deadline_exceeded",
        "forbidden_address",
        "insecure_url",
        "invalid_arguments",
        "invalid_url",
        "not_configured",
        "not_found",
        "not_recorded",
        "overloaded_here",
        "rate_limited",
        "tls_failed",
        "unreachable",
    }
)
"""Where the tool got this for an answer, asking it otherwise gets the same."""


def _variant(log: Log, name: str, contract: Contract, *, fresh: bool = False) -> Variant:
    items = log.contract.response.items
    return Variant(name=name, contract=contract, id=None if items is None else items.id, fresh=fresh)


def _walked(log: Log) -> bool:
    """Whether there is a walk to look into, and an answer to begin with."""
    return log.reached and not log.contract.claim.single and not isinstance(log.contract.walk, Stream)


def _sizable(log: Log) -> bool:
    return _walked(log) and log.contract.walk.page_size is not None and log.several


def as_written(log: Log) -> Variant | None:
    """Call the tool as it is."""
    return _variant(log, "written", within(plain(log.contract), log.pages))


def the_whole(log: Log) -> Variant | None:
    """Walk everything, believing no total and no witness."""
    written = log.trials["written"]
    if log.contract.claim.single or isinstance(log.contract.walk, Stream):
        return None
    if not written.sheets and written.code in _HOPELESS:
        return None
    return _variant(log, "whole", within(bare(log.contract), log.pages))


def pages_of_one(log: Log) -> Variant | None:
    """Take three pages of one item."""
    return _variant(log, "ones", bounded(sized(bare(log.contract), 1), 3)) if _sizable(log) else None


def pages_of_two(log: Log) -> Variant | None:
    """Take two pages of two items."""
    return _variant(log, "twos", bounded(sized(bare(log.contract), 2), 4)) if _sizable(log) else None


def beyond_everything(log: Log) -> Variant | None:
    """Ask for one page that is larger than all that is there, and larger than the file says that a page can be."""
    size = log.contract.walk.page_size
    if not _sizable(log) or size is None:
        return None
    there = len(log.known) if log.known is not None else 0
    asking = max(there, size.ask, size.max or 0, *(sheet.count for sheet in log.sheets())) + 1
    return _variant(log, "beyond", bounded(sized(bare(log.contract), min(asking, _LARGEST)), 1))


def with_another_size(log: Log) -> Variant | None:
    """Walk everything in pages of another size, where the service lets one choose."""
    whole, known = log.whole, log.known
    if whole is None or known is None or not _sizable(log) or whole.came is None:
        return None
    size = max(1, -(-len(known) // min(_PAGES_AGAIN, log.pages - 1)))
    if size == whole.came:  # the same pages again would show nothing
        size += 1
    ones = log.trials.get("ones")
    if ones is None or ones.came not in (1, None):
        return None
    return _variant(log, "another", within(sized(bare(log.contract), size), log.pages))


def once_more(log: Log) -> Variant | None:
    """Walk everything as before, where the second walk gave other items: was it the size, or does the collection move?"""
    another, known = log.trials.get("another"), log.known
    if another is None or known is None or not another.ended or sorted(another.marks) == sorted(known):
        return None
    return _variant(log, "again", within(bare(log.contract), log.pages), fresh=True)


def before_the_first(log: Log) -> Variant | None:
    """Ask for the page before the first one, where the walk does not begin with 0."""
    walk = log.contract.walk
    if not _walked(log) or not isinstance(walk, Page | Offset) or walk.start < 1:
        return None
    earlier = replace(walk, start=walk.start - 1)
    return _variant(log, "before", bounded(bare(replace(log.contract, walk=earlier)), 1))


PLAN: tuple[Step, ...] = (
    as_written,
    the_whole,
    pages_of_one,
    pages_of_two,
    beyond_everything,
    with_another_size,
    once_more,
    before_the_first,
)
