"""Reasons for: every witness says what it saw, on which axis, and how far its word reaches.

WITNESSES is a tuple of plain functions over (contract, evidence); a new witness is one function more.  They are heard only
where no rule found anything against.  No I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.evidence import Evidence, Page, SecondWalk
from ..schemas.verdict import Standing, Witness
from ..schemas.walk import Single
from ..schemas.wire import State
from .ending import Broken, Ends, GoesOn, decide, signals
from .relevance import farthest_first, too_far, weigh, written
from .shape_lock import required

__all__ = ["WITNESSES", "Testimony", "total_of"]

Testimony: TypeAlias = Callable[[Contract, Evidence], Iterator[Witness]]


def total_of(contract: Contract, evidence: Evidence) -> int | None:
    """The number of items that the service itself states for the whole walk, where the contract trusts it."""
    total = contract.complete.total
    if contract.claim.single or contract.claim.kind == "top_k":  # the total counts what was not claimed
        return None
    if total is None or not total.exact or total.scope in ("pages", "page") or not evidence.pages:
        return None
    return evidence.pages[0].total


def the_wire(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """Every message was read to its marked end; digests, where all pages carry one, corroborate it."""
    digested = bool(evidence.pages) and all(page.digests for page in evidence.pages)
    standing: Standing = "corroborated" if digested else "asserted"
    says = "framing and digests hold on every page" if digested else "framing holds on every page"
    yield Witness(name="wire", axis="transport", standing=standing, says=says)


def the_shape(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """Status, media type and strict JSON hold on every page, and the declared schema where there is one."""
    says = (
        "every page fits the declared schema"
        if contract.response.schema
        else "every page is strict JSON of the declared status and type"
    )
    yield Witness(name="shape", axis="shape", standing="asserted", says=says)
    if locked := required(contract):
        says = f"every page has the {len(locked)} fields that each answer had when the tool was proven"
        yield Witness(name="shape_lock", axis="shape", standing="corroborated", says=says)


def the_end(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """What the end alone is worth, by the closed table."""
    if evidence.stopped == "bound":
        yield Witness(
            name="bound",
            axis="end",
            standing="asserted",
            says="as many items came as the claim asks for",
            grade=Grade.TERMINATED,
        )
        return
    one_answer = (contract.claim.single and isinstance(contract.walk, Single)) or contract.claim.kind == "top_k"
    if one_answer and len(evidence.pages) == 1:
        yield Witness(
            name="answer",
            axis="end",
            standing="asserted",
            says="one sound answer, which is all that was claimed",
            grade=Grade.TERMINATED,
        )
        return
    last = evidence.pages[-1]
    received = sum(page.count for page in evidence.pages)
    match decide(contract.walk, contract.complete.total, signals(last, received)):
        case Ends(Grade.DOCUMENTED_ABSENCE, says) if _by_absence(last):
            yield from _absence(evidence, says)
        case Ends(Grade.DOCUMENTED_ABSENCE, says) if last.count == 0 and evidence.confirmed:
            said = f"{says}, and so when asked again"
            yield Witness(name="end", axis="end", standing="unknown", says=said, grade=Grade.DOCUMENTED_ABSENCE)
        case Ends(Grade.DOCUMENTED_ABSENCE, says) if last.count == 0:
            yield Witness(name="end", axis="end", standing="unknown", says=says, grade=Grade.HEURISTIC)
        case Ends(grade, says):
            standing: Standing = "asserted" if grade >= Grade.TERMINATED else "unknown"
            yield Witness(name="end", axis="end", standing=standing, says=says, grade=grade)
        case GoesOn():  # allowed by `repeat: end` only, or the rules would have found it
            yield Witness(
                name="end",
                axis="end",
                standing="asserted",
                says="the same cursor again, declared as the end",
                grade=Grade.TERMINATED,
            )
        case Broken():
            return


def _by_absence(last: Page) -> bool:
    """Whether a signal that was declared is missing on the *last* page, so that it must have been seen alive."""
    return any(reading is not None and reading.state is State.ABSENT for reading in (last.more, last.next))


def _absence(evidence: Evidence, says: str) -> Iterator[Witness]:
    alive = evidence.liveness in ("seen", "probed", "vacuous") and evidence.confirmed
    says += " and so when asked again" if evidence.confirmed else ", asked once"
    grade = Grade.DOCUMENTED_ABSENCE if alive else Grade.HEURISTIC
    heard = {
        "seen": "; the channel was seen alive",
        "probed": "; a probe saw the channel alive",
        "vacuous": "; at most one item, and a probe agrees",
    }
    yield Witness(
        name="end",
        axis="end",
        standing="unknown",
        says=says + heard.get(evidence.liveness, "; the channel was never seen alive"),
        grade=grade,
    )


def the_announced_last_page(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """An earlier page named the last one, and that is where the walk ended."""
    if contract.complete.rel_last and evidence.stopped == "end" and any(page.last_page for page in evidence.pages):
        yield Witness(
            name="rel_last",
            axis="end",
            standing="asserted",
            says=f"page {len(evidence.pages)} was announced as the last one",
            grade=Grade.TERMINATED,
        )


def the_probe_behind(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """A request behind the last item came back empty."""
    if evidence.past_end is not None and evidence.past_end.value == 0:
        yield Witness(
            name="past_end",
            axis="end",
            standing="corroborated",
            says="nothing lies behind the end",
            grade=Grade.PAST_END,
        )


def the_second_walk(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """A second walk gave the same identifiers; in the same pages it repeats what may be wrong with them, and shows little."""
    second = evidence.second
    if second is None or second.finding is not None:
        return
    if not second.counts or _met_again(evidence, second):
        says = "a second walk gave the same items in the same pages, for the service obeys no page size"
        yield Witness(name="differential", axis="cardinality", standing="asserted", says=says)
        return
    yield Witness(
        name="differential",
        axis="cardinality",
        standing="corroborated",
        says=f"a second walk gave the same {len(second.ids)} items",
        grade=Grade.DIFFERENTIAL,
    )


def _met_again(evidence: Evidence, second: SecondWalk) -> bool:
    """Whether the *second* walk met the pages of the first one, and not for want of items to part otherwise.

    A page that holds more than was asked for is no sign by itself: a service with a smallest size gives other pages all the same.
    """
    counts = [page.count for page in evidence.pages if page.count]  # an empty page only tells the end
    again = [count for count in second.counts if count]
    ignored = second.size is not None and any(count > second.size for count in again)
    return again == counts and (len(counts) > 1 or ignored)


def the_total(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """As many distinct items came as the service states, on every page."""
    stated = total_of(contract, evidence)
    identified = contract.response.items is not None and contract.response.items.id is not None
    if stated is not None and evidence.stopped == "end":
        grade = Grade.COUNTED if identified else Grade.TERMINATED
        kind = "distinct items" if identified else "items"
        yield Witness(
            name="total",
            axis="cardinality",
            standing="asserted",
            says=f"{stated} {kind}, as the total says on every page",
            grade=grade,
        )


def the_census(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """An independent count agrees, before and after the walk."""
    taken = (count.value for count in (evidence.before, evidence.after) if count is not None)
    counts = [value for value in taken if value is not None]  # one that is not there is no witness
    identified = contract.response.items is not None and contract.response.items.id is not None
    if contract.complete.census is not None and evidence.stopped == "end" and counts:
        grade = (Grade.CENSUSED if len(counts) == 2 else Grade.COUNTED) if identified else Grade.TERMINATED
        says = f"an independent count says {counts[0]}" + (", before and after the walk" if len(counts) == 2 else "")
        yield Witness(name="census", axis="cardinality", standing="corroborated", says=says, grade=grade)


def one_collection(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """The mark of stability stayed the same, or the walk was over a snapshot."""
    if contract.walk.pin is not None:
        yield Witness(name="pin", axis="consistency", standing="corroborated", says="all pages are of one snapshot")
    elif contract.walk.stable:
        yield Witness(
            name="stable",
            axis="consistency",
            standing="asserted",
            says="the mark of stability is the same on every page",
        )
    elif len(evidence.pages) == 1 and evidence.stopped == "end":
        yield Witness(name="one_page", axis="consistency", standing="asserted", says="one answer at one moment")


def whole_records(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """Items fit their schema, and lists inside them are not cut."""
    if contract.response.nested or (contract.response.items is not None and contract.response.items.schema is not None):
        yield Witness(
            name="records", axis="records", standing="asserted", says="every item fits what is declared of it"
        )


def worth_using(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """The answer is fresh enough."""
    if contract.complete.fresh is not None:
        oldest = max((page.age for page in evidence.pages if page.age is not None), default=0.0)
        yield Witness(name="fresh", axis="meaning", standing="asserted", says=f"at most {oldest:.0f} s old")


def near_enough(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """Enough of what came is near enough to what was asked."""
    gate = contract.complete.gate
    if gate is not None and evidence.pages:
        found = weigh(gate, evidence.pages[0].scores)
        best = "" if found.best is None else f", best {written(found.best)}"
        kept = evidence.pages[0].count
        order = ", farthest first" if farthest_first(gate, evidence.pages[0].scores) else ""
        cut = f"; the best {kept} are kept" if kept < found.passed else ""
        says = f"{found.passed} of {found.of} pass {written(found.threshold)} ({found.metric}){best}{order}{cut}"
        standing: Standing = "asserted" if too_far(gate, found, evidence.bound) is None else "unknown"
        yield Witness(name="gate", axis="meaning", standing=standing, says=says)


def new_enough(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """The answer holds what was written before it."""
    lsn = contract.complete.lsn
    numbers = [page.sequence for page in evidence.pages if page.sequence is not None]
    if lsn is not None and numbers:
        says = f"answered at sequence number {min(numbers)}, at least {lsn.gte}"
        yield Witness(name="sequence", axis="consistency", standing="asserted", says=says)


def a_finished_answer(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """A generated answer says itself that it is finished; where its text is stated twice, both are the same."""
    if contract.claim.kind != "generation":
        return
    last = evidence.pages[-1]
    yield Witness(name="outcome", axis="end", standing="asserted", says=f"it stopped with {last.reason}, as it may")
    if last.restated:
        says = "the parts of the text are the whole that the service states"
        yield Witness(name="restated", axis="cardinality", standing="corroborated", says=says)


def the_settling_read(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """The write's own answer was lost, and a read shows what came of it."""
    if evidence.settled == "applied":
        says = "a read shows that the write took effect"
        yield Witness(name="confirm", axis="end", standing="corroborated", says=says)


def the_key_of_before(contract: Contract, evidence: Evidence) -> Iterator[Witness]:
    """It was the write of a call before, and not a second one."""
    if evidence.resumed:
        says = "sent with the key of a call before: the same write, not a second one"
        yield Witness(name="key", axis="meaning", standing="asserted", says=says)


WITNESSES: tuple[Testimony, ...] = (
    the_wire,
    the_shape,
    the_end,
    the_announced_last_page,
    the_probe_behind,
    the_second_walk,
    the_total,
    the_census,
    one_collection,
    whole_records,
    worth_using,
    near_enough,
    the_settling_read,
    the_key_of_before,
    new_enough,
    a_finished_answer,
)
