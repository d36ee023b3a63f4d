"""Lines that are wrong or missing: the largest page, the identifier, the first page, how the end reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.walk import Offset, Page, PageSize, Single
from ...schemas.wire import State
from ...validators.ending import Broken, decide
from ...validators.reading import at, integer, read
from .alone import one_answer_is_all
from .candidate import (
    LICENCE,
    PAGE,
    Candidate,
    beside_the_mends,
    ends_by_count,
    identified,
    identifier,
    line_of_id,
    mended,
    with_id,
)
from .ends import last_signals
from .log import Log
from .paging import one_based
from .proposal import Proposal
from .sizing import sizes, taken, the_page_size_is_obeyed
from .trial import Sheet
from .variants import plain

__all__ = ["the_clamp", "the_end", "the_first_number", "the_identifier", "the_licence", "the_missing_list"]


def the_clamp(log: Log) -> Iterator[Candidate]:
    """Say how much a page can hold, where the service gives less than it is asked for; or not to ask at all."""
    refuted = next((line for line in the_page_size_is_obeyed(log) if line.outcome == "refuted"), None)
    if refuted is not None:
        because = f"remove the line: {refuted.says}"
        yield Candidate(proposal=Proposal(line={"walk": {"page_size": None}}, because=because))
        return
    size, clamp = log.contract.walk.page_size, sizes(log).clamp
    if size is not None and (most := taken(log)) is not None:
        yield _asking(log, size, min(most, clamp or most), clamp)
    elif size is not None and clamp is not None and size.max != clamp:
        line: dict[str, Any] = {"walk": {"page_size": {"max": clamp}}}
        yield Candidate(proposal=Proposal(line=line, because=f"no page ever held more than {clamp} items"))


def _asking(log: Log, size: PageSize, ask: int, most: int | None) -> Candidate:
    """Ask for a size that the service takes, instead of the one that it refuses."""
    because = f"the service refuses {size.ask}, and " + ("takes this" if most is None else f"no more than {most} came")
    line: dict[str, Any] = {"walk": {"page_size": {"ask": ask} if most is None else {"ask": ask, "max": most}}}
    proposal = Proposal(line=line, because=because)
    seen = Candidate(proposal=proposal)  # whatever else keeps the tool from delivering
    if log.undisputed is None:
        return seen

    def asking(base: Contract) -> Contract:
        return replace(base, walk=replace(base.walk, page_size=replace(size, ask=ask, max=most)))

    tried = beside_the_mends(log, proposal, asking)
    return replace(tried, otherwise=seen if tried.otherwise is None else replace(tried.otherwise, otherwise=seen))


def the_identifier(log: Log) -> Iterator[Candidate]:
    """Name a member that identifies the items, where the contract names none that does."""
    found = identifier(log)
    if found is not None and not identified(log):
        proposal = Proposal(line=line_of_id(log, found), because="every item has one of its own there")
        yield beside_the_mends(log, proposal, lambda base: with_id(log, found, base))


def the_first_number(log: Log) -> Iterator[Candidate]:
    """Begin where the service does: with 1 or with 0."""
    walk = log.contract.walk
    if isinstance(walk, Page) and one_based(log):
        yield _beginning(log, walk, 1, "pages are counted from 1")
    elif isinstance(walk, Page | Offset) and log.skipped:
        yield _beginning(log, walk, walk.start - 1, f"there are items before what is at {walk.start}")


def _beginning(log: Log, walk: Page | Offset, start: int, because: str) -> Candidate:
    tried = replace(plain(log.contract), walk=replace(walk, start=start))
    return Candidate(proposal=Proposal(line={"walk": {"start": start}}, because=because), contract=tried)


def the_missing_list(log: Log) -> Iterator[Candidate]:
    """Allow an empty page to be without its list, where one is that lies behind the last item, or whose total is 0."""
    items = log.contract.response.items
    if items is None or items.columns is not None:
        return
    for sheet, because in chain(_behind(log), _empty(log)):
        state = at(sheet.message.body.value, items.at).state
        if state is State.ABSENT or state is State.NULL:
            line: dict[str, Any] = {"response": {"items": {state.value: "empty"}}}
            licensed = replace(items, absent="empty") if state is State.ABSENT else replace(items, null="empty")
            yield beside_the_mends(log, Proposal(line=line, because=because), partial(_listing, licensed))
            return


def _listing(items: Items, base: Contract) -> Contract:
    return replace(base, response=replace(base.response, items=items))


def _behind(log: Log) -> Iterator[tuple[Sheet, str]]:
    """The pages without a list behind all items."""
    for trial in log.walks():
        if trial.behind is not None and not trial.behind.count and len(trial.marks) == len(log.undisputed or ()):
            yield trial.behind, f"behind all {len(trial.marks)} items a page has no list"


def _empty(log: Log) -> Iterator[tuple[Sheet, str]]:
    """The first page, where it has no list and the declared total says that there is nothing."""
    total, pages = log.contract.complete.total, log.trials["written"].sheets
    if total is None or not total.exact or len(pages) != 1 or pages[0].items is not None:
        return
    if integer(read(pages[0].message, total.at)) == 0:
        yield pages[0], f"where {total.at} says 0, the page has no list"


def the_licence(log: Log) -> Iterator[Candidate]:
    """Ask for the documentation that says that one answer is all, where nothing speaks against it."""
    walk = log.contract.walk
    if not isinstance(walk, Single) or walk.absence is not None or log.contract.claim.single:
        return
    if [line.outcome for line in one_answer_is_all(log)] == ["open"]:
        line: dict[str, Any] = {"walk": {"absence": {"documented": PAGE}}}
        yield Candidate(proposal=Proposal(line=line, because="nothing speaks of more than one answer", needs=LICENCE))


def the_end(log: Log) -> Iterator[Candidate]:
    """Name how the end reads, where the table does not know it."""
    walk, shown = log.contract.walk, last_signals(log)
    decision = None if shown is None else decide(walk, None, shown)
    if shown is None or not isinstance(decision, Broken):
        return
    if decision.code == "cursor_after_end":
        line: dict[str, Any] = {"walk": {"trailing_cursor": True}}
        yield Candidate(proposal=Proposal(line=line, because="a cursor stands beside the end"), contract=mended(log))
        return
    if decision.code == "unexpected_empty_page" and shown.empty and ends_by_count(log):
        return
    if decision.code == "unexpected_empty_page" and shown.empty:
        line = {"walk": {"end_on_empty": {"documented": PAGE}}}
        because = f"behind all {shown.received} items a page is empty, and nothing else says that it is over"
        yield Candidate(proposal=Proposal(line=line, because=because, needs=LICENCE))
        return
    name, signal = ("more", shown.more) if shown.more is not None else ("next", shown.next)
    if signal is None or signal.state in (State.VALUE, State.TRUE):
        return
    table = {"true" if name == "more" else "value": "continue", signal.state.value: "end"}
    because = f"after all {shown.received} items it is {signal.state.value}"
    if signal.state is not State.ABSENT:
        line = {"walk": {"end": {name: table}}}
        yield Candidate(proposal=Proposal(line=line, because=because), contract=mended(log))
        return
    line = {"walk": {"end": {name: table}, "absence": {"documented": PAGE}}}
    yield Candidate(proposal=Proposal(line=line, because=because, needs=LICENCE))
