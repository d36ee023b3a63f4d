"""Experiments about the size of pages: is it obeyed, and how large can a page be?"""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.proof import Sizes
from ...schemas.walk import Cursor, Link, NextUrl
from .line import Line, Outcome
from .log import Log
from .onward import sign_of_another_page
from .trial import Trial

__all__ = ["sizes", "the_page_size_is_obeyed"]


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
    if any(trial.refused and trial.variant.size == most + 1 for trial in log.walks()):
        return most
    cut = any(came == largest < asked for asked, came in pairs)
    more = log.known is not None and len(log.known) > largest
    obeyed = any(asked == came for asked, came in pairs)
    return largest if cut and more and obeyed and not _ignored(pairs) else None


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
    refused = [str(trial.variant.size) for trial in log.walks() if trial.refused]
    no = f"{', '.join(refused)} refused" if refused else ""
    asked = ", ".join(f"asked for {one}, {came[one]} came" for one in found.asked)
    if "unsized" in log.trials and log.trials["unsized"].sheets:
        yield _size("refuted", "the service rejects it, and answers without it")
    elif (limit := _limit(log)) is not None:
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


def _limit(log: Log) -> int | None:
    """The size at which a whole walk ended with as many items in all, where another walk went on behind the same ones.

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
