"""Which lines of a contract are to be settled: those that were inferred, and those that an experiment can speak of."""

from __future__ import annotations

from collections.abc import Iterable

from ...schemas.contract import Contract
from .line import Line

__all__ = ["answering", "places"]

_ROOMS = ("walk", "complete", "response", "request")


def places(contract: Contract, lines: Iterable[Line]) -> tuple[str, ...]:
    """Name the lines of *contract* that want to be settled, the inferred ones first."""
    inferred = (place for place, said in contract.provenance.items() if said.status == "unproven")
    return tuple(dict.fromkeys((*inferred, *(line.place for line in lines))))


def answering(place: str, lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return the *lines* that speak of *place*, or else those that speak of what it is a part of.

    >>> said = [Line(place="walk.page_size", outcome="proven", by="page sizes", says="")]
    >>> [line.place for line in answering("walk.page_size.send", said)], answering("walk.send", said)
    (['walk.page_size'], ())
    """
    heard = tuple(lines)
    while place:
        found = tuple(line for line in heard if line.place == place)
        if found:
            return found
        above = place.rpartition(".")[0]
        place = "" if above in _ROOMS else above
    return ()
