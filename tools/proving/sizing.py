"""Experiments about the size of pages: is it obeyed, and how large can a page be?

Where the service refuses the size that the file asks for, they also say which size to ask for next, and which it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ...schemas.contract import Contract
from ...schemas.proof import Sizes
from ...schemas.walk import Cursor, Link, NextUrl
from .line import Line, Outcome
from .log import Log
from .onward import sign_of_another_page
from .trial import Trial

__all__ = [
    "UNSIZED_PAGE",
    "fitted",
    "limit_of_all",
    "refused_above",
    "size_refused",
    "size_to_try",
    "sizes",
    "taken",
    "the_page_size_is_obeyed",
]

UNSIZED_PAGE: Final = "one page, without a page size"
"""The trial that shows whether it is the size that the service refuses, and how large its pages are by themselves."""
_SOUGHT: Final = 10
"""Sizes that are tried at most where the one that the file asks for is refused."""
_SMALL_AND_USUAL: Final = (1, 2, 20, 10, 25, 100, 5, 50)
"""Sizes to begin with, where the service does not take the one that it gives by itself."""
_ROUND: Final = (2, 5, 10, 20, 25, 30, 40, 50, 100, 200, 250, 500, 1000, 2000, 5000)
"""Where the largest size usually is."""


def sizes(log: Log) -> Sizes:
    """Say what page sizes were asked for and what came, and the most that the service gives where it gave less."""
    tried = [(trial.variant.size, trial.came, trial) for trial in log.walks()]
    pairs = dict.fromkeys((asked, came) for asked, came, _ in tried if asked is not None and came is not None)
    return Sizes(
        asked=tuple(asked for asked, _ in pairs), came=tuple(came for _, came in pairs), clamp=_clamp(log, tuple(pairs))
    )


def _clamp(log: Log, pairs: tuple[tuple[int, int], ...]) -> int | None:
    """The most that the service gives where it gave less than was asked for, or refused to give more."""
    largest = max((came for _, came in pairs), default=0)
    most = max((asked for asked, _ in pairs), default=0)
    cut = any(came == largest < asked for asked, came in pairs)
    more = log.known is not None and len(log.known) > largest
    obeyed = any(asked == came for asked, came in pairs)
    if cut and more and obeyed and not _ignored(pairs):
        return largest
    return most if pairs and most + 1 in _refused(log) else None


# ------------------------------------------------------------------------------------------ a size that is refused


def size_refused(log: Log) -> bool:
    """Say whether the very first page is refused with the size that the file asks for, for whatever reason."""
    written = log.trials["written"]
    asked = written.exchanges[-1].request.purpose if written.exchanges else None
    return log.contract.walk.page_size is not None and written.refused and asked == "page"


def _refused(log: Log) -> tuple[int, ...]:
    """The sizes that the service refused, in the order in which they were tried."""
    own = log.contract.walk.page_size
    first = own.ask if own is not None and size_refused(log) else None
    tried = (trial.variant.size for trial in log.walks() if trial.refused)
    return tuple(dict.fromkeys(size for size in (first, *tried) if size is not None))


def taken(log: Log) -> int | None:
    """Return the largest usable size that was answered, where the one that the file asks for is refused; None where none was."""
    if not size_refused(log):
        return None
    answered = (trial.variant.size for trial in log.offered if trial.sheets)
    return max((size for size in answered if size is not None), default=None)


def refused_above(log: Log, size: int) -> int | None:
    """Return the smallest size above *size* that was refused."""
    return min((one for one in _refused(log) if one > size), default=None)


def fitted(log: Log, contract: Contract) -> Contract:
    """Return *contract* with a size that the service takes, where it asks for the one that is refused."""
    size, own, asking = taken(log), log.contract.walk.page_size, contract.walk.page_size
    if size is None or own is None or asking is None or asking.ask != own.ask:
        return contract
    return replace(contract, walk=replace(contract.walk, page_size=replace(asking, ask=size, max=None)))


def size_to_try(log: Log) -> int | None:
    """Name the next size to ask for, until the largest one is known that the service takes, or enough were tried.

    None also where a size was neither taken nor refused: a service that fails says nothing of sizes.
    """
    unsized = log.trials.get(UNSIZED_PAGE)
    if unsized is None or not unsized.sheets or len(log.offered) >= _SOUGHT:
        return None
    if any(not trial.sheets and not trial.refused for trial in log.offered):
        return None
    largest, usual = taken(log), unsized.came or 1
    if largest is None:
        return next((size for size in (usual, *_SMALL_AND_USUAL) if size not in _refused(log)), None)
    return _between(largest, refused_above(log, largest), usual)


def _between(largest: int, refused: int | None, usual: int) -> int | None:
    """The size that tells most of what lies between the *largest* that is taken and the smallest that is *refused*.

    >>> _between(20, 50, 20), _between(20, 25, 20), _between(21, 25, 20), _between(20, 21, 20), _between(20, None, 20)
    (30, 21, 23, None, None)
    """
    if refused is None or refused - largest < 2:
        return None
    round_ones = [size for size in _ROUND if largest < size < refused]
    if round_ones:
        return round_ones[len(round_ones) // 2]
    return largest + 1 if largest in (usual, *_ROUND) else (largest + refused) // 2


# ------------------------------------------------------------------------------------------ what is said of it


def _ignored(pairs: tuple[tuple[int, int], ...]) -> bool:
    """Whether as many came whatever was asked for, also where fewer were asked for."""
    came = {came for _, came in pairs}
    return len(pairs) > 1 and len(came) == 1 and min(asked for asked, _ in pairs) < max(came)


def the_page_size_is_obeyed(log: Log) -> Iterator[Line]:
    """Asked for one item, one comes; asked for more, more come."""
    if log.contract.walk.page_size is None or not log.reached:
        return
    found = sizes(log)
    came = dict(zip(found.asked, found.came, strict=True))
    refused = ", ".join(map(str, _refused(log)))
    no = f"{refused} refused" if refused else ""
    asked = ", ".join(f"asked for {one}, {came[one]} came" for one in found.asked)
    if size_refused(log) and taken(log) is None:
        yield _no_size(log, refused)
    elif (limit := limit_of_all(log)) is not None:
        yield _limiting(log, limit)
    elif not log.several:
        yield _size("open", "fewer than two items came; give arguments under which there are more")
    elif len(set(came.values())) > 1 and any(one == number for one, number in came.items()):
        most = "" if found.clamp is None else f"never more than {found.clamp} a page"
        yield _size("proven", "; ".join(filter(None, (asked, most, no))))
    elif _ignored(tuple(came.items())):
        yield _size("refuted", f"the service does not obey it: {asked}")
    else:
        yield _size("open", "; ".join(filter(None, (asked or "no page came", no))))


def _no_size(log: Log, refused: str) -> Line:
    """What follows where no size was answered: the parameter is wrong only where smaller ones were refused as well."""
    if log.offered and all(trial.refused for trial in log.offered):
        return _size("refuted", f"the service answers without it, and refuses {refused}")
    return _size("open", f"{refused} refused, and no other size was answered")


def limit_of_all(log: Log) -> int | None:
    """Name the size at which a whole walk ended with as many items in all, where another walk went on behind the same ones.

    Only where the service gives the way, and either it was seen to lead on or nothing on the page is one: a walk that counts by
    itself, or reads the way from a wrong place, ends for whatever reason.
    """
    if not isinstance(log.contract.walk, Cursor | NextUrl | Link):
        return None
    longest = max((trial.marks for trial in log.walks()), key=len, default=())
    ended = (trial for trial in log.walks() if trial.ended and 0 < len(trial.marks) == trial.variant.size)
    limited = (one for one in ended if one.marks != longest and one.marks == longest[: len(one.marks)])
    return next((len(one.marks) for one in limited if log.turned or not _leads_on(log, one)), None)


def _leads_on(log: Log, trial: Trial) -> bool:
    """Whether the first page of *trial* names another one, wherever that stands."""
    return any(sign_of_another_page(sheet, log.contract) is not None for sheet in trial.sheets[:1])


def _limiting(log: Log, limit: int) -> Line:
    """What follows from a walk that ended too early: a way that was never seen may have a name that nobody knows."""
    came = f"asked for {limit}, {limit} came in all"
    if log.turned:
        return _size("refuted", f"it limits the whole answer and not a page: {came}")
    says = f"{came}: it limits the whole answer and not a page, or the way to the next page stands elsewhere"
    return _size("open", f"{says}; give arguments under which there are several pages")


def _size(outcome: Outcome, says: str) -> Line:
    return Line(place="walk.page_size", outcome=outcome, by="page sizes", says=says)
