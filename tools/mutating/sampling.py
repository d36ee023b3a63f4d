"""A few of many, chosen by their position alone, so that the same ones are chosen every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

__all__ = ["MOST_PAGES", "spread_over"]

MOST_PAGES = 6
"""As many pages of one walk are corrupted; of a longer one the first, the last, and those between that are evenly spread."""

T = TypeVar("T")


def spread_over(many: Sequence[T], most: int) -> list[T]:
    """Choose at most *most* (two at least) of *many*, the first and the last among them, and the others evenly between.

    >>> spread_over("abcdefg", 3), spread_over("ab", 3)
    (['a', 'd', 'g'], ['a', 'b'])
    """
    if len(many) <= most:
        return list(many)
    last = len(many) - 1
    return [many[round(step * last / (most - 1))] for step in range(most)]
