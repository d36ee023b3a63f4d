"""How strong a proof a contract can give at best, from what it declares alone.

What a service really says is seen in a call; how evidence is graded is `validators/witnesses.py`.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.walk import Single, Stream, WalkKind
from ..validators.ending import has_channel

__all__ = ["at_the_end", "counts_items", "identified", "reachable"]


def reachable(contract: Contract) -> Grade:
    """Return the best grade that *contract* can reach.

    An answer of one thing, a ranked answer and a bounded one are proven by what came; only a claim about all of
    something is open to more.
    """
    if contract.claim.single or contract.claim.kind in ("top_k", "first"):
        return Grade.TERMINATED
    return max((at_the_end(contract), *_of_the_witnesses(contract)))


def identified(contract: Contract) -> bool:
    """Say whether items can be told apart."""
    return contract.response.items is not None and contract.response.items.id is not None


def counts_items(contract: Contract) -> bool:
    """Say whether the service's total is a number of items of the whole walk, and exact."""
    total = contract.complete.total
    return total is not None and total.exact and total.scope not in ("pages", "page")


def at_the_end(contract: Contract) -> Grade:
    """Return what the end of the walk alone is worth."""
    walk, total = contract.walk, contract.complete.total
    if walk.repeat == "end" or (isinstance(walk, Stream) and walk.terminal):
        return Grade.TERMINATED
    if walk.more is not None or has_channel(walk):
        return max(_of_the_table(walk), _of_an_empty_page(walk))
    if total is not None and total.exact and total.scope != "page":
        return Grade.TERMINATED
    if isinstance(walk, Single):
        return Grade.DOCUMENTED_ABSENCE if walk.absence is not None else Grade.NONE
    return _of_an_empty_page(walk)


def _of_an_empty_page(walk: WalkKind) -> Grade:
    return Grade.DOCUMENTED_ABSENCE if walk.end_on_empty is not None else Grade.NONE


def _of_the_table(walk: WalkKind) -> Grade:
    """A state that is there asserts the end; one that is absent is documented at best."""
    ends = [state for state, meaning in _deciding(walk).items() if meaning == "end"]
    if any(state != "absent" for state in ends):
        return Grade.TERMINATED
    return Grade.DOCUMENTED_ABSENCE if ends and walk.absence is not None else Grade.NONE


def _deciding(walk: WalkKind) -> Mapping[str, str]:
    """The table that decides: the flag's where there is a flag, and else the cursor's."""
    if walk.more is not None:
        return walk.end.more or {"true": "continue", "false": "end"}
    return walk.end.next or {"value": "continue", "null": "end"}


def _of_the_witnesses(contract: Contract) -> Iterator[Grade]:
    complete = contract.complete
    if complete.rel_last:
        yield Grade.TERMINATED
    if complete.past_end:
        yield Grade.PAST_END
    if complete.differential is not None:
        yield Grade.DIFFERENTIAL
    if counts_items(contract):
        yield Grade.COUNTED if identified(contract) else Grade.TERMINATED
    if complete.census is not None:
        both = Grade.CENSUSED if complete.census.when == "before_and_after" else Grade.COUNTED
        yield both if identified(contract) else Grade.TERMINATED
