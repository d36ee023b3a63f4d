"""What counts the items: a number beside them, and another tool of the same provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ...schemas.claim import Grade
from ...schemas.completeness import Census, Completeness, Total
from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.operation import Probe
from ...schemas.walk import Cursor, Keyset, Offset, Page
from ..shapes import is_object
from .candidate import ESTIMATE, Candidate, beside_the_mends, identifier, line_of_id, with_id
from .counting import MEANINGS, Meaning, meanings, stated
from .envelope import numbers
from .log import Log
from .proposal import Proposal
from .totals import counted

__all__ = ["a_census", "a_total", "counted_already", "strong", "the_scope"]


_WORDS: Final = {
    "walk": "counts all items",
    "remaining": "counts what is left behind each page",
    "onward": "counts what is left from each page on",
    "pages": "counts the pages",
}


_OF_ITEMS: Final = frozenset({"walk", "remaining", "onward"})
"""What counts the items; a count of the pages misses what is lost on one."""


def the_scope(log: Log) -> Iterator[Candidate]:
    """Say what the declared total counts, where it is declared to count something else."""
    total = log.contract.complete.total
    if total is None:
        return
    at = str(total.at)
    if log.short and log.agrees:
        line: dict[str, Any] = {"complete": {"total": {"at": at, "exact": False}}}
        because = f"two walks give {len(log.known or ())} items, and {at} speaks of more"
        yield Candidate(proposal=Proposal(line=line, because=because, needs=ESTIMATE))
        return
    if (first := _on_first(log, total)) is not None:
        yield _total(log, total.at, first, on_first=True)
        return
    match counted(log):
        case "estimate":
            line = {"complete": {"total": {"at": at, "exact": False}}}
            yield Candidate(proposal=Proposal(line=line, because=f"{at} is no exact number of items"))
        case "page" if total.scope != "page":
            line = {"complete": {"total": {"at": at, "scope": "page"}}}
            yield Candidate(proposal=Proposal(line=line, because=f"{at} counts the items of each page"))
        case "walk" | "remaining" | "onward" as counts if counts != total.scope:
            yield from _each(log, (total.at, *(place for place, same in _meant(log) if same == counts)), counts)
        case "pages" if total.scope != "pages":
            yield _total(log, total.at, "pages")
        case _:
            return


def _on_first(log: Log, total: Total) -> Meaning | None:
    """What a total counts that stands on first pages, and not on others."""
    if total.on == "first" or all(page.number is not None for page in stated(log.walks(), total.at)):
        return None
    complete = replace(log.contract.complete, total=replace(total, on="first"))
    match counted(replace(log, contract=replace(log.contract, complete=complete))):
        case "walk" | "onward" | "remaining" | "pages" as meaning:
            return meaning
        case _:
            return None


def a_total(log: Log) -> Iterator[Candidate]:
    """Name a number beside the items that counts them, where the contract declares none that does."""
    known, items, total = log.undisputed, log.contract.response.items, log.contract.complete.total
    if known is None or items is None or counted(log) in _OF_ITEMS:
        return
    declared = None if total is None else total.at
    found = [(place, counts) for place, counts in _meant(log) if total is None or counts != "pages"]
    for meaning in MEANINGS:
        yield from _each(log, [place for place, counts in found if counts == meaning], meaning)
    for place in numbers([trial.sheets[0] for trial in log.walks() if trial.sheets], items.at):
        if place != declared and (first := _on_first(log, Total(at=place))) is not None:
            yield _total(log, place, first, on_first=True)


def _meant(log: Log) -> Iterator[tuple[Location, Meaning]]:
    """The numbers beside the items that are not declared and have one meaning, other than that they count the page."""
    total, items = log.contract.complete.total, log.contract.response.items
    there = None if log.undisputed is None else len(log.undisputed)
    for place in () if items is None else numbers(log.sheets(), items.at):
        fitting = meanings(stated(log.walks(), place), there)
        if len(fitting) == 1 and fitting[0] != "page" and (total is None or place != total.at):
            yield place, fitting[0]


def _each(log: Log, places: Sequence[Location], meaning: Meaning) -> Iterator[Candidate]:
    """Propose every one of *places*, that which speaks of a filter first: one of them may count all, whatever is asked for."""
    for place in sorted(places, key=lambda one: _FILTERED.search(one.inside or one.path) is None):
        others = " and ".join(str(one) for one in places if one != place)
        yield _total(log, place, meaning, others=others if meaning in _OF_ITEMS else "")


_FILTERED: Final = re.compile(r"(filter|found|match)[^/]*\Z", re.IGNORECASE)


def _total(log: Log, place: Location, meaning: Meaning, *, on_first: bool = False, others: str = "") -> Candidate:
    scope: dict[str, Any] = {} if meaning == "walk" else {"scope": meaning}
    scope |= {"on": "first"} if on_first else {}
    total = Total(at=place, scope=meaning, on="first" if on_first else "every")
    grade = Grade.TERMINATED if meaning == "pages" else Grade.COUNTED
    pointer = identifier(log) if grade is Grade.COUNTED else None
    complete: dict[str, Any] = {"complete": {"require": str(grade), "total": {"at": str(place), **scope}}}
    because = f"{place} {_WORDS[meaning]}" + (", and stands on the first page only" if on_first else "")
    because += _beside(log, others) if others else ""
    proposal = Proposal(line={**line_of_id(log, pointer), **complete}, because=because)
    return beside_the_mends(
        log,
        proposal,
        lambda base: replace(with_id(log, pointer, base), complete=Completeness(require=grade, total=total)),
    )


def _beside(log: Log, others: str) -> str:
    """What is to be said of a total beside which there are *others* that count the same."""
    apart = "; prove with a filter to tell them apart" if log.contract.input.get("properties") else ""
    return f"; {others} {'count' if ' and ' in others else 'counts'} the same{apart}"


def a_census(log: Log) -> Iterator[Candidate]:
    """Count with another tool of the same provider, where one takes the same arguments and gives a number."""
    complete, known = log.contract.complete, log.undisputed
    if complete.census is not None or known is None or counted_already(log):
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
    if whole.get("type") in _NUMBERS:
        return tool.response.data
    members: Mapping[str, Any] = whole.get("properties") or {}
    numbers = [name for name, said in members.items() if is_object(said) and said.get("type") in _NUMBERS]
    return f"/{numbers[0]}" if len(numbers) == 1 and _COUNTS.search(numbers[0]) else None


_NUMBERS: Final = ("integer", "number")
_COUNTS: Final = re.compile(r"count|total", re.IGNORECASE)


def _takes_the_same(sibling: Contract, contract: Contract) -> bool:
    own: Mapping[str, Any] = contract.input.get("properties") or {}
    theirs: Mapping[str, Any] = sibling.input.get("properties") or {}
    return set(theirs) <= set(own)


def _census(log: Log, sibling: Contract, at: str) -> Candidate:
    sent: dict[str, Any] = {**dict.fromkeys(_sent(log.contract)), **sibling.request.query}
    census = Census(request=Probe(url=sibling.request.url, query=sent), at=Location("body", at))
    pointer = identifier(log)
    grade = Grade.CENSUSED if pointer is not None else Grade.TERMINATED
    query = {"query": sent} if sent else {}
    asked: dict[str, Any] = {"request": {"url": sibling.request.url, **query}, "at": f"body:{at}"}
    line = {**line_of_id(log, pointer), "complete": {"require": str(grade), "census": asked}}

    def counting(base: Contract) -> Contract:
        complete = replace(base.complete, require=grade, census=census)
        return replace(with_id(log, pointer, base), complete=complete)

    return beside_the_mends(log, Proposal(line=line, because=f"{sibling.name} counts the same"), counting)


def _sent(contract: Contract) -> Iterator[str]:
    """The query parameters that the listing itself sends, and that a count must not be narrowed by."""
    walk = contract.walk
    targets = [] if walk.page_size is None else [walk.page_size.send]
    targets += [walk.send] if isinstance(walk, Cursor | Keyset | Offset | Page) else []
    yield from (target.path for target in targets if target.source == "query")


def strong(log: Log) -> bool:
    """Whether something counts the items already, or could."""
    complete = log.contract.complete
    if complete.differential is not None or complete.past_end:
        return True
    return counted_already(log) or any(True for _ in a_census(log))


def counted_already(log: Log) -> bool:
    """Whether a number counts the items, or could."""
    if log.contract.complete.census is not None or counted(log) in _OF_ITEMS:
        return True
    return any(True for _ in a_total(log))
