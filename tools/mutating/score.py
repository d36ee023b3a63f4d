"""The score of a contract: how many corruptions of a sound conversation are caught, and what becomes of the others.

Nothing is asked of a service here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from ...schemas.blindness import BlindSpot, MutationName
from ...schemas.contract import Contract
from ...schemas.walk import Single, Stream
from .judging import Judged, judged, stands
from .mutations import mutants
from .remedies import REMEDIES
from .sound import Sound

__all__ = ["Advice", "Score", "Survivors", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A *line* of a tool file that would catch survivors; it was *tried* and did, or it needs questions that were not asked."""

    line: str
    tried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Survivors:
    """Corruptions of one kind at one place that were delivered as the truth, and that one line would catch.

    *known* is what the file says of them, *advice* what would catch them; where there is neither, nothing in this API's
    answers would.
    """

    mutation: MutationName
    place: str
    number: int
    turns: tuple[str, ...]
    details: tuple[str, ...]
    known: str | None
    advice: Advice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What became of all corruptions of one conversation.

    *pages* of one walk came, None where nothing is walked.  *mended* were delivered and did no harm; *open* led to questions
    that were never asked, so nobody knows.  *stray* are blind spots of the file that did not show.
    """

    tool: str
    pages: int | None
    caught: int
    mended: int
    open: int
    crashed: tuple[Judged, ...]
    survivors: tuple[Survivors, ...]
    stray: tuple[BlindSpot, ...] = field(default=())

    @property
    def silent(self) -> int:
        """How many were delivered as the truth."""
        return sum(survivors.number for survivors in self.survivors)

    @property
    def unknown(self) -> int:
        """How many were delivered as the truth, and the file does not know of them."""
        return sum(survivors.number for survivors in self.survivors if survivors.known is None)

    @property
    def share(self) -> float:
        """The share of corruptions that were caught, of all that would have done harm."""
        return self.caught / max(1, self.caught + self.silent)

    @property
    def reached(self) -> float:
        """The same, without those that the file says nobody can see."""
        return self.caught / max(1, self.caught + self.unknown)


async def score(sound: Sound, *, environment: Mapping[str, str]) -> Score:
    """Judge every corruption of *sound*, and find what would catch those that survive."""
    found = [await judged(sound, mutant, environment=environment) for mutant in mutants(sound)]
    silent = sorted((one for one in found if one.fate == "silent"), key=_kind)
    survivors = [
        one for kind, group in groupby(silent, key=_kind) for one in await _told(sound, kind, list(group), environment)
    ]
    spots = sound.contract.blind_spots
    used = {id(spot) for one in silent for spot in spots if _is_of(spot, *_kind(one))}
    return Score(
        tool=sound.contract.name,
        pages=None if isinstance(sound.contract.walk, Single | Stream) else len(sound.walk()),
        caught=sum(one.fate == "caught" for one in found),
        mended=sum(one.fate == "harmless" for one in found),
        open=sum(one.fate == "open" for one in found),
        crashed=tuple(one for one in found if one.fate == "crashed"),
        survivors=tuple(survivors),
        stray=tuple(spot for spot in spots if id(spot) not in used),
    )


def _kind(one: Judged) -> tuple[MutationName, str]:
    return one.mutant.mutation, one.mutant.place


def _is_of(spot: BlindSpot, mutation: MutationName, place: str) -> bool:
    return spot.mutation == mutation and spot.at in (None, place)


async def _told(
    sound: Sound, kind: tuple[MutationName, str], group: Sequence[Judged], environment: Mapping[str, str]
) -> list[Survivors]:
    """Tell what survived at one place, together what one line is the answer to."""
    answered: dict[Advice | None, list[Judged]] = {}
    for part in _parts(kind[0], group):
        answered.setdefault(await _advice(sound, part, environment), []).extend(part)
    return [_survivors(sound, kind, part, advice) for advice, part in answered.items()]


def _parts(mutation: MutationName, group: Sequence[Judged]) -> list[list[Judged]]:
    """What is to be caught together: of errors, which are many things, each by itself."""
    parts: dict[str, list[Judged]] = {}
    for one in group:
        parts.setdefault(one.mutant.detail if mutation == "error_in_200" else "", []).append(one)
    return list(parts.values())


def _survivors(
    sound: Sound, kind: tuple[MutationName, str], group: Sequence[Judged], advice: Advice | None
) -> Survivors:
    mutation, place = kind
    return Survivors(
        mutation=mutation,
        place=place,
        number=len(group),
        turns=tuple(dict.fromkeys(one.mutant.turn for one in group)),
        details=tuple(dict.fromkeys(one.mutant.detail for one in group if one.mutant.detail)),
        known=next((spot.why for spot in sound.contract.blind_spots if _is_of(spot, mutation, place)), None),
        advice=advice,
    )


async def _advice(sound: Sound, group: Sequence[Judged], environment: Mapping[str, str]) -> Advice | None:
    """Find the first remedy that catches what survived, or that would have to be tried at the service."""
    for propose in REMEDIES:
        for remedy in propose(sound, group[0].mutant):
            if remedy.contract is None:
                return Advice(line=remedy.line, tried=False)
            if await _helps(sound, remedy.contract, group, environment):
                return Advice(line=remedy.line, tried=True)
    return None


async def _helps(sound: Sound, contract: Contract, group: Sequence[Judged], environment: Mapping[str, str]) -> bool:
    """Whether the truth still passes, and nothing of what survived does any more."""
    if not await stands(sound, contract, environment=environment):
        return False
    for one in group:
        again = await judged(sound, one.mutant, environment=environment, contract=contract)
        if again.fate not in ("caught", "harmless"):
            return False
    return True
