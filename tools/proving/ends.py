"""Experiments about the end: does the flag say both things, and does the table know what the signals say at the end?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...schemas.claim import Grade
from ...schemas.verdict import Finding
from ...schemas.walk import Single, Stream
from ...schemas.wire import State
from ...validators.ending import Broken, Ends, GoesOn, Signals, decide, has_channel
from ..looking import signals_of
from ..progress import Progress
from .line import Line, Outcome
from .log import Log
from .trial import Trial

__all__ = ["last_signals", "the_end_reads_so", "the_flag_says_both"]


def _signals(trial: Trial) -> Iterator[Signals]:
    """What each page of *trial* shows, as it came and not as far as it was wanted."""
    received = 0
    for number, sheet in enumerate(trial.sheets, 1):
        received += sheet.count
        shown = signals_of(trial.variant.contract, sheet.message, Progress(), count=sheet.count)
        if not isinstance(shown, Finding):
            yield replace(shown, received=received, number=number, total=None)


def last_signals(log: Log) -> Signals | None:
    """Return what the last page of the whole walk shows, where it came to an end that nothing speaks against."""
    if log.whole is None or log.undisputed is None:
        return None
    return max(_signals(log.whole), key=lambda shown: shown.number, default=None)


def the_flag_says_both(log: Log) -> Iterator[Line]:
    """It says that there is more where there is, and that it is over where it is over."""
    walk, known = log.contract.walk, log.undisputed
    if walk.more is None or not log.reached:
        return
    if log.behind and not log.moves:
        says = "it says that it is over, and there are items behind"
        yield Line(place="walk.more", outcome="refuted", by="flag", says=says)
        return
    heard = set(_heard(log, len(known or ())))
    if known is not None and "early" in heard and not log.moves:
        says = f"it says that it is over before all {len(known)} items came"
        yield Line(place="walk.more", outcome="refuted", by="flag", says=says)
    elif known is None or "early" in heard:
        yield Line(place="walk.more", outcome="open", by="flag", says=_in_doubt(log))
    elif log.unseen_behind is not None:
        yield Line(place="walk.more", outcome="open", by="flag", says=log.unseen_behind)
    elif {"more", "over"} <= heard and log.turned:
        says = "it says that there is more before the last page, and that it is over on the last one"
        yield Line(place="walk.more", outcome="proven", by="flag", says=says)
    else:
        said = " and ".join(sorted(heard & {"more", "over"})) or "neither"
        says = f"of `more` and `over` it said {said}; give arguments under which several pages hold something"
        yield Line(place="walk.more", outcome="open", by="flag", says=says)


def _in_doubt(log: Log) -> str:
    """Say why the end of the walk shows nothing."""
    if log.known is None:
        return log.endless
    if log.moves:
        return "the collection changes while it is walked; try again when it is quiet"
    return f"the walk ended after {len(log.known)} items, and something speaks against these being all"


def _heard(log: Log, there: int) -> Iterator[str]:
    for trial in log.walks():
        for shown in _signals(trial):
            match decide(log.contract.walk, None, shown):
                case GoesOn():
                    yield "more"
                case Ends():
                    yield "over" if shown.received >= there else "early"
                case Broken():
                    yield "broken"


def the_end_reads_so(log: Log) -> Iterator[Line]:
    """What the signals say on the last page is what the table calls the end."""
    walk, shown = log.contract.walk, last_signals(log)
    if isinstance(walk, Single | Stream) or (walk.more is None and not has_channel(walk)) or not log.reached:
        return
    if shown is None:
        yield _end("open", _in_doubt(log))
        return
    after = f"after {shown.received} items"
    match decide(walk, None, shown):
        case Ends(Grade.DOCUMENTED_ABSENCE):
            return  # the file's licence says so, and no experiment can
        case Ends() if (lack := _lack(log, shown)) is not None:
            yield _end("open", f"{after}{lack}")
        case Ends(_, says):
            yield _end("proven", f"{after} {says}")
        case GoesOn():
            yield _end("refuted", f"{after}, which are all, it still says that there is more")
        case Broken(_, says) if _absent(shown):
            yield _end("open", f"{after} {says}; only the documentation can say that this is the end")
        case Broken(_, says):
            yield _end("refuted", f"{after}, which are all, {says}; the table does not know that as the end")


def _lack(log: Log, shown: Signals) -> str | None:
    """Say what was not seen of an end that the table knows."""
    if "more" not in _heard(log, shown.received):
        return " on one page; it was never seen to say that there is more"
    if not log.turned:
        return " on one page; no second page held anything"
    return None if log.unseen_behind is None else f", and {log.unseen_behind}"


def _absent(shown: Signals) -> bool:
    """Whether what ended the walk is that something is not there."""
    decisive = shown.next if shown.more is None else shown.more
    return decisive is not None and decisive.state is State.ABSENT


def _end(outcome: Outcome, says: str) -> Line:
    return Line(place="walk.end", outcome=outcome, by="end", says=says)
