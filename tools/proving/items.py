"""Experiments about the items: is the list where the contract says, and does the identifier identify?"""

from __future__ import annotations

from collections.abc import Iterator

from .line import Line, Outcome
from .log import Log
from .paging import unclear
from .trial import Sheet, Trial

__all__ = ["the_identifier_identifies", "the_items_are_there"]


def the_items_are_there(log: Log) -> Iterator[Line]:
    """A list stands in its place on every page, and on one of them it holds something.

    A page behind the last item may be without one, where the tool itself does not ask for it.
    """
    items = log.contract.response.items
    if items is None or not log.reached:
        return
    sheets = tuple(log.own_sheets())
    early, late = _ending_without_a_list(log)
    missing = sum(sheet.items is None for sheet in sheets) + len(early)
    if missing:
        says = f"on {missing} of {len(sheets) + len(early)} pages there is no list at {items.at or 'the root'}"
        yield Line(place="response.items", outcome="refuted", by="items", says=says)
    elif late and log.known is None:
        says = f"behind {len(late[0].marks)} items there is no list at {items.at or 'the root'}, and nothing counts as many"
        yield Line(place="response.items", outcome="open", by="items", says=says)
    elif any(sheet.count for sheet in sheets):
        says = f"a list on each of {len(sheets)} pages, {max(sheet.count for sheet in sheets)} items at most"
        yield Line(place="response.items", outcome="proven", by="items", says=says)
    else:
        says = "no item came; give arguments under which there are some"
        yield Line(place="response.items", outcome="open", by="items", says=says)


def _ending_without_a_list(log: Log) -> tuple[list[Trial], list[Trial]]:
    """The walks that stopped at a page without a list: those that met fewer items than another did, and the others."""
    written = log.trials.get("written")
    there = max((len(one.marks) for one in (written, *log.walks()) if one is not None), default=0)
    ended = [trial for trial in log.walks() if trial.behind is not None and trial.behind.items is None]
    early = [trial for trial in ended if len(trial.marks) < there]
    return early, [trial for trial in ended if trial not in early]


def the_identifier_identifies(log: Log) -> Iterator[Line]:
    """Every item has one, and no two items of one page have the same."""
    items = log.contract.response.items
    if items is None or items.id is None or not log.reached:
        return
    full = [sheet for sheet in log.sheets() if sheet.count]
    walks = _walks(log)
    count = max((len(set(trial.marks)) for trial in walks), default=0)
    if any(sheet.ids is None for sheet in full):
        yield _said("refuted", "some items have no value there that could identify them")
    elif any(_twice(sheet) for sheet in full):
        yield _said("refuted", "items of one page have the same one")
    elif (doubt := next(filter(None, (unclear(log, trial) for trial in walks)), None)) is not None:
        yield _said("open", doubt)
    elif any(_again(trial) for trial in walks):
        yield _said("open", "items that differ have the same one, on different pages")
    elif count > 1:
        yield _said("proven", f"{count} items, each with one of its own")
    else:
        yield _said("open", "fewer than two items came")


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="response.items.id", outcome=outcome, by="identifier", says=says)


def _walks(log: Log) -> tuple[Trial, ...]:
    """The walks, with the one that begins at page 1 where page 0 may be no page."""
    after = log.trials.get("after")
    return tuple(log.walks()) if after is None else (*log.walks(), after)


def _again(trial: Trial) -> bool:
    """Whether an identifier came with two items of one walk that are not the same in all that they are."""
    known = {(own, look) for sheet in trial.sheets for own, look in zip(sheet.ids or (), sheet.prints, strict=False)}
    return len({own for own, _ in known}) < len(known)


def _twice(sheet: Sheet) -> bool:
    return sheet.ids is not None and len(set(sheet.ids)) != len(sheet.ids)
