"""Walks that are inferred from names and types: what goes in paired with what comes out, all conditions or nothing.

Each rule gives a proposal or nothing; none of them knows an end by absence, and none assumes a name that is not declared.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from .inference_facts import Facts, Input, Line, Proposal
from .names import (
    AMBIGUOUS_CURSORS,
    AMBIGUOUS_INPUTS,
    CURSOR_INPUTS,
    KEYSET_INPUTS,
    LINKS,
    NEXT,
    NEXT_LINKS,
    OFFSET_INPUTS,
    PAGE_INPUTS,
    PAGING,
    WEAK_OFFSETS,
    backwards,
    folded,
)
from .outline import Member

__all__ = [
    "PAIRS",
    "Pair",
    "backward_inputs",
    "cursor_inputs",
    "next_cursors",
    "next_links",
    "offset_inputs",
    "page_inputs",
]

Pair: TypeAlias = Callable[[Facts], Proposal | None]

_OF_A_CURSOR = re.compile(
    r"cursor|paginat|next (page|set|batch)|page token|(previous|last|prior) (call|request|response|page)", re.IGNORECASE
)
_OF_A_TIME = re.compile(r"\b(date|datetime|time|timestamp|iso ?8601|created|updated|utc|unix)\b", re.IGNORECASE)
_OF_AN_ITEM = re.compile(
    r"object id|\bid of the (last|final)|last (item|object|record|entry)('s)? (id|in)|is an? \w+ id\b", re.IGNORECASE
)
_OF_A_PLACE = re.compile(
    r"offset|\bskip|index|position|row|record|pagina|0-based|zero|first (result|item|record|element)", re.IGNORECASE
)
_OF_A_URL = re.compile(r"\b(ur[li]s?|links?|href)\b", re.IGNORECASE)
_OF_THE_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)
_TEXT = frozenset({"string", "integer", "number", "null"})
_NUMBER = frozenset({"integer", "number", "null"})


# ------------------------------------------------------------------------------------------------ readings


def cursor_inputs(facts: Facts) -> list[Input]:
    """The inputs that are a cursor by name, or by a weaker name and their description."""
    return [one for one in facts.inputs if one.types <= _TEXT and _is_cursor(one)]


def _is_cursor(one: Input) -> bool:
    if one.word in CURSOR_INPUTS:
        return True
    dated = one.schema.get("format") in ("date", "date-time") or _OF_A_TIME.search(one.says)
    weak = one.word in AMBIGUOUS_INPUTS and not one.types & {"integer", "number"}
    return bool(weak and not dated and _OF_A_CURSOR.search(one.says))


def page_inputs(facts: Facts) -> list[Input]:
    """The inputs that are the number of a page."""
    return [one for one in facts.inputs if one.word in PAGE_INPUTS and _is_number(one)]


def offset_inputs(facts: Facts) -> list[Input]:
    """The inputs that are a number of items to leave out."""
    return [
        one
        for one in facts.inputs
        if _is_number(one)
        and (one.word in OFFSET_INPUTS or (one.word in WEAK_OFFSETS and _OF_A_PLACE.search(one.says)))
        and not _OF_A_TIME.search(one.says)
    ]


def backward_inputs(facts: Facts) -> list[Input]:
    """The inputs that lead towards the first page."""
    return [
        one
        for one in facts.inputs
        if backwards(one.name) and (_OF_A_CURSOR.search(one.says) or _OF_AN_ITEM.search(one.says))
    ]


def _is_number(one: Input) -> bool:
    """Whether it takes a number; a string counts where its default or example is one."""
    known = one.types - {"null"}
    sample = one.schema.get("default", one.schema.get("example"))
    return known <= _NUMBER or (known == frozenset({"string"}) and isinstance(sample, str) and sample.isdecimal())


def next_cursors(facts: Facts) -> list[Member]:
    """The members that are the cursor of the next page, and could not be an echo of this one's."""
    return [member for member in facts.envelope if member.types <= _TEXT and _is_next_cursor(member)]


def _is_next_cursor(member: Member) -> bool:
    name, home = folded(member.name), folded(member.way[-2]) if len(member.way) > 1 else ""
    if name in NEXT or (home, name) in {
        ("metadata", "continue"),
        ("cursors", "after"),
        ("next", "after"),
        ("cursors", "next"),
        ("cursor", "next"),
    }:
        return not _looks_like_url(member)
    if name in AMBIGUOUS_CURSORS:
        return bool(_OF_THE_NEXT.search(member.says)) and not _looks_like_url(member)
    if name in ("next", "nextpage") or (name == "after" and home in PAGING):
        return "string" in member.types and bool(_OF_A_CURSOR.search(member.says)) and not _looks_like_url(member)
    return False


def next_links(facts: Facts) -> list[Member]:
    """The members that are the URL of the next page."""
    return [member for member in facts.envelope if member.types <= {"string", "null"} and _is_next_link(member, facts)]


def _is_next_link(member: Member, facts: Facts) -> bool:
    name, home = folded(member.name), folded(member.way[-2]) if len(member.way) > 1 else ""
    if name in NEXT_LINKS:
        return True
    if name == "href":
        return home == "next" and len(member.way) > 2 and folded(member.way[-3]) in LINKS
    if name not in ("next", "nextpage"):
        return False
    return (home == "links" or _looks_like_url(member) or _of_django(member, facts)) and not _is_next_cursor(member)


def _looks_like_url(member: Member) -> bool:
    sample = str(member.schema.get("example") or member.schema.get("default") or "")
    by_form = member.schema.get("format") in ("uri", "url", "uri-reference")
    return by_form or sample.startswith(("http", "/")) or bool(_OF_A_URL.search(member.says))


def _of_django(member: Member, facts: Facts) -> bool:
    """Django REST framework's envelope: `count`, `next`, `previous`, `results`."""
    beside = {one.name for one in facts.envelope if one.way[:-1] == member.way[:-1]}
    return member.name == "next" and {"count", "previous", "results"} <= beside


# --------------------------------------------------------------------------------------------------- rules


def paired_cursor(facts: Facts) -> Proposal | None:
    """Exactly one cursor goes in and exactly one comes out (AIP-4233: every condition, or an error and no guess)."""
    sent, given = cursor_inputs(facts), next_cursors(facts)
    if len(sent) != 1 or len(given) != 1 or sent[0].required:
        return None
    one, other = sent[0], given[0]
    sure = 0.7 if folded(other.name).endswith(one.word) or one.word in CURSOR_INPUTS else 0.5
    return Proposal(
        kind="cursor",
        lines=(
            Line(place="walk.next", value=f"body:{other.pointer}", rule=f"name/{folded(other.name)}", confidence=sure),
            Line(place="walk.send", value=str(one), rule=f"pair/{one.word}", confidence=sure),
        ),
        sends=(one,),
    )


def next_url(facts: Facts) -> Proposal | None:
    """Exactly one member is the URL of the next page."""
    given = next_links(facts)
    if len(given) != 1:
        return None
    place, rule = f"body:{given[0].pointer}", f"name/{'.'.join(folded(step) for step in given[0].way[-2:])}"
    return Proposal(kind="next_url", lines=(Line(place="walk.next", value=place, rule=rule, confidence=0.6),))


def link_header(facts: Facts) -> Proposal | None:
    """The answer declares a Link field (RFC 8288), and a page can be asked for."""
    if "link" not in facts.headers:
        return None
    line = Line(place="walk.next", value="link:next", rule="header/link", confidence=0.9)
    return Proposal(kind="link", lines=(line,))


def last_key(facts: Facts) -> Proposal | None:
    """A flag says whether there is more, and the identifier of the last item leads there."""
    keys = [one for one in facts.inputs if one.word in KEYSET_INPUTS and _OF_AN_ITEM.search(one.says)]
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
    """Exactly one input is the number of a page."""
    return _counted(facts, "page", page_inputs(facts), usual=1)


def counted_offset(facts: Facts) -> Proposal | None:
    """Exactly one input is a number of items to leave out."""
    return _counted(facts, "offset", offset_inputs(facts), usual=0)


def _counted(facts: Facts, kind: str, inputs: Sequence[Input], *, usual: int) -> Proposal | None:
    if len(inputs) != 1:
        return None
    one = inputs[0]
    send = Line(place="walk.send", value=str(one), rule=f"name/{one.word}", confidence=0.6)
    first, rule = _first(one, usual)
    sure = rule != "start/usual"
    start = Line(
        place="walk.start",
        value=first,
        rule=rule,
        confidence=0.7 if sure else 0.4,
        source="openapi" if sure else "default",
        ambiguous=() if sure or kind == "offset" else ("0", "1"),
    )
    lines = (send,) if first == usual and kind == "offset" else (send, start)
    return Proposal(kind=kind, lines=lines, sends=(one,), notes=tuple(_of_the_first(one, kind, sure)))


def _first(one: Input, usual: int) -> tuple[int, str]:
    """The number of the first page (or item), and what says so."""
    for word in ("default", "minimum", "example"):
        value = one.schema.get(word)
        if str(value) in ("0", "1") and (word != "example" or str(value) == "0"):
            return int(str(value)), f"start/{word}"
    if re.search(
        r"\b(0|zero)[- ](based|indexed)|(starts?|starting|begins?|first page|indexed) (at|from|with|is|=) ?(0|zero)\b",
        one.says,
        re.IGNORECASE,
    ):
        return 0, "start/says"
    if re.search(
        r"\b(1|one)[- ](based|indexed)|(starts?|starting|begins?|first page|indexed) (at|from|with|is|=) ?(1|one)\b",
        one.says,
        re.IGNORECASE,
    ):
        return 1, "start/says"
    return usual, "start/usual"


def _of_the_first(one: Input, kind: str, sure: bool) -> Iterator[str]:
    if kind == "page" and not sure:
        yield f"nothing says whether the first `{one.name}` is 0 or 1; 1 was taken"


PAIRS: tuple[Pair, ...] = (paired_cursor, next_url, link_header, last_key, counted_offset, numbered_pages)
"""In the order of how much a service says by itself: a cursor, a URL, then what is computed."""
