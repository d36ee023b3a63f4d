"""Experiments about the pages: is page two another one, and is the first page the first?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ...schemas.walk import Continue, Cursor, Keyset, Link, NextUrl, Offset, Page, Scroll
from ...schemas.wire import State
from ...validators.ending import has_channel
from ...validators.reading import at, read
from .envelope import members
from .line import Line, Outcome
from .log import Log
from .sizing import sizes
from .totals import confirmed
from .trial import Sheet, Trial

__all__ = [
    "one_based",
    "page_two_is_another",
    "the_channel_is_alive",
    "the_first_page_is_the_first",
    "unclear",
]


# ------------------------------------------------------------------------------------------ the second page


def _paired(log: Log) -> list[Trial]:
    """The walks that show two pages, where there are two."""
    trials = (log.trials.get("ones"), log.trials.get("twos"), log.whole)
    return [trial for trial in trials if trial is not None]


def page_two_is_another(log: Log) -> Iterator[Line]:
    """Page two holds other items than page one, and what comes does not depend on the size of the pages."""
    walk = log.contract.walk
    if not isinstance(walk, Cursor | Keyset | Offset | Page | Scroll) or not log.reached:
        return
    if "unplaced" in log.trials and log.trials["unplaced"].sheets:
        yield _rejected(walk)
        return
    trials = _paired(log)
    for line in _pages(log, trials, from_one=one_based(log)):
        yield line
        if isinstance(walk, Keyset):
            yield _key(log, line)


def _rejected(walk: Cursor | Keyset | Offset | Page | Scroll) -> Line:
    """The parameter, where the service answers without it and without a page size, and neither with page 0 nor with page 1."""
    if isinstance(walk, Page) and walk.start == 0 and walk.page_size is not None:
        return _send("open", "the service answers without it: it may reject it, or page 0 and the page size")
    return _send("refuted", "the service rejects it, and answers without it")


def _key(log: Log, line: Line) -> Line:
    if (log.tied or log.between) and not log.moves:
        says = "items of one page have the same one, and where a page ends between them, the rest never comes"
        if not log.tied:
            says = "items that no page holds have the one of the last item of a page"
        return Line(place="walk.key", outcome="refuted", by="two pages", says=says)
    if line.outcome == "proven" and log.unseen is not None and confirmed(log) is None:
        return Line(place="walk.key", outcome="open", by="two pages", says=log.unseen)
    return replace(line, place="walk.key", outcome="open" if line.outcome == "refuted" else line.outcome)


def _pages(log: Log, trials: list[Trial], *, from_one: bool) -> Iterator[Line]:
    overlaps = [wrong for trial in trials if (wrong := _overlap(trial)) is not None]
    wrong = next((one for one in overlaps if one != _AGAIN), next(iter(overlaps), None))
    if wrong is not None and any(_turned(trial) and _overlap(trial) is None for trial in trials):
        wrong = "where page 2 begins depends on the size of the pages: it does not count what the walk counts"
    doubt = next((doubt for trial in trials if (doubt := unclear(log, trial)) is not None), None)
    if doubt is not None:
        yield _send("open", doubt)
        return
    wrong = wrong or _leads_nowhere(log, trials)
    if log.skipped:
        yield _send("open", "the walk does not begin with the first page, so what it meets shows little")
        return
    if wrong is not None:
        says = "pages are counted from 1; from there on page 2 is another one" if from_one else wrong
        yield _send("open" if from_one or log.moves else "refuted", says)
    elif not any(_turned(trial) for trial in trials):
        yield _send("open", "there was no second page; give arguments under which there is more")
    elif isinstance(log.contract.walk, Offset | Page) and _of_one_item_each(log, trials):
        says = "pages of one item are the same by number and by offset, and larger ones hold everything"
        yield _send("open", f"{says}; give arguments under which there is more")
    elif isinstance(log.contract.walk, Offset | Page) and log.differs and not log.moves:
        yield _send("refuted", "other page sizes lead to other items, so it does not count what the walk counts")
    elif isinstance(log.contract.walk, Offset | Page) and _skips(log):
        says = "pages of two items leave out what pages of one item brought: it does not count what the walk counts"
        yield _send("open", f"{says}, or the order changes")
    elif not log.moves and (log.agrees or _same_beginning(log) or _one_size(log)):
        yield _send("proven", "page 2 holds other items than page 1")
    else:
        yield _send("open", "page 2 holds other items than page 1, and the walk as a whole shows nothing")


def _send(outcome: Outcome, says: str) -> Line:
    return Line(place="walk.send", outcome=outcome, by="two pages", says=says)


_AGAIN: Final = "page 2 is page 1 again: the service does not know this parameter"
"""Of pages of one item it is true also where the next page begins with the last item of the one before."""


def _overlap(trial: Trial) -> str | None:
    """Say what is wrong where page two brings what page one brought."""
    if not _turned(trial):
        return None
    one, two = (set(sheet.marks) for sheet in trial.sheets[:2])
    if two <= one:
        return _AGAIN
    if not one & two:
        return None
    if one & two == {trial.sheets[0].marks[-1]} == {trial.sheets[1].marks[0]}:
        return "page 2 begins with the last item of page 1: the service goes on from that one, and not behind it"
    counts = isinstance(trial.variant.contract.walk, Offset | Page)
    says = "it does not count what the walk counts" if counts else "the service does not go on behind page 1"
    return f"page 2 brings items of page 1 again: {says}"


def unclear(log: Log, trial: Trial) -> str | None:
    """Say why nobody can tell whether page two is page one again: what tells items apart says both.

    Items without an identifier are known by all that they are, which shows nothing where they look otherwise each time.
    """
    if not _turned(trial):
        return None
    one, two = trial.sheets[:2]
    if set(one.marks) & set(two.marks) and not set(one.prints) & set(two.prints):
        return "items of page 2 have identifiers of page 1, and differ otherwise: one of both lines is wrong"
    if (
        not _known_again(log, one, two)
        and not set(one.marks) & set(two.marks)
        and (same := _same_values(one, two)) is not None
    ):
        return f"all items of page 2 have the {same} of those of page 1, and differ otherwise"
    return None


def _known_again(log: Log, one: Sheet, two: Sheet) -> bool:
    """Whether an item that comes twice is seen to be the same."""
    return (one.ids is not None and two.ids is not None) or log.stable


def _same_values(one: Sheet, two: Sheet) -> str | None:
    """The member that is another one in each item of a page, and the same ones on both pages."""
    for pointer in members((*(one.items or ()), *(two.items or ()))):
        values = [[at(item, pointer).value for item in sheet.items or ()] for sheet in (one, two)]
        first, second = ({repr(value) for value in page} for page in values)
        if first == second and len(first) == one.count == two.count > 1:
            return pointer
    return None


def _leads_nowhere(log: Log, trials: list[Trial]) -> str | None:
    """Say what is wrong where page two is empty and ends the walk, and another trial met more than page one holds."""
    if log.strays:
        return "page 2 is empty, and counted by one, there are more: it counts pages, and not items"
    there = max((sheet.count for sheet in log.sheets()), default=0)
    for trial in trials:
        empty = len(trial.sheets) > 1 and trial.sheets[1].count == 0
        if trial.ended and empty and len(trial.marks) < there:
            return f"page 2 is empty: the walk ends after {len(trial.marks)} of at least {there} items"
    return None


def _turned(trial: Trial) -> bool:
    """Whether two pages came that hold something."""
    return len(trial.sheets) > 1 and all(sheet.count for sheet in trial.sheets[:2])


def _of_one_item_each(log: Log, trials: list[Trial]) -> bool:
    """Whether all second pages came behind a single item, although larger pages can be had."""
    small = all(trial.sheets[0].count == 1 for trial in trials if _turned(trial))
    return small and any(sheet.count > 1 for sheet in log.sheets())


def _same_beginning(log: Log) -> bool:
    """Whether the walk begins with the same items whatever the size of its pages."""
    ones, twos = log.trials.get("ones"), log.trials.get("twos")
    if ones is None or twos is None or ones.came != 1 or twos.came != 2:
        return False
    return len(ones.marks) > 2 and ones.marks[:3] == twos.marks[:3]


def _skips(log: Log) -> bool:
    """Whether two pages of two items lack what the first three pages of one item brought."""
    ones, twos = log.trials.get("ones"), log.trials.get("twos")
    if ones is None or twos is None or ones.came != 1 or twos.came != 2 or len(twos.sheets) < 2 or not _turned(twos):
        return False
    return len(ones.marks) > 2 and not set(ones.marks[:3]) <= {
        mark for sheet in twos.sheets[:2] for mark in sheet.marks
    }


def _one_size(log: Log) -> bool:
    """Whether the service has pages of one size only, so that one walk is all that can be had."""
    whole, known = log.whole, log.known
    if whole is None or known is None or len(set(known)) != len(known):
        return False
    return whole.variant.size is None or len(set(sizes(log).came)) == 1


# ------------------------------------------------------------------------------------------ the channel


def the_channel_is_alive(log: Log) -> Iterator[Line]:
    """Where there is more, the place of the continuation holds one, and following it leads on."""
    walk = log.contract.walk
    if not isinstance(walk, Cursor | NextUrl | Link | Continue | Scroll) or not has_channel(walk) or not log.reached:
        return
    trial = _short_of_all(log)
    if trial is None:
        says = "everything came on one page, so it was never needed; give arguments under which there is more"
        yield _next("open", says)
        return
    state = read(trial.sheets[0].message, walk.next).state
    if state not in (State.VALUE, State.TRUE):
        ever = any(read(sheet.message, walk.next).state in (State.VALUE, State.TRUE) for sheet in log.sheets())
        says = f"there is more behind page 1, and it is {state.value}"
        yield _next("open" if ever else "refuted", f"{says}; other answers have it" if ever else says)
    elif (doubt := unclear(log, trial)) is not None:
        yield _next("open", f"it is there, and {doubt}")
    elif (wrong := _overlap(trial)) is not None:
        own = isinstance(walk, NextUrl | Link) and not log.moves
        yield _next("refuted" if own else "open", f"it is there, and {wrong.partition(':')[0]}")
    elif _turned(trial):
        yield _next("proven", "it is there where there is more, and leads to other items")
    else:
        yield _next("open", f"it is there, and nothing came of following it: {trial.code or 'an empty page'}")


def _next(outcome: Outcome, says: str) -> Line:
    return Line(place="walk.next", outcome=outcome, by="channel", says=says)


def _short_of_all(log: Log) -> Trial | None:
    """A trial whose first page cannot have been everything."""
    there = max((len(set(trial.marks)) for trial in log.walks()), default=0)
    there = max(there, *(sheet.count for sheet in log.sheets()))
    trials = _paired(log)
    short = [trial for trial in trials if trial.came is not None and 0 < trial.came < there]
    return max(short, key=lambda trial: (_turned(trial), len(trial.sheets)), default=None)


# ------------------------------------------------------------------------------------------ the first page


def the_first_page_is_the_first(log: Log) -> Iterator[Line]:
    """Nothing lies before it, and it is another one than the second."""
    walk = log.contract.walk
    if not isinstance(walk, Page | Offset) or not log.reached:
        return
    turned = [trial for trial in _paired(log) if _turned(trial)]
    if one_based(log):
        refused = log.trials["written"].refused
        yield _start(
            "refuted", "there is no page 0, and there is a page 1" if refused else "0 and 1 give the same page"
        )
    elif log.skipped:
        yield _start("refuted", f"{walk.start - 1} gives items that the walk from {walk.start} on never meets")
    elif not turned or any(_overlap(trial) or unclear(log, trial) for trial in turned):
        yield _start("open", "there was no second page that differs from the first")
    elif not any(_known_again(log, *trial.sheets[:2]) for trial in turned):
        yield _start("open", "items look otherwise each time that they come, and have no identifier")
    elif walk.start == 0:
        yield _start("proven", "the first page is at 0, and the second is another one")
    elif (doubt := log.unseen_before) is not None:
        yield _start("open", f"whether something lies at {walk.start - 1} {doubt}")
    elif log.known is not None and "before" in log.trials:
        yield _start("proven", f"{walk.start - 1} gives nothing that the walk does not meet")
    else:
        yield _start("open", log.endless)


def _start(outcome: Outcome, says: str) -> Line:
    return Line(place="walk.start", outcome=outcome, by="the first page", says=says)


def one_based(log: Log) -> bool:
    """Whether a walk that begins with 0 meets the same page twice, and one that begins with 1 does not."""
    after, written = log.trials.get("after"), log.trials["written"]
    if after is None or not _turned(after) or _overlap(after) is not None:
        return False
    begun = next((trial for trial in (written, log.whole) if trial is not None and trial.sheets), None)
    same = begun is not None and after.sheets[0].marks[:1] == begun.sheets[0].marks[:1]
    return written.refused or same
