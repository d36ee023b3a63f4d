"""Lines of a contract that would catch a corruption: proposed from what the sound answers say, by the kind of the corruption.

A remedy is a line for the tool file and, where the recorded answers are enough to try it, the contract with that line.
Whether it helps is found out elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from ...schemas.completeness import Total
from ...schemas.condition import UNSET, When
from ...schemas.contract import Contract
from ...schemas.expectation import Acceptor, Expectation, Items, Veto
from ...schemas.location import Location, escaped
from ...schemas.walk import Cursor, Keyset, Link, Offset, Page
from ...schemas.wire import Json, State
from ...validators.reading import Found, integer, of_fields
from .errors import MEMBERS
from .licences import lacks_its_list, licensed
from .lists import count
from .mutant import Mutant
from .shaping import demanding, requiring
from .sound import Sound, Turn

__all__ = ["REMEDIES", "Remedy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One *line* of a tool file; *contract* is the tool with it, None where trying it needs questions that were not asked."""

    line: str
    contract: Contract | None


Proposal: TypeAlias = Callable[[Sound, Mutant], Iterator[Remedy]]

_OF_FIELDS: Final = ("field_dropped", "field_nulled", "field_emptied", "field_retyped")
_OF_PARTS: Final = ("event_lost", "event_doubled", "events_exchanged", "event_emptied", "stream_cut", "stop_reason")


def a_shape(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Say what the field must look like, as it does in every sound answer; what the file itself allows stays allowed."""
    free = licensed(sound.contract, mutant.mutation, mutant.place.removeprefix("body:"))
    if mutant.mutation in _OF_FIELDS and not free:
        for line, response in demanding(sound, mutant):
            yield Remedy(line=line, contract=replace(sound.contract, response=response))


def a_body(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Say what an answer consists of, so that an error is none."""
    if mutant.mutation not in ("error_in_200", "event_emptied"):
        return
    found = _an_object(sound) if lacks_its_list(sound.contract) else requiring(sound)
    if found is not None:
        yield Remedy(line=found[0], contract=replace(sound.contract, response=found[1]))


def _an_object(sound: Sound) -> tuple[str, Expectation]:
    """Ask for no member where the file lets the list be absent: an answer without it may be without all the others."""
    response = sound.contract.response
    schema = {**(response.schema or {}), "type": "object"}
    return "response: {schema: {type: object}}", replace(response, schema=schema)


def an_error(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Know errors by the members that they have, and that no sound answer has."""
    response = sound.contract.response
    known = {one.at for one in response.veto} | {one.when.at for one in response.classify}
    places = (place for name in MEMBERS if (place := Location("body", f"/{name}")) not in known)
    telling = [place for place in places if all(turn.reads(place).state is State.ABSENT for turn in sound.turns)]
    if mutant.mutation != "error_in_200" or not telling:
        return
    lines = ", ".join(f"{{when: {{status: 200, at: {place}, state: value}}, as: fatal}}" for place in telling)
    told = (Acceptor(when=When(status=(200,), at=place, state=("value",)), as_="fatal") for place in telling)
    contract = replace(sound.contract, response=replace(response, classify=(*response.classify, *told)))
    yield Remedy(line=f"response: {{classify: [{lines}]}}", contract=contract)


def _counts(sound: Sound) -> bool:
    return sound.contract.claim.kind in ("all", "caught_up_to") and bool(sound.walk())


def a_total(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Believe a count that the service states on every page and that the contract does not use."""
    complete = sound.contract.complete
    if complete.total is not None or not _counts(sound) or mutant.mutation in _OF_PARTS:
        return
    pages = [turn for _, turn in sound.walk()]
    items = sum(count(sound.contract, page) for page in pages)
    for place in _numbers(pages[0]):
        told = len(pages) > 1 or _COUNTS.search(str(place))  # of one page, a size may be the same number by chance
        if items > 1 and told and all(integer(page.reads(place)) == items for page in pages):
            total = Total(at=place)
            yield Remedy(
                line=f"complete: {{total: {{at: {place}}}}}",
                contract=replace(sound.contract, complete=replace(complete, total=total)),
            )


_COUNTS: Final = re.compile(r"total|count|hits|found|matches", re.IGNORECASE)
_NO_COUNTS: Final = ("content-length", "age", "retry-after")


def _numbers(turn: Turn) -> Iterator[Location]:
    """Every number beside the items, in the body and in the fields."""
    fields = (
        place for place, value in of_fields(turn.response.headers) if integer(Found(State.VALUE, value)) is not None
    )
    yield from (place for place in fields if place.path not in _NO_COUNTS)
    yield from (Location("body", pointer) for pointer, value in _leaves(turn.body.value) if isinstance(value, int))


def _leaves(value: Json, base: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{base}/{escaped(name)}")
    elif not isinstance(value, list):
        yield base, value


_IDS: Final = ("id", "_id", "uuid", "key", "guid", "number", "ID", "Id", "name")


def an_id(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Tell items apart by a member that every one of them has, each another."""
    items = sound.contract.response.items or Items()
    if items.id is not None or items.columns is not None or sound.contract.claim.single:
        return
    held = [item for _, turn in sound.walk() for item in turn.holds(items.at) or []]
    for name in _IDS:
        values = [item.get(name) for item in held if isinstance(item, dict)]
        if held and len(values) == len(held) and None not in values and len(set(map(str, values))) == len(held):
            response = replace(sound.contract.response, items=replace(items, id=(f"/{name}",)))
            line = f"response: {{items: {{id: /{name}}}}}"
            yield Remedy(line=line, contract=replace(sound.contract, response=response))


def a_veto(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Refuse an answer that says itself that it is partial."""
    if mutant.mutation != "partial_told":
        return
    at = Location("body", mutant.place.removeprefix("body:"))
    found = sound.walk()[0][1].reads(at)
    there = found.state is not State.ABSENT
    veto = Veto(at=at, not_=found.value) if there else Veto(at=at, not_=UNSET, state=("value",))
    said = f"not: {_word(found.value)}" if there else "state: value"
    response = replace(sound.contract.response, veto=(*sound.contract.response.veto, veto))
    line = f"response: {{veto: [{{at: {at}, {said}}}]}}"
    yield Remedy(line=line, contract=replace(sound.contract, response=response))


def _word(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_TABLES: Final[Mapping[bool, Mapping[str, Literal["continue", "end"]]]] = {
    True: {"false": "continue", "true": "end"},  # a flag that says that it is the last one
    False: {"false": "end", "true": "continue"},
}


def a_flag(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Read a flag that says on every page whether it is the last one."""
    walk, pages = sound.contract.walk, [turn for _, turn in sound.walk()]
    if walk.more is not None or len(pages) < 2 or not isinstance(walk, Offset | Page | Keyset | Cursor):
        return
    for pointer, last in _leaves(pages[-1].body.value):
        at = Location("body", pointer)
        if isinstance(last, bool) and all(turn.reads(at).value is (not last) for turn in pages[:-1]):
            table: Mapping[str, Literal["continue", "end"]] = _TABLES[last]
            end = replace(walk.end, more=table)
            said = ", ".join(f"{word}: {meaning}" for word, meaning in table.items())
            contract = replace(sound.contract, walk=replace(walk, more=at, end=end))
            yield Remedy(line=f"walk: {{more: {at}, end: {{more: {{{said}}}}}}}", contract=contract)


def the_last_page(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Believe the number of the last page, where the Link field names it."""
    complete, pages = sound.contract.complete, sound.walk()
    if complete.rel_last or not _counts(sound) or not pages or not isinstance(sound.contract.walk, Link):
        return
    if integer(pages[0][1].reads(Location("link", "last", "page"))) == len(pages) > 1:
        contract = replace(sound.contract, complete=replace(complete, rel_last=True))
        yield Remedy(line="complete: {rel_last: true}", contract=contract)


def behind_the_end(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Ask for what lies behind the end."""
    addressed = isinstance(sound.contract.walk, Offset | Page | Keyset)
    ended = mutant.mutation in ("end_early", "flag_turned", "total_of_a_page", "total_zero", "page_emptied")
    if addressed and ended and _counts(sound) and not sound.contract.complete.past_end:
        yield Remedy(line="complete: {past_end: true}", contract=None)


def a_second_walk(sound: Sound, mutant: Mutant) -> Iterator[Remedy]:
    """Walk twice, with pages of another size."""
    size = sound.contract.walk.page_size
    identified = sound.contract.response.items is not None and sound.contract.response.items.id is not None
    apart = mutant.mutation in _OF_FIELDS and not _of_the_items(sound.contract, mutant)
    if (
        sound.contract.complete.differential is None
        and size is not None
        and identified
        and _counts(sound)
        and not apart
    ):
        other = max(1, size.ask - max(1, size.ask // 30))
        yield Remedy(line=f"complete: {{differential: {{page_size: {other}}}}}", contract=None)


def _of_the_items(contract: Contract, mutant: Mutant) -> bool:
    """Whether it is the list itself, or what identifies an item, that is another."""
    items = contract.response.items
    return items is not None and (
        mutant.place == f"body:{items.at}" or any(mutant.place.endswith(pointer) for pointer in items.id or ())
    )


REMEDIES: tuple[Proposal, ...] = (
    a_shape,
    a_body,
    an_error,
    a_veto,
    an_id,
    a_total,
    a_flag,
    the_last_page,
    behind_the_end,
    a_second_walk,
)
"""What may help, the cheapest first."""
