"""Experiments about tools that know no pages: is there one thing, and is one answer all there is?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ...schemas.walk import Single
from ...schemas.wire import State
from ...validators.reading import ABSENT, at
from ..mistake import Way, pointer
from ..shapes import is_list, is_object
from .asking_less import least
from .line import Line, Outcome
from .log import Log
from .onward import sign_of_another_page
from .shaping import nearest, shape
from .totals import the_census_agrees
from .trial import REFUSALS, Trial

__all__ = ["it_is_one_thing", "one_answer_is_all"]

_DEEPEST: Final = 3
_NOTHING: Final = frozenset({State.ABSENT.value, State.NULL.value})


def it_is_one_thing(log: Log) -> Iterator[Line]:
    """What is claimed to be one thing came as one, and not as a list."""
    written = log.trials.get("written")
    if log.contract.claim.kind != "one" or written is None or not written.exchanges:
        return
    bodies = [sheet.message.body for sheet in written.sheets if sheet.message.body is not ABSENT]
    found = [at(body.value, log.contract.response.data) for body in bodies]
    if any(isinstance(one.value, list) for one in found) and log.contract.response.items is None:
        yield from _one("refuted", "it is a list")
    elif written.finding is None and (lists := _lists(log, written)):
        says = f"it holds lists ({', '.join(lists)}), and whether each of them is whole one answer cannot show"
        yield from _one("open", f"{says}; where that is not what the tool is about, write `status: proven`")
    elif written.finding is None:
        yield from _one("proven", "one sound answer")
    else:
        yield from _one("open", f"no answer was delivered: {written.finding.code}")


def _lists(log: Log, written: Trial) -> tuple[str, ...]:
    """The lists in an answer of which it was in doubt whether it is about one of them; names that are data are not told."""
    claim, data = log.contract.provenance.get("claim"), log.contract.response.data
    if claim is None or not claim.ambiguous:
        return ()
    told = shape(written.sheets, log.contract).envelope
    bodies = [sheet.message.body.value for sheet in written.sheets]
    places = [data + pointer(way) for body in bodies for way in _lists_in(at(body, data).value, ())]
    return tuple(dict.fromkeys(nearest(place, told) or "the whole of it" for place in places))


def _lists_in(value: object, way: Way) -> Iterator[Way]:
    if is_list(value):
        yield way
    elif is_object(value) and len(way) < _DEEPEST:
        for name, member in value.items():
            yield from _lists_in(member, (*way, name))


def _one(outcome: Outcome, says: str) -> Iterator[Line]:
    for place in ("claim", "response.data"):
        yield Line(place=place, outcome=outcome, by="one thing", says=says)


def one_answer_is_all(log: Log) -> Iterator[Line]:
    """Nothing beside the items speaks of more, and asking for one item brings as many as before."""
    whole = log.whole
    if not isinstance(log.contract.walk, Single) or log.contract.claim.single or whole is None or not whole.sheets:
        return
    if (sign := log.short or _next_page(log)) is not None:
        yield _said("refuted", f"{sign}, so there is more than one answer holds")
    elif (pages := _paged(log)) is not None:
        yield _said("refuted", f"{pages}, so it comes in pages")
    elif (log.contract.walk.absence is not None or _censused(log)) and (lack := _lack(log)) is not None:
        yield _said("open", lack)
    elif _censused(log):
        yield _said("proven", f"nothing speaks of more, and as many came as the census says, {len(log.known or ())}")
    elif log.contract.walk.absence is None:
        says = "nothing speaks of more, and that this is all, only the documentation can say"
        yield _said("open", says)
    else:
        yield _said("proven", "nothing speaks of more, and the file names the documentation that says so")


def _censused(log: Log) -> bool:
    """Whether another request counts as many; a number beside the items may be that of the page."""
    return any(line.outcome == "proven" for line in the_census_agrees(log))


def _lack(log: Log) -> str | None:
    """Say what is missing for an answer to show that it is all, beside the documentation."""
    if not log.several:
        return "fewer than two items came; give arguments under which there are several"
    if (unasked := _unasked(log)) is not None:
        return unasked
    return _unguessed(log.trials.get("guessed"), "") or _unguessed(log.trials.get("inside"), " in the body")


def _unguessed(guessed: Trial | None, where: str) -> str | None:
    """Say why nothing follows from asking for one item by common names, where that was asked and not refused."""
    if guessed is None or guessed.came or guessed.code in REFUSALS or (where and _declined(guessed)):
        return None
    if guessed.code == "" and guessed.answered:
        return f"asked for one item by common names{where}, none came, so these names mean something else"
    return f"whether fewer come when one is asked for{where} was not answered: {guessed.code}"


def _declined(trial: Trial) -> bool:
    """Whether an answer without a list came: an error under a status of success, as where calls are sent in a body."""
    failure = trial.evidence.failure
    return failure is not None and failure.code == "items_missing" and failure.have in _NOTHING


def _unasked(log: Log) -> str | None:
    """Say why nothing follows from asking for as little as the tool's own arguments can ask for, where it has such."""
    fewest, names, asked = log.trials.get("fewest"), _sizes(log), least(log.contract)
    if fewest is None:
        return None
    if not fewest.answered:
        return f"whether fewer come when asked {names} was not answered: {fewest.code}"
    if not fewest.came and not any(size.strong or not size.unsure for size in asked):  # as likely a filter
        return None
    if not fewest.sheets:
        return f"to ask {names} was refused, so whether fewer come is not known"
    if not fewest.came:
        return f"asked {names}, none came, so that means something else"
    if fewest.came <= max(size.number for size in asked):
        return f"asked {names}, as many came as before; give arguments under which there are more"
    return None


def _sizes(log: Log) -> str:
    """The least that the tool's own arguments ask for, as it is sent."""
    return " and ".join(f"for {size.name}={size.number}" for size in least(log.contract))


def _said(outcome: Outcome, says: str) -> Line:
    return Line(place="walk", outcome=outcome, by="one answer", says=says)


def _next_page(log: Log) -> str | None:
    """What beside the items says that this is one page of several."""
    sheets = () if log.whole is None else log.whole.sheets[:1]
    return next((sign for sheet in sheets if (sign := sign_of_another_page(sheet, log.contract)) is not None), None)


def _paged(log: Log) -> str | None:
    """Say which question brought fewer items."""
    there = 0 if log.whole is None else log.whole.came or 0
    asking = (
        ("fewest", _sizes(log)),
        ("guessed", "for one item by a common name"),
        ("inside", "for one item by a common name in the body"),
    )
    for name, asked in asking:
        trial = log.trials.get(name)
        if trial is not None and trial.came is not None and 0 < trial.came < there:
            return f"asked {asked}, fewer came"
    return None
