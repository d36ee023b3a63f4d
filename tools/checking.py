"""What a contract says, judged as a whole: does it mean something, can it be sent, can it prove what it requires?

RULES is a tuple of plain functions over a contract; a new rule is one function more, in the file of its subject.  No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..schemas.contract import Contract
from . import check_requests, check_responses, check_schemas, check_templates, check_urls, check_walks
from .mistake import Mistake
from .reaching import reachable

__all__ = ["RULES", "Rule", "check", "reachable"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]


def check(contract: Contract) -> Iterator[Mistake]:
    """Yield everything that is wrong with *contract*, by every rule."""
    for rule in RULES:
        yield from rule(contract)


RULES: tuple[Rule, ...] = (
    *check_templates.RULES,
    *check_urls.RULES,
    *check_requests.RULES,
    *check_responses.RULES,
    *check_schemas.RULES,
    *check_walks.RULES,
)
