"""Rules over gates and sequence numbers: a bound on the right side, and a score where one can be.

Plain functions over a contract, gathered in RULES.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.expectation import Items
from ..validators.relevance import DISTANCES
from .mistake import Mistake, Way, meant

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]

_GATE: Way = ("complete", "gate")


def gates_are_for_rankings(contract: Contract) -> Iterator[Mistake]:
    """Only a ranked answer has a nearest item; of all things, leaving some out would be a silent cut."""
    if contract.complete.gate is not None and contract.claim.kind != "top_k":
        message = f"expected `gate` beside `claim: top_k` only, found it beside `claim: {contract.claim.kind}`"
        yield Mistake(_GATE, message, "a gate leaves items out: write `claim: top_k` if the answer is a ranking")


def gates_have_the_bound_of_their_metric(contract: Contract) -> Iterator[Mistake]:
    """By a similarity more is nearer, by a distance less is; a bound on the wrong side would let the farthest pass."""
    gate = contract.complete.gate
    if gate is None:
        return
    kind, due, other = ("a distance", "max", "min") if gate.metric in DISTANCES else ("a similarity", "min", "max")
    nearer = "less" if due == "max" else "more"
    if getattr(gate, other) is not None:
        message = f"expected `{due}`, because `{gate.metric}` is {kind}: {nearer} is nearer, found `{other}`"
        yield Mistake((*_GATE, other), message)
    elif getattr(gate, due) is None:
        message = f"expected `{due}`, because `{gate.metric}` is {kind}: {nearer} is nearer, found no bound"
        yield Mistake(_GATE, message, "`unabridged calibrate` finds one from labelled queries")


def enough_can_pass(contract: Contract) -> Iterator[Mistake]:
    """Of three items no four can pass."""
    gate, bound = contract.complete.gate, contract.claim.bound
    if gate is not None and isinstance(bound, int) and gate.min_items > bound:
        message = f"expected at most {bound}, as many as `claim` asks for, found {gate.min_items}"
        yield Mistake((*_GATE, "min_items"), message)


def scores_are_in_the_items(contract: Contract) -> Iterator[Mistake]:
    """The score is a place in one item, or the same place in all of them, written over the body."""
    gate, items = contract.complete.gate, contract.response.items or Items()
    if gate is None:
        return
    inside = gate.at.removeprefix(f"{items.at}/*")
    first = inside.split("/")[1:2]
    if "*" in inside.split("/"):
        message = (
            f"expected a place in one item, such as /score, or {items.at}/*/score over the body, found `{gate.at}`"
        )
        yield Mistake((*_GATE, "at"), message)
    elif not first:
        yield Mistake((*_GATE, "at"), "expected a place in one item, such as /score, found the whole item")
    elif items.columns is not None and first[0] not in items.columns:
        message = f"expected a column of `response.items.columns`, found `{first[0]}`"
        yield Mistake((*_GATE, "at"), message, meant(first[0], items.columns))


def columns_stand_for_the_list(contract: Contract) -> Iterator[Mistake]:
    """Items come from one list, or from several that stand side by side."""
    items = contract.response.items
    if items is None or items.columns is None:
        return
    way: Way = ("response", "items")
    if items.at:
        yield Mistake((*way, "at"), f"expected no `at` beside `columns`, found `{items.at}`: each column has its own")
    if all(column.absent == "omit" or column.null == "omit" for column in items.columns.values()):
        message = "expected one column that is always there, found none: nothing would tell how many items there are"
        yield Mistake((*way, "columns"), message)
    for pointer in items.id or ():
        name = pointer.split("/")[1] if "/" in pointer else ""
        if name not in items.columns:
            message = f"expected a place in a column of `columns`, found `{pointer}`"
            yield Mistake((*way, "id"), message, meant(name, items.columns))


RULES: tuple[Rule, ...] = (
    gates_are_for_rankings,
    gates_have_the_bound_of_their_metric,
    enough_can_pass,
    scores_are_in_the_items,
    columns_stand_for_the_list,
)
