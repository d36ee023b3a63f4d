"""The world as it was when a call was recorded: its answers, its time, no network and no chance.

Time passes only as it did then: with each outcome, and with each wait, which takes none.  A recording that was redacted
brings the variables that stand in for the true ones, so nothing of the environment is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from anyio.lowlevel import checkpoint

from ...schemas.answer import Answer, Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.recording import Ended, Recording
from ...schemas.wire import Json
from ..call import call
from ..flights import Flights
from ..keeping import MemoryStore
from ..people import Caller
from ..shelf import MemoryShelf
from ..surroundings import Surroundings
from .replaying import Replay

__all__ = ["RecordedClock", "call_again", "differs", "otherwise", "surroundings_of"]


@dataclass(slots=True)
class RecordedClock:
    """A clock that only those who wait move; *at* is the Unix time at which it began."""

    at: float = 0.0
    passed: float = 0.0

    def read(self) -> float:
        """Return the seconds that passed since it began."""
        return self.passed

    def now(self) -> float:
        """Return Unix time in seconds."""
        return self.at + self.passed

    async def sleep(self, seconds: float) -> None:
        """Let *seconds* pass at once; those who wait side by side wait for the longest of them only."""
        until = self.passed + seconds
        await checkpoint()
        self.passed = max(self.passed, until)


def surroundings_of(recording: Recording, *, tools: Mapping[str, Contract] | None = None) -> Surroundings:
    """Return the world that *recording* was made in, good for one call; *tools* are those that may be named by another."""
    clock = RecordedClock(recording.at)
    names = _names(recording.receipt or "replayed")
    return Surroundings(
        open_transport=Replay.of(recording.exchanges, clock.sleep, whole=not recording.left_out).open,
        environment=recording.environment,
        random=lambda: 0.0,
        identify=lambda: next(names),
        clock=clock.read,
        now=clock.now,
        sleep=clock.sleep,
        tools={} if tools is None else tools,
        shelf=MemoryShelf(clock=clock.now),
        places=MemoryShelf(clock=clock.now),
        store=MemoryStore(now=clock.now),
        flights=Flights(),
    )


def _names(first: str) -> Iterator[str]:
    yield first
    yield from (f"{first}-{number}" for number in count(2))


async def call_again(
    recording: Recording,
    contract: Contract,
    *,
    arguments: Mapping[str, Json] | None = None,
    tools: Mapping[str, Contract] | None = None,
) -> Answer:
    """Make the call of *recording* again, by *contract*, with its own arguments unless others are given.

    Nothing is sent, so nobody is asked for permission and no credential is needed.
    """
    known = {name: _open(tool) for name, tool in (tools or {}).items()}
    given = recording.arguments if arguments is None else arguments
    return await call(_open(contract), given, surroundings=surroundings_of(recording, tools=known), caller=_NOBODY)


_NOBODY = Caller(principal="replay")


def _open(contract: Contract) -> Contract:
    return replace(contract, approval=None, provider=replace(contract.provider, auth=None))


async def differs(
    recording: Recording, contract: Contract, *, tools: Mapping[str, Contract] | None = None
) -> str | None:
    """Say in what the call of *recording*, made again, ends otherwise than it did; None where it ends the same."""
    answer = await call_again(recording, contract, tools=tools)
    if isinstance(answer, Delivered):
        answer.payload.close()
    return otherwise(recording, answer)


def otherwise(recording: Recording, answer: Answer) -> str | None:
    """Say in what *answer* ends otherwise than *recording* says; None where it ends the same."""
    grade = str(answer.receipt.grade)
    match answer:
        case Delivered():
            now = Ended(code=None, grade=grade, items=answer.receipt.items)
        case Withheld(verdict=verdict):
            now = Ended(code=verdict.findings[0].code, grade=grade)
    if recording.ended is None or now == recording.ended:
        return None
    return f"then it was {_told(recording.ended)}, and now it is {_told(now)}"


def _told(ended: Ended) -> str:
    if ended.code is not None:
        return f"withheld ({ended.code})"
    items = "one result" if ended.items is None else f"{ended.items:,} items"
    return f"delivered ({items}, {ended.grade})"
