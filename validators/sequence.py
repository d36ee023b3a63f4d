"""Read-your-writes: does the service answer from a state that holds what was written before?

Sequence numbers are whole numbers that only grow.  No I/O.
"""

from __future__ import annotations

from ..schemas.completeness import Sequence
from ..schemas.verdict import Finding
from ..schemas.wire import State
from .reading import Message, integer, spread

__all__ = ["not_visible", "sequence"]


def sequence(message: Message, lsn: Sequence | None) -> int | None:
    """Read the sequence number that *message* answers at; None where none is asked for or none can be read.

    Of several, such as those of a stream's events, the lowest counts.
    """
    if lsn is None:
        return None
    said = [one for _, one in spread(message, lsn.at) if one.state not in (State.ABSENT, State.NULL)]
    numbers = [number for one in said if (number := integer(one)) is not None]
    return min(numbers) if numbers and len(numbers) == len(said) else None


def not_visible(lsn: Sequence, answered: int | None) -> Finding | None:
    """Find that the answer at sequence number *answered* is older than *lsn* asks for, or that nobody knows.

    >>> from ..schemas.location import Location
    >>> not_visible(Sequence(at=Location("header", "x-lsn"), gte=7), 6).have
    6
    """
    if answered is None:
        message = "the service does not say which sequence number it answers at"
        return Finding(code="sequence_missing", message=message, where=str(lsn.at), have="absent")
    if isinstance(lsn.gte, int) and answered >= lsn.gte:
        return None
    message = "the answer does not hold what was written before it"
    return Finding(code="not_yet_visible", message=message, where=str(lsn.at), have=answered, expected=lsn.gte)
