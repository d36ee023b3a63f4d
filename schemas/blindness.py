"""The kinds of corruption that are known, by name, and what a tool file says of those that its API lets nobody see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from .several import STRICT

__all__ = ["MUTATIONS", "BlindSpot", "MutationName"]

MutationName: TypeAlias = Literal[
    "field_dropped",
    "field_nulled",
    "field_emptied",
    "field_retyped",
    "page_removed",
    "page_repeated",
    "pages_exchanged",
    "items_of_another_page",
    "page_emptied",
    "page_halved",
    "item_lost",
    "item_doubled",
    "item_exchanged",
    "item_substituted",
    "cursor_looped",
    "cursor_back",
    "cursor_ahead",
    "cursor_after_the_end",
    "end_early",
    "end_late",
    "flag_turned",
    "walk_cut",
    "total_one_more",
    "total_one_less",
    "total_zero",
    "total_of_a_page",
    "error_in_200",
    "other_status",
    "partial_content",
    "broken_message",
    "bytes_cut",
    "stream_cut",
    "event_lost",
    "event_doubled",
    "events_exchanged",
    "event_emptied",
    "stop_reason",
    "partial_told",
    "too_old",
]

MUTATIONS: Final[Mapping[MutationName, str]] = {
    "field_dropped": "a field that the contract requires or uses is not there",
    "field_nulled": "such a field is null",
    "field_emptied": "such a field is an empty text, list or object",
    "field_retyped": "such a field is of another type",
    "page_removed": "the question for a page is answered with the page behind it",
    "page_repeated": "the question for a page is answered with the page before it",
    "pages_exchanged": "two pages come in each other's place",
    "items_of_another_page": "a page holds the items of the page before it, and everything else of its own",
    "page_emptied": "a page holds no item, and everything else of its own",
    "page_halved": "a page holds the first half of its items, and everything else of its own",
    "item_lost": "one item of a page is missing",
    "item_doubled": "one item of a page comes twice",
    "item_exchanged": "an item of another page stands in the place of one",
    "item_substituted": "an item that does not exist stands in the place of one",
    "cursor_looped": "a page's cursor leads to that page",
    "cursor_back": "a page's cursor leads to an earlier page",
    "cursor_ahead": "a page's cursor leads past the next page",
    "cursor_after_the_end": "the last page has the cursor of an earlier one",
    "end_early": "a page says that it is the last one, as the last one does",
    "end_late": "the last page says that there is more, as the first one does",
    "flag_turned": "the flag for more says the contrary, and the cursor stays as it is",
    "walk_cut": "every walk stops behind the same item, and says that it is the last one",
    "total_one_more": "a count is one too high, on one page or on all",
    "total_one_less": "a count is one too low, on one page or on all",
    "total_zero": "a count is 0, on one page or on all",
    "total_of_a_page": "a count is the number of items of the first page, on one page or on all",
    "error_in_200": "an error, nothing, or a page for people comes with status 200",
    "other_status": "the sound body comes under another status (202, 206, 500 and others)",
    "partial_content": "the sound body is said to be a stretch of a longer one",
    "broken_message": "the message is cut or damaged under way",
    "bytes_cut": "the content is cut, and the frame around it is whole",
    "stream_cut": "a stream stops behind one of its events",
    "event_lost": "one event of a stream is missing",
    "event_doubled": "one event of a stream comes twice",
    "events_exchanged": "two events of a stream come in each other's place",
    "event_emptied": "one event of a stream says nothing",
    "stop_reason": "a generated answer stops for a reason that is not a good one",
    "partial_told": "an item is missing, and a flag or an error beside the items says so",
    "too_old": "the answer is older than the contract allows",
}
"""What each kind does to a sound conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """A kind of corruption that no contract over this API would see, and *why*: what the API does not say.

    *at* bounds it to one place (`body:/data/*/title`); without it, it holds wherever that kind is made.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    mutation: MutationName
    why: Annotated[str, Field(min_length=1)]
    at: str | None = None
