"""Conditions with arguments in them: filled for one call, and left out where an argument was not given.

What a caller did not say cannot be compared with; a condition that needs it does not apply.  No I/O.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

from ..schemas.condition import Argument, Condition, When
from ..schemas.expectation import Acceptor, Expectation, Nested
from .shapes import is_list, is_object
from .template import MISSING, Missing, Scope, Unfit, fill, references

__all__ = ["expected", "supposed"]

C = TypeVar("C", bound=Condition | When)


class _Unfit(Exception):  # noqa: N818 - not an error: a way out
    """Carries an argument that does not fit out of the functions below; never leaves this module."""

    def __init__(self, unfit: Unfit) -> None:
        super().__init__(unfit.says)
        self.unfit = unfit


def expected(expectation: Expectation, scope: Scope) -> Expectation | Unfit:
    """Fill every condition of *expectation*; those whose argument was not given are left out."""
    try:
        veto = tuple(one for veto in expectation.veto for one in _supposed(veto, scope))
        classify = tuple(one for acceptor in expectation.classify for one in _accepting(acceptor, scope))
        nested = tuple(one for rule in expectation.nested for one in _nested(rule, scope))
    except _Unfit as unfit:
        return unfit.unfit
    same = (veto, classify, nested) == (expectation.veto, expectation.classify, expectation.nested)
    return expectation if same else replace(expectation, veto=veto, classify=classify, nested=nested)


def supposed(condition: C, scope: Scope) -> C | Missing | Unfit:
    """Fill `is` and `not` of *condition*; missing where an argument that it needs is not given."""
    try:
        return next(_supposed(condition, scope), MISSING)
    except _Unfit as unfit:
        return unfit.unfit


def _supposed(condition: C, scope: Scope) -> Iterator[C]:
    is_, not_ = _wanted(condition.is_, scope), _wanted(condition.not_, scope)
    if not isinstance(is_, Missing) and not isinstance(not_, Missing):
        same = is_ is condition.is_ and not_ is condition.not_
        yield condition if same else replace(condition, is_=is_, not_=not_)


def _accepting(acceptor: Acceptor, scope: Scope) -> Iterator[Acceptor]:
    for when in _supposed(acceptor.when, scope):
        yield acceptor if when is acceptor.when else replace(acceptor, when=when)


def _nested(rule: Nested, scope: Scope) -> Iterator[Nested]:
    must = _wanted(rule.must, scope)
    if not isinstance(must, Missing):
        yield rule if must is rule.must else replace(rule, must=must)


def _wanted(value: Any, scope: Scope) -> Any | Missing:
    """Fill *value*; a reference that stands alone keeps the mark that it is an argument."""
    leaves = [(leaf, fill(leaf, scope, "body")) for leaf in _texts(value)]
    for leaf, filled in leaves:
        if isinstance(filled, Missing):
            return filled
        if isinstance(filled, Unfit):
            raise _Unfit(filled)
        if leaf is value:
            alone = [one.source for one in references(leaf, "body")] == [leaf]
            return Argument(filled) if alone and filled != leaf else filled
    return value if all(leaf is filled for leaf, filled in leaves) else fill(value, scope, "body")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inside = value.values() if is_object(value) else value if is_list(value) else ()
    for member in inside:
        yield from _texts(member)
