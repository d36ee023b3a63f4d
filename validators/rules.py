"""Reasons against: every rule looks at the evidence anew and yields what it finds wrong.

RULES is a tuple of plain functions over (contract, evidence); a new promise is one function more.  They derive everything
from the pages' facts, so that a walk cannot vouch for itself.  No I/O.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from math import inf
from typing import TypeAlias

from ..schemas.contract import Contract
from ..schemas.evidence import Evidence, Page
from ..schemas.verdict import Finding
from ..schemas.wire import State
from .ending import Broken, Ends, decide, signals
from .freshness import too_old
from .generation import stopped
from .relevance import chosen, too_far, weigh
from .sequence import not_visible

__all__ = ["RULES", "Rule", "chain"]

Rule: TypeAlias = Callable[[Contract, Evidence], Iterator[Finding]]


def chain(fingerprints: Iterable[str]) -> str:
    """Digest the pages' *fingerprints* in order, so that no page can be lost, added, or moved unseen."""
    return hashlib.sha256("\n".join(fingerprints).encode()).hexdigest()


def the_walk_was_not_stopped(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """A failure anywhere makes the whole incomplete."""
    if evidence.failure is not None:
        yield evidence.failure
    elif evidence.stopped == "failed" or not evidence.pages:
        yield Finding(code="broken_chain", message="the walk stopped without a reason")


def the_pages_follow_one_another(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Each page was asked for at the position that the page before it offered, from the first page on."""
    pages = evidence.pages
    if [page.number for page in pages] != list(range(1, len(pages) + 1)) or (pages and pages[0].asked is not None):
        yield Finding(code="broken_chain", message="the pages are not numbered from the first one on")
    for before, page in pairwise(pages):
        if page.asked is None or page.asked != before.offered:
            yield Finding(
                code="broken_chain", message="a page was not asked for where the one before it ended", page=page.number
            )


def the_end_is_an_end(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Read by the closed table, every page but the last goes on, and the last one ends."""
    received = accumulate(page.count for page in evidence.pages)
    for page, so_far in zip(evidence.pages, received, strict=True):
        last = page is evidence.pages[-1]
        if last and evidence.stopped != "end":
            continue
        decision = decide(contract.walk, contract.complete.total, signals(page, so_far))
        if isinstance(decision, Broken):
            yield Finding(code=decision.code, message=decision.says, where=decision.place, page=page.number)
        elif last != isinstance(decision, Ends) and not _repeated_end(contract, evidence, page):
            message = "the last page does not end the walk" if last else "the walk went on behind its end"
            yield Finding(code="end_marker_missing", message=message, page=page.number)


def _repeated_end(contract: Contract, evidence: Evidence, page: Page) -> bool:
    """The same cursor again is the end where the contract says so (`repeat: end`)."""
    return contract.walk.repeat == "end" and page.offered is not None and page.offered == page.asked


def nothing_came_twice(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """No position, no page and no identifier comes a second time."""
    asked = [page.asked for page in evidence.pages]
    if contract.walk.repeat == "violation" and len(set(asked)) != len(asked):
        yield Finding(code="cursor_loop", message="a position was asked for twice")
    prints = [page.fingerprint for page in evidence.pages if page.count]
    if len(set(prints)) != len(prints):
        yield Finding(code="repeated_page", message="a page came twice")
    ids = Counter(identity for page in evidence.pages for identity in page.ids)
    if len(ids) != ids.total():
        yield Finding(code="duplicate_id", message="an item came twice", have=ids.total(), expected=len(ids))


def every_item_has_its_id(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Where the contract names an identifier, there are as many as items."""
    named = contract.response.items is not None and contract.response.items.id is not None
    for page in evidence.pages:
        if named and not contract.claim.single and len(page.ids) != page.count:
            yield Finding(
                code="id_missing",
                message="not every item has an identifier",
                page=page.number,
                have=len(page.ids),
                expected=page.count,
            )


def what_was_kept_is_what_was_read(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """The spool holds exactly the pages' items, in their order."""
    read = sum(page.count for page in evidence.pages)
    if evidence.kept != read or evidence.payload != chain(page.fingerprint for page in evidence.pages):
        yield Finding(
            code="payload_mismatch", message="what was kept is not what was read", have=evidence.kept, expected=read
        )


def the_total_agrees(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """The service's own total is there, is the same on every page, and is the number of items that came."""
    total = contract.complete.total
    if total is None or not total.exact or not evidence.pages or evidence.failure is not None:
        return
    if contract.claim.single or contract.claim.kind == "top_k":  # the total counts what was not claimed
        return
    stated = [page.total for page in evidence.pages if page.total is not None]
    if not stated:
        yield Finding(code="total_missing", message="the declared total never came", where=str(total.at))
    elif total.scope != "page" and len(set(stated)) != 1:
        yield Finding(
            code="total_changed",
            message="the total changed during the walk",
            where=str(total.at),
            have=stated[-1],
            expected=stated[0],
        )
    elif evidence.stopped == "end":
        yield from _adds_up(contract, evidence, stated[0], str(total.at))


def _adds_up(contract: Contract, evidence: Evidence, stated: int, where: str) -> Iterator[Finding]:
    total = contract.complete.total
    items = sum(page.count for page in evidence.pages)
    match total.scope if total else "page":
        case "walk" | "remaining" | "onward" if items != stated:
            yield Finding(
                code="total_mismatch",
                message="the items do not add up to the total",
                where=where,
                have=items,
                expected=stated,
            )
        case "pages" if len(evidence.pages) != max(stated, 1):
            yield Finding(
                code="page_count_mismatch",
                message="not as many pages came as were announced",
                where=where,
                have=len(evidence.pages),
                expected=stated,
            )
        case "page" if any(page.total != page.count for page in evidence.pages):
            yield Finding(code="total_mismatch", message="a page does not hold as many items as it says", where=where)
        case _:
            return


def the_census_agrees(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Every independent count was had, did not move, and is the number of items that came."""
    census = contract.complete.census
    if census is None or evidence.stopped != "end":
        return
    due = {
        "before_and_after": (evidence.before, evidence.after),
        "before": (evidence.before,),
        "after": (evidence.after,),
    }
    counts = due[census.when]
    values = {count.value for count in counts if count is not None}
    missing = [count.finding for count in counts if count is not None and count.finding is not None]
    items = sum(page.count for page in evidence.pages)
    if None in counts or None in values:
        yield (
            missing[0]
            if missing
            else Finding(code="census_missing", message="the independent count is missing", where=str(census.at))
        )
    elif len(values) != 1:
        yield Finding(
            code="census_moved", message="the independent count changed during the walk", where=str(census.at)
        )
    elif values != {items}:
        yield Finding(
            code="census_mismatch",
            message="the items do not add up to the independent count",
            where=str(census.at),
            have=items,
            expected=values.pop(),
        )


def nothing_lies_behind_the_end(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Where a probe behind the last item is declared, it was made and came back empty."""
    if not contract.complete.past_end or evidence.stopped != "end":
        return
    probe = evidence.past_end
    if probe is None or probe.value is None:
        yield (probe.finding if probe else None) or Finding(
            code="past_end_not_empty", message="the probe behind the end was not made"
        )
    elif probe.value:
        yield Finding(
            code="past_end_not_empty", message="there are more items behind the end", have=probe.value, expected=0
        )


def the_second_walk_agrees(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Where a second walk is declared, it was made and gave the same identifiers."""
    if contract.complete.differential is None or evidence.stopped != "end":
        return
    second = evidence.second
    ids = tuple(sorted(identity for page in evidence.pages for identity in page.ids))
    if second is None or second.finding is not None:
        yield (second.finding if second else None) or Finding(
            code="differential_mismatch", message="the second walk was not made"
        )
    elif second.ids != ids:
        yield Finding(
            code="differential_mismatch",
            message="a second walk gave another set of items",
            have=len(second.ids),
            expected=len(ids),
        )


def the_channel_is_alive(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """An absent continuation counts only where the continuation was seen to work."""
    if evidence.stopped == "end" and evidence.liveness == "dead":
        yield Finding(code="channel_dead", message="asked for pages of one item, the service gave no way to continue")


def the_announced_pages_came(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """The last page's number is the one that earlier pages announced (`rel=last`)."""
    if not contract.complete.rel_last or evidence.stopped != "end":
        return
    announced = {page.last_page for page in evidence.pages if page.last_page is not None}
    if announced and announced != {len(evidence.pages)}:
        yield Finding(
            code="page_count_mismatch",
            message="not as many pages came as were announced",
            where="link:last",
            have=len(evidence.pages),
            expected=max(announced),
        )


def it_was_one_collection(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """What is declared stable was there on every page and stayed the same."""
    if len({page.stable for page in evidence.pages}) > 1:
        yield Finding(code="mutated_during_walk", message="the collection changed during the walk")
    for page in evidence.pages:
        if any(reading.state is State.ABSENT for reading in page.stable):
            yield Finding(
                code="mutated_during_walk", message="the mark of stability is missing", page=page.number, have="absent"
            )


def the_bound_is_kept(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """A bounded claim holds exactly what it promised: n items, or fewer only where the end was proven first."""
    if evidence.failure is not None:
        return
    items = sum(page.count for page in evidence.pages)
    bound = evidence.bound
    if evidence.stopped == "bound" and (bound is None or items != bound):
        yield Finding(code="broken_chain", message="the walk stopped before its bound", have=items, expected=bound)
    elif bound is not None and items > bound:
        yield Finding(
            code="not_one" if contract.claim.single else "total_mismatch",
            message="more came than was asked for",
            have=items,
            expected=bound,
        )
    elif contract.claim.single and items != 1:
        yield Finding(code="not_one", message="one result was due", have=items, expected=1)


def it_is_fresh_enough(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """No page is older than the contract allows, and each says how old it is; the oldest is named."""
    fresh = contract.complete.fresh
    if fresh is not None and evidence.pages:
        oldest = max(evidence.pages, key=lambda page: inf if page.age is None else page.age)
        if (finding := too_old(fresh, oldest.age)) is not None:
            yield replace(finding, page=oldest.number)


def it_holds_what_was_written(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Every page was answered from the state that was asked for, or a newer one; the one furthest behind is named."""
    lsn = contract.complete.lsn
    if lsn is not None and evidence.pages:
        behind = min(evidence.pages, key=lambda page: -1 if page.sequence is None else page.sequence)
        if (finding := not_visible(lsn, behind.sequence)) is not None:
            yield replace(finding, page=behind.number)


def it_is_near_enough(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """Enough items pass the gate, and as many were kept as there are best ones among those that pass."""
    gate = contract.complete.gate
    if gate is None:
        return
    for page in evidence.pages:
        found = weigh(gate, page.scores)
        if (finding := too_far(gate, found, evidence.bound)) is not None:
            yield replace(finding, page=page.number)
        if page.relevance != found:
            message = "the scores were not weighed by the contract's gate"
            yield Finding(code="broken_chain", message=message, page=page.number)
        if page.count != (due := len(chosen(contract, gate, page.scores, evidence.bound))):
            message = "not those items were kept that pass the gate"
            yield Finding(code="payload_mismatch", message=message, page=page.number, have=page.count, expected=due)


def it_stopped_as_it_may(contract: Contract, evidence: Evidence) -> Iterator[Finding]:
    """A generated answer stopped for a reason that the contract accepts, and says so."""
    outcome = contract.complete.outcome
    if contract.claim.kind != "generation" or evidence.failure is not None:
        return
    for page in evidence.pages:
        if outcome is None:
            yield Finding(code="definition_error", message="the contract does not say how an answer may stop")
        elif (finding := stopped(outcome, page.reason)) is not None:
            yield finding


RULES: tuple[Rule, ...] = (
    the_walk_was_not_stopped,
    the_pages_follow_one_another,
    the_end_is_an_end,
    nothing_came_twice,
    every_item_has_its_id,
    the_total_agrees,
    the_census_agrees,
    nothing_lies_behind_the_end,
    the_second_walk_agrees,
    the_channel_is_alive,
    the_announced_pages_came,
    it_was_one_collection,
    the_bound_is_kept,
    what_was_kept_is_what_was_read,
    it_is_fresh_enough,
    it_holds_what_was_written,
    it_is_near_enough,
    it_stopped_as_it_may,
)
