"""Why an answer that is taken for one thing might be a list after all, or a part of one: what is not said is not believed.

Each doubt is a plain function that yields a sentence; where there is one, the claim is unproven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeAlias

from ...validators.stream import MEDIA
from ..walk_names import ITEMS, LABELS, LABELS_OF_CALLS, PAGING, WEAK_SIZES, folded
from .inference_facts import Facts, Proposal, answering
from .inference_items import of_scalars
from .inference_more import parted
from .inference_parts import counting_headers, flag, size_input
from .inference_readings import cursor_inputs, next_cursors, next_links, offset_inputs, page_inputs
from .outline import DEEPEST, Member, alternatives, flat, types

__all__ = ["DOUBTS", "OF_WRITES", "doubts"]

Doubt: TypeAlias = Callable[[Facts, Proposal | None], Iterator[str]]


def doubts(known: Facts, proposal: Proposal | None, among: Sequence[Doubt]) -> tuple[str, ...]:
    """Gather why the answer of *known* might be a list; *proposal* is the walk that was found and not taken."""
    return tuple(sentence for doubt in among for sentence in doubt(known, proposal))


def of_streams(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """A stream of events, or of things on lines, ends as its service says, which no description does."""
    if _is_stream(known):
        yield "the answer may be a stream of events; how it ends is not described, so that nothing is claimed of it"
    elif any(media in MEDIA or media.endswith("stream+json") for media in _media(known)):
        yield "the answer may be a thing on each line, and not one thing; how it ends is not described"


def of_silence(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """An answer that is not described may be anything."""
    sound = [reply.status for reply in known.operation.replies if reply.status.startswith("2")]
    empty = bool(sound) and all(status == "204" for status in sound)
    if not known.answer and not empty and not _is_stream(known):
        yield "the description does not say what is answered; where that is a list, `claim: one` would not notice that it is cut"


def of_the_unread(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """What could not be read of an answer may be a list, or lead on to more of it."""
    if known.answer and any(one.lacks for one in known.operation.answers):
        yield "a part of the answer cannot be read; where that is a list, `claim: one` would not notice that it is cut"


def of_maps(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """An object of which no member is described may be a collection, by name, whatever its path is called."""
    if known.answer and not any(_is_described(member) for member in known.answer):
        yield "the members of the answer are not described; where they are a collection, `claim: one` would not notice that it is cut"


def of_gaps(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """A member without a type may be a list, and so may what an object holds that is called as items are."""
    gaps = [member.pointer for member in known.answer if member.way and _is_gap(member)]
    if gaps and any(_is_described(member) for member in known.answer):
        yield f"not described: {', '.join(gaps)}; where that is a list, `claim: one` would not notice that it is cut"


def of_lists(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """Lists beside one another are said of one thing only where the path names it."""
    lists = [member.pointer for member in known.answer if "array" in member.types or _is_keyed(member, known)]
    named = known.items is not None and known.items.named
    if lists and (named or not known.of_one):
        yield f"lists in the answer: {', '.join(lists)}; where the tool is about one of them, write `claim: all` and `items`"


def of_depths(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """What stands further down than is looked may be a list, which is said of one thing only where the path names it."""
    ends = [one.pointer for one in known.answer if len(one.way) == DEEPEST and one.schema.get("properties")]
    if ends and not known.of_one:
        yield f"not looked into: {', '.join(ends)}; where a list stands there, `claim: one` would not notice that it is cut"


def of_labels(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """Behind a path that ends in a word to look for, a list is what is found: nothing beside it says what one thing it is part of."""
    things = [one for one in known.answer if one.way and "array" in one.types and not of_scalars(one, known.root)]
    loose = [one.pointer for one in things if _is_called(one, known) or not _is_labelled(one, known)]
    if loose and known.of_one:
        yield f"{', '.join(loose)} may be what the answer is about, of which `claim: one` would not notice that it is cut"


def of_pages(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """What comes in pages is no single thing, whatever the schema says."""
    ways = [f"takes `{one.name}`" for one in (*cursor_inputs(known), *page_inputs(known), *offset_inputs(known))]
    size = size_input(known)
    sizes = [] if size is None else [f"takes `{size.name}`"]
    given = [f"gives `{member.pointer}`" for member in (*next_cursors(known), *next_links(known))]
    flags = [f"gives `{line.value}`" for line in flag(known) if line.place == "walk.more"]
    counts = [f"counts in `{line.value['at']}`" for line in counting_headers(known)]
    if signs := [*ways, *sizes, *((*given, *counts) if known.items is not None else ()), *flags]:
        yield _paged(signs)


def of_asking(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """A write that takes a cursor or a page is a list in disguise; a size may be that of what it makes, unless it answers a list."""
    ways = (*cursor_inputs(known), *page_inputs(known), *offset_inputs(known))
    listing = bool(ways) or not known.answer or any("array" in one.types for one in known.answer)
    size = size_input(known)
    sizes = () if size is None or size.word in WEAK_SIZES or not listing else (size,)
    if signs := [f"takes `{one.name}`" for one in (*ways, *sizes)]:
        yield f"{_paged(signs)}; where it only looks, write `effects: read`, and `claim: all` with `items` and a `walk`"


def of_parts(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """A list beside its count, or beside a way to the rest of it, may be a part of it, inside one thing too."""
    for listed, sign in parted(known.answer):
        yield f"`{sign.pointer}` stands beside `{listed.pointer}`, which may be a part; `claim: one` would not notice"


def of_choices(known: Facts, proposal: Proposal | None) -> Iterator[str]:
    """An answer that may be another instead, by its status or its choice, is one thing only where each of them is."""
    for other in chain(known.others, *map(alternatives, (known.root, *known.others))):
        alone = answering(known, other)
        whole = alone.answer and "array" not in alone.answer[0].types
        if not whole or any(True for doubt in _OF_ONE for _ in doubt(alone, None)):
            yield "it may answer something else instead, which may be a list; `claim: one` would not notice that it is cut"
            return


_OF_ONE: tuple[Doubt, ...] = (of_maps, of_gaps, of_lists, of_depths, of_labels, of_pages, of_parts)
DOUBTS: tuple[Doubt, ...] = (of_streams, of_silence, of_the_unread, *_OF_ONE, of_choices)
OF_WRITES: tuple[Doubt, ...] = (of_asking, of_parts)
"""What a write answers is seldom described, and nothing is claimed of it; but what comes in pages is no whole answer."""


def _paged(signs: Sequence[str]) -> str:
    return f"it {', '.join(dict.fromkeys(signs))}, so it may come in pages, of which `claim: one` would give the first"


def _is_gap(member: Member) -> bool:
    empty = member.types <= {"object", "null"} and not member.schema.get("properties")
    return not member.types or (empty and folded(member.name) in ITEMS)


def _is_keyed(member: Member, known: Facts) -> bool:
    """Whether an object holds things by names that are data, and so as many as there are."""
    inside = types(flat(member.schema.get("additionalProperties"), known.root))
    return bool(member.way) and not member.schema.get("properties") and not inside.isdisjoint({"object", "array"})


def _is_called(listed: Member, known: Facts) -> bool:
    """Whether a list is called as a part of the path is."""
    return folded(listed.name) in {folded(step) for step in known.operation.path.split("/") if "{" not in step}


def _is_labelled(listed: Member, known: Facts) -> bool:
    """Whether beside *listed*, above it, or in an object beside those, something tells the one thing from others."""
    return any(
        _is_label(one) and (len(one.way) <= 2 or one.way[:-1] == listed.way[: len(one.way) - 1])
        for one in known.answer
        if one.way
    )


def _is_label(one: Member) -> bool:
    name = folded(one.name)
    of_the_page = len(one.way) > 1 and folded(one.way[-2]) in PAGING
    named = name in LABELS or (name not in LABELS_OF_CALLS and name.endswith(tuple(LABELS - {"number"})))
    return bool(one.types & {"string", "integer"}) and named and not of_the_page


def _is_described(member: Member) -> bool:
    """Whether a type is said that could be checked: an object is only as much described as what is in it."""
    return bool(member.types - {"object", "null"})


def _is_stream(known: Facts) -> bool:
    return any("event-stream" in media for media in _media(known))


def _media(known: Facts) -> list[str]:
    written = (media for reply in known.operation.replies for media in reply.content)
    return [media.partition(";")[0].strip().lower() for media in written]
