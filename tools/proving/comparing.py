"""The experiment about the walk as a whole: does it come to an end, and do other pages give the same items?"""

from __future__ import annotations

from collections.abc import Iterator

from ...schemas.walk import Single, Stream
from .line import Line, Outcome
from .log import Log
from .paging import unclear

__all__ = ["the_walk_is_whole"]


def the_walk_is_whole(log: Log) -> Iterator[Line]:
    """Two walks with pages of different sizes give the same items, each of them once."""
    whole = log.whole
    if whole is None or isinstance(log.contract.walk, Single | Stream) or not log.reached:
        return
    known = log.known
    if known is None:
        yield _said("open", f"it came to no end: {whole.code or 'the walk stopped'}{_hint(whole.code)}")
    elif log.moves:
        yield _said("open", "the collection changes while it is walked; try again when it is quiet")
    elif (doubt := unclear(whole)) is not None:
        yield _said("open", doubt)
    elif log.differs:
        another = log.trials["another"]
        yield _said("refuted", f"pages of {another.came} give {len(another.marks)} items, and others {len(known)}")
    elif log.behind or log.skipped:
        yield _said("refuted", "there are items that the walk never meets")
    elif len(set(known)) != len(known):
        yield _said("refuted", f"of {len(known)} items some came twice")
    elif len(whole.evidence.pages) < 2 and not log.agrees:
        yield _said("open", "everything came on one page; give arguments under which there is more")
    else:
        twice = ", twice with pages of different sizes" if log.agrees else ""
        yield _said("proven", f"{len(known)} items{twice}, and then an end")


def _hint(code: str) -> str:
    return "; give arguments under which there is less" if code == "page_budget" else ""


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="walk", outcome=outcome, by="whole walks", says=says)
