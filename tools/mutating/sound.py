"""A sound conversation, taken apart: what was asked, for which reason, and what came.

There is one answer for each question, the last one that came; nothing of it is changed but white space between tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...schemas.contract import Contract
from ...schemas.evidence import Purpose
from ...schemas.location import Location
from ...schemas.verdict import Finding
from ...schemas.wire import Json, Outcome, Request, Response
from ...validators import strict_json
from ...validators.reading import ABSENT, Found, Message, at, read, state_of
from .sampling import MOST_PAGES, spread_over

__all__ = ["Sound", "Turn", "parsed"]

_NAMES: Final[Mapping[Purpose, str]] = {
    "page": "page",
    "confirm": "page",
    "differential": "page of the second walk",
    "census_before": "census",
    "census_after": "census",
    "past_end": "probe behind the end",
    "liveness": "probe of the way on",
    "open": "opening",
    "close": "closing",
    "settle": "confirming read",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question and its sound answer: asked for this *purpose*, as the answer of this *number* to the purpose."""

    purpose: Purpose
    number: int
    request: Request
    response: Response
    body: Found

    @property
    def name(self) -> str:
        """Name it for people: `page 2`, `census`."""
        return f"{_NAMES[self.purpose]} {self.number}" if self.walks else _NAMES[self.purpose]

    @property
    def walks(self) -> bool:
        """Whether it brings items: a page of the walk, or of the second one."""
        return self.purpose in ("page", "differential")

    def reads(self, place: Location) -> Found:
        """Read what stands at *place*."""
        return read(Message(self.response, self.body), place)

    def holds(self, pointer: str) -> list[Json] | None:
        """Return the list at *pointer* in the body; None where there is none."""
        found = ABSENT if self.body is ABSENT else at(self.body.value, pointer)
        return found.value if isinstance(found.value, list) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What *contract* was called with, all that was said, and the *payload* that came of it.

    *position* is where a feed goes on from, as it is told with the payload; None for any other claim.
    *beyond* says what the service would have said to a question that was not asked, where anybody knows (a stand-in does).
    """

    contract: Contract
    arguments: Mapping[str, Json]
    turns: tuple[Turn, ...]
    payload: bytes
    at: float
    position: str | None = None
    beyond: Callable[[Request], Outcome] | None = None

    def walk(self, purpose: Purpose = "page") -> tuple[tuple[int, Turn], ...]:
        """The turns of one walk, in order, each with its index among all turns."""
        return tuple((index, turn) for index, turn in enumerate(self.turns) if turn.purpose == purpose)

    @property
    def tried(self) -> tuple[tuple[int, Turn], ...]:
        """The turns that are corrupted one by one: some pages of each walk, and all others but a farewell."""
        pages = [page for walk in self.walks for page in spread_over(walk, MOST_PAGES)]
        others = ((index, turn) for index, turn in enumerate(self.turns) if not turn.walks and turn.purpose != "close")
        return (*pages, *others)

    @property
    def pages(self) -> tuple[tuple[int, Turn], ...]:
        """Those of them that bring items."""
        return tuple((index, turn) for index, turn in self.tried if turn.walks)

    @property
    def walks(self) -> tuple[tuple[tuple[int, Turn], ...], ...]:
        """The walk and, where there was one, the second one."""
        return tuple(walk for walk in (self.walk("page"), self.walk("differential")) if walk)


def parsed(response: Response) -> Found:
    """Read the body of *response* as strict JSON; `ABSENT` where it is none, as a stream is not."""
    found = strict_json.parse(response.content)
    return ABSENT if isinstance(found, Finding) else Found(state_of(found.value), found.value)
