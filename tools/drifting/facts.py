"""Drift in what answers say of themselves: page sizes, totals, media types, statuses, and how often they are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import comb
from typing import Final

from ...schemas.claim import Grade
from .drift import Comparison, Drift, drift
from .refusing import OWN_RESTRAINT, blamed
from .sighting import Sighting

__all__ = ["inexact_totals", "moved_clamps", "new_media", "new_statuses", "risen_refusals", "vanished_totals"]

_TOTALS: Final = frozenset({"total_mismatch", "total_changed", "total_is_bound"})
_OF_MEDIA: Final = frozenset({"wrong_media_type", "upstream_error"})  # the second: problem documents
_CHANCE: Final = 0.01
"""A rise that chance brings about as often as this, or more often, is none."""
_FEWEST: Final = 3


def moved_clamps(comparison: Comparison) -> Iterator[Drift]:
    """Find pages with a continuation that are shorter, or longer, than such pages always were."""
    sizes = _sizes(comparison)
    could = [one for one in comparison.after if one.full is not None]
    if not sizes or not could:
        return
    least, most = min(sizes), max(sizes)
    for word, moved in (
        ("less", [one for one in could if (one.full or 0) < least]),
        ("more", [one for one in could if (one.full or 0) > most]),
    ):
        if moved:
            size = moved[-1].full
            says = f"a page that is not the last one holds {size:,} items, {word} than before ({_between(least, most)})"
            sized = size and comparison.contract.walk.page_size is not None
            edit = f"walk: {{page_size: {{ask: {size}}}}}" if sized else ""
            yield drift("clamp_moved", "walk.page_size", says, moved, len(could), breaking=False, edit=edit)


def _sizes(comparison: Comparison) -> list[int]:
    """The sizes of pages that were not the last ones: by an experiment, or else by the calls before."""
    proof, page_size = comparison.contract.proof, comparison.contract.walk.page_size
    if proof is not None and proof.sizes.clamp is not None:
        return [proof.sizes.clamp if page_size is None else min(proof.sizes.clamp, page_size.ask)]
    return [page.count for one in comparison.before for page in one.pages if page.decision == "continue"]


def _between(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def vanished_totals(comparison: Comparison) -> Iterator[Drift]:
    """Find answers without the total that was on every one before."""
    total = comparison.contract.complete.total
    had = [one for one in comparison.before if one.pages]
    if total is None or (had and not all(one.pages[0].total is not None for one in had)):
        return
    could = [one for one in comparison.after if one.pages or one.code == "total_missing"]
    seen = [one for one in could if one.code == "total_missing" or (one.pages and one.pages[0].total is None)]
    if seen:
        counted = comparison.contract.complete.require >= Grade.COUNTED
        says = "the service does not state its total any more" + ("; the claim rests on it" if counted else "")
        breaking = all(one.refused for one in seen)
        edit = f"unabridged prove {comparison.contract.name}"
        yield drift("total_vanished", str(total.at), says, seen, len(could), breaking=breaking, edit=edit)


def inexact_totals(comparison: Comparison) -> Iterator[Drift]:
    """Find totals that are not what the items add up to, where they were before."""
    total = comparison.contract.complete.total
    if total is None or any(_is_inexact(one, comparison) for one in comparison.before):
        return
    could = [one for one in comparison.after if one.ended or one.code in _TOTALS]
    seen = [one for one in could if _is_inexact(one, comparison)]
    if seen:
        edit = f"unabridged prove {comparison.contract.name}"  # it is a witness: nothing is said that takes it away
        says = f"either items are missing, or the total counts something else: `{edit}` tells"
        breaking = any(one.code in _TOTALS for one in seen)
        yield drift("total_inexact", str(total.at), says, seen, len(could), breaking=breaking, edit=edit)


def _is_inexact(sighting: Sighting, comparison: Comparison) -> bool:
    if sighting.code in _TOTALS:
        return True
    total = comparison.contract.complete.total
    stated = sighting.pages[-1].total if sighting.ended else None
    if total is None or total.scope != "walk" or stated is None or comparison.contract.claim.kind != "all":
        return False
    return stated != sum(page.count for page in sighting.pages)


def new_media(comparison: Comparison) -> Iterator[Drift]:
    """Find media types of pages that were never seen and that the contract does not name."""
    known = {media for one in comparison.before for media in one.media} | set(comparison.contract.response.media)
    could = [one for one in comparison.after if one.media]
    for media in sorted({media for one in could for media in one.media} - known):
        seen = [one for one in could if media in one.media]
        says = f"pages come as {media}, which they never did"
        wider = f"response: {{media: [{', '.join((*comparison.contract.response.media, media))}]}}"
        edit = wider if _is_json(media) else f"unabridged prove {comparison.contract.name}"
        refused = any(one.code in _OF_MEDIA for one in seen)
        yield drift("media_changed", "response.media", says, seen, len(could), breaking=refused, edit=edit)


def _is_json(media: str) -> bool:
    """Whether content of this type is one JSON value, and not that of an error (RFC 9457, 3)."""
    return media in ("application/json", "text/json") or (
        media.endswith("+json") and media != "application/problem+json"
    )


def new_statuses(comparison: Comparison) -> Iterator[Drift]:
    """Find statuses of believed pages that were never seen before."""
    known = {status for one in comparison.before for status in one.statuses}
    could = [one for one in comparison.after if one.statuses]
    for status in sorted({status for one in could for status in one.statuses} - known) if known else ():
        seen = [one for one in could if status in one.statuses]
        says = f"pages come with status {status}, which they never did"
        yield drift("status_changed", "response.status", says, seen, len(could), breaking=False)


def risen_refusals(comparison: Comparison) -> Iterator[Drift]:
    """Find that answers are refused more often than before, and more than by chance: for one reason, or for all together."""
    service = blamed(comparison.contract)
    now = {one.code for one in comparison.after if one.code in service and one.code not in _TOTALS}
    alone = [risen for code in sorted(filter(None, now)) if (risen := _risen(comparison, {code})) is not None]
    yield from alone
    together = _risen(comparison, service | OWN_RESTRAINT) if now else None
    if together is not None and together.times > max((one.times for one in alone), default=0):
        yield together


def _risen(comparison: Comparison, codes: Collection[str]) -> Drift | None:
    """The rise of refusals for any of *codes*; None where there is none, or where it may be chance."""
    seen = [one for one in comparison.after if one.code in codes]
    was, now = len(comparison.before), len(comparison.after)
    before = sum(one.code in codes for one in comparison.before)
    rose = was and _chance(len(seen), now, before, was) < _CHANCE
    if len(seen) < _FEWEST or not (rose or (not before and _lasts(seen, comparison))):
        return None
    reasons = Counter(one.code for one in seen if one.code is not None)
    causes = ", ".join(sorted(reasons.keys() - OWN_RESTRAINT))
    unsent = sum(reasons[code] for code in OWN_RESTRAINT)
    says = f"{len(seen) / now:.0%} of the calls are refused for {causes}"
    says += f" ({unsent:,} were not sent because of it)" if unsent else ""
    says += f"; it was {before / was:.0%}" if was else ""
    edit = f"unabridged prove {comparison.contract.name}"
    return drift("refusals_rose", causes, says, seen, now, breaking=len(seen) * 2 >= now, edit=edit)


def _lasts(seen: Sequence[Sighting], comparison: Comparison) -> bool:
    """Whether it is the newest calls that were *seen*: all recent ones, or more in a row than chance puts last."""
    now, all_of = len(comparison.after), len(comparison.before) + len(comparison.after)
    newest = comparison.after[now - len(seen) :]
    return list(newest) == list(seen) and (len(seen) == now or 1 / comb(all_of, len(seen)) < _CHANCE)


def _chance(times: int, now: int, before: int, was: int) -> float:
    """How likely so many of them fall into the later calls by chance (Fisher's exact test, one-sided).

    >>> round(_chance(3, 4, 0, 20), 4)
    0.002
    """
    all_of, total = times + before, now + was
    ways = sum(
        comb(now, hit) * comb(was, all_of - hit) for hit in range(times, min(all_of, now) + 1) if all_of - hit <= was
    )
    return ways / comb(total, all_of)
