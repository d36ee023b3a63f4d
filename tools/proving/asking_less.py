"""The least that a tool can be asked for: its arguments that are named like a page size, with the smallest number each takes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...schemas.contract import Contract
from ..shapes import is_list, is_object, members
from ..template import references
from ..walk_names import SIZE_INPUTS, WEAK_SIZES, folded

__all__ = ["least"]


def least(contract: Contract) -> Mapping[str, int]:
    """Map each query parameter that an argument alone fills, and that is named like a page size, to the least it takes.

    A weak name (`count`) counts only where no better one is there: it may be a filter.
    """
    found = list(_sizes(contract))
    named = [(name, number) for name, number, words in found if words & SIZE_INPUTS]
    return dict(named or [(name, number) for name, number, words in found if words & WEAK_SIZES])


def _sizes(contract: Contract) -> Iterator[tuple[str, int, frozenset[str]]]:
    """The integer arguments in the query: the parameter, the least that it takes, and what it is called."""
    arguments = members(contract.input.get("properties"))
    for name, template in contract.request.query.items():
        argument = _argument(template)
        number = None if argument is None else _least(members(arguments.get(argument)))
        if argument is not None and number is not None:
            yield name, number, frozenset({folded(name), folded(argument)})


def _argument(template: object) -> str | None:
    """The argument that is all there is in *template*."""
    used = list(references(template, "query")) if isinstance(template, str) else []
    return used[0].name if len(used) == 1 and used[0].source == template and used[0].kind != "var" else None


_CHOICES: Final = ("anyOf", "oneOf", "allOf")


def _least(schema: Mapping[str, Any]) -> int | None:
    """The smallest number from 1 on that *schema* lets pass; None where it asks for no whole number.

    >>> _least({"type": ["integer", "null"], "minimum": 5}), _least({"enum": [50, 10]}), _least({"type": "string"})
    (5, 10, None)
    """
    enum, said = schema.get("enum"), schema.get("type")
    if is_list(enum):
        return min((one for one in enum if type(one) is int and one > 0), default=None)
    if "integer" in (said if is_list(said) else (said,)):
        return max(1, _ceiling(schema.get("minimum"), 0), _ceiling(schema.get("exclusiveMinimum"), 1))
    branches = [branch for word in _CHOICES for branch in _branches(schema.get(word))]
    return next((number for branch in branches if (number := _least(branch)) is not None), None)


def _branches(choice: object) -> list[Mapping[str, Any]]:
    return [branch for branch in choice if is_object(branch)] if is_list(choice) else []


def _ceiling(bound: object, above: int) -> int:
    return math.ceil(bound) + above if isinstance(bound, int | float) and not isinstance(bound, bool) else 1
