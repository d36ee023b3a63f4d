"""Streams as a sound service writes them: events that hold the items, or the pieces of a generated text, and the one that ends them."""

from __future__ import annotations

from .page import Turn
from .wire import Said, said

__all__ = ["generated", "streamed"]


def streamed(turn: Turn) -> Said:
    """Write a list as a stream."""
    return said([*turn.items])


def generated(turn: Turn) -> Said:
    """Write a generated answer."""
    return said({})
