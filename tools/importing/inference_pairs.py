"""Walks that are inferred from names and types: what goes in paired with what comes out, all conditions or nothing.

Each rule gives a proposal or nothing; none of them knows an end by absence, and none assumes a name that is not declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from ..walk_names import CURSOR_INPUTS, folded
from .inference_facts import Facts, Input, Line, Proposal
from .inference_parts import first, size_input, total
from .inference_readings import (
    cursor_inputs,
    key_inputs,
    listed_links,
    next_cursors,
    next_headers,
    next_links,
    offset_inputs,
    page_inputs,
)

__all__ = ["PAIRS", "Pair"]

Pair: TypeAlias = Callable[[Facts], Proposal | None]


def paired_cursor(facts: Facts) -> Proposal | None:
    """Exactly one cursor goes in and exactly one comes out (AIP-4233: every condition, or an error and no guess)."""
    sent, given = cursor_inputs(facts), list(_given(facts))
    if len(sent) != 1 or len(given) != 1 or sent[0].required:
        return None
    one, (place, name) = sent[0], given[0]
    sure = 0.7 if name.endswith(one.word) or one.word in CURSOR_INPUTS else 0.5
    return Proposal(
        kind="cursor",
        lines=(
            Line(place="walk.next", value=place, rule=f"name/{name}", confidence=sure),
            Line(place="walk.send", value=str(one), rule=f"pair/{one.word}", confidence=sure),
        ),
        sends=(one,),
    )


def _given(facts: Facts) -> Iterator[tuple[str, str]]:
    """Where a next cursor may be, and its folded name: in the body, or else in the header."""
    inside = [(f"body:{member.pointer}", folded(member.name)) for member in next_cursors(facts)]
    yield from inside or ((f"header:{name}", folded(name)) for name in next_headers(facts))


def next_url(facts: Facts) -> Proposal | None:
    """Exactly one member is the URL of the next page; links around one thing lead to the next thing of its kind."""
    given = next_links(facts)
    if len(given) != 1 or (facts.of_one and not (_asks_for_pages(facts) or _counts_items(facts))):
        return None
    place, rule = f"body:{given[0].pointer}", f"name/{'.'.join(folded(step) for step in given[0].way[-2:])}"
    return Proposal(kind="next_url", lines=(Line(place="walk.next", value=place, rule=rule, confidence=0.6),))


def listed_link(facts: Facts) -> Proposal | None:
    """The next page is one of several links in a list, and pages can be asked for; things of other kinds have such lists too."""
    given = listed_links(facts)
    if len(given) != 1 or facts.items is None or facts.of_one or not _asks_for_pages(facts):
        return None
    line = Line(place="walk.next", value=f"body:{given[0]}", rule="links/next", confidence=0.5)
    return Proposal(kind="next_url", lines=(line,))


def _asks_for_pages(facts: Facts) -> bool:
    return bool(cursor_inputs(facts) or page_inputs(facts) or offset_inputs(facts) or size_input(facts))


def _counts_items(facts: Facts) -> bool:
    return facts.items is not None and facts.items.named and any(total(facts))


def link_header(facts: Facts) -> Proposal | None:
    """The answer declares a Link field (RFC 8288), and a page can be asked for."""
    if "link" not in facts.headers:
        return None
    line = Line(place="walk.next", value="link:next", rule="header/link", confidence=0.9)
    return Proposal(kind="link", lines=(line,))


def last_key(facts: Facts) -> Proposal | None:
    """A flag says whether there is more, and the identifier of the last item leads there."""
    keys = key_inputs(facts)
    if len(keys) != 1 or facts.items is None or not facts.items.id:
        return None
    return Proposal(
        kind="keyset",
        lines=(
            Line(place="walk.key", value=facts.items.id, rule=f"keyset/{facts.items.id_rule}", confidence=0.6),
            Line(place="walk.send", value=str(keys[0]), rule=f"keyset/{keys[0].word}", confidence=0.6),
        ),
        sends=(keys[0],),
    )


def numbered_pages(facts: Facts) -> Proposal | None:
    """Exactly one input is the number of a page, and none a cursor, which would be the better way."""
    return _counted(facts, "page", page_inputs(facts))


def counted_offset(facts: Facts) -> Proposal | None:
    """Exactly one input is a number of items to leave out, and none a cursor."""
    return _counted(facts, "offset", offset_inputs(facts))


def _counted(facts: Facts, kind: Literal["page", "offset"], inputs: Sequence[Input]) -> Proposal | None:
    if len(inputs) != 1 or cursor_inputs(facts):
        return None
    one = inputs[0]
    send = Line(place="walk.send", value=str(one), rule=f"name/{one.word}", confidence=0.6)
    start = tuple(first(one, kind))
    unsure = any(line.ambiguous for line in start)
    notes = (f"nothing says whether the first `{one.name}` is 0 or 1; 1 was taken",) if unsure else ()
    return Proposal(kind=kind, lines=(send, *start), sends=(one,), notes=notes)


PAIRS: tuple[Pair, ...] = (paired_cursor, next_url, link_header, last_key, counted_offset, numbered_pages, listed_link)
"""In the order of how much a service says by itself: a cursor, a URL, then what is computed, and at last what may be anything."""
