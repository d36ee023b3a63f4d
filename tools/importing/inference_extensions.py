"""Walks that a description declares by a vendor's extension.

The mapping is taken.  The rule by which the vendor's own clients end (a short page, a missing or empty link, a falsy flag) is
not: what the end looks like is for an experiment or a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

from ...schemas.location import escaped, pointer
from ..shapes import is_list, members
from .inference_facts import Facts, Input, Line, Proposal
from .inference_items import Found, found_at
from .inference_parts import first

__all__ = ["EXTENSIONS"]

Extension: TypeAlias = Callable[[Facts], Proposal | None]

_SURE = 0.9


def ms_pageable(facts: Facts) -> Proposal | None:
    """Azure's `x-ms-pageable`: the member with the URL of the next page, or `null` where there is never one."""
    said = facts.operation.extensions.get("x-ms-pageable")
    if said is None:
        return None
    rule = "x-ms-pageable"
    name = members(said).get("nextLinkName", "nextLink")
    listed = _listed(facts, f"/{escaped(members(said).get('itemName') or 'value')}", rule)
    if not isinstance(name, str):
        said_so = ("`x-ms-pageable` says that there is never a next page",)
        return Proposal(kind="single", lines=(), items=listed, notes=said_so, rule=rule)
    place = f"body:/{escaped(name)}" if f"/{name}" in _pointers(facts) else f"body:/{escaped(name).replace('.', '/')}"
    return Proposal(kind="next_url", lines=(_line("walk.next", place, rule),), items=listed)


def speakeasy(facts: Facts) -> Proposal | None:
    """Speakeasy's `x-speakeasy-pagination`: `offsetLimit`, `cursor` or `url`."""
    said = members(facts.operation.extensions.get("x-speakeasy-pagination"))
    gives, rule = members(said.get("outputs")), "x-speakeasy-pagination"
    listed = _listed(facts, _placed(gives.get("results")), rule)
    match said.get("type"):
        case "url":
            return _by_next("next_url", _placed(gives.get("nextUrl")), None, listed, rule)
        case "cursor":
            sent = _speakeasy_input(facts, said, "cursor")
            return _by_last_item(facts, gives.get("nextCursor"), sent, listed, rule) or _by_next(
                "cursor", _placed(gives.get("nextCursor")), sent, listed, rule
            )
        case "offsetLimit":
            page, offset = _speakeasy_input(facts, said, "page"), _speakeasy_input(facts, said, "offset")
            proposal = _by_number(page or offset, "page" if page else "offset", listed, rule)
            return _with_pages(proposal, _placed(gives.get("numPages")), rule)
        case _:
            return None


def fern(facts: Facts) -> Proposal | None:
    """Fern's `x-fern-pagination`: expressions over `$request` and `$response`; `true` stands for the description's own default."""
    written = facts.operation.extensions.get("x-fern-pagination")
    said = members(facts.defaults.get("x-fern-pagination") if written is True else written)
    rule = "x-fern-pagination"
    listed = _listed(facts, _of(said.get("results"), "$response"), rule)
    if "cursor" in said:
        sent, given = _sent(facts, said["cursor"]), _of(said.get("next_cursor"), "$response")
        return _by_next("cursor", given, sent, listed, rule) if sent else None
    if "offset" in said:
        number = _by_number(_sent(facts, said["offset"]), "offset" if "step" in said else "page", listed, rule)
        return _with_flag(number, _of(said.get("has-next-page"), "$response"), rule)
    return _by_next("next_url", _of(said.get("next_uri"), "$response"), None, listed, rule)


EXTENSIONS: tuple[Extension, ...] = (speakeasy, fern, ms_pageable)


# -------------------------------------------------------------------------------------------------- walks


def _line(place: str, value: Any, rule: str) -> Line:
    return Line(place=place, value=value, rule=rule, confidence=_SURE, source="extension")


def _by_next(kind: str, given: str | None, sent: Input | None, listed: Found | None, rule: str) -> Proposal | None:
    if given is None or (kind == "cursor" and sent is None):
        return None
    lines = (_line("walk.next", f"body:{given}", rule),)
    sends = () if sent is None else (sent,)
    return Proposal(kind=kind, lines=(*lines, *_sending(sends, rule)), sends=sends, items=listed)


def _by_last_item(
    facts: Facts, expression: object, sent: Input | None, listed: Found | None, rule: str
) -> Proposal | None:
    """`$.data[-1].id`: the cursor is the last item's own."""
    found = re.fullmatch(r"(\$[^\[]*)\[-1\]\.?(.+)", str(expression))
    if found is None or sent is None or listed is None or _placed(found[1]) != listed.at:
        return None
    key = _placed(f"$.{found[2]}")
    lines = (_line("walk.key", key, rule), *_sending((sent,), rule))
    return Proposal(kind="keyset", lines=lines, sends=(sent,), items=listed) if key else None


def _by_number(sent: Input | None, kind: Literal["page", "offset"], listed: Found | None, rule: str) -> Proposal | None:
    if sent is None:
        return None
    return Proposal(kind=kind, lines=(*_sending((sent,), rule), *first(sent, kind)), sends=(sent,), items=listed)


def _sending(sends: tuple[Input, ...], rule: str) -> Iterator[Line]:
    for one in sends:
        yield _line("walk.send", str(one), rule)


def _with_pages(proposal: Proposal | None, place: str | None, rule: str) -> Proposal | None:
    return _with(proposal, "complete.total", None if place is None else {"at": f"body:{place}", "scope": "pages"}, rule)


def _with_flag(proposal: Proposal | None, place: str | None, rule: str) -> Proposal | None:
    return _with(proposal, "walk.more", None if place is None else f"body:{place}", rule)


def _with(proposal: Proposal | None, place: str, value: Any, rule: str) -> Proposal | None:
    if proposal is None or value is None:
        return proposal
    lines = (*proposal.lines, _line(place, value, rule))
    return Proposal(kind=proposal.kind, lines=lines, sends=proposal.sends, notes=proposal.notes, items=proposal.items)


# -------------------------------------------------------------------------------------------------- places


def _placed(expression: object) -> str | None:
    """A JSONPath of names as a pointer; nothing for what is none."""
    if not isinstance(expression, str) or not expression.startswith("$"):
        return None
    try:
        return pointer(expression)
    except ValueError:
        return None


def _of(expression: object, side: str) -> str | None:
    """Fern's `$response.data` as a pointer."""
    text = str(expression)
    return _placed("$" + text.removeprefix(side)) if text.startswith(side) else None


def _sent(facts: Facts, expression: object) -> Input | None:
    place = _of(expression, "$request")
    named = [one for one in facts.inputs if place is not None and place in (one.name, f"/{one.name}")]
    return named[0] if len(named) == 1 else None


def _speakeasy_input(facts: Facts, said: Mapping[str, Any], kind: str) -> Input | None:
    listed = said.get("inputs")
    wanted = [members(one) for one in listed if members(one).get("type") == kind] if is_list(listed) else []
    names = {f"/{one.get('name')}" if one.get("in") == "requestBody" else one.get("name") for one in wanted}
    found = [one for one in facts.inputs if one.name in names]
    return found[0] if len(found) == 1 else None


def _listed(facts: Facts, at: str | None, rule: str) -> Found | None:
    """The list that the extension names, if the answer has it; else the one that was found without it."""
    member = next((one for one in facts.answer if one.pointer == at and "array" in one.types), None)
    if member is None:
        return facts.items
    beside = tuple(one.pointer for one in facts.answer if "array" in one.types and one.pointer != at)
    return found_at(member, facts.root, rule=rule, confidence=_SURE, named=True, beside=beside)


def _pointers(facts: Facts) -> frozenset[str]:
    return frozenset(member.pointer for member in facts.answer)
