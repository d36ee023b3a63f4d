"""Drift in what answers say of themselves: page sizes, totals, media types, statuses, and how often they are refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from math import comb, exp, lgamma, log, log1p
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
_TOLERATED: Final = 0.1
"""The share of calls that may be refused by chance after a proof, in which nothing was refused: there are no older calls to ask."""


def moved_clamps(comparison: Comparison) -> Iterator[Drift]:
    """Find pages before the last one that are shorter, or longer, than such pages always were."""
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
            settled = moved[-_FEWEST:] == could[-_FEWEST:] and _settled(could) == size
            edit = _asking_for(size, comparison) if settled else ""
            yield drift("clamp_moved", "walk.page_size", says, moved, len(could), breaking=False, edit=edit)


def _settled(could: Sequence[Sighting]) -> int | None:
    """The size that the newest calls agree on; None where they do not, or are too few: one short page is no limit."""
    newest = could[-_FEWEST:]
    return newest[0].full if len(newest) == _FEWEST and len({one.full for one in newest}) == 1 else None


def _asking_for(size: int | None, comparison: Comparison) -> str:
    page_size = comparison.contract.walk.page_size
    return f"walk: {{page_size: {{ask: {size}}}}}" if size and page_size is not None and page_size.ask != size else ""


def _sizes(comparison: Comparison) -> list[int]:
    """The sizes of pages that were not the last ones: by an experiment, or else by the calls before."""
    proof, page_size = comparison.contract.proof, comparison.contract.walk.page_size
    if proof is None or proof.sizes.clamp is None:
        return [size for one in comparison.before for size in one.sizes]
    most = proof.sizes.clamp if page_size is None else min(proof.sizes.clamp, page_size.ask)
    return [min(most, max(proof.sizes.came, default=most)), most]  # of a short list, no page is as large as it may be


def _between(least: int, most: int) -> str:
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def vanished_totals(comparison: Comparison) -> Iterator[Drift]:
    """Find answers without the total that was on every one before."""
    total = comparison.contract.complete.total
    had = [one for one in comparison.before if one.pages]
    if total is None or (had and not all(one.pages[0].total is not None for one in had)):
        return
    could = [one for one in comparison.after if one.pages or _is_refused_without(one, str(total.at))]
    seen = [one for one in could if _is_refused_without(one, str(total.at)) or one.pages[0].total is None]
    if seen:
        counted = comparison.contract.complete.require >= Grade.COUNTED
        says = "the service does not state its total any more" + ("; the claim rests on it" if counted else "")
        breaking = all(one.refused for one in seen)
        edit = f"unabridged prove {comparison.contract.name}"
        yield drift("total_vanished", str(total.at), says, seen, len(could), breaking=breaking, edit=edit)


def _is_refused_without(sighting: Sighting, place: str) -> bool:
    """Whether it was refused because the total at *place* is missing, or what that stands in."""
    around = sighting.missing is not None and f"{place}/".startswith(f"{sighting.missing}/")
    return around or sighting.code == "total_missing"


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
    if len(seen) < _FEWEST or not (rose or (not before and _is_new(seen, comparison))):
        return None
    reasons = Counter(one.code for one in seen if one.code is not None)
    causes = ", ".join(sorted(reasons.keys() - OWN_RESTRAINT))
    unsent = sum(reasons[code] for code in OWN_RESTRAINT)
    says = f"{len(seen) / now:.0%} of the calls are refused for {causes}"
    says += f" ({unsent:,} were not sent because of it)" if unsent else ""
    says += f"; it was {before / was:.0%}" if was else ""
    edit = f"unabridged prove {comparison.contract.name}"
    return drift("refusals_rose", causes, says, seen, now, breaking=len(seen) * 2 >= now, edit=edit)


def _is_new(seen: Sequence[Sighting], comparison: Comparison) -> bool:
    """Whether what was *seen* in no call before is no chance now: in all calls, in newer ones only, or against a proof."""
    was, now = len(comparison.before), len(comparison.after)
    since = now - next(index for index, one in enumerate(comparison.after) if one is seen[0])
    newer = comb(since, len(seen)) / comb(was + now, len(seen)) < _CHANCE  # good calls may stand between
    against = comparison.contract.proof is not None and _at_least(len(seen), now, _TOLERATED) < _CHANCE
    return len(seen) == now or newer or against


def _at_least(times: int, of: int, share: float) -> float:
    """How likely that many of so many calls are refused where this *share* of all calls is.

    >>> round(_at_least(5, 10, 0.1), 4)
    0.0016
    """
    ways = (lgamma(of + 1) - lgamma(hit + 1) - lgamma(of - hit + 1) for hit in range(times, of + 1))
    return sum(exp(way + hit * log(share) + (of - hit) * log1p(-share)) for hit, way in enumerate(ways, times))


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
