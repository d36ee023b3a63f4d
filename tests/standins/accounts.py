"""An account book in a vector index, and a question whose first wording finds the wrong accounts.

The question scores 0.62 at best, with accounts that nobody asked for among the nearest; asked in the words of the book it
scores 0.88, and exactly the fourteen churned enterprise accounts are near enough.
"""

from __future__ import annotations

from collections.abc import Mapping

from .pinecone import Pinecone

__all__ = ["CHURNED", "QUESTION", "REFINED", "account_book", "texts"]

QUESTION = "summarise last quarter's churned enterprise accounts"
REFINED = "enterprise accounts churned in quarter Q3 2026: cancelled contracts and the reason"

_NAMES = [
    "Arden",
    "Brook",
    "Calder",
    "Dunmore",
    "Eskdale",
    "Fenwick",
    "Garth",
    "Harlow",
    "Ives",
    "Jarrow",
    "Kelso",
    "Lorne",
    "Marlow",
    "Naseby",
]
_OTHERS = ["Orford", "Penrith", "Quorn", "Rugby", "Selby", "Thirsk", "Upton", "Ventnor", "Whitby", "Yarm"]

CHURNED: tuple[str, ...] = tuple(f"account-{name.lower()}" for name in _NAMES)
"""The identifiers of the accounts that the question is about."""

_STORIES = {
    "renewed": "Enterprise account renewed with additional seats, Q3 2026.",
    "starter": "Starter account downgraded Q3 2026, payment failed.",
    "earlier": "Enterprise account expanded to another region in 2025.",
}


def texts() -> Mapping[str, str]:
    """The book: an account's identifier and the line about it."""
    churned = dict.fromkeys(CHURNED, "Enterprise account churned in quarter Q3 2026, cancelled.")
    others = {f"{kind}-{name.lower()}": story for kind, story in _STORIES.items() for name in _OTHERS}
    return {**others, **churned}


def account_book() -> Pinecone:
    """An index that holds the book."""
    book = Pinecone()
    book.put(texts())
    return book
