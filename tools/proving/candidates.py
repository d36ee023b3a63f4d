"""Lines that may make a tool file better: CANDIDATES is a tuple of plain functions from what is known to what to try.

Whether a line holds is not decided here: the tool is called with it, and only what then comes whole is proposed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from ...schemas.claim import Grade
from ...schemas.completeness import Census, Completeness, Differential, Total
from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.location import Location
from ...schemas.operation import Probe
from ...schemas.walk import Absence, Cursor, Keyset, Offset, Page
from ...schemas.wire import State
from ...validators.ending import Broken, decide
from ...validators.reading import read
from ..shapes import is_object
from .counting import Meaning, meanings, stated
from .ends import last_signals
from .envelope import flags, members, numbers
from .log import Log
from .paging import one_based, sizes
from .proposal import Proposal
from .totals import counted
from .variants import any_end, plain

__all__ = ["CANDIDATES", "Candidate", "candidates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A *proposal*, and the *contract* to try it with; None where it was seen already, or nobody here can know."""

    proposal: Proposal
    contract: Contract | None = None


Source: TypeAlias = Callable[[Log], Iterator[Candidate]]

_PAGE: Final = "https://…"
_LICENCE: Final = "a page of the API's documentation that says so"
_ESTIMATE: Final = "a page of the API's documentation that says that it is an estimate"
_WORDS: Final = {
    "walk": "counts all items",
    "remaining": "counts what is left behind each page",
    "onward": "counts what is left from each page on",
    "pages": "counts the pages",
}


def the_clamp(log: Log) -> Iterator[Candidate]:
    """Say how much a page can hold, where the service gives less than it is asked for."""
    size, clamp = log.contract.walk.page_size, sizes(log).clamp
    if size is not None and clamp is not None and size.max != clamp:
        line: dict[str, Any] = {"walk": {"page_size": {"max": clamp}}}
        yield Candidate(proposal=Proposal(line=line, because=f"no page ever held more than {clamp} items"))


def the_identifier(log: Log) -> Iterator[Candidate]:
    """Name a member that identifies the items, where the contract names none that does."""
    found = _identifier(log)
    if found is not None and not _identified(log):
        tried = replace(_mended(log), response=_with_id(log, found).response)
        proposal = Proposal(line={"response": {"items": {"id": found}}}, because="every item has one of its own there")
        yield Candidate(proposal=proposal, contract=tried)


def the_first_number(log: Log) -> Iterator[Candidate]:
    """Count pages from 1, where that is how the service counts them."""
    walk = log.contract.walk
    if isinstance(walk, Page) and one_based(log):
        tried = replace(plain(log.contract), walk=replace(walk, start=1))
        proposal = Proposal(line={"walk": {"start": 1}}, because="pages are counted from 1")
        yield Candidate(proposal=proposal, contract=tried)


def the_end(log: Log) -> Iterator[Candidate]:
    """Name how the end reads, where the table does not know it."""
    walk, shown = log.contract.walk, last_signals(log)
    decision = None if shown is None else decide(walk, None, shown)
    if shown is None or not isinstance(decision, Broken):
        return
    if decision.code == "cursor_after_end":
        line: dict[str, Any] = {"walk": {"trailing_cursor": True}}
        yield Candidate(proposal=Proposal(line=line, because="a cursor stands beside the end"), contract=_mended(log))
        return
    if decision.code == "unexpected_empty_page" and shown.empty and _ends_by_count(log):
        return
    if decision.code == "unexpected_empty_page" and shown.empty:
        line = {"walk": {"end_on_empty": {"documented": _PAGE}}}
        because = f"behind all {shown.received} items a page is empty, and nothing else says that it is over"
        yield Candidate(proposal=Proposal(line=line, because=because, needs=_LICENCE))
        return
    name, signal = ("more", shown.more) if shown.more is not None else ("next", shown.next)
    if signal is None or signal.state in (State.VALUE, State.TRUE):
        return
    table = {"true" if name == "more" else "value": "continue", signal.state.value: "end"}
    because = f"after all {shown.received} items it is {signal.state.value}"
    if signal.state is not State.ABSENT:
        line = {"walk": {"end": {name: table}}}
        yield Candidate(proposal=Proposal(line=line, because=because), contract=_mended(log))
        return
    line = {"walk": {"end": {name: table}, "absence": {"documented": _PAGE}}}
    yield Candidate(proposal=Proposal(line=line, because=because, needs=_LICENCE))


def the_scope(log: Log) -> Iterator[Candidate]:
    """Say what the declared total counts, where it is declared to count something else."""
    total = log.contract.complete.total
    if total is None:
        return
    at = str(total.at)
    if log.short and log.agrees:
        line: dict[str, Any] = {"complete": {"total": {"at": at, "exact": False}}}
        because = f"two walks give {len(log.known or ())} items, and {at} speaks of more"
        yield Candidate(proposal=Proposal(line=line, because=because, needs=_ESTIMATE))
        return
    match counted(log):
        case "estimate":
            line = {"complete": {"total": {"at": at, "exact": False}}}
            yield Candidate(proposal=Proposal(line=line, because=f"{at} is no exact number of items"))
        case "page" if total.scope != "page":
            line = {"complete": {"total": {"at": at, "scope": "page"}}}
            yield Candidate(proposal=Proposal(line=line, because=f"{at} counts the items of each page"))
        case "walk" | "remaining" | "onward" | "pages" as counts if counts != total.scope:
            yield _total(log, total.at, counts)
        case _:
            return


def a_total(log: Log) -> Iterator[Candidate]:
    """Name a number beside the items that counts them, where the contract declares none that does."""
    known, items = log.undisputed, log.contract.response.items
    if known is None or items is None or (log.contract.complete.total is not None and counted(log) != "page"):
        return
    for place in numbers(log.sheets(), items.at):
        fitting = meanings(stated(log, place), len(known))
        if len(fitting) == 1 and fitting[0] != "page":
            yield _total(log, place, fitting[0])


def _total(log: Log, place: Location, meaning: Meaning) -> Candidate:
    scope: dict[str, Any] = {} if meaning == "walk" else {"scope": meaning}
    total = Total(at=place, scope=meaning)
    grade = Grade.TERMINATED if meaning == "pages" else Grade.COUNTED
    base = _mended(log)
    tried = replace(_with_id(log, _identifier(log), base), complete=Completeness(require=grade, total=total))
    line: dict[str, Any] = {"complete": {"require": str(grade), "total": {"at": str(place), **scope}}}
    because = f"{place} {_WORDS[meaning]}"
    return Candidate(proposal=Proposal(line=line, because=because), contract=tried)


def a_census(log: Log) -> Iterator[Candidate]:
    """Count with another tool of the same provider, where one takes the same arguments and gives a number."""
    complete, known = log.contract.complete, log.undisputed
    if complete.census is not None or known is None or _counted_already(log):
        return
    for sibling in log.siblings:
        at = _number_of(sibling)
        if at is not None and _takes_the_same(sibling, log.contract):
            yield _census(log, sibling, at)


def _number_of(tool: Contract) -> str | None:
    """Where the one number stands that *tool* gives; None where it gives something else."""
    if tool.claim.kind != "one" or tool.effects != "read" or tool.request.method != "GET" or tool.response.items:
        return None
    whole: Mapping[str, Any] = tool.response.schema or {}
    if whole.get("type") == "integer":
        return tool.response.data
    members: Mapping[str, Any] = whole.get("properties") or {}
    numbers = [name for name, said in members.items() if is_object(said) and said.get("type") == "integer"]
    return f"/{numbers[0]}" if len(numbers) == 1 and _COUNTS.search(numbers[0]) else None


_COUNTS: Final = re.compile(r"count|total", re.IGNORECASE)


def _takes_the_same(sibling: Contract, contract: Contract) -> bool:
    own: Mapping[str, Any] = contract.input.get("properties") or {}
    theirs: Mapping[str, Any] = sibling.input.get("properties") or {}
    return set(theirs) <= set(own)


def _census(log: Log, sibling: Contract, at: str) -> Candidate:
    sent: dict[str, Any] = {**dict.fromkeys(_sent(log.contract)), **sibling.request.query}
    census = Census(request=Probe(url=sibling.request.url, query=sent), at=Location("body", at))
    base = _with_id(log, _identifier(log), _mended(log))
    grade = Grade.CENSUSED if _identifier(log) is not None else Grade.TERMINATED
    tried = replace(base, complete=replace(base.complete, require=grade, census=census))
    query = {"query": sent} if sent else {}
    asked: dict[str, Any] = {"request": {"url": sibling.request.url, **query}, "at": f"body:{at}"}
    line: dict[str, Any] = {"complete": {"require": str(grade), "census": asked}}
    return Candidate(proposal=Proposal(line=line, because=f"{sibling.name} counts the same"), contract=tried)


def _sent(contract: Contract) -> Iterator[str]:
    """The query parameters that the listing itself sends, and that a count must not be narrowed by."""
    walk = contract.walk
    targets = [] if walk.page_size is None else [walk.page_size.send]
    targets += [walk.send] if isinstance(walk, Cursor | Keyset | Offset | Page) else []
    yield from (target.path for target in targets if target.source == "query")


def a_flag(log: Log) -> Iterator[Candidate]:
    """Name a flag that says whether there is more, where the contract declares none."""
    whole, known, items = log.whole, log.undisputed, log.contract.response.items
    if log.contract.walk.more is not None or whole is None or known is None or items is None or len(known) < 2:
        return
    for place in flags(log.sheets(), items.at):
        if _flies(log, place, len(known)):
            end = replace(log.contract.walk.end, more=None, next=None)
            walk = replace(log.contract.walk, more=place, end=end, trailing_cursor=True)
            tried = replace(_mended(log), walk=walk, complete=Completeness(require=Grade.TERMINATED))
            proposal = Proposal(
                line={"walk": {"more": str(place)}}, because=f"{place} is true until the last page, and false there"
            )
            yield Candidate(proposal=proposal, contract=tried)


def _flies(log: Log, place: Location, there: int) -> bool:
    """Whether the flag at *place* is true on exactly those pages behind which there is more."""
    seen: set[bool] = set()
    for trial in log.walks():
        received = 0
        for sheet in trial.sheets:
            received += sheet.count
            state = read(sheet.message, place).state
            if sheet.count and state is not (State.TRUE if received < there else State.FALSE):
                return False
            seen.add(state is State.TRUE)
    return len(seen) == 2


def behind_the_end(log: Log) -> Iterator[Candidate]:
    """Ask behind the last item, where no stronger witness is declared."""
    if not isinstance(log.contract.walk, Offset | Page | Keyset) or log.undisputed is None or _strong(log):
        return
    tried = replace(_mended(log), complete=Completeness(require=Grade.PAST_END, past_end=True))
    line: dict[str, Any] = {"complete": {"require": "past_end", "past_end": True}}
    yield Candidate(proposal=Proposal(line=line, because="nothing lies behind the end"), contract=tried)


def a_second_walk(log: Log) -> Iterator[Candidate]:
    """Walk twice with pages of different sizes, where nothing counts the items."""
    another = log.trials.get("another")
    if not log.agrees or another is None or another.came is None or _strong(log) or _identifier(log) is None:
        return
    base = _with_id(log, _identifier(log), _mended(log))
    differential = Differential(page_size=another.came)
    tried = replace(base, complete=Completeness(require=Grade.DIFFERENTIAL, differential=differential))
    line: dict[str, Any] = {"complete": {"require": "differential", "differential": {"page_size": another.came}}}
    because = f"pages of {another.came} give the same {len(another.marks)} items"
    yield Candidate(proposal=Proposal(line=line, because=because), contract=tried)


CANDIDATES: tuple[Source, ...] = (
    the_clamp,
    the_first_number,
    the_identifier,
    the_end,
    the_scope,
    a_total,
    a_census,
    a_flag,
    behind_the_end,
    a_second_walk,
)


def candidates(log: Log) -> Iterator[Candidate]:
    """Ask every source, the strongest witnesses first."""
    for source in CANDIDATES:
        yield from source(log)


# ------------------------------------------------------------------------------------------ what they share


def _strong(log: Log) -> bool:
    """Whether something counts the items already, or could."""
    complete = log.contract.complete
    if complete.differential is not None or complete.past_end:
        return True
    return _counted_already(log) or any(True for _ in a_census(log))


def _ends_by_count(log: Log) -> bool:
    """Whether the walk ends where the declared total says, and the total is right."""
    total = log.contract.complete.total
    return total is not None and total.exact and counted(log) == total.scope != "page"


def _counted_already(log: Log) -> bool:
    """Whether a number counts the items, or could."""
    if log.contract.complete.census is not None or counted(log) in ("walk", "remaining", "onward"):
        return True
    return any(True for _ in a_total(log))


def _identified(log: Log) -> bool:
    items = log.contract.response.items
    sheets = [sheet for sheet in log.sheets() if sheet.count]
    if items is None or items.id is None:
        return False
    return all(sheet.ids is not None and len(set(sheet.ids)) == len(sheet.ids) for sheet in sheets)


def _identifier(log: Log) -> str | None:
    """The identifier that the contract names, or else the first member that all items have, each another."""
    whole = log.whole
    if whole is None or log.undisputed is None or len(log.undisputed) < 2:
        return None
    items = log.contract.response.items
    if _identified(log) and items is not None and items.id is not None and len(items.id) == 1:
        return items.id[0]
    rows = [item for sheet in whole.sheets for item in sheet.items or ()]
    for pointer in members(rows):
        values = [row[pointer[1:]] for row in rows if isinstance(row, dict)]
        if len({repr(value) for value in values}) == len(rows):
            return pointer
    return None


def _with_id(log: Log, pointer: str | None, base: Contract | None = None) -> Contract:
    """The contract with *pointer* as the identifier of its items."""
    contract = _mended(log) if base is None else base
    if pointer is None or _identified(log):
        return contract
    items = replace(contract.response.items or Items(), id=(pointer,))
    return replace(contract, response=replace(contract.response, items=items))


def _mended(log: Log) -> Contract:
    """The tool as it is written, but with an end that is known, and without a total that counts something else."""
    contract = plain(log.contract)
    walk, complete, shown = contract.walk, contract.complete, last_signals(log)
    if shown is not None and isinstance(decide(walk, None, shown), Broken):
        licence = Absence(documented="an experiment")
        empty = licence if isinstance(walk, Offset | Page | Keyset) else walk.end_on_empty
        walk = replace(walk, end=any_end(walk), trailing_cursor=True, absence=licence, end_on_empty=empty)
    if complete.total is not None and counted(log) != complete.total.scope:
        complete = replace(complete, total=None, require=min(complete.require, Grade.TERMINATED))
    return replace(contract, walk=walk, complete=complete)
