"""Why an operation cannot become a tool, in one sentence."""

from __future__ import annotations

__all__ = ["Unsuitable"]


class Unsuitable(Exception):  # noqa: N818 - a way out of small functions; `defining.py` makes a value of it
    """What stands in the way of a tool; the text is one sentence for whoever imports."""
