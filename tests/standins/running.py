"""One run: a bundled tool is called against its stand-in, and what came out is compared with what is there.

Three outcomes: `whole` (delivered, exactly the true set), `refused` (withheld, with a code), and `SILENT` (delivered, and
not the true set), which must never be seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.call import call
from unabridged.tools.surroundings import Surroundings, surroundings
from unabridged.validators.reading import at

from .cases import ENVIRONMENT, Case, pointed
from .shape import Lie, Standin
from .wire import serving

__all__ = ["Ran", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one run: the outcome, the first finding's code if refused, the grade, the requests that it took.

    *told* is how often the lie was told; a lie that was never told proves nothing.
    """

    outcome: Literal["whole", "refused", "SILENT"]
    code: str
    grade: Grade
    requests: int
    told: int


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


def _surroundings() -> Surroundings:
    """The real ones, but for waits that take no time and a fixed chance."""
    return replace(surroundings(ENVIRONMENT), sleep=_at_once, random=lambda: 0.5)


async def run(
    contract: Contract,
    case: Case,
    *,
    count: int,
    lie: Lie | None = None,
    forever: bool = False,
    largest: int | None = None,
) -> Ran:
    """Call *contract* against *case*'s stand-in with *count* records; *largest* is the most that it gives at once."""
    standin = Standin(shape=case.shape(), count=count, lie=lie, forever=forever, largest=largest)
    async with serving(standin) as origin:
        answer = await call(pointed(contract, origin), case.arguments, surroundings=_surroundings())
    outcome, code = _compared(contract, standin, answer)
    return Ran(outcome=outcome, code=code, grade=answer.receipt.grade, requests=len(standin.heard), told=standin.told)


def _compared(
    contract: Contract, standin: Standin, answer: Answer
) -> tuple[Literal["whole", "refused", "SILENT"], str]:
    match answer:
        case Withheld():
            return "refused", answer.verdict.findings[0].code
        case Delivered():
            delivered: Json = json.loads(b"".join(answer.payload.chunks()))
            answer.payload.close()
            return ("whole" if _equal(contract, standin, delivered) else "SILENT"), ""


def _equal(contract: Contract, standin: Standin, delivered: Json) -> bool:
    if contract.claim.single:
        return delivered == at(standin.records[0], contract.response.data).value
    return isinstance(delivered, list) and _sorted(delivered) == _sorted(standin.records)


def _sorted(values: Iterable[Json]) -> list[str]:
    return sorted(json.dumps(value, sort_keys=True) for value in values)
