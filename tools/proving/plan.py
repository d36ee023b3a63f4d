"""What is tried, in order: each step looks at what is known and says what to try next, or that it can learn nothing.

PLAN is a tuple of plain functions.  They only ask; what the answers mean is said by the experiments.  A step is taken again
as long as it names a trial that was not made yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Final, TypeAlias

from ...schemas.contract import Contract
from ...schemas.location import Location
from ...schemas.walk import Keyset, Offset, Page, Single, Stream
from ...validators.reading import at
from .asking_less import least, smaller, weaker, within_the_body
from .log import ONE_PAGE, UNBELIEVED, Log
from .sizing import UNSIZED_PAGE, fitted, refused_above, size_refused, size_to_try, taken
from .trial import Trial, Variant
from .variants import bare, bounded, plain, sized, within

__all__ = ["PLAN", "SIZES", "Step"]

Step: TypeAlias = Callable[[Log], Variant | None]

_PAGES_AGAIN: Final = 5
"""Pages of the second whole walk: enough to differ, and not many."""
_LARGEST: Final = 10_000
_USUAL: Final = (5, 10, 20, 25, 50, 100)
"""Sizes that services offer where they let one choose from a few."""
_SEAMS: Final = 3
"""Pages behind whose last item but one is asked."""
_FEW: Final = 3
"""Pages of a walk that may not come to an end: the tool as it is written met the same items twice, or no sound page."""
_REPEATED: Final = frozenset({"cursor_loop", "repeated_page", "duplicate_id"})
_HOPELESS: Final = frozenset(
    {
        "auth_failed",
        "circuit_open",
        "deadline_exceeded",
        "forbidden_address",
        "insecure_url",
        "invalid_arguments",
        "invalid_url",
        "not_configured",
        "not_found",
        "not_recorded",
        "overloaded_here",
        "rate_limited",
        "tls_failed",
        "unreachable",
    }
)
"""Where the tool got this for an answer, asking it otherwise gets the same."""


def _variant(log: Log, name: str, contract: Contract, *, fresh: bool = False) -> Variant:
    items = log.contract.response.items
    return Variant(name=name, contract=contract, id=None if items is None else items.id, fresh=fresh)


def _walked(log: Log) -> bool:
    """Whether there is a walk to look into, and an answer to begin with."""
    return log.reached and not log.contract.claim.single and not isinstance(log.contract.walk, Stream)


def _rejected(log: Log) -> bool:
    """Whether the very first request was rejected, whatever was tried so far."""
    return not log.reached and log.trials["written"].code == "request_rejected"


def without_the_schema(log: Log) -> Variant | None:
    """Where what comes is not as the schema says: what is it like? Where the first pages are, it may be the last one."""
    written = log.trials["written"]
    finding = written.finding
    if finding is None or finding.code != "schema_violation":
        return None
    response = replace(log.contract.response, schema=None)
    pages = log.pages if written.sheets else _FEW
    return _variant(log, UNBELIEVED, within(bare(replace(log.contract, response=response)), pages))


def a_page_without_a_size(log: Log) -> Variant | None:
    """Where the service rejects the first request: does it take it without a page size?"""
    if not _rejected(log) or not size_refused(log):
        return None
    return _variant(log, UNSIZED_PAGE, bounded(bare(_unsized(log)), 1))


def a_size_that_is_taken(log: Log) -> Variant | None:
    """Where it does: which sizes does it take, and which is the largest?"""
    size = size_to_try(log)
    return None if size is None else _one_page(log, size)


def without_a_size(log: Log) -> Variant | None:
    """Where it takes no size at all: walk everything without one."""
    page = log.trials.get(UNSIZED_PAGE)
    if page is None or not page.sheets or taken(log) is not None:
        return None
    return _variant(log, "unsized", within(bare(_unsized(log)), log.pages))


def _unsized(log: Log) -> Contract:
    return replace(log.contract, walk=replace(log.contract.walk, page_size=None))


def from_one_on(log: Log) -> Variant | None:
    """Where it rejects page 0: does it take page 1?"""
    walk = log.contract.walk
    if not _rejected(log) or not isinstance(walk, Page) or walk.start != 0:
        return None
    return _variant(log, "after", within(bare(replace(log.contract, walk=replace(walk, start=1))), log.pages))


def without_a_position(log: Log) -> Variant | None:
    """Where it rejects that too: does it take it without a position?"""
    if not _rejected(log) or not isinstance(log.contract.walk, Offset | Page):
        return None
    return _variant(log, "unplaced", bare(replace(log.contract, walk=Single())))


def _sizable(log: Log) -> bool:
    if log.whole is None or not log.whole.sheets or log.whole.variant.size is None:
        return False
    return _walked(log) and log.contract.walk.page_size is not None and log.several


def as_written(log: Log) -> Variant | None:
    """Call the tool as it is."""
    return _variant(log, "written", within(plain(log.contract), log.pages))


def the_whole(log: Log) -> Variant | None:
    """Walk everything, believing no total and no witness."""
    written = log.trials["written"]
    if log.contract.claim.single or isinstance(log.contract.walk, Stream):
        return None
    if not written.sheets and written.code in _HOPELESS:
        return None
    only_the_last = written.repeats and len(written.sheets) > 2
    pages = _FEW if written.code in _REPEATED and not only_the_last else log.pages
    return _variant(log, "whole", within(bare(fitted(log, log.contract)), pages))


def pages_of_one(log: Log) -> Variant | None:
    """Take three pages of one item."""
    return _variant(log, "ones", bounded(sized(bare(log.contract), 1), 3)) if _sizable(log) else None


def pages_of_two(log: Log) -> Variant | None:
    """Take two pages of two items."""
    return _variant(log, "twos", bounded(sized(bare(log.contract), 2), 4)) if _sizable(log) else None


def beyond_everything(log: Log) -> Variant | None:
    """Ask for one page that is larger than all that is there, and than the file says that a page can be, if it may be taken."""
    size = log.contract.walk.page_size
    if not _sizable(log) or size is None:
        return None
    there = len(log.known) if log.known is not None else 0
    asking = max(there, size.ask, size.max or 0, *(sheet.count for sheet in log.sheets())) + 1
    refused = refused_above(log, taken(log) or size.ask)
    if refused is not None and refused <= asking:
        return None
    return _variant(log, "beyond", bounded(sized(bare(log.contract), min(asking, _LARGEST)), 1))


def a_usual_size(log: Log) -> Variant | None:
    """Ask for sizes that a service may offer as a choice, where it takes neither 1 nor 2: first those that let all be walked."""
    size, own = log.contract.walk.page_size, log.whole
    others = (trial for trial in log.offered if own is not None and trial.variant.size != own.variant.size)
    if not _only_some_sizes(log) or size is None or own is None or any(trial.sheets for trial in others):
        return None
    there = len(log.known or ())
    for asking in sorted(_USUAL, key=lambda one: (-(-there // one) >= log.pages, one)):
        if asking != own.variant.size and (variant := _one_page(log, asking)).name not in log.trials:
            return variant
    return None


def _only_some_sizes(log: Log) -> bool:
    return all(name in log.trials and log.trials[name].refused for name in ("ones", "twos"))


def _one_page(log: Log, size: int) -> Variant:
    return _variant(log, f"{ONE_PAGE} {size} items", bounded(sized(bare(log.contract), size), 1))


def with_another_size(log: Log) -> Variant | None:
    """Walk everything in pages of another size, where the service lets one choose."""
    whole, known = log.whole, log.known
    if whole is None or known is None or not _sizable(log) or whole.came is None:
        return None
    ones = log.trials.get("ones")
    if ones is None or ones.came not in (1, None):
        return None
    size = _another_size(log, len(known), whole.came)
    if size is None or -(-len(known) // size) >= log.pages:
        return None
    return _variant(log, "another", within(sized(bare(log.contract), size), log.pages))


def _another_size(log: Log, there: int, came: int) -> int | None:
    """A size that the service does not clamp to the *came* items that it gave before: the same pages would show nothing."""
    if _only_some_sizes(log):
        return next((trial.variant.size for trial in log.offered if trial.came not in (None, came)), None)
    most = max((trial.came or 0 for trial in log.walks()), default=0)
    size = _for_few_pages(log, there)
    if log.whole is not None and log.whole.cut is not None and (uneven := _uneven(log, there, size, most)) is not None:
        return uneven
    if min(size, most) != came:
        return size if refused_above(log, most) is None else min(size, most)
    return came - 1 if came > 1 else 2 if most > 1 else None


def _for_few_pages(log: Log, there: int) -> int:
    """The size of the pages of a second walk that is short."""
    return max(1, -(-there // min(_PAGES_AGAIN, log.pages - 1)))


def _uneven(log: Log, there: int, size: int, most: int) -> int | None:
    """The size next to *size* in which the last page is not full, so that it reaches beyond a wall behind the last item."""
    came = None if log.whole is None else log.whole.came
    fits = (one for one in range(2, there) if one != came and there % one and -(-there // one) < log.pages)
    return min(fits, key=lambda one: (one > most, abs(one - size)), default=None)  # a larger one may be refused


def once_more(log: Log) -> Variant | None:
    """Walk everything as before, where no second walk gave the same items: does the size matter, or does the collection move?"""
    whole, known = log.whole, log.known
    if log.recorded or whole is None or known is None or log.agrees:
        return None
    if len(whole.sheets) < 2 and not log.strange_behind:
        return None
    return replace(whole.variant, name="again", fresh=True)


def before_the_first(log: Log) -> Variant | None:
    """Ask for the page before the first one, where the walk does not begin with 0."""
    walk = log.contract.walk
    if not _walked(log) or not isinstance(walk, Page | Offset) or walk.start < 1:
        return None
    earlier = replace(walk, start=walk.start - 1)
    return _variant(log, "before", bounded(bare(fitted(log, replace(log.contract, walk=earlier))), 1))


def one_step_further(log: Log) -> Variant | None:
    """Ask for the next two positions, where the walk counts items and found nothing behind the first page."""
    walk, whole = log.contract.walk, log.whole
    if not _walked(log) or not isinstance(walk, Offset) or whole is None or len(whole.sheets) < 2:
        return None
    if whole.sheets[1].count or not whole.sheets[0].count:
        return None
    names = {field.name for field in fields(Offset)} - {"kind"}
    counting = Page(kind="page", **{name: getattr(walk, name) for name in names})
    stepping = bare(fitted(log, replace(log.contract, walk=replace(counting, start=walk.start + 1))))
    return _variant(log, "steps", within(bounded(stepping, 2 * whole.sheets[0].count), 2))


def between_the_pages(log: Log) -> Variant | None:
    """Ask behind the last item but one of a page: where items share a key, more comes than the next page holds."""
    walk, whole = log.contract.walk, log.whole
    if not isinstance(walk, Keyset) or whole is None or log.known is None or log.agrees or walk.send.source != "query":
        return None
    pages = [sheet.items for sheet in whole.sheets if sheet.items is not None and len(sheet.items) > 1]
    for number, items in enumerate(pages[:_SEAMS], 1):
        after = at(items[len(items) - 2], walk.key).value
        if f"seam {number}" not in log.trials and isinstance(after, str | int) and "{" not in str(after):
            query = {**log.contract.request.query, walk.send.path: after}
            request = replace(log.contract.request, query=query)
            return _variant(log, f"seam {number}", bare(replace(log.contract, request=request, walk=Single())))
    return None


def _unpaged(log: Log) -> bool:
    """Whether the tool knows no pages, and got more than one item."""
    return isinstance(log.contract.walk, Single) and log.whole is not None and log.several


def as_few_as_it_takes(log: Log) -> Variant | None:
    """Ask a tool that knows no pages for as few items as its own arguments can ask for, whatever was given for them."""
    contract, smallest = log.contract, least(log.contract)
    if not _unpaged(log) or not smallest:
        return None
    return _variant(log, "fewest", bare(replace(contract, request=smaller(contract.request, smallest))))


def with_what_others_call_it(log: Log) -> Variant | None:
    """Ask a tool that knows no pages for one item, by every name that a page size commonly has."""
    contract = log.contract
    if not _unpaged(log):
        return None
    known = frozenset(contract.request.query)
    query = {**contract.request.query, **{name: 1 for name in SIZES if name not in known}}
    request = smaller(replace(contract.request, query=query), weaker(contract))
    return _variant(log, "guessed", bare(replace(contract, request=request)))


def with_what_others_call_it_in_a_body(log: Log) -> Variant | None:
    """Ask for one item by the same names in the body, where the tool sends one that can hold them; it only reads."""
    contract, known = log.contract, within_the_body(log.contract)
    if not _unpaged(log) or known is None or contract.effects == "write":
        return None
    guessed = {Location("body", f"/{name}"): 1 for name in (*SIZES, *_IN_A_BODY) if name not in known}
    request = replace(contract.request, strict={**guessed, **contract.request.strict})
    response = replace(contract.response, schema=None, veto=())  # so that an error under a status of success is seen
    return _variant(log, "inside", bare(replace(contract, request=request, response=response)))


def after_the_first(log: Log) -> Variant | None:
    """Begin with 1 where beginning with 0 gives the same page twice."""
    walk = log.contract.walk
    if not _walked(log) or not isinstance(walk, Page) or walk.start != 0 or not any(map(_repeats, log.walks())):
        return None
    begun = bare(fitted(log, replace(log.contract, walk=replace(walk, start=1))))
    came = 1 if log.whole is None else log.whole.came or 1
    return _variant(log, "after", bounded(begun, 2 * came))


def _repeats(trial: Trial) -> bool:
    first, second = (*trial.sheets, None, None)[:2]
    return first is not None and second is not None and first.count > 0 and first.marks == second.marks


def below_what_is_refused(log: Log) -> Variant | None:
    """Find a page that is large enough for a short second walk: the largest by the file, or else by halves."""
    between, size = _between(log), log.contract.walk.page_size
    if between is None or size is None:
        return None
    taken, refused = between
    if size.max is not None and taken < size.max < refused:
        return _one_page(log, size.max)
    enough = _for_few_pages(log, len(log.known or ()))
    return None if taken >= enough else _one_page(log, (taken + refused) // 2)


def the_largest_that_is_taken(log: Log) -> Variant | None:
    """Halve the way between the largest page that came and the smallest size that was refused: no line needs it, so it comes last."""
    between = _between(log)
    return None if between is None else _one_page(log, sum(between) // 2)


def _between(log: Log) -> tuple[int, int] | None:
    """The largest size that was taken, and the smallest that was refused, where there are others between them."""
    tried = [(trial.variant.size, trial) for trial in log.walks() if trial.variant.size is not None]
    refused = [asked for asked, trial in tried if trial.refused]
    taken = [asked for asked, trial in tried if trial.came is not None]
    return (max(taken), min(refused)) if refused and taken and min(refused) - max(taken) > 1 else None


SIZES: Final = ("limit", "per_page", "page_size", "pageSize", "count", "size", "top", "$top", "first", "maxResults")
"""What the parameter for the page size is called, most often first."""
_IN_A_BODY: Final = ("page_limit", "pageLimit", "max_results", "MaxResults", "Limit", "batchSize", "rows")
"""What it is called in bodies as well."""

PLAN: tuple[Step, ...] = (
    as_written,
    without_the_schema,
    a_page_without_a_size,
    a_size_that_is_taken,
    the_whole,
    without_a_size,
    from_one_on,
    without_a_position,
    pages_of_one,
    pages_of_two,
    beyond_everything,
    below_what_is_refused,
    a_usual_size,
    with_another_size,
    once_more,
    before_the_first,
    after_the_first,
    one_step_further,
    between_the_pages,
    the_largest_that_is_taken,
    as_few_as_it_takes,
    with_what_others_call_it,
    with_what_others_call_it_in_a_body,
)
