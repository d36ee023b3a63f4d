"""What stands beside a walk: the size of its pages, a flag that there is more, and the service's own count."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from ..shapes import is_list
from ..walk_names import (
    AMBIGUOUS_TOTALS,
    DONE,
    MORE,
    NEXT,
    PAGES,
    SIZE_INPUTS,
    TOTAL_HEADERS,
    TOTALS,
    WEAK_SIZES,
    folded,
)
from .inference_facts import Facts, Input, Line, described
from .outline import Member, types

__all__ = ["counting_headers", "first", "flag", "page_size", "size_input", "total"]

_LARGEST = 1000
"""Items; larger pages are asked for by whoever knows the service."""
_USUAL = 50
_MOST = re.compile(
    r"(?:max(?:imum)?|up to|at most|no more than|not exceed|between 1 and|\b1 ?- ?)\D{0,25}?(\d[\d,]*)", re.IGNORECASE
)
_OF_A_PAGE = re.compile(r"\bpage|results|items|records|entries|number of|how many|limit|return", re.IGNORECASE)
_OF_PAGES = re.compile(r"(number|count|total) of (all )?pages|total pages", re.IGNORECASE)
_ESTIMATED = re.compile(r"estimat|approximat|only accurate|accurate up to|capped", re.IGNORECASE)
_OF_ALL = re.compile(r"\b(total|overall|all|entire|available|matching|matched|found)\b", re.IGNORECASE)
_OF_THIS_PAGE = re.compile(
    r"(on|in|for|of|by|with) (this|the current|the|each|a|current) (page|response|request|batch|result set|list|collection|array)"
    r"|returned|current page|per page|page size|in `?(data|items|results)`?",
    re.IGNORECASE,
)
_BEYOND_A_PAGE = re.compile(
    r"before (?:(?:any|the) )?(?:pagination|paging|paginating|limit|offset)\b|across (?:all )?pages"
    r"|(?:regardless|irrespective|independent(?:ly)?) of (?:the )?(?:pagination|paging|limit|offset|page)"
    r"|(?:ignoring|without(?: applying)?) (?:the )?(?:pagination|paging|limit|offset)",
    re.IGNORECASE,
)
"""What is counted before it is cut into pages is all of it, whatever else is said (`in the current result set before …`)."""


_FROM_0 = re.compile(
    r"\b(0|zero)[- ](based|indexed)|(starts?|starting|begins?|first page|indexed) (at|from|with|is|=) ?(0|zero)\b",
    re.IGNORECASE,
)
_FROM_1 = re.compile(
    r"\b(1|one)[- ](based|indexed)|(starts?|starting|begins?|first page|indexed) (at|from|with|is|=) ?(1|one)\b",
    re.IGNORECASE,
)


# -------------------------------------------------------------------------------------------- where it begins


def first(one: Input, kind: Literal["page", "offset"]) -> Iterator[Line]:
    """The line for the number of the first page (or item), sent as *one*; none for an offset that begins at 0, as they do."""
    usual = 1 if kind == "page" else 0
    said, rule = _first(one)
    if said is not None and (kind == "page" or said != usual):
        yield Line(place="walk.start", value=said, rule=rule, confidence=0.7)
    elif kind == "page":
        yield Line(
            place="walk.start", value=usual, rule="start/usual", confidence=0.4, source="default", ambiguous=("0", "1")
        )


def _first(one: Input) -> tuple[int | None, str]:
    for word in ("default", "minimum"):
        if str(one.schema.get(word)) in ("0", "1"):
            return int(str(one.schema[word])), f"start/{word}"
    for number, said in ((0, _FROM_0), (1, _FROM_1)):
        if said.search(one.says):
            return number, "start/says"
    return None, ""


# ----------------------------------------------------------------------------------------------- page size


def size_input(facts: Facts) -> Input | None:
    """The one input that is the size of a page; nothing where none or several might be."""
    numbers = [one for one in facts.inputs if one.types <= {"integer", "number", "string", "null"}]
    strong = [one for one in numbers if one.word in SIZE_INPUTS or one.word in ("page" + word for word in SIZE_INPUTS)]
    weak = [one for one in numbers if one.word in WEAK_SIZES and _OF_A_PAGE.search(one.says)]
    choice = strong or weak
    return choice[0] if len(choice) == 1 else None


def page_size(one: Input) -> Iterator[Line]:
    """The line for the size of a page, sent as *one*: the most that is allowed, else what is usual there."""
    sizes = _allowed(one)
    most, rule = (sizes[-1], "enum") if sizes else _most(one)
    value = {"send": str(one), "ask": _asked(one, sizes, most)} | ({"max": most} if most else {})
    yield Line(place="walk.page_size", value=value, rule=f"name/{one.word}+{rule}", confidence=0.6)


def _asked(one: Input, sizes: list[int], most: int | None) -> int:
    if sizes:
        return max((size for size in sizes if size <= _LARGEST), default=sizes[0])
    default = one.schema.get("default")
    usual = default if isinstance(default, int) and not isinstance(default, bool) and default > 0 else _USUAL
    return min(most or usual, _LARGEST)


def _allowed(one: Input) -> list[int]:
    """The sizes of a page that are listed, the smallest first; every other one would be refused."""
    words = one.schema.get("enum")
    said = {str(word) for word in words} if is_list(words) else set[str]()
    return sorted(int(word) for word in said if re.fullmatch(r"[1-9][0-9]{0,5}", word))


def _most(one: Input) -> tuple[int | None, str]:
    declared = one.schema.get("maximum")
    if isinstance(declared, int | float) and 1 <= declared <= 1_000_000:
        return int(declared), "maximum"
    said = [int(text.replace(",", "")) for text in _MOST.findall(one.says)]
    if len(set(said)) == 1 and 1 < said[0] <= 100_000:
        return said[0], "says"
    return None, "usual"


# --------------------------------------------------------------------------------------------------- flags


def flag(facts: Facts) -> Iterator[Line]:
    """The lines for a flag that says whether there is more, where exactly one does."""
    more = [member for member in facts.envelope if _is_boolean(member) and folded(member.name) in MORE]
    done = [member for member in facts.envelope if _is_boolean(member) and _is_done(member, facts)]
    if len(more) == 1:
        yield _flagged(more[0])
    elif len(done) == 1 and not more:
        yield _flagged(done[0])
        yield Line(
            place="walk.end.more",
            value={"false": "continue", "true": "end"},
            rule=f"name/{folded(done[0].name)}",
            confidence=0.6,
        )


def _flagged(member: Member) -> Line:
    confidence = 0.8 if member.required else 0.6
    return Line(
        place="walk.more", value=f"body:{member.pointer}", rule=f"name/{folded(member.name)}", confidence=confidence
    )


def _is_boolean(member: Member) -> bool:
    return "boolean" in member.types and member.types <= {"boolean", "null"}


def _is_done(member: Member, facts: Facts) -> bool:
    beside = {one.name for one in facts.envelope if one.way[:-1] == member.way[:-1]}
    of_spring = member.name == "last" and "totalPages" in beside
    of_cursor = member.name == "done" and any(folded(name) in NEXT for name in beside)
    return folded(member.name) in DONE or of_spring or of_cursor


# -------------------------------------------------------------------------------------------------- totals


def total(facts: Facts) -> Iterator[Line]:
    """The line for the service's own count: of the items, else of the pages, else one that may be either."""
    numbers = [one for one in facts.envelope if _is_number(one) and not _ESTIMATED.search(one.says)]
    for choice in (_of_items(facts, numbers), counting_headers(facts), _of_pages(numbers), _counts(numbers)):
        if len(choice) == 1:
            yield choice[0]
            return


def _is_number(member: Member) -> bool:
    known = member.types - {"null"}
    return bool(known) and known <= {"integer", "number"}


def _of_items(facts: Facts, numbers: list[Member]) -> list[Line]:
    named = [one for one in numbers if folded(one.name) in TOTALS and not _OF_PAGES.search(one.says)]
    counts = [one for one in numbers if folded(one.name) in AMBIGUOUS_TOTALS and _of_django(one, facts)]
    said = [one for one in numbers if folded(one.name) in AMBIGUOUS_TOTALS and _says_all(one)]
    return [_counted(one, 0.6) for one in (named or counts or said)]


def _of_django(member: Member, facts: Facts) -> bool:
    beside = {one.name for one in facts.envelope if one.way[:-1] == member.way[:-1]}
    return member.name == "count" and {"next", "previous", "results"} <= beside


def _says_all(member: Member) -> bool:
    return _is_beyond(member) or (bool(_OF_ALL.search(member.says)) and not _OF_THIS_PAGE.search(member.says))


def _is_beyond(member: Member) -> bool:
    return _BEYOND_A_PAGE.search(member.says) is not None


def _counted(member: Member, confidence: float) -> Line:
    if _OF_THIS_PAGE.search(member.says) and not _is_beyond(member):
        return _of_either(member)
    place, rule = f"body:{member.pointer}", f"name/{folded(member.name)}"
    return Line(place="complete.total", value={"at": place}, rule=rule, confidence=confidence)


def _of_either(member: Member) -> Line:
    """A count of this answer or of all: a note, which ends no walk and proves nothing until an experiment tells which."""
    return Line(
        place="complete.total",
        value={"at": f"body:{member.pointer}", "scope": "page", "exact": False},
        rule=f"name/{folded(member.name)}",
        confidence=0.3,
        ambiguous=("page", "walk"),
    )


def counting_headers(facts: Facts) -> list[Line]:
    """The lines for the header fields that count the items."""
    names = [name for name, schema in facts.headers.items() if _is_named_like_a_total(name) and _may_be_number(schema)]
    return [
        Line(place="complete.total", value={"at": f"header:{name}"}, rule=f"header/{folded(name)}", confidence=0.6)
        for name in names
    ]


def _is_named_like_a_total(header: str) -> bool:
    name, _, member = header.partition(":/")
    return folded(member) in TOTALS if member else TOTAL_HEADERS.fullmatch(folded(name)) is not None


def _may_be_number(schema: Mapping[str, Any]) -> bool:
    return types(schema) <= {"integer", "number", "string"} and not _ESTIMATED.search(described(schema))


def _of_pages(numbers: list[Member]) -> list[Line]:
    return [
        Line(
            place="complete.total",
            value={"at": f"body:{one.pointer}", "scope": "pages"},
            rule=f"name/{folded(one.name)}",
            confidence=0.6,
        )
        for one in numbers
        if (folded(one.name) in PAGES and not _OF_THIS_PAGE.search(one.says))
        or (folded(one.name) in TOTALS and _OF_PAGES.search(one.says))
    ]


def _counts(numbers: list[Member]) -> list[Line]:
    return [_of_either(one) for one in numbers if folded(one.name) in AMBIGUOUS_TOTALS]
