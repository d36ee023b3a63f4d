"""The experiment about the walk as a whole: does it come to an end, and do other pages give the same items?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from ...schemas.claim import Grade
from ...schemas.walk import Keyset, Offset, Page, Single, Stream
from ...validators.ending import Ends, decide
from .ends import last_signals
from .line import Line, Outcome
from .log import Log
from .paging import unclear
from .totals import confirmed
from .trial import Trial

__all__ = ["the_walk_is_whole"]


def the_walk_is_whole(log: Log) -> Iterator[Line]:
    """It ends, and a second walk with pages of another size, or another witness, says that this is all."""
    whole, known = log.whole, log.known
    if whole is None or isinstance(log.contract.walk, Single | Stream) or not log.reached:
        return
    if known is None:
        yield _said("open", log.endless if whole.cut is not None else _endless(whole))
        return
    against = next(chain(_unclear(log, whole, known), _false(log, known), _too_little(log, whole, known)), None)
    yield against or _witnessed(log, len(known))


def _endless(whole: Trial) -> str:
    hint = "; give arguments under which there is less" if whole.code == "page_budget" else ""
    return f"it came to no end: {whole.code or 'the walk stopped'}{hint}"


def _unclear(log: Log, whole: Trial, known: tuple[str, ...]) -> Iterator[Line]:
    """What keeps anybody from telling."""
    if log.moves and not log.trials["again"].ended:
        yield _said("open", f"the second walk came to no end: {log.trials['again'].code or 'it stopped'}")
    elif log.moves:
        yield _said("open", "the collection changes while it is walked; try again when it is quiet")
    if (doubt := unclear(log, whole)) is not None:
        yield _said("open", doubt)


def _false(log: Log, known: tuple[str, ...]) -> Iterator[Line]:
    """What shows that the walk does not meet everything."""
    if log.differs:
        another = log.trials["another"]
        yield _said("refuted", f"pages of {another.came} give {len(another.marks)} items, and others {len(known)}")
    if log.behind or log.skipped or log.strays or log.between:
        yield _said("refuted", "there are items that the walk never meets")
    if len(set(known)) != len(known):
        yield _said("refuted", f"of {len(known)} items some came twice")


def _witnessed(log: Log, there: int) -> Line:
    """Pages of one size that come to an end may have met a wall: what else says that this is all?"""
    witness = next(_witnesses(log), None)
    if witness is not None:
        return _said("proven", f"{there} items, {witness}")
    end = log.unseen_behind or "at the end something is missing"
    says = f"{there} items in pages of one size, and {end}"
    return _said("open", f"{says}; only a count, or the documentation, can say that this is the end")


def _witnesses(log: Log) -> Iterator[str]:
    """What confirms the end of the walk, the strongest first."""
    shown, count = last_signals(log), confirmed(log)
    behind = f"behind them {log.whole.cut}" if log.whole is not None and log.counted_out else None
    if log.agrees:
        end = behind or "then an end"
        yield f"twice with pages of different sizes, and {end}"
    if count is not None:
        yield "; ".join(filter(None, (f"{count}, in pages of one size", behind)))
    if shown is None or log.unseen_behind is not None:
        return
    if shown.empty and isinstance(log.contract.walk, Offset | Page | Keyset):
        yield "in pages of one size; behind them a page is empty"
    match decide(log.contract.walk, None, shown):
        case Ends(Grade.DOCUMENTED_ABSENCE):
            yield "in pages of one size; the file names the documentation that says how the end reads"
        case Ends():
            yield "in pages of one size; the end is marked explicitly"
        case _:
            return


def _too_little(log: Log, whole: Trial, known: tuple[str, ...]) -> Iterator[Line]:
    """What shows that there may be more."""
    if log.tied:
        yield _said("open", f"{len(known)} items came, and several of them have the same key")
    if log.unseen is not None and confirmed(log) is None:
        yield _said("open", f"{len(known)} items came, and {log.unseen}")
    if log.walled:
        yield _said("open", log.endless)
    if log.short is not None:
        yield _said("open", f"{len(known)} items came, and {log.short}")
    if sum(sheet.count > 0 for sheet in whole.sheets) < 2 and not log.agrees:
        here = "nothing came" if not known else "everything came on one page"
        yield _said("open", f"{here}; give arguments under which there is more")


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="walk", outcome=outcome, by="whole walks", says=says)
