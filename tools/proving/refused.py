"""Where a walk meets no page behind its last one: is that an end? Only where a number beside the items counts those that came.

The service refuses the page, leaves out its list, or gives the last page again.  Any of that alone may be a wall, and two walks
in pages of different sizes meet one that stands after a number of items at the same item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from ...schemas.contract import Contract
from ...schemas.location import Location
from .counting import Stated, fits, meanings, stated
from .envelope import totals
from .trial import Trial

__all__ = ["counts_out", "parted"]

_OF_ITEMS: Final = frozenset({"walk", "remaining", "onward"})


def parted(trials: Mapping[str, Trial], walks: Collection[str], contract: Contract) -> Mapping[str, Trial]:
    """Set apart what came in place of a page behind the last one, in those of *trials* that are *walks*.

    Page one again may also be that of a service that does not know how page two is asked for; it is set apart only where a total
    says that all items are on it, and no walk met more.
    """
    told = {name: trial.parted if name in walks and _told_apart(trial) else trial for name, trial in trials.items()}
    at_once = {name: trial.parted for name, trial in told.items() if name in walks and trial.repeats}
    if not at_once:
        return told
    most = max(len(trial.marks) for name, trial in {**told, **at_once}.items() if name in walks)
    alone = {name: trial for name, trial in at_once.items() if len(trial.marks) == most}
    return told | {name: trial for name, trial in alone.items() if _all_on_one_page(trial, contract)}


def _told_apart(trial: Trial) -> bool:
    return trial.behind is None and (trial.lacks or (trial.repeats and len(trial.sheets) > 2))


def _all_on_one_page(trial: Trial, contract: Contract) -> bool:
    """Whether a total says that the items of the one page of *trial* are all; what a total means by its name is all items."""
    total, items, there = contract.complete.total, contract.response.items, len(trial.marks)
    if total is not None and total.exact and total.scope != "page":
        return total.scope in fits(stated([trial], total.at), there)
    named = totals(trial.sheets, "" if items is None else items.at)
    return any("walk" in fits(stated([trial], place), there) for place in named)


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
