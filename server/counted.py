"""Numbers of things, as people write them."""

from __future__ import annotations

__all__ = ["count"]


def count(number: int, singular: str, plural: str = "") -> str:
    """Write *number* of something.

    >>> count(1, "page"), count(1200, "page"), count(2, "retry", "retries")
    ('1 page', '1,200 pages', '2 retries')
    """
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
