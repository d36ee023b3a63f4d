"""Where the items of an answer are, and what tells one from another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...schemas.location import escaped
from ..shapes import is_list, members
from ..walk_names import ITEMS, SIDE_LISTS, folded
from .outline import Member, flat, types

__all__ = ["Found", "found_at", "found_items", "of_scalars", "scalar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The list at *at* and the *id* in one of its items; *others* are lists that might be meant as well.

    *named* says that its name, or the answer's being a list, shows that the answer is about these items.
    """

    at: str
    way: tuple[str, ...]
    id: str | None
    rule: str
    id_rule: str
    confidence: float
    named: bool
    others: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def found_items(answer: Sequence[Member], path: str, root: Mapping[str, Any]) -> Found | None:
    """Find the items in an *answer*, which is an outline of *root*: a list by itself, the only list, or the one whose name says so."""
    if answer and "array" in answer[0].types:
        return found_at(answer[0], root, rule="items/root", confidence=0.8, named=True)
    lists = [member for member in answer if "array" in member.types and not member.types >= _ANYTHING]
    main = _main(lists, path, root)
    beside = tuple(member.pointer for member in lists)
    for rule, confidence, named, choice in _choices(main, answer, path, root):
        if len(choice) == 1:
            one = choice[0]
            rest = tuple(pointer for pointer in beside if pointer != one.pointer)
            return found_at(one, root, rule=rule, confidence=confidence, named=named, beside=rest)
    if len(main) < 2:
        return None
    highest = _highest(main)
    rest = tuple(member.pointer for member in highest[1:])
    return found_at(highest[0], root, rule="items/first", confidence=0.2, named=False, others=rest)


_ANYTHING = frozenset({"array", "object", "string"})
"""What may be a list and whatever else is a value, and not what an answer is about."""


def _main(lists: Sequence[Member], path: str, root: Mapping[str, Any]) -> list[Member]:
    """The lists that are not known to stand beside the items; of things where there are such, else of words."""
    main = [member for member in lists if folded(member.name) not in SIDE_LISTS or _of_the_path(member, path)]
    return [member for member in main if not of_scalars(member, root)] or main


def _choices(
    main: Sequence[Member], answer: Sequence[Member], path: str, root: Mapping[str, Any]
) -> Iterator[tuple[str, float, bool, list[Member]]]:
    """Each way to choose, the surest first: the rule, how far to trust it, whether it says what the answer is about, the lists."""
    yield "items/path", 0.7, True, _highest([member for member in main if _of_the_path(member, path)])
    yield "items/name", 0.6, True, [member for member in _highest(main) if folded(member.name) in ITEMS]
    yield "items/alone", 0.6, True, [member for member in main if _is_alone(member, answer)]
    yield "items/only", 0.5, False, [member for member in main if not of_scalars(member, root)]


def found_at(
    member: Member,
    root: Mapping[str, Any],
    *,
    rule: str,
    confidence: float,
    named: bool,
    others: tuple[str, ...] = (),
    beside: tuple[str, ...] = (),
) -> Found:
    """Say of the list *member*, in an answer of the schema *root*, where it is and what identifies its items."""
    place, id_rule = _identifier(flat(member.schema.get("items"), root), root, member.name)
    return Found(
        at=member.pointer,
        way=member.way,
        id=place,
        rule=rule,
        id_rule=id_rule,
        confidence=confidence,
        named=named,
        others=others,
        beside=beside,
    )


def _highest(lists: Sequence[Member]) -> list[Member]:
    return [member for member in lists if len(member.way) == min(len(one.way) for one in lists)]


def _is_alone(member: Member, answer: Sequence[Member]) -> bool:
    """Whether the answer is an object of which this list is all."""
    return len(member.way) == 1 and len(answer) == 2


def of_scalars(member: Member, root: Mapping[str, Any]) -> bool:
    """Whether it lists words or numbers, which are more likely said of one thing than what an answer is about."""
    known = types(flat(member.schema.get("items"), root))
    return bool(known) and not known & {"object", "array"}


def _of_the_path(member: Member, path: str) -> bool:
    """Whether the list is called as the path is: `/users/{id}/tickets` answers with `tickets`."""
    segments = [
        folded(segment) for segment in path.split("?", maxsplit=1)[0].split("/") if segment and "{" not in segment
    ]
    name = folded(member.name)
    if not segments:
        return False
    return name in (segments[-1], segments[-1] + "s") or (len(name) > 4 and segments[-1].endswith(name))


def _identifier(item: Mapping[str, Any], root: Mapping[str, Any], name: str = "") -> tuple[str | None, str]:
    """Return the pointer to what identifies an *item* of the list called *name*, and the rule that found it.

    >>> _identifier({"required": ["key"], "properties": {"key": {"type": "string"}}}, {})
    ('/key', 'id/key')
    """
    inside = members(item.get("properties"))
    listed = item.get("required")
    required = listed if is_list(listed) else []
    if scalar(inside.get("id"), root):
        return "/id", "id/id"
    candidates = [word for word in inside if folded(word) in _identifying(name) and word in required]
    sound = [word for word in candidates if scalar(inside[word], root)]
    if len(sound) == 1:
        return "/" + escaped(sound[0]), f"id/{folded(sound[0])}"
    return None, ""


def _identifying(name: str) -> frozenset[str]:
    """The names of identifiers, among them the item's own: `ticketId` in `tickets`."""
    one = folded(name).removesuffix("s")
    own = () if folded(name) in ITEMS else (f"{one}id", f"{one}uuid", f"{one}key")
    return frozenset({"id", "uuid", "guid", "uid", "key", "sid", *own})


def scalar(schema: object, root: Mapping[str, Any]) -> bool:
    """Say whether a value of *schema*, in an answer of the schema *root*, is a text or a whole number, or null instead."""
    known = types(flat(schema, root)) - {"null"}
    return schema is not None and bool(known) and known <= {"string", "integer"}
