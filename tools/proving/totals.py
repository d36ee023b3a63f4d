"""Experiments about counts: what does the declared total count, and does the census agree?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from ...schemas.completeness import Total
from .counting import MEANINGS, Meaning, Stated, constant, fits, meanings, stated
from .line import Line, Outcome
from .log import Log

__all__ = ["Counted", "confirmed", "counted", "the_census_agrees", "the_total_counts_what_it_should"]

Counted: TypeAlias = Literal["walk", "page", "remaining", "onward", "pages", "estimate", "unknown"]


def counted(log: Log) -> Counted | None:
    """Say what the declared total counts; None where none is declared, or where that cannot be told."""
    total = log.contract.complete.total
    pages = () if total is None else _pages(log, total)
    if total is None or not pages:
        return None
    fitting = _fitting(log, total, pages)
    if len(fitting) == 1:
        return fitting[0]
    if fitting or log.undisputed is None:
        return None
    return "estimate" if constant(pages) else "unknown"


def confirmed(log: Log) -> str | None:
    """Say what counts as many items as the whole walk met; None where nothing does."""
    total = log.contract.complete.total
    if total is not None and total.exact and counted(log) == total.scope in ("walk", "remaining", "onward"):
        return f"as many as {total.at} says"
    if any(line.outcome == "proven" for line in the_census_agrees(log)):
        return "as many as the census says"
    return None


def _pages(log: Log, total: Total) -> tuple[Stated, ...]:
    """The pages on which the total must stand."""
    pages = stated(log.walks(), total.at)
    return tuple(page for page in pages if page.received == page.count) if total.on == "first" else pages


def _fitting(log: Log, total: Total, pages: tuple[Stated, ...]) -> tuple[Meaning, ...]:
    """What the total may count; on a first page, all items and what is left from there on are the same."""
    there = None if log.undisputed is None else len(log.undisputed)
    if total.on == "every":
        return meanings(pages, there)
    fitting = fits(pages, there) if log.turned else MEANINGS
    if set(fitting) == {"walk", "onward"}:
        return ("onward",) if total.scope == "onward" else ("walk",)
    return fitting


def the_total_counts_what_it_should(log: Log) -> Iterator[Line]:
    """Over pages of several sizes, only what it is declared to count fits."""
    total = log.contract.complete.total
    if total is None or not log.reached:
        return
    pages = _pages(log, total)
    missing = sum(page.number is None for page in pages)
    if not pages:
        yield _said("open", "no item came, so it had nothing to count")
    elif missing:
        yield _said("refuted", f"on {missing} of {len(pages)} pages there is no number")
    else:
        yield _meant(log, total, pages)


def _meant(log: Log, total: Total, pages: tuple[Stated, ...]) -> Line:
    there = None if log.undisputed is None else len(log.undisputed)
    fitting = _fitting(log, total, pages)
    if fitting == (total.scope,):
        where = "first pages" if total.on == "first" else "pages"
        return _said("proven", f"it counts {_WORDS[total.scope]}, on each of {len(pages)} {where}")
    if len(fitting) == 1 and not log.moves:
        return _said("refuted", f"it counts {_WORDS[fitting[0]]}, not {_WORDS[total.scope]}")
    if total.scope in fitting:
        others = " or ".join(_WORDS[one] for one in fitting)
        return _said("open", f"it may count {others}; give arguments under which there are several pages")
    if log.short and constant(pages):
        says = f"it says {pages[0].number}, and {len(log.known or ())} items came: an estimate, or the walk does not reach all"
        return _said("open", says)
    if there is None or log.moves:
        return _said("open", log.endless)
    if total.exact and log.agrees:
        first = pages[0].number
        says = f"it says {first}, and {there} items came" if constant(pages) else "it counts nothing that adds up"
        return _said("refuted", says)
    return _said("open", f"it says {pages[0].number}, and {there} items came; no second walk confirms either")


_WORDS = {
    "walk": "all items",
    "page": "the items of the page",
    "remaining": "what is left behind the page",
    "onward": "what is left from the page on",
    "pages": "the pages",
}


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="complete.total", outcome=outcome, by="count", says=says)


def the_census_agrees(log: Log) -> Iterator[Line]:
    """The independent count is the number of items that a whole walk met."""
    written = log.trials.get("written")
    if log.contract.complete.census is None or written is None:
        return
    counts = [one.value for one in (written.evidence.before, written.evidence.after) if one is not None]
    if log.undisputed is None or not counts or None in counts:
        says = "there was no count, or no whole walk to compare it with"
        yield Line(place="complete.census", outcome="open", by="census", says=says)
        return
    there = len(log.undisputed)
    if there < 2:
        says = "fewer than two items came, and a count of so few may fit by chance; give arguments under which there are more"
        yield Line(place="complete.census", outcome="open", by="census", says=says)
        return
    same = set(counts) == {there}
    moved = log.moves or len(set(counts)) > 1
    outcome: Outcome = "proven" if same else "open" if moved else "refuted"
    says = f"it says {counts[0]}, and {there} items came"
    yield Line(place="complete.census", outcome=outcome, by="census", says=says)
