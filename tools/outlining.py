"""What a receipt remembers of the shape of a page: its outline, said once as long as it stays the same."""

from __future__ import annotations

from collections.abc import Iterator

from ..schemas.contract import Contract
from ..schemas.location import Location
from ..validators.reading import ABSENT
from .looking import Seen
from .outline import outline
from .progress import Progress

__all__ = ["outlined"]


def outlined(contract: Contract, progress: Progress, seen: Seen) -> str:
    """Return the outline of the page that was *seen*, empty where it is that of the page before, and for a stream."""
    if seen.message.body is ABSENT:
        return ""
    item = seen.found.items[0] if seen.found.items else None
    now = outline(seen.message.body.value, item, places=tuple(_places(contract)))
    before = next((page.outline for page in reversed(progress.pages) if page.outline), "")
    return "" if now == before else now


def _places(contract: Contract) -> Iterator[str]:
    """The places in the body that the walk and the total are read from, and that of the items."""
    walk, total, items = contract.walk, contract.complete.total, contract.response.items
    following = getattr(walk, "next", None)
    for place in (walk.more, following, None if total is None else total.at):
        if isinstance(place, Location) and place.source == "body":
            yield place.path
    if items is not None:
        yield items.at
