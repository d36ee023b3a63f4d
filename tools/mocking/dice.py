"""Chance that is always the same: what is drawn depends on a seed and on what it is drawn for, and on nothing else.

It has no state, so that the same question has the same answer in whatever order questions come.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["chance", "pick", "roll", "within"]

T = TypeVar("T")


def roll(*place: object) -> int:
    """Draw a whole number of 64 bits for *place*: a seed, and what it is for.

    >>> roll(0, "a") == roll(0, "a"), roll(0, "a") == roll(1, "a")
    (True, False)
    """
    return int.from_bytes(blake2b("\x1f".join(map(str, place)).encode(), digest_size=8).digest(), "big")


def chance(*place: object) -> float:
    """Draw a number of [0, 1) for *place*."""
    return roll(*place) / 2**64


def pick(options: Sequence[T], *place: object) -> T:
    """Choose one of *options* for *place*."""
    return options[roll(*place) % len(options)]


def within(low: int, high: int, *place: object) -> int:
    """Draw a whole number from *low* to *high*, both included, for *place*."""
    return low + roll(*place) % (max(high, low) - low + 1)
