"""What a contract says, judged as a whole: does it mean something, can it be sent, can it prove what it requires?

RULES is a tuple of plain functions over a contract; a new rule is one function more, in the file of its subject.  No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from ..schemas.contract import Contract
from . import (
    check_generations,
    check_people,
    check_relevance,
    check_requests,
    check_responses,
    check_schemas,
    check_steps,
    check_templates,
    check_urls,
    check_walks,
    check_ways,
)
from .mistake import Mistake
from .reaching import reachable

__all__ = ["RULES", "Rule", "check", "check_among", "reachable"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]


def check(contract: Contract) -> Iterator[Mistake]:
    """Yield everything that is wrong with *contract*, by every rule."""
    for rule in RULES:
        yield from rule(contract)


def check_among(contract: Contract, tools: Mapping[str, Contract]) -> Iterator[Mistake]:
    """Yield everything that is wrong with what *contract* says of other tools; *tools* are all that were read with it."""
    for rule in (*check_ways.AMONG, *check_people.AMONG):
        yield from rule(contract, tools)


RULES: tuple[Rule, ...] = (
    *check_templates.RULES,
    *check_urls.RULES,
    *check_requests.RULES,
    *check_responses.RULES,
    *check_schemas.RULES,
    *check_steps.RULES,
    *check_walks.RULES,
    *check_generations.RULES,
    *check_relevance.RULES,
    *check_ways.RULES,
    *check_people.RULES,
)
