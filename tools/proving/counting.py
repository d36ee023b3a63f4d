"""What a number beside the items counts: found out by arithmetic over pages of different sizes, never by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...schemas.location import Location
from ...validators.reading import integer, read
from .trial import Trial

__all__ = ["MEANINGS", "Meaning", "Stated", "constant", "fits", "meanings", "stated"]

Meaning: TypeAlias = Literal["walk", "page", "remaining", "onward", "pages"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a page stated beside its items: a *number* (None where there was none), *count* items of its own, *received* so far.

    *size* is the number of items of the first page of the same walk.
    """

    number: int | None
    count: int
    received: int
    size: int

    def due(self, meaning: Meaning, there: int) -> int:
        """The number that would be stated if it had this *meaning* and there were so many items in all.

        >>> page = Stated(number=7, count=3, received=6, size=3)
        >>> [page.due(meaning, 10) for meaning in MEANINGS]
        [10, 3, 4, 7, 4]
        """
        match meaning:
            case "walk":
                return there
            case "page":
                return self.count
            case "remaining":
                return there - self.received
            case "onward":
                return there - self.received + self.count
            case "pages":
                return -(-there // max(self.size, 1))


MEANINGS: tuple[Meaning, ...] = ("walk", "page", "remaining", "onward", "pages")


def stated(walks: Iterable[Trial], place: Location) -> tuple[Stated, ...]:
    """Read what stood at *place* on every page that held items, in all *walks*."""
    return tuple(one for trial in walks for one in _of(trial, place))


def _of(trial: Trial, place: Location) -> Iterator[Stated]:
    received = 0
    for sheet in trial.sheets:
        received += sheet.count
        if sheet.count:  # what an empty page says behind the end is its own affair
            number = integer(read(sheet.message, place))
            yield Stated(number=number, count=sheet.count, received=received, size=trial.came or 0)


def meanings(pages: tuple[Stated, ...], there: int | None) -> tuple[Meaning, ...]:
    """Name every meaning that may fit all *pages* of a collection of *there* items (None: nobody knows how many)."""
    if len({(page.count, page.received, page.size) for page in pages}) < 2:
        return MEANINGS  # what fits one page may fit by chance
    return fits(pages, there)


def fits(pages: tuple[Stated, ...], there: int | None) -> tuple[Meaning, ...]:
    """Name every meaning that fits all *pages*, be it by chance."""
    if there is None:
        return ("page",) if pages and all(page.number == page.count for page in pages) else ()
    return tuple(
        meaning for meaning in MEANINGS if pages and all(page.number == page.due(meaning, there) for page in pages)
    )


def constant(pages: tuple[Stated, ...]) -> bool:
    """Say whether every page stated the same number."""
    return len({page.number for page in pages}) == 1 and pages[0].number is not None
