"""What the answer of an operation is, and how it is walked, as far as its description lets one infer it.

Every line has its provenance and is unproven.  An end is never inferred from absence, and no proof is asked to be weaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from .description import Description, Operation
from .effects import effects
from .inference_doubts import DOUBTS, OF_WRITES, doubts
from .inference_extensions import EXTENSIONS
from .inference_facts import Facts, Input, Line, Proposal, facts
from .inference_items import Found
from .inference_pairs import PAIRS
from .inference_parts import flag, page_size, size_input, total
from .inference_readings import backward_inputs, cursor_inputs, next_cursors, offset_inputs, page_inputs
from .inference_siblings import identified

__all__ = ["WALKS", "Inferred", "Sent", "infer"]

Sent: TypeAlias = tuple[Literal["query", "header", "body"], str]
"""What the walk sends itself: the name of a parameter, or a pointer into the body."""

WALKS: tuple[Callable[[Facts], Proposal | None], ...] = (*EXTENSIONS, *PAIRS)
"""The rules that find a walk; the first that does decides.  What a vendor declares comes before what names suggest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """The parts of a tool that were inferred, as they are written in a tool file.

    *claim* is the tool's claim; *items* (`at`, `id`) is for claims about a list, and *data* points to what `claim: one` delivers.
    *walk* and *complete* are the tool's own.  *provenance* says of each line, by its place (`walk.next`), where it comes from
    (`schemas/provenance.py`).  *taken* are parameters of paging, which the walk sends or must not be sent, and which are no
    arguments of the tool.  *notes* are sentences for whoever reads the file.
    """

    claim: Literal["all", "one", "generation"]
    items: Mapping[str, Any] | None = None
    data: str = ""
    walk: Mapping[str, Any] = field(default_factory=lambda: {"kind": "single"})
    complete: Mapping[str, Any] = field(default_factory=dict[str, Any])
    provenance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    taken: frozenset[Sent] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def leading_on(self) -> str | None:
        """The pointer to what leads to the next page, which is null behind the last one whoever says that it is over."""
        place, _, pointer = str(self.walk.get("next", "")).partition(":")
        return pointer if place == "body" else None


def infer(operation: Operation, description: Description) -> Inferred:
    """Infer the claim of *operation*, and for a list its items, its walk and its count."""
    known = _told_apart(facts(operation, description.extensions), description)
    if effects(operation) == "write":
        return _one(doubts(known, None, OF_WRITES))
    proposal = next((found for rule in WALKS if (found := rule(known)) is not None), None)
    if proposal is not None and proposal.items is not None:
        known = _told_apart(replace(known, items=proposal.items), description)
    if known.items is None or not _is_list(known, proposal):
        return _one(doubts(known, proposal, DOUBTS))
    return _all(known, known.items, proposal or _single(known))


def _told_apart(known: Facts, description: Description) -> Facts:
    """The same, where the paths beside the operation say what tells its items apart."""
    if known.items is None:
        return known
    return replace(known, items=identified(known, known.items, description.operations))


# ----------------------------------------------------------------------------------------------- one thing


def _is_list(known: Facts, proposal: Proposal | None) -> bool:
    """Whether the answer is about its items: it says so, or it comes in pages."""
    items = known.items
    if items is None or items.others:
        return False
    if proposal is not None or any(flag(known)):
        return True
    return not items.at or (not known.of_one and (items.named or _is_counted(known)))


def _is_counted(known: Facts) -> bool:
    """Whether there is a count of items; a bare `total` may be a sum of money."""
    return any(line.rule != "name/total" and not line.ambiguous for line in total(known))


def _one(notes: tuple[str, ...]) -> Inferred:
    line = Line(
        place="claim", value="one", rule="claim/no-list", confidence=0.4, source="default", ambiguous=("all", "one")
    )
    return Inferred(claim="one", provenance=_provenance([line]) if notes else {}, notes=notes)


# ---------------------------------------------------------------------------------------------------- lists


def _single(known: Facts) -> Proposal:
    rule, note = _unpaired(known)
    size = size_input(known)
    bound = () if size is None else (f"`{size.name}` bounds the answer, and nothing says how to get the rest",)
    return Proposal(kind="single", lines=(), notes=(note, *bound), rule=rule)


def _unpaired(known: Facts) -> tuple[str, str]:
    """The rule by which nothing is claimed, and why."""
    sent, given = cursor_inputs(known), next_cursors(known)
    if sent and given:
        names = ", ".join([*(one.name for one in sent), *(one.pointer for one in given)])
        return "cursors-not-paired", f"several cursors, of which no two are surely a pair: {names}"
    if sent:
        says = f"`{sent[0].name}` takes a cursor, and the description does not say where the answer gives one"
        return "cursor-in-only", says
    if given:
        says = f"`{given[0].pointer}` gives a cursor, and the description does not say where it is sent"
        return "cursor-out-only", says
    return "nothing-declared", "the description declares no pagination; whether one answer is all is unproven"


def _all(known: Facts, items: Found, proposal: Proposal) -> Inferred:
    paged = proposal.kind != "single"
    size = size_input(known) if paged else None
    lines = _first_of_each([*_of_the_kind(proposal), *proposal.lines, *_beside(known, size), *_of_the_items(items)])
    walk = _laid(lines, "walk", {"kind": proposal.kind})
    complete = _laid(lines, "complete", {})
    sizes = () if size is None else (size,)
    taken = (*proposal.sends, *sizes, *(_other_ways(known) if paged else ()))
    return Inferred(
        claim="all",
        items={"at": items.at} | ({} if items.id is None else {"id": items.id}),
        walk=walk,
        complete=complete,
        provenance=_provenance(lines),
        taken=frozenset((one.place, one.name) for one in taken),
        notes=(*proposal.notes, *_notes(known, items, proposal, walk, complete)),
    )


def _of_the_kind(proposal: Proposal) -> Iterator[Line]:
    if proposal.lines:
        yield replace(proposal.lines[0], place="walk", value=proposal.kind)
    elif proposal.rule.startswith("x-"):
        yield Line(place="walk", value=proposal.kind, rule=proposal.rule, confidence=0.9, source="extension")
    else:
        yield Line(place="walk", value=proposal.kind, rule=proposal.rule, confidence=0.3, source="default")


def _beside(known: Facts, size: Input | None) -> Iterator[Line]:
    if size is not None:
        yield from page_size(size)
    yield from flag(known)
    yield from total(known)


def _of_the_items(items: Found) -> Iterator[Line]:
    source: Literal["extension", "openapi"] = "extension" if items.rule.startswith("x-") else "openapi"
    yield Line(
        place="response.items",
        value=items.at,
        rule=items.rule,
        confidence=items.confidence,
        source=source,
    )
    if items.id is not None:
        sure = 0.7 if items.id_rule == "id/id" else 0.6
        yield Line(place="response.items.id", value=items.id, rule=items.id_rule, confidence=sure)


def _first_of_each(lines: Iterable[Line]) -> list[Line]:
    """Keep the first line for each place: a vendor's word comes before a name's."""
    kept: dict[str, Line] = {}
    for line in lines:
        kept.setdefault(line.place, line)
    return list(kept.values())


def _other_ways(known: Facts) -> Iterator[Input]:
    """What would lead elsewhere than to the next page; what must be sent stays an argument."""
    ways = [*cursor_inputs(known), *page_inputs(known), *offset_inputs(known), *backward_inputs(known)]
    yield from (one for one in ways if not one.required)


def _notes(
    known: Facts, items: Found, proposal: Proposal, walk: Mapping[str, Any], complete: Mapping[str, Any]
) -> Iterator[str]:
    if items.beside:
        yield f"several lists in the answer: {', '.join((items.at, *items.beside))}; `{items.at}` was taken"
    if any(pointer.endswith("/unreachable") for pointer in items.beside):
        yield "`unreachable` names what was not asked (AIP-217); a veto on it would refuse such an answer"
    if items.id is None:
        yield "nothing surely tells one item from another; `items.id` lets them be counted once"
    if (
        proposal.kind in ("page", "offset")
        and "more" not in walk
        and not complete.get("total", {}).get("exact", "total" in complete)
    ):
        yield "the answer says neither how many there are nor whether there is more, so that the walk cannot end yet"
    if proposal.kind in ("cursor", "next_url", "link") and "more" not in walk:
        yield "`null` is taken for the end; where the last page has no such field at all, `absence` needs a document that says so"
    if any("ambiguous" in said for said in _provenance(total(known)).values()) and "total" in complete:
        yield f"`{complete['total']['at']}` may count this page or all of them; until that is known it proves nothing"


# ------------------------------------------------------------------------------------------------- writing


def _laid(lines: Iterable[Line], block: str, start: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the *lines* of one *block* out as it is written: `walk.end.more` is `end: {more: …}`."""
    whole = dict(start)
    for line in lines:
        first, *rest = line.place.split(".")
        if first != block or not rest:
            continue
        inner = whole
        for step in rest[:-1]:
            inner = inner.setdefault(step, {})
        inner[rest[-1]] = line.value
    return whole


def _provenance(lines: Iterable[Line]) -> dict[str, Mapping[str, Any]]:
    return {line.place: _said(line) for line in lines}


def _said(line: Line) -> Mapping[str, Any]:
    said = {
        "value": line.value,
        "source": line.source,
        "rule": line.rule,
        "confidence": line.confidence,
        "status": "unproven",
    }
    return said | ({"ambiguous": list(line.ambiguous)} if line.ambiguous else {})
