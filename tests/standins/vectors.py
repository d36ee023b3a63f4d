"""Texts as vectors, by their words alone: the same text is the same vector everywhere, without a model to download.

A real embedding knows that "cancelled" is near to "churned"; this one does not, and is for tests that need a number that is
known beforehand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import sqrt
from typing import TypeAlias
from zlib import crc32

__all__ = ["DIMENSION", "Embed", "Vector", "bag_of_words", "cosine"]

Vector: TypeAlias = Sequence[float]
Embed: TypeAlias = Callable[[str], Vector]

DIMENSION = 1024

_WORD = re.compile(r"[a-z0-9]+")
_SAYS_NOTHING = frozenset(
    [
        "a",
        "after",
        "and",
        "in",
        "is",
        "more",
        "of",
        "s",
        "that",
        "the",
        "this",
        "to",
        "was",
        "were",
        "what",
        "which",
        "with",
    ]
)


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def bag_of_words(text: str) -> Vector:
    """Count the words of *text*, plural or not, each at a place of its own.

    >>> cosine(bag_of_words("Churned accounts"), bag_of_words("the account that churned"))
    1.0
    """
    words = Counter(_stem(word) for word in _WORD.findall(text.lower()) if word not in _SAYS_NOTHING)
    vector = [0.0] * DIMENSION
    for word, times in words.items():
        vector[crc32(word.encode()) % DIMENSION] += times
    return vector


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors; 0 where one of them has no length."""
    length = sqrt(sum(x * x for x in one)) * sqrt(sum(x * x for x in other))
    return round(sum(x * y for x, y in zip(one, other, strict=True)) / length, 9) if length else 0.0
