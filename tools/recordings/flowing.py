"""How positions flow from answers into the requests after them, by the words of a contract.

Redaction needs it: a short cursor that was replaced in an answer must be replaced where it is sent, and a page size that
happens to be the same must not.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.walk import Continue, Cursor, Keyset, Scroll

__all__ = ["flows_of"]


def flows_of(contract: Contract) -> dict[str, tuple[str, ...]]:
    """Return where what is sent comes from: from a place in requests to the places in answers, their bodies and header fields.

    A place that ends in `*` stands for every member of what is taken.
    """
    found: dict[str, tuple[str, ...]] = {}
    for source, target in _flows(contract):
        found[str(target)] = (*found.get(str(target), ()), str(source))
    return found


def _flows(contract: Contract) -> Iterator[tuple[Location, Location]]:
    walk, items = contract.walk, contract.response.items
    match walk:
        case Cursor(next=source) | Scroll(next=source) if _is_value(source):
            yield source, walk.send
        case Keyset() if items is not None:
            yield Location("body", f"{items.at}/*{walk.key}"), walk.send
        case Continue(next=Location(source="body") as source):
            yield source, Location("query", "*") if walk.send == "query" else Location("body", "/*")
        case _:
            pass
    if walk.pin is not None and _is_value(walk.pin.at):
        for target in (walk.pin.send, walk.pin.close_send):
            if target is not None:
                yield walk.pin.at, target


def _is_value(place: Location) -> bool:
    """Whether all that stands at *place* is what is sent, and not a part of it."""
    return place.source in ("body", "header")
