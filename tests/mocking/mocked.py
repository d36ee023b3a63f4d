"""One call of one contract against the mock, in memory: what came out, and whether it is what the mock holds.

Three outcomes: `whole` (exactly what is held), `refused` (withheld, with a code), and `SILENT`, which must never be seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Literal

from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.mocking.faults import Lie
from unabridged.tools.mocking.honouring import arguments_of, environment_of
from unabridged.tools.mocking.mock import Line, Mock, Settings
from unabridged.tools.surroundings import Surroundings

__all__ = ["Ran", "around", "catalogue", "ran"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What came of one call; *told* counts the lies."""

    outcome: Literal["whole", "refused", "SILENT"]
    code: str
    told: int
    log: Sequence[Line]
    value: Json = None


@cache
def catalogue() -> tuple[Contract, ...]:
    """The contracts of the bundled files."""
    return read(tuple(bundled().values())).contracts


def around(mock: Mock, environment: Mapping[str, str]) -> Surroundings:
    """A world of the mock alone, in which nobody waits."""
    numbers = count()

    async def sleep(seconds: float) -> None:
        """Wait for nothing."""

    return Surroundings(
        open_transport=mock.open,
        environment=environment,
        random=lambda: 0.5,
        identify=lambda: f"call-{next(numbers)}",
        sleep=sleep,
    )


async def ran(
    contract: Contract,
    *,
    items: int,
    lies: Sequence[str] = (),
    beside: Sequence[Contract] = (),
    page_size: int | None = None,
    rate: float = 1.0,
    arguments: Mapping[str, Json] | None = None,
    seed: int = 0,
) -> Ran:
    """Call *contract* against a mock of it, and of those *beside* it, that holds so many *items* and tells *lies*."""
    settings = Settings(
        items=items, page_size=page_size, seed=seed, lies=tuple(Lie(name=name) for name in lies), rate=rate
    )
    mock = Mock(contracts=beside or (contract,), settings=settings)
    environment = environment_of([contract])
    given = arguments_of(contract, 0) if arguments is None else arguments
    answer = await call(contract, given, surroundings=around(mock, environment))
    told = sum(line.fault is not None for line in mock.log)
    if not isinstance(answer, Delivered):
        return Ran(outcome="refused", code=answer.verdict.findings[0].code, told=told, log=mock.log)
    value: Json = json.loads(b"".join(answer.payload.chunks()))
    answer.payload.close()
    whole = value == mock.truth(contract, given, environment)
    return Ran(outcome="whole" if whole else "SILENT", code="", told=told, log=mock.log, value=value)
