"""Where the page behind a walk is refused: is that an end? Only where a number beside the items counts those that came.

A refusal alone may be a wall, and two walks in pages of different sizes meet one that stands after a number of items at the
same item.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ...schemas.contract import Contract
from ...schemas.location import Location
from .counting import Stated, meanings, stated
from .envelope import totals
from .trial import Trial

__all__ = ["counts_out"]

_OF_ITEMS: Final = frozenset({"walk", "remaining", "onward"})


def counts_out(whole: Trial, walks: Sequence[Trial], contract: Contract) -> bool:
    """Say whether the declared total, or a number that is called one, counts the items of *whole* on the pages of all *walks*."""
    return any(_counts(pages, len(whole.marks)) for pages in _candidates(walks, contract))


def _candidates(walks: Sequence[Trial], contract: Contract) -> Iterator[tuple[Stated, ...]]:
    """What each number that may be a total stated."""
    total, items = contract.complete.total, contract.response.items
    places: list[Location] = [] if total is None else [total.at]
    places += totals([sheet for trial in walks for sheet in trial.sheets], "" if items is None else items.at)
    for place in dict.fromkeys(places):
        pages = stated(walks, place)
        on_first = total is not None and total.on == "first" and total.at == place
        yield tuple(page for page in pages if page.received == page.count) if on_first else pages


def _counts(pages: tuple[Stated, ...], there: int) -> bool:
    """Whether nothing but a count of all items fits; the number of pages is one where a page holds one item."""
    fitting = set(meanings(pages, there))
    of_pages = fitting == {"pages"} and any(page.size == 1 for page in pages)
    return of_pages or (bool(fitting) and fitting <= _OF_ITEMS)
