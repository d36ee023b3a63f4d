"""The experiment about the walk as a whole: does it come to an end, and do other pages give the same items?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...schemas.walk import Single, Stream
from .line import Line, Outcome
from .log import Log
from .paging import unclear
from .trial import Trial

__all__ = ["the_walk_is_whole"]


def the_walk_is_whole(log: Log) -> Iterator[Line]:
    """Two walks with pages of different sizes give the same items, each of them once."""
    whole, known = log.whole, log.known
    if whole is None or isinstance(log.contract.walk, Single | Stream) or not log.reached:
        return
    if known is None:
        hint = "; give arguments under which there is less" if whole.code == "page_budget" else ""
        yield _said("open", f"it came to no end: {whole.code or 'the walk stopped'}{hint}")
        return
    against = next(chain(_unclear(log, whole, known), _false(log, known), _too_little(log, whole, known)), None)
    twice = ", twice with pages of different sizes" if log.agrees else ""
    yield against or _said("proven", f"{len(known)} items{twice}, and then an end")


def _unclear(log: Log, whole: Trial, known: tuple[str, ...]) -> Iterator[Line]:
    """What keeps anybody from telling."""
    if log.moves:
        yield _said("open", "the collection changes while it is walked; try again when it is quiet")
    if (doubt := unclear(log, whole)) is not None:
        yield _said("open", doubt)


def _false(log: Log, known: tuple[str, ...]) -> Iterator[Line]:
    """What shows that the walk does not meet everything."""
    if log.differs:
        another = log.trials["another"]
        yield _said("refuted", f"pages of {another.came} give {len(another.marks)} items, and others {len(known)}")
    if log.behind or log.skipped:
        yield _said("refuted", "there are items that the walk never meets")
    if len(set(known)) != len(known):
        yield _said("refuted", f"of {len(known)} items some came twice")


def _too_little(log: Log, whole: Trial, known: tuple[str, ...]) -> Iterator[Line]:
    """What shows that there may be more."""
    if log.short is not None:
        yield _said("open", f"{len(known)} items came, and {log.short}")
    if sum(sheet.count > 0 for sheet in whole.sheets) < 2 and not log.agrees:
        here = "nothing came" if not known else "everything came on one page"
        yield _said("open", f"{here}; give arguments under which there is more")


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="walk", outcome=outcome, by="whole walks", says=says)
