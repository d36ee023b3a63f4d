"""Which inputs and members take part in a walk: by name, and where the name is weak, by what the description says too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..shapes import is_list, members
from ..walk_names import (
    AMBIGUOUS_CURSORS,
    AMBIGUOUS_INPUTS,
    CURSOR_INPUTS,
    KEYSET_INPUTS,
    LINKS,
    NEXT,
    NEXT_IN,
    NEXT_LINKS,
    OFFSET_INPUTS,
    PAGE_INPUTS,
    PAGING,
    WEAK_OFFSETS,
    backwards,
    folded,
)
from .inference_facts import Facts, Input
from .outline import Member, flat, types

__all__ = [
    "backward_inputs",
    "cursor_inputs",
    "key_inputs",
    "listed_links",
    "next_cursors",
    "next_headers",
    "next_links",
    "offset_inputs",
    "page_inputs",
]

_OF_A_CURSOR = re.compile(
    r"cursor|paginat|next (page|set|batch)|page token|(previous|last|prior) (call|request|response|page)", re.IGNORECASE
)
_OF_A_TOKEN = re.compile(r"cursor|token|\bkey\b|pass (this|it|the)", re.IGNORECASE)
_OF_A_SIZE = re.compile(r"number of \w+ to (retrieve|return|fetch|get|show)\b", re.IGNORECASE)
_OF_A_NUMBER = re.compile(r"\b(number|index|integer|numeric)\b", re.IGNORECASE)
_OF_A_TIME = re.compile(r"\b(date|datetime|time|timestamp|iso ?8601|created|updated|utc|unix)\b", re.IGNORECASE)
_OF_AN_ITEM = re.compile(
    r"object id|\bid of the (last|final)|last (item|object|record|entry)('s)? (id|in)|is an? \w+ id\b", re.IGNORECASE
)
_OF_A_PLACE = re.compile(
    r"offset|\bskip|index|position|row|record|pagina|0-based|zero|first (result|item|record|element)", re.IGNORECASE
)
_OF_A_URL = re.compile(r"\b(ur[li]s?|links?|href)\b", re.IGNORECASE)
_OF_THE_NEXT = re.compile(r"\bnext\b|subsequent|following page|to continue|in a new", re.IGNORECASE)
_TEXT = frozenset({"string", "integer", "number", "null"})
_NUMBER = frozenset({"integer", "number", "null"})


def cursor_inputs(facts: Facts) -> list[Input]:
    """The inputs that are a cursor by name, or by a weaker name and their description."""
    return [one for one in facts.inputs if one.types <= _TEXT and _is_cursor(one)]


def _is_cursor(one: Input) -> bool:
    if one.word in CURSOR_INPUTS:
        return True
    dated = one.schema.get("format") in ("date", "date-time") or _OF_A_TIME.search(one.says)
    weak = one.word in AMBIGUOUS_INPUTS and not one.types & {"integer", "number"}
    return bool(weak and not dated and _OF_A_CURSOR.search(one.says))


def key_inputs(facts: Facts) -> list[Input]:
    """The inputs that take the identifier of the last item that was received."""
    return [one for one in facts.inputs if one.word in KEYSET_INPUTS and _OF_AN_ITEM.search(one.says)]


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
        and not (_OF_A_TIME.search(one.says) or _OF_A_SIZE.search(one.says))
    ]


def backward_inputs(facts: Facts) -> list[Input]:
    """The inputs that lead towards the first page."""
    return [
        one
        for one in facts.inputs
        if backwards(one.name) and (_OF_A_CURSOR.search(one.says) or _OF_AN_ITEM.search(one.says))
    ]


_DIGITS = re.compile(r"\^(?:\[1-9\])?(?:\\d|\[0-9\])[+*]\$\Z")
"""Patterns of texts that are whole numbers, as validators in JavaScript describe them."""


def _is_number(one: Input) -> bool:
    """Whether it takes a number; a string counts where its default or pattern is of one, or its description says so."""
    known = one.types - {"null"}
    digits = str(one.schema.get("default", "")).isdecimal() or _DIGITS.match(str(one.schema.get("pattern", "")))
    counted = digits or _OF_A_NUMBER.search(one.says)
    return known <= _NUMBER or bool(known <= _TEXT and counted)


def next_cursors(facts: Facts) -> list[Member]:
    """The members that are the cursor of the next page, and could not be an echo of this one's."""
    sent = cursor_inputs(facts)
    scalars = [member for member in facts.envelope if member.way and member.types <= _TEXT]
    return [member for member in scalars if _is_next_cursor(member) or _is_named(member, sent)]


def _is_named(member: Member, sent: list[Input]) -> bool:
    """Whether the description of a cursor says that it comes from this member (`the next_page value of the last response`)."""
    name = re.escape(member.name)
    return (
        "next" in folded(member.name)
        and any(re.search(rf"\b{name}\b", one.says) for one in sent)
        and len(name) > len("next")
    )


def _is_next_cursor(member: Member) -> bool:
    name, home = folded(member.name), folded(member.way[-2]) if len(member.way) > 1 else ""
    if name in NEXT or (home, name) in NEXT_IN:
        return not _looks_like_url(member)
    if name in AMBIGUOUS_CURSORS:
        return bool(_OF_THE_NEXT.search(member.says)) and not _looks_like_url(member)
    if name in ("next", "nextpage") or (name == "after" and home in PAGING):
        return "string" in member.types and bool(_OF_A_TOKEN.search(member.says)) and not _looks_like_url(member)
    return False


def next_headers(facts: Facts) -> list[str]:
    """The header fields that are the cursor of the next page."""
    return [name for name in facts.headers if folded(name) in NEXT or folded(name).removeprefix("x") in NEXT]


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


_LISTED = (("rel", "href"), ("relation", "url"))
"""What the links of a list are called by, and where they lead: OGC API, STAC and HATEOAS, and FHIR."""


def listed_links(facts: Facts) -> list[str]:
    """The places of the URL of the next page in a list of links beside the items."""
    given = [
        member
        for member in facts.envelope
        if folded(member.name) in ("links", "link")
        and "array" in member.types
        and (facts.items is None or member.pointer != facts.items.at)
    ]
    return [place for member in given for place in _listed_link(member, facts)]


def _listed_link(member: Member, facts: Facts) -> Iterator[str]:
    known = members(flat(member.schema.get("items"), facts.root).get("properties"))
    for relation, way in _LISTED:
        if relation in known and way in known and _may_be_next(flat(known[relation], facts.root)):
            yield f"{member.pointer}/[{relation}=next]/{way}"


def _may_be_next(relation: Mapping[str, Any]) -> bool:
    words = relation.get("enum")
    return types(relation) <= {"string", "array", "null"} and (not is_list(words) or "next" in words)


def _looks_like_url(member: Member) -> bool:
    return member.schema.get("format") in ("uri", "url", "uri-reference") or bool(_OF_A_URL.search(member.says))


def _of_django(member: Member, facts: Facts) -> bool:
    """Django REST framework's envelope: `count`, `next`, `previous`, `results`."""
    beside = {one.name for one in facts.envelope if one.way[:-1] == member.way[:-1]}
    return member.name == "next" and {"count", "previous", "results"} <= beside
