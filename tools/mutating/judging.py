"""What became of a mutant: it was caught, it did no harm, or it was delivered as if it were the truth.

Every mutant goes through the engine as a call does.  Whether an answer is whole is the engine's opinion alone; here it is only
compared with the sound one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ...schemas.answer import Answer, Delivered, Withheld
from ...schemas.contract import Contract
from ...schemas.wire import Outcome
from ..recordings.replaying import Key, Replay, key
from .mutant import Mutant
from .running import Wider, alone, answered, payload
from .sound import Sound

__all__ = ["Fate", "Judged", "judged", "stands"]

Fate: TypeAlias = Literal["caught", "harmless", "open", "silent", "crashed"]
"""`open`: it leads to a question that was never asked, and nobody knows what the service would have said."""


_UNHEARD: Final = "not_recorded"
_UNTOLD: Final = frozenset({_UNHEARD, "unproven", "outcome_unknown"})
"""What a question without an answer leads to: itself, a grade that a witness would have reached, a write that a read would settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A mutant and its *fate*; *code* is the first reason against it, where there was one."""

    mutant: Mutant
    fate: Fate
    code: str = ""


async def judged(
    sound: Sound, mutant: Mutant, *, environment: Mapping[str, str], contract: Contract | None = None
) -> Judged:
    """Call *sound*'s tool, or *contract* instead, where *mutant* is what the service says."""
    asked = sound.contract if contract is None else alone(contract)
    fate, code = await _fate(sound, asked, mutant.outcomes, environment, once=mutant.once)
    return Judged(mutant=mutant, fate=fate, code=code)


async def stands(sound: Sound, contract: Contract, *, environment: Mapping[str, str]) -> bool:
    """Whether *contract* delivers the same as *sound*'s where the service says the truth."""
    fate, _ = await _fate(sound, alone(contract), {}, environment)
    return fate == "harmless"


async def _fate(
    sound: Sound,
    contract: Contract,
    outcomes: Mapping[int, Outcome],
    environment: Mapping[str, str],
    *,
    once: bool = False,
) -> tuple[Fate, str]:
    replay = Replay(_outcomes(sound, outcomes, once=once))
    upstream = replay if sound.beyond is None else Wider(replay, sound.beyond)
    answer = await answered(contract, sound.arguments, upstream, at=sound.at, environment=environment)
    match answer:
        case Withheld():
            return _withheld(answer), answer.verdict.findings[0].code
        case Delivered():
            same = _same(contract, payload(answer), sound.payload)
            same = same and answer.receipt.evidence.position == sound.position
            return ("harmless" if same else "open" if _asked_more(answer) else "silent"), ""


def _withheld(answer: Withheld) -> Fate:
    findings = answer.verdict.findings
    if any("internal_error" in (finding.code, finding.have) for finding in findings):  # *have*: of a write
        return "crashed"
    return "open" if {finding.code for finding in findings} <= _UNTOLD and _asked_more(answer) else "caught"


def _asked_more(answer: Answer) -> bool:
    """Whether something was asked that was never asked before."""
    attempts = answer.receipt.evidence.attempts
    return any(attempt.finding is not None and attempt.finding.code == _UNHEARD for attempt in attempts)


def _outcomes(sound: Sound, outcomes: Mapping[int, Outcome], *, once: bool) -> dict[Key, list[Outcome]]:
    """What is said to each question, in order; a service that answers one question anew each time goes on from a corrupt answer."""
    said: dict[Key, list[Outcome]] = {}
    for index, turn in enumerate(sound.turns):
        told = said.setdefault(key(turn.request), [])
        corrupt = outcomes.get(index)
        told += [turn.response] if corrupt is None else [corrupt, turn.response] if once else [corrupt]
    return said


def _same(contract: Contract, one: bytes, other: bytes) -> bool:
    """Whether two payloads say the same: the same bytes or, where all of something is claimed, the same items."""
    if one == other:
        return True
    if contract.claim.kind not in ("all", "caught_up_to"):
        return False
    return _items(one) == _items(other)


def _items(content: bytes) -> Counter[str]:
    return Counter(json.dumps(item, sort_keys=True) for item in json.loads(content))
