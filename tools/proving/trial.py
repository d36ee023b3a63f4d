"""One trial of an experiment: a variant of the contract, called once, and everything that was heard of it.

The engine makes the call; nothing here walks.  What the pages show is read from the raw responses, so that a line of the
contract can be doubted although the engine believes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from ...schemas.answer import Delivered
from ...schemas.claim import Grade
from ...schemas.contract import Contract
from ...schemas.evidence import Evidence
from ...schemas.expectation import Items
from ...schemas.recording import Exchange
from ...schemas.verdict import Finding
from ...schemas.walk import Keyset, Offset, Page, Scroll
from ...schemas.wire import Json, Response, State
from ...validators.inspection import Sound, inspect
from ...validators.reading import Message, at
from ...validators.records import canonical, records
from ..call import call
from ..recordings.replaying import Key, Replay, key
from ..surroundings import Surroundings
from .tapping import Budget, Tap

__all__ = ["REFUSALS", "Sheet", "Trial", "Variant", "run", "shares"]

REFUSALS: Final = frozenset({"request_rejected", "not_found"})
"""The codes by which the service itself says that there is no such thing; any other failure says nothing of it."""
_NO_LIST: Final = frozenset({State.ABSENT.value, State.NULL.value})
_NO_SUCH_PAGE: Final = frozenset({400, 404, 416, 422})
"""What services answer for a page behind the last one; 402 and 409 would say that there is something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is to be tried: *contract* under the *name* of the trial, where items are said to be known by *id*.

    *fresh*: nothing may be answered from memory.
    """

    name: str
    contract: Contract
    id: tuple[str, ...] | None = None
    fresh: bool = False

    @property
    def stateful(self) -> bool:
        """Whether the service keeps the place, so that the same request gives another page each time."""
        walk = self.contract.walk
        return walk.repeat == "ok" or walk.pin is not None or isinstance(walk, Scroll)

    @property
    def size(self) -> int | None:
        """The page size that is asked for."""
        return None if self.contract.walk.page_size is None else self.contract.walk.page_size.ask


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page as it came: *items* is None where no list was in its place."""

    message: Message
    items: tuple[Json, ...] | None
    ids: tuple[str, ...] | None

    @property
    def count(self) -> int:
        """How many items came."""
        return len(self.items or ())

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What the items are known by: their identifiers where each has one of its own, and else all that they are."""
        return self.ids if self.ids is not None and len(set(self.ids)) == len(self.ids) else self.prints

    @cached_property
    def prints(self) -> tuple[str, ...]:
        """Digests of the items, with all that is in them."""
        return tuple(hashlib.sha256(json.dumps(item, sort_keys=True).encode()).hexdigest() for item in self.items or ())


def shares(sheet: Sheet, pointer: str) -> bool:
    """Say whether items of one page have the same value at *pointer*."""
    values = [one for item in sheet.items or () if (one := canonical(at(item, pointer).value)) is not None]
    return len(set(values)) < len(values)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of a variant: the engine's evidence, its first finding and grade, and the sound pages as they came.

    *replaced* are pages that were asked for again, as they came before that.  *behind* is a page that was set apart, because it
    may be one behind the last item: it has no list, or is the one before it again.  *probed* is what a probe behind the end brought,
    where one was made and answered.
    """

    variant: Variant
    evidence: Evidence
    finding: Finding | None
    grade: Grade
    exchanges: tuple[Exchange, ...]
    sheets: tuple[Sheet, ...]
    replaced: tuple[Sheet, ...] = ()
    behind: Sheet | None = None
    probed: Sheet | None = None

    @property
    def ended(self) -> bool:
        """Whether the walk came to an end."""
        return self.evidence.stopped == "end" and self.evidence.failure is None

    @property
    def code(self) -> str:
        """The code of what stopped the walk, empty where nothing did."""
        return "" if self.evidence.failure is None else self.evidence.failure.code

    @property
    def refused(self) -> bool:
        """Whether the service refused what was asked, and gave nothing."""
        return self.code == "request_rejected" and not self.sheets

    @property
    def cut(self) -> str | None:
        """What came in place of a page, where all before it held something: behind an end, or behind a wall."""
        failure, walk = self.evidence.failure, self.variant.contract.walk
        if self.behind is not None:
            return "the last page comes again" if self.behind.count else "a page has no list"
        if failure is None or failure.have not in _NO_SUCH_PAGE or not isinstance(walk, Offset | Page) or walk.more:
            return None
        held = self.code in REFUSALS and bool(self.sheets) and all(sheet.count for sheet in self.sheets)
        return "a page is refused" if held else None

    @property
    def repeats(self) -> bool:
        """Whether a walk by numbers stopped at a page that is the one before it again."""
        walk, pages = self.variant.contract.walk, self.sheets
        if self.code != "repeated_page" or not isinstance(walk, Offset | Page) or walk.more or len(pages) < 2:
            return False
        return all(sheet.count for sheet in pages) and pages[-1].prints == pages[-2].prints

    @property
    def lacks(self) -> bool:
        """Whether a walk by numbers or a key stopped at a page without a list, and all before it held something."""
        failure, walk = self.evidence.failure, self.variant.contract.walk
        if failure is None or failure.code != "items_missing" or failure.have not in _NO_LIST:
            return False
        if not isinstance(walk, Offset | Page | Keyset) or walk.more or len(self.sheets) < 2:
            return False
        *before, last = self.sheets
        return last.items is None and all(sheet.count for sheet in before)

    @property
    def parted(self) -> Trial:
        """The same, with its last page set apart."""
        return replace(self, sheets=self.sheets[:-1], behind=self.sheets[-1])

    @property
    def answered(self) -> bool:
        """Whether the service gave what was asked for, or said that there is no such thing; a failure says neither."""
        return bool(self.sheets) or self.code in REFUSALS

    @property
    def came(self) -> int | None:
        """How many items were on the first page."""
        return self.sheets[0].count if self.sheets else None

    @cached_property
    def marks(self) -> tuple[str, ...]:
        """What all items are known by, in order."""
        return tuple(mark for sheet in self.sheets for mark in sheet.marks)


async def run(
    variant: Variant,
    arguments: Mapping[str, Json],
    surroundings: Surroundings,
    budget: Budget,
    known: Iterable[Exchange],
) -> Trial:
    """Call *variant* with *arguments*; requests that are *known* are not sent again, unless it must be fresh."""
    answered = [one for one in known if isinstance(one.outcome, Response) and one.outcome.status < 300]
    asking_anew = variant.fresh or variant.stateful
    tap = Tap(surroundings.open_transport, budget, Replay.of(() if asking_anew else answered))
    around = replace(surroundings, open_transport=tap.open)
    answer = await call(variant.contract, arguments, surroundings=around)
    if isinstance(answer, Delivered):
        answer.payload.close()
    sheets, replaced = _sheets(variant, tap.heard)
    return Trial(
        variant=variant,
        evidence=answer.receipt.evidence,
        finding=None if isinstance(answer, Delivered) else answer.verdict.findings[0],
        grade=answer.receipt.grade,
        exchanges=tuple(tap.heard),
        sheets=sheets,
        replaced=replaced,
        probed=_probed(variant, tap.heard),
    )


def _sheets(variant: Variant, heard: Iterable[Exchange]) -> tuple[tuple[Sheet, ...], tuple[Sheet, ...]]:
    """The sound pages in the order in which they were asked for, and what came first of those that were asked for again."""
    found: dict[tuple[Key, int], Sheet] = {}
    replaced: list[Sheet] = []
    for number, exchange in enumerate(heard):
        sheet = _sheet(variant, exchange) if exchange.request.purpose == "page" else None
        place = (key(exchange.request), number if variant.stateful else 0)
        if sheet is None:
            continue
        if place in found:
            replaced.append(found[place])
        found[place] = sheet
    return tuple(found.values()), tuple(replaced)


def _probed(variant: Variant, heard: Iterable[Exchange]) -> Sheet | None:
    """The last answer that bore witness; of a walk without witnesses only what lies behind its end does."""
    sheets = (_sheet(variant, exchange) for exchange in heard if exchange.request.purpose == "probe")
    return next((sheet for sheet in reversed(tuple(sheets)) if sheet is not None), None)


def _sheet(variant: Variant, exchange: Exchange) -> Sheet | None:
    contract = variant.contract
    if not isinstance(exchange.outcome, Response):
        return None
    inspected = inspect(contract, exchange.request, exchange.outcome)
    if not isinstance(inspected, Sound):
        return None
    place = contract.response.items or Items()
    listed = records(
        replace(contract.response, items=replace(place, id=None, schema=None), nested=()), inspected.message
    )
    if isinstance(listed, Finding):
        return Sheet(message=inspected.message, items=None, ids=None)
    return Sheet(message=inspected.message, items=tuple(listed.items), ids=_ids(variant.id, listed.items))


def _ids(pointers: tuple[str, ...] | None, items: list[Json]) -> tuple[str, ...] | None:
    if pointers is None:
        return None
    found = [_id(item, pointers) for item in items]
    whole = tuple(one for one in found if one is not None)
    return whole if len(whole) == len(found) else None


def _id(item: Json, pointers: tuple[str, ...]) -> str | None:
    parts = [canonical(at(item, pointer).value) for pointer in pointers]
    return None if None in parts else " ".join(part for part in parts if part is not None)
