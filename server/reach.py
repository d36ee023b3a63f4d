"""How strong a proof a contract can give at best: the highest grade among the witnesses that it calls.

It reads the contract alone; what a service really says is seen in a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..schemas.contract import Contract, Grade
from ..schemas.walk import WalkKind
from ..validators.ending import has_channel

__all__ = ["reachable"]


def reachable(contract: Contract) -> Grade:
    """Return the best grade that *contract* can reach."""
    return max((*_of_the_end(contract), *_of_the_witnesses(contract)), default=Grade.NONE)


def _of_the_end(contract: Contract) -> Iterator[Grade]:
    """What the end alone is worth: a state that is there asserts it, an absent one is only documented."""
    walk, total = contract.walk, contract.complete.total
    if contract.claim.kind in ("one", "top_k", "first") or (total is not None and total.exact):
        yield Grade.TERMINATED
    if walk.absence is not None or walk.end_on_empty is not None:
        yield Grade.DOCUMENTED_ABSENCE
    if any(state != "absent" and meaning == "end" for state, meaning in _end_table(walk).items()):
        yield Grade.TERMINATED


def _end_table(walk: WalkKind) -> Mapping[str, str]:
    """The table that decides: the flag's where there is a flag, and else the cursor's."""
    if walk.more is not None:
        return walk.end.more or {"false": "end"}
    return (walk.end.next or {"null": "end"}) if has_channel(walk) else {}


def _of_the_witnesses(contract: Contract) -> Iterator[Grade]:
    complete, items = contract.complete, contract.response.items
    identified = items is not None and items.id is not None
    if complete.rel_last:
        yield Grade.TERMINATED
    if complete.past_end:
        yield Grade.PAST_END
    if complete.differential is not None:
        yield Grade.DIFFERENTIAL
    if (
        identified
        and complete.total is not None
        and complete.total.exact
        and complete.total.scope not in ("pages", "page")
    ):
        yield Grade.COUNTED
    if identified and complete.census is not None:
        yield Grade.CENSUSED if complete.census.when == "before_and_after" else Grade.COUNTED
