"""Rules over vetoes, classifiers and nested checks: each says something, and is looked at.

Plain functions over a contract, gathered in RULES.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from ..schemas.codes import CODES
from ..schemas.condition import UNSET, Condition, Mark, When
from ..schemas.contract import Contract
from ..schemas.walk import Stream
from ..validators.shape import SchemaError, compiled
from .mistake import Mistake, Way, meant

__all__ = ["RULES", "compares_nothing"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]


def nested_lists_are_in_items(contract: Contract) -> Iterator[Mistake]:
    """Only items are looked into; for one thing a veto says the same."""
    response = contract.response
    if response.nested and response.items is None:
        message = "expected `veto` for `claim: one` without `items`, found `nested`, which looks into items"
        yield Mistake(
            ("response", "nested"), message, "for example `veto: [{at: body:/ticket/comments_cut, not: false}]`"
        )


def conditions_say_something(contract: Contract) -> Iterator[Mistake]:
    """A condition without a comparison would always hold."""
    response = contract.response
    for index, veto in enumerate(response.veto):
        if compares_nothing(veto):
            yield Mistake(
                ("response", "veto", index),
                "expected `is`, `not`, `state`, `gt`, `lt` or `nonempty` beside `at`, found none",
            )
    for index, acceptor in enumerate(response.classify):
        when, way = acceptor.when, ("response", "classify", index, "when")
        if when.status is None and when.at is None:
            yield Mistake(way, "expected `status` or `at`, found neither")
        elif (when.at is None) != compares_nothing(when):
            yield Mistake(way, "expected `at` and a comparison together, found one without the other")
    for index, nested in enumerate(response.nested):
        inside = "event" if isinstance(contract.walk, Stream) else "body"
        if nested.at.source != inside:
            hint = "for example `event:*:/comments/more`" if inside == "event" else ""
            message = f"expected a place in the {'events' if hint else 'body'}, found `{nested.at}`"
            yield Mistake(("response", "nested", index, "at"), message, hint)


def compares_nothing(condition: Condition | When | Mark) -> bool:
    """Say whether *condition* names a place at most, and nothing that must hold there."""
    compared = (condition.state, condition.gt, condition.lt, condition.nonempty)
    return condition.is_ is UNSET and condition.not_ is UNSET and all(one is None for one in compared)


def an_answer_can_be_told_from_an_error(contract: Contract) -> Iterator[Mistake]:
    """An error sent with status 200 is delivered as the result where nothing says what a result looks like."""
    response, complete = contract.response, contract.complete
    one = contract.claim.kind == "one" and response.items is None and response.status != (204,)
    empty = response.items is not None and response.items.absent == "empty" and not (complete.total or complete.census)
    if (one or empty) and not (_refuses_errors(contract) or response.data or response.veto or response.classify):
        message = "expected `schema`, `data`, `veto` or `classify` that tells a result from an error with status 200, found none"
        hint = "for example `schema: {type: object, required: [id]}`"
        yield Mistake(("response",), message, hint, severity="warning")


_ERRORS: Final = ({"error": {"code": 1, "message": "no"}}, {"errors": [{"message": "no"}]}, {"message": "no"})


def _refuses_errors(contract: Contract) -> bool:
    """Whether the schema lets no error through that looks as errors do: one that requires nothing takes each for a result."""
    schema = contract.response.schema
    try:
        return schema is not None and not any(map(compiled(schema).is_valid, _ERRORS))
    except (SchemaError, ValueError):  # told by the rule over schemas
        return True


def codes_are_known(contract: Contract) -> Iterator[Mistake]:
    """A code that `unabridged explain` does not know would help nobody."""
    named: list[tuple[Way, str]] = []
    named += [(("response", "veto", index, "code"), veto.code) for index, veto in enumerate(contract.response.veto)]
    named += [(("response", "nested", index, "code"), one.code) for index, one in enumerate(contract.response.nested)]
    named += [(("walk", "restart_on", index), code) for index, code in enumerate(contract.walk.restart_on)]
    for way, code in named:
        if code not in CODES:
            yield Mistake(way, f"expected a code that `unabridged explain` knows, found `{code}`", meant(code, CODES))


RULES: tuple[Rule, ...] = (
    nested_lists_are_in_items,
    conditions_say_something,
    an_answer_can_be_told_from_an_error,
    codes_are_known,
)
