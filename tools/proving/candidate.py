"""A line to try, and the tool to try it with: as it is written, but for what is known to be wrong.

What is mended here is mended for a trial only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

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
    "beside_the_mends",
    "ends_by_count",
    "identified",
    "identifier",
    "line_of_id",
    "mended",
    "with_id",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A *proposal*, and the *contract* to try it with; None where it was seen already, or nobody here can know.

    Where the tool delivers nothing with it, it may *otherwise*.
    """

    proposal: Proposal
    contract: Contract | None = None
    otherwise: Candidate | None = None


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
    """The identifier that the contract names, or else a member that all items have, each another; by its name the likeliest."""
    whole = log.whole
    if whole is None or log.undisputed is None or len(log.undisputed) < 2:
        return None
    items = log.contract.response.items
    if identified(log) and items is not None and items.id is not None and len(items.id) == 1:
        return items.id[0]
    rows = [item for sheet in whole.sheets for item in sheet.items or ()]
    for pointer in sorted(members(rows), key=_unlike_an_identifier):
        values = [row[pointer[1:]] for row in rows if isinstance(row, dict)]
        if len({repr(value) for value in values}) == len(rows):
            return pointer
    return None


_ENDS_IN_ID: Final = re.compile(r"([a-z0-9](Id|ID|Uid|UID|Uuid|UUID|Guid|GUID)|[_.:-](id|uid|uuid|guid|ID))\Z")


def _unlike_an_identifier(pointer: str) -> int:
    """How little the name speaks of an identifier; other members may be unique by chance."""
    name = pointer.rpartition("/")[2]
    if name.strip("_@$").lower() in ("id", "uid", "uuid", "guid", "key"):
        return 0
    return 1 if _ENDS_IN_ID.search(name) else 2


def line_of_id(log: Log, pointer: str | None) -> Mapping[str, Any]:
    """Return what is to be written for *pointer* to be the identifier, nothing where it is one already."""
    return {} if pointer is None or identified(log) else {"response": {"items": {"id": pointer}}}


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


def beside_the_mends(log: Log, proposal: Proposal, change: Callable[[Contract], Contract]) -> Candidate:
    """Try what *proposal* writes by itself, and where that delivers nothing, beside the other lines that are proposed, and say so."""
    own, mends = plain(log.contract), mended(log)
    alone = Candidate(proposal=proposal, contract=change(own))
    if mends == own:
        return alone
    tried = change(mends)
    words = [] if mends.walk == own.walk else ["where the end reads as it is proposed"]
    if own.complete.total is not None and tried.complete.total is None and change(own).complete.total is not None:
        words.append(f"without {own.complete.total.at}")
    because = ", ".join((proposal.because, *words))
    return replace(alone, otherwise=Candidate(proposal=replace(proposal, because=because), contract=tried))
