"""Which lines that stay open are contradicted by what was seen, and which of them were only not seen to be true.

An experiment that saw nothing of a line takes no earlier proof of it away; one that saw something the line does not fit does.
Whether that is the line's fault or another's is not settled here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from ...schemas.walk import Cursor, Link, NextUrl, Single, Stream
from ...schemas.wire import State
from ...validators.ending import Broken, decide
from ...validators.reading import read
from .counting import Stated, fits, stated
from .ends import last_signals
from .line import Line
from .log import Log
from .paging import unclear
from .sizing import limit_of_all, size_refused, sizes

__all__ = ["AGAINST", "weighed"]

Sign: TypeAlias = Callable[[Log], bool]

_CIRCLES: Final = frozenset({"cursor_loop", "repeated_page", "duplicate_id"})
_THERE: Final = frozenset({State.VALUE, State.TRUE})


def weighed(log: Log, lines: Sequence[Line]) -> tuple[Line, ...]:
    """Mark those of *lines* that are open although something was seen against them.

    A collection that changes fits nothing, and is not the fault of any line.
    """
    if log.moves:
        return tuple(lines)
    false = {line.place for line in lines if line.outcome == "refuted"}
    return tuple(
        replace(line, against=True) if line.outcome == "open" and _contradicted(log, line.place, false) else line
        for line in lines
    )


def _contradicted(log: Log, place: str, false: set[str]) -> bool:
    """Whether what was seen does not fit the line at *place*; what leads on to no other page is the sending's fault or its own."""
    if place in ("walk.next", "walk.key") and "walk.send" in false:
        return True
    return any(sign(log) for sign in AGAINST.get(place, ()))


# ------------------------------------------------------------------------------------------ the walk as a whole


def more_is_told(log: Log) -> bool:
    """Say whether something speaks against it that the walk met everything."""
    known, another = log.known, log.trials.get("another")
    if known is None:
        return _refused_too_early(log)
    unmet = log.walled and another is not None and not set(another.marks) <= set(known)
    others = log.differs or log.behind or log.skipped or log.strays or log.tied or log.between
    return others or unmet or log.short is not None


def _refused_too_early(log: Log) -> bool:
    """Whether the next page was refused before as many items came as the declared total says."""
    total, whole = log.contract.complete.total, log.whole
    if total is None or total.scope != "walk" or whole is None or not whole.cut:
        return False
    return any((page.number or 0) > len(whole.marks) for page in stated([whole], total.at))


def it_goes_in_circles(log: Log) -> bool:
    """Say whether the walk met again what it had met, and not only its last page in place of one behind it."""
    return log.whole is not None and log.whole.code in _CIRCLES and log.whole.cut is None


def items_clash(log: Log) -> bool:
    """Say whether items of page two are those of page one by their identifiers or by a member, and differ otherwise."""
    return any(unclear(log, trial) is not None for trial in log.walks())


def the_end_reads_otherwise(log: Log) -> bool:
    """Say whether the last page has what the table does not know as an end."""
    walk, shown = log.contract.walk, last_signals(log)
    return shown is not None and not isinstance(walk, Single | Stream) and isinstance(decide(walk, None, shown), Broken)


# ------------------------------------------------------------------------------------------ the pages


def it_is_missing_where_there_is_more(log: Log) -> bool:
    """Say whether a first page that does not hold everything lacks the continuation."""
    walk = log.contract.walk
    if not isinstance(walk, Cursor | NextUrl | Link):
        return False
    there = max((len(set(trial.marks)) for trial in log.walks()), default=0)
    first = [trial.sheets[0] for trial in log.walks() if trial.sheets and 0 < trial.sheets[0].count < there]
    return any(read(sheet.message, walk.next).state not in _THERE for sheet in first)


def it_is_rejected(log: Log) -> bool:
    """Say whether the service answers only without the parameter."""
    return "unplaced" in log.trials and bool(log.trials["unplaced"].sheets)


def the_size_means_something_else(log: Log) -> bool:
    """Say whether the size is refused, or limits everything, or more came than were asked for."""
    found = sizes(log)
    more = any(came > asked for asked, came in zip(found.asked, found.came, strict=True))
    return size_refused(log) or limit_of_all(log) is not None or more


def several_came(log: Log) -> bool:
    """Say whether there was enough to tell by: an identifier of several items that is not proven has come twice."""
    return any(len(set(trial.marks)) > 1 for trial in log.walks())


# ------------------------------------------------------------------------------------------ counts


def it_counts_otherwise(log: Log) -> bool:
    """Say whether the total does not fit the items that came."""
    total = log.contract.complete.total
    if total is None:
        return False
    if log.known is None:
        return _refused_too_early(log)
    pages = stated(log.walks(), total.at)
    pages = tuple(page for page in pages if page.received == page.count) if total.on == "first" else pages
    return _misfit(pages, total.scope, len(log.known)) if pages else log.short is not None


def _misfit(pages: tuple[Stated, ...], scope: str, there: int) -> bool:
    return scope not in fits(pages, there)


def the_census_counts_otherwise(log: Log) -> bool:
    """Say whether the independent count is another number than came, both times the same one."""
    written = log.trials.get("written")
    if written is None or log.known is None:
        return False
    counts = {one.value for one in (written.evidence.before, written.evidence.after) if one is not None}
    return len(counts) == 1 and None not in counts and counts != {len(log.known)}


def it_holds_lists(log: Log) -> bool:
    """Say whether there was a sound answer: what is left open about one thing then are lists in it."""
    written = log.trials.get("written")
    return written is not None and written.finding is None


AGAINST: Mapping[str, tuple[Sign, ...]] = {
    "walk": (more_is_told, it_goes_in_circles, items_clash),
    "walk.more": (more_is_told,),
    "walk.end": (more_is_told, the_end_reads_otherwise),
    "walk.send": (items_clash, it_is_rejected),
    "walk.key": (items_clash,),
    "walk.next": (items_clash, it_is_missing_where_there_is_more),
    "walk.page_size": (the_size_means_something_else,),
    "response.items.id": (several_came,),
    "complete.total": (it_counts_otherwise,),
    "complete.census": (the_census_counts_otherwise,),
    "claim": (it_holds_lists,),
    "response.data": (it_holds_lists,),
}
"""What speaks against a line that no experiment proved or refuted."""
