"""The eleven tickets of the demo's desk, and its honest way of giving them out.  Never lies: that is `lies.py`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

__all__ = ["PAGE", "TICKETS", "Envelope", "Ticket", "envelope", "matching"]

Ticket: TypeAlias = dict[str, Any]  # JSON as it goes over the wire
Envelope: TypeAlias = dict[str, Any]

PAGE: Final = 4
"""The most tickets that one page holds, whatever is asked for."""

_ROWS: Final = (
    ("Checkout fails with error 502", "urgent", "open", ("It started at nine.", "Every second order is lost.")),
    ("Invoice 1187 has the wrong address", "normal", "open", ("The old office, again.",)),
    ("How do I export all my data?", "low", "solved", ("As CSV, please.", "Found it, thank you.")),
    ("Password reset mail never arrives", "high", "open", ("Not in the spam folder either.",)),
    (
        "Charged twice for one order",
        "urgent",
        "open",
        ("Two lines on the statement.", "Second charge attached.", "Any news?"),
    ),
    ("Typo on the pricing page", "low", "solved", ("'Entreprise'.",)),
    ("Search finds nothing since the update", "high", "pending", ("Not even my own name.",)),
    ("Please delete my account", "normal", "open", ("Under article 17.", "All of it, please.")),
    ("Parcel marked as delivered, nothing here", "high", "open", ("The neighbours have nothing.",)),
    ("Feature request: dark mode", "low", "pending", ("My eyes.",)),
    ("Cannot log in on the phone", "urgent", "open", ("The page stays white.", "Two phones, same thing.")),
)


def _ticket(number: int, subject: str, priority: str, status: str, comments: tuple[str, ...]) -> Ticket:
    return {
        "id": 100 + number,
        "subject": subject,
        "priority": priority,
        "status": status,
        "comments": list(comments),
        "comments_cut": False,
    }


TICKETS: Final[tuple[Ticket, ...]] = tuple(_ticket(number, *row) for number, row in enumerate(_ROWS, 1))


def matching(status: str | None) -> tuple[Ticket, ...]:
    """Return the tickets of this *status*, or all of them where none is asked for.

    >>> [ticket["id"] for ticket in matching("pending")]
    [107, 110]
    """
    return tuple(ticket for ticket in TICKETS if status in (None, ticket["status"]))


def envelope(
    tickets: Sequence[Ticket], start: int, now: datetime, *, size: int = PAGE, age: timedelta = timedelta()
) -> Envelope:
    """Give out the page of *tickets* that begins at index *start* and has *size* at most, as the desk sees them *age* before *now*.

    >>> from datetime import UTC
    >>> page = envelope(TICKETS, 8, datetime(2026, 11, 21, tzinfo=UTC))
    >>> len(page["tickets"]), page["count"], page["meta"]
    (3, 11, {'has_more': False, 'after_cursor': None})
    """
    end = start + size
    more = end < len(tickets)
    return {
        "tickets": list(tickets[start:end]),
        "count": len(tickets),
        "meta": {"has_more": more, "after_cursor": f"c{end}" if more else None},
        "as_of": (now - age).isoformat(),
    }
