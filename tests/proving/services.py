"""Paged services on a script: sound ones of every kind, and each of the ways in which they differ or lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.scripted import answer, contract, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request

__all__ = ["TOTALS", "Kind", "Service"]

Kind = Literal["cursor", "next_url", "link", "keyset", "offset", "page"]
Total = Callable[[int, int, int, int], Json]

TOTALS: Mapping[str, Total] = {
    "walk": lambda there, start, came, size: there,
    "page": lambda there, start, came, size: came,
    "remaining": lambda there, start, came, size: there - start - came,
    "onward": lambda there, start, came, size: there - start,
    "pages": lambda there, start, came, size: -(-there // size),
    "estimate": lambda there, start, came, size: max(there - 7, 0),
}
"""What services count: from how many there are, where the page starts, how many came, and the size of the pages."""


@dataclass(slots=True)
class Service:
    """*count* items in pages; *clamp* is the most that a page holds, and *usual* what it holds unless asked otherwise.

    What a service *ignores* it does not know: `size`, `position`.  *end* is how its continuation reads on the last page.
    """

    kind: Kind = "cursor"
    count: int = 25
    usual: int = 10
    clamp: int = 10
    total: str | None = "walk"
    flag: bool = False
    end: Literal["null", "empty", "absent"] = "null"
    first: int = 1
    ignores: tuple[str, ...] = ()
    asked: int = 0
    moving: bool = False
    shuffled: bool = False
    lost: tuple[int, ...] = ()
    window: int | None = None
    pages: int | None = None
    volatile: bool = False

    def __call__(self, request: Request) -> Outcome:
        self.asked += 1
        given = query(request)
        size = self._size(given)
        start = 0 if "position" in self.ignores else self._start(given, size)
        reach = self.count if self.window is None else min(self.window, self.count)
        reach = reach if self.pages is None else min(self.pages * size, reach)
        part = self._items(start, min(start + size, reach))
        body: dict[str, Json] = {"items": part}
        if self.total is not None:
            body["count"] = TOTALS[self.total](self.count, start, len(part), size)
        if self.flag:
            body["more"] = start + size < reach
        return self._told(body, start + size if start + size < reach else None, size)

    def _size(self, given: Mapping[str, str]) -> int:
        wanted = self.usual if "size" in self.ignores else int(given.get("limit", self.usual))
        return max(1, min(self.clamp, wanted))

    def _items(self, start: int, end: int) -> list[Json]:
        """Items *start* to *end*; those that are lost leave no gap that could be seen on a page."""
        shift = self.asked if self.moving else 0
        numbers = [number + shift for number in range(start, max(start, end)) if number not in self.lost]
        if self.shuffled:
            numbers.reverse()
        seen: dict[str, Json] = {"seen": self.asked} if self.volatile else {}
        return [{"id": number, "name": f"item {number}", **seen} for number in numbers]

    def _start(self, given: Mapping[str, str], size: int) -> int:
        match self.kind:
            case "page":
                return (max(int(given.get("p", self.first)), self.first) - self.first) * size
            case "keyset":
                return int(given.get("p", -1)) + 1
            case _:
                return int(given.get("p", 0))

    def _told(self, body: dict[str, Json], following: int | None, size: int) -> Outcome:
        fields: dict[str, str] = {}
        url = f"https://desk.test/items?p={following}&limit={size}"
        match self.kind:
            case "cursor" | "next_url" if following is not None:
                body["next"] = str(following) if self.kind == "cursor" else url
            case "cursor" | "next_url" if self.end != "absent":
                body["next"] = None if self.end == "null" else ""
            case "link" if following is not None:
                fields["link"] = f'<{url}>; rel="next"'
            case _:
                pass
        return answer(body, fields=fields)

    def contract(self, **parts: Any) -> Contract:
        """The tool of this service as an import would infer it, right in every line, but for *parts*."""
        return contract(**{**self.parts(), **parts})

    def parts(self) -> dict[str, Any]:
        """What a tool file would say of it."""
        complete: dict[str, Any] = {"require": "terminated"}
        if self.total is not None:
            complete["total"] = {"at": "/count", "scope": self.total if self.total != "estimate" else "walk"}
        return {
            "request": {"url": "https://desk.test/items"},
            "response": {"items": {"at": "/items", "id": "/id"}},
            "walk": self.walk(),
            "complete": complete,
        }

    def walk(self) -> dict[str, Any]:
        """The walk of this kind."""
        kinds: Mapping[str, dict[str, Any]] = {
            "cursor": {"next": "/next", "send": "query:p"},
            "next_url": {"next": "/next"},
            "link": {
                "end": {"next": {"value": "continue", "absent": "end"}},
                "absence": {"documented": "https://desk.test/docs"},
            },
            "keyset": {"key": "/id", "send": "query:p"},
            "offset": {"send": "query:p"},
            "page": {"send": "query:p", "start": self.first},
        }
        flag = {"more": "/more"} if self.flag else {}
        return {"kind": self.kind, **kinds[self.kind], **flag, "page_size": {"send": "query:limit", "ask": 10}}
