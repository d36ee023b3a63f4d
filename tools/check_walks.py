"""Rules over what a contract claims, how it walks, and what could prove it.

Plain functions over a contract, gathered in RULES.  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from ..schemas.claim import Grade
from ..schemas.contract import Contract
from ..schemas.location import Location
from ..schemas.walk import Cursor, Keyset, Link, Offset, Page, Single, Stream, WalkKind
from ..validators.ending import has_channel
from .mistake import Mistake, Way, meant
from .reaching import at_the_end, counts_items, identified, reachable

__all__ = ["RULES"]

Rule: TypeAlias = Callable[[Contract], Iterator[Mistake]]

_STATES = ("absent", "null", "empty", "value", "true", "false")


# ------------------------------------------------------------------------------------------------- claims


def lists_have_items(contract: Contract) -> Iterator[Mistake]:
    """A claim about many things must say where they are."""
    kind = contract.claim.kind
    if not contract.claim.single and contract.response.items is None:
        message = f"expected `items`, because `claim: {kind}` is about a list, found nothing"
        yield Mistake(("response", "items"), message, "for example `items: {at: /data, id: /id}`")
    if kind != "one" and contract.response.data:
        yield Mistake(
            ("response", "data"), f"expected `items.at` for `claim: {kind}`, found `data`, which is for `claim: one`"
        )


def one_answer_is_not_walked(contract: Contract) -> Iterator[Mistake]:
    """One thing and a ranking come in one answer."""
    kind = contract.claim.kind
    alone = (Single, Stream) if kind == "generation" else (Single,)
    if (contract.claim.single or kind == "top_k") and not isinstance(contract.walk, alone):
        yield Mistake(
            ("walk", "kind"), f"expected no walk for `claim: {kind}`, which is one answer, found `{contract.walk.kind}`"
        )


def bounds_are_positive(contract: Contract) -> Iterator[Mistake]:
    """`first: 0` would prove nothing."""
    bound = contract.claim.bound
    if isinstance(bound, int) and bound < 1:
        yield Mistake(("claim", contract.claim.kind), f"expected a number of at least 1, found {bound}")


# -------------------------------------------------------------------------------------------------- walks


def absence_has_a_licence(contract: Contract) -> Iterator[Mistake]:
    """A missing field is the end only where the API documents it."""
    walk = contract.walk
    tables = {"more": walk.end.more or {}, "next": walk.end.next or {}}
    absent = [name for name, table in tables.items() if table.get("absent") == "end"]
    if absent and walk.absence is None:
        message = "expected `absence: {documented: URL}`, because an absent field is to be the end, found nothing"
        yield Mistake(("walk", "absence"), message)
    if walk.absence is not None and not absent and not isinstance(walk, Single):
        place = "more" if walk.more is not None else "next"
        message = f"expected `end: {{{place}: {{…, absent: end}}}}` beside `absence`, found a table in which absence is no end"
        yield Mistake(("walk", "absence"), message)


def tables_can_be_read(contract: Contract) -> Iterator[Mistake]:
    """A table belongs to a signal, has an end, and where there is a way to go on says when."""
    walk = contract.walk
    signals = {"more": walk.more is not None, "next": has_channel(walk)}
    for name, there in signals.items():
        table = getattr(walk.end, name)
        if table is None:
            continue
        if not there:
            needed = "`walk.more`" if name == "more" else f"a walk that is given its way (not `{walk.kind}`)"
            yield Mistake(("walk", "end", name), f"expected {needed} to which this table belongs, found none")
        elif "continue" not in table.values() and not isinstance(walk, Single):
            yield Mistake(("walk", "end", name), "expected a state that means `continue`, found none")
        elif (
            "end" not in table.values() and _decides(walk, name) and walk.end_on_empty is None and walk.repeat != "end"
        ):
            yield Mistake(
                ("walk", "end", name), "expected a state that means `end`, found none: the walk could not end"
            )


def states_are_spelt_right(contract: Contract) -> Iterator[Mistake]:
    """A word that is no state is a literal; one that is nearly a state was hardly meant as one."""
    for name in ("more", "next"):
        for word in getattr(contract.walk.end, name) or ():
            if word not in _STATES and (hint := meant(word, _STATES, alike=0.75)):
                message = f"expected a state or a word that the service sends, found `{word}`"
                yield Mistake(("walk", "end", name, word), message, hint, severity="warning")


def _decides(walk: WalkKind, name: str) -> bool:
    return (name == "more") == (walk.more is not None)


def the_end_can_be_seen(contract: Contract) -> Iterator[Mistake]:
    """A walk that computes its own way must be told where to stop."""
    walk, total = contract.walk, contract.complete.total
    counted = total is not None and total.exact and total.scope != "page"
    told = walk.more is not None or has_channel(walk) or counted or walk.end_on_empty is not None
    if not told and not isinstance(walk, Single | Stream) and contract.claim.kind != "first":
        message = (
            f"expected `walk.more`, `complete.total` or `walk.end_on_empty`, so that `{walk.kind}` can end, found none"
        )
        yield _as_far_as_known(contract, Mistake(("walk",), message, "a short page is never the end"))


def page_sizes_fit(contract: Contract) -> Iterator[Mistake]:
    """Who asks for pages of another size must know where the size goes."""
    size, second, absence = contract.walk.page_size, contract.complete.differential, contract.walk.absence
    if size is not None and size.max is not None and size.ask > size.max:
        yield Mistake(("walk", "page_size", "ask"), f"expected at most `max`, {size.max}, found {size.ask}")
    if second is not None and size is None:
        yield Mistake(
            ("walk", "page_size"),
            "expected `page_size`, because `differential` asks for pages of another size, found nothing",
        )
    elif second is not None and size is not None and second.page_size == min(size.ask, size.max or size.ask):
        yield Mistake(
            ("complete", "differential", "page_size"),
            f"expected another size than the walk's own, found {second.page_size} again",
        )
    elif second is not None and size is not None and size.max is not None and second.page_size > size.max:
        yield Mistake(
            ("complete", "differential", "page_size"), f"expected at most `max`, {size.max}, found {second.page_size}"
        )
    probed = absence is not None and absence.liveness == "required" and has_channel(contract.walk)
    if probed and size is None:
        message = "expected `page_size`, because `liveness: required` probes with pages of one item, found nothing"
        yield Mistake(
            ("walk", "page_size"), message, "or write `liveness: seen`, which cannot prove a result of one page"
        )


def places_name_one_thing(contract: Contract) -> Iterator[Mistake]:
    """`*` stands for every element, and only conditions, nested checks and freshness look at every element."""
    walk, complete = contract.walk, contract.complete
    places: list[tuple[Way, Location | None]] = [
        (("walk", "more"), walk.more),
        (("walk", "next"), getattr(walk, "next", None)),
        (("complete", "total", "at"), complete.total.at if complete.total else None),
        (("complete", "census", "at"), complete.census.at if complete.census else None),
        (("complete", "lsn", "at"), complete.lsn.at if complete.lsn else None),
    ]
    if contract.response.items is not None:
        places.append((("response", "items", "at"), Location("body", contract.response.items.at)))
    for way, place in places:
        if place is not None and place.source == "body" and "*" in place.path.split("/"):
            yield Mistake(way, f"expected a place that is one thing, found `{place}`: `*` is every element")


# ---------------------------------------------------------------------------------------------- witnesses


def witnesses_can_be_called(contract: Contract) -> Iterator[Mistake]:
    """Each witness needs something of the walk."""
    walk, complete = contract.walk, contract.complete
    trailing = isinstance(walk, Cursor) and walk.trailing_cursor
    if complete.past_end and not trailing and not isinstance(walk, Keyset | Offset | Page):
        yield Mistake(
            ("complete", "past_end"),
            f"expected a walk by keyset, offset or page (or a cursor with `trailing_cursor: true`) for `past_end`, found `{walk.kind}`",
        )
    if complete.rel_last and not isinstance(walk, Link):
        yield Mistake(("complete", "rel_last"), f"expected a walk by link for `rel_last`, found `{walk.kind}`")
    if complete.differential is not None and not identified(contract):
        message = "expected `items.id`, because `differential` compares identifiers, found nothing"
        yield Mistake(("response", "items", "id"), message)
    proofs = {"total": complete.total, "census": complete.census, "differential": complete.differential}
    for name, witness in proofs.items():
        if witness is not None and contract.claim.single:
            kind = contract.claim.kind
            yield Mistake(
                ("complete", name), f"expected no `{name}` for `claim: {kind}`, found one: there is nothing to count"
            )


def a_head_counts_in_its_header(contract: Contract) -> Iterator[Mistake]:
    """An answer to HEAD has no content, and so have its requests."""
    census = contract.complete.census
    if census is None or (census.request.method or contract.request.method) != "HEAD":
        return
    way, because = ("complete", "census"), "because HEAD brings no content"
    if census.at.source != "header":
        yield Mistake((*way, "at"), f"expected a place in a header, {because}, found `{census.at}`", "or ask with GET")
    if census.absent == "count_items":
        yield Mistake((*way, "absent"), f"expected `violation`, {because}, found `count_items`", "or ask with GET")
    if census.request.body is not None:
        yield Mistake((*way, "request", "body"), "expected no content with HEAD, found `body`", "or ask with POST")


def the_grade_can_be_reached(contract: Contract) -> Iterator[Mistake]:
    """A contract that requires what it cannot prove would refuse every answer."""
    best, required = reachable(contract), contract.complete.require
    if required > best:
        message = f"expected at most `{best}`, which is all that this tool can prove, found `{required}`"
        yield _as_far_as_known(contract, Mistake(("complete", "require"), message, _to_reach(contract, required)))


def _as_far_as_known(contract: Contract, mistake: Mistake) -> Mistake:
    """A walk that was inferred and never proven is refused anyway; what it lacks may be found by proving it."""
    inferred = any(
        place.split(".", maxsplit=1)[0] in ("walk", "complete") and said.status == "unproven"
        for place, said in contract.provenance.items()
    )
    if not inferred:
        return mistake
    hint = f"{mistake.hint}; the walk was inferred, and `unabridged prove {contract.name}` looks for what is missing"
    return replace(mistake, hint=hint, severity="warning")


def _to_reach(contract: Contract, required: Grade) -> str:
    """What to add, for the required grade."""
    if contract.claim.single or contract.claim.kind in ("top_k", "first"):
        return f"`claim: {contract.claim.kind}` is proven by what came; leave `require` out"
    if required >= Grade.COUNTED and not identified(contract) and (counts_items(contract) or contract.complete.census):
        return "add `response.items.id`, so that items are counted once"
    match required:
        case Grade.CENSUSED:
            return "add `complete.census`, an independent count before and after"
        case Grade.COUNTED:
            return "add `complete.total`, the service's own exact count, or `complete.census`"
        case Grade.DIFFERENTIAL:
            return "add `complete.differential`, a second walk with another page size"
        case Grade.PAST_END:
            return "add `complete.past_end: true`, a request behind the last item"
        case Grade.TERMINATED if at_the_end(contract) == Grade.DOCUMENTED_ABSENCE:
            return (
                "absence alone proves less; add a witness (total, census, differential), or lower `require` knowingly"
            )
        case Grade.TERMINATED if isinstance(contract.walk, Single):
            return "nothing says that one answer is all; add `complete.total` or `walk.more`, or a walk"
        case _:
            return "add `walk.more`, or a state in `walk.end` that means the end"


def one_page_can_be_proven(contract: Contract) -> Iterator[Mistake]:
    """Where absence is all the proof, a result of one page needs the channel to be seen."""
    walk, required = contract.walk, contract.complete.require
    weak = walk.absence is not None and walk.absence.liveness != "required" and has_channel(walk)
    only = reachable(contract) == Grade.DOCUMENTED_ABSENCE and walk.end_on_empty is None
    if weak and only and required >= Grade.DOCUMENTED_ABSENCE:
        message = "expected `liveness: required`, found another: a result of one page could never be proven"
        yield Mistake(
            ("walk", "absence", "liveness"), message, "add `page_size` for the probe, or require `heuristic`", "warning"
        )


RULES: tuple[Rule, ...] = (
    lists_have_items,
    one_answer_is_not_walked,
    bounds_are_positive,
    absence_has_a_licence,
    tables_can_be_read,
    states_are_spelt_right,
    the_end_can_be_seen,
    page_sizes_fit,
    places_name_one_thing,
    witnesses_can_be_called,
    a_head_counts_in_its_header,
    the_grade_can_be_reached,
    one_page_can_be_proven,
)
