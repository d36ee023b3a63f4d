"""A line to try, and the tool to try it with: as it is written, but for what is known to be wrong.

What is mended here is mended for a trial only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from ...schemas.claim import Grade
from ...schemas.contract import Contract
from ...schemas.expectation import Items
from ...schemas.walk import Absence, Keyset, Offset, Page
from ...validators.ending import Broken, decide
from .ends import last_signals
from .envelope import members
from .log import Log
from .proposal import Proposal
from .totals import counted
from .variants import any_end, plain

__all__ = [
    "ESTIMATE",
    "LICENCE",
    "PAGE",
    "Candidate",
    "Source",
    "ends_by_count",
    "identified",
    "identifier",
    "mended",
    "with_id",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A *proposal*, and the *contract* to try it with; None where it was seen already, or nobody here can know."""

    proposal: Proposal
    contract: Contract | None = None


Source: TypeAlias = Callable[[Log], Iterator[Candidate]]


PAGE: Final = "https://…"
LICENCE: Final = "a page of the API's documentation that says so"
ESTIMATE: Final = "a page of the API's documentation that says that it is an estimate"


def ends_by_count(log: Log) -> bool:
    """Whether the walk ends where the declared total says, and the total is right."""
    total = log.contract.complete.total
    return total is not None and total.exact and counted(log) == total.scope != "page"


def identified(log: Log) -> bool:
    items = log.contract.response.items
    sheets = [sheet for sheet in log.sheets() if sheet.count]
    if items is None or items.id is None:
        return False
    return all(sheet.ids is not None and len(set(sheet.ids)) == len(sheet.ids) for sheet in sheets)


def identifier(log: Log) -> str | None:
    """The identifier that the contract names, or else the first member that all items have, each another."""
    whole = log.whole
    if whole is None or log.undisputed is None or len(log.undisputed) < 2:
        return None
    items = log.contract.response.items
    if identified(log) and items is not None and items.id is not None and len(items.id) == 1:
        return items.id[0]
    rows = [item for sheet in whole.sheets for item in sheet.items or ()]
    for pointer in members(rows):
        values = [row[pointer[1:]] for row in rows if isinstance(row, dict)]
        if len({repr(value) for value in values}) == len(rows):
            return pointer
    return None


def with_id(log: Log, pointer: str | None, base: Contract | None = None) -> Contract:
    """The contract with *pointer* as the identifier of its items."""
    contract = mended(log) if base is None else base
    if pointer is None or identified(log):
        return contract
    items = replace(contract.response.items or Items(), id=(pointer,))
    return replace(contract, response=replace(contract.response, items=items))


def mended(log: Log) -> Contract:
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
