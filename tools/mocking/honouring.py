"""Can a contract be honoured with generated data?  The real engine is asked: it calls each tool against the mock, in memory.

What it would refuse, or what would not come out as it went in, is not served: a mock that breaks its contract by mistake is worse
than none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Final

from ...schemas.answer import Answer, Delivered
from ...schemas.contract import Contract
from ...schemas.policy import Policy
from ...schemas.wire import Json
from ..call import call
from ..surroundings import Surroundings
from ..template import MISSING, Missing, references
from .mock import Mock, Settings
from .stock import may_run_out, stock
from .values import Unmakeable, fitting

__all__ = ["Honoured", "arguments_of", "environment_of", "honoured"]

_ITEMS: Final = 7
_BYTES: Final = "YW1iZXI="
_PAGE: Final = 3  # items on a page, so that there are three pages


@dataclass(frozen=True, slots=True, kw_only=True)
class Honoured:
    """The *contracts* that can be mocked, and for each other tool one sentence that says why it cannot (*left_out*)."""

    contracts: tuple[Contract, ...]
    left_out: Mapping[str, str]


async def honoured(contracts: Sequence[Contract], settings: Settings) -> Honoured:
    """Try each of *contracts* against a mock of all of them."""
    found: dict[str, str] = {}
    moment = time.time()  # it stands still, so that two answers are the same
    small = Settings(items=_ITEMS, page_size=_PAGE, seed=settings.seed)
    mock = Mock(contracts=contracts, settings=small, now=lambda: moment)
    for contract in contracts:
        if (reason := await _reason(contract, mock, settings)) is not None:
            found[contract.name] = reason
    kept = tuple(contract for contract in contracts if contract.name not in found)
    return Honoured(contracts=kept, left_out=found)


async def _reason(contract: Contract, mock: Mock, settings: Settings) -> str | None:
    """Say why *contract* cannot be honoured; None where it can."""
    try:
        arguments = arguments_of(contract, settings.seed)
        if may_run_out(contract):
            stock(contract, settings.items, settings.seed)
        environment = environment_of([contract])
        before = mock.asked
        answer = await call(_plain(contract), arguments, surroundings=_around(mock, environment))
        truth = mock.truth(contract, arguments, environment)
    except Unmakeable as unmakeable:
        return str(unmakeable)
    different = _difference(answer, truth)
    others = {line.tool for line in mock.log[len(mock.log) + before - mock.asked :] if line.tool is not None} - {
        contract.name
    }
    if different is None or not others:
        return different
    return f"its requests are answered as those of {' and '.join(sorted(others))}, and then: {different}"


def arguments_of(contract: Contract, seed: int) -> dict[str, Json]:
    """Make up arguments for *contract*: those that it requires.  Raises `Unmakeable`."""
    made = fitting(contract.input or {"type": "object"}, seed, contract.name, lean=True)
    arguments = made if isinstance(made, dict) else {}
    coded = {name: _BYTES for name in _in_base64(contract) if name in arguments}
    return {**arguments, **coded}


def _in_base64(contract: Contract) -> Iterator[str]:
    """The arguments that are bytes, which a schema need not say."""
    operation = contract.request
    for part in (*(operation.multipart or {}).values(), *((operation.raw,) if operation.raw is not None else ())):
        if part.encoding == "base64" and isinstance(part.content, str):
            yield from (one.name for one in references(part.content, "query") if one.source == part.content)


def environment_of(contracts: Iterable[Contract]) -> dict[str, str]:
    """Name something for every variable that the files of *contracts* leave to whoever runs them."""
    variables = (variable for contract in contracts for variable in contract.provider.variables.values())
    return {variable.env: variable.default or "mock" for variable in variables if variable.env is not None}


def _plain(contract: Contract) -> Contract:
    """The contract without what it wants of people and of others."""
    return replace(contract, policy=Policy(), approval=None, review=(), provenance={}, proof=None)


def _difference(answer: Answer, truth: Json | Missing) -> str | None:
    if not isinstance(answer, Delivered):
        finding = answer.verdict.findings[0]
        if (
            finding.code == "unproven"
        ):  # what the mock says is right, and the contract asks for more than the API can prove
            return None
        return f"{finding.code}: {finding.message}" + (f" ({finding.where})" if finding.where else "")
    content = b"".join(answer.payload.chunks())
    answer.payload.close()
    delivered: Json = json.loads(content)
    return None if truth is not MISSING and delivered == truth else "what is delivered is not what is held"


def _around(mock: Mock, environment: Mapping[str, str]) -> Surroundings:
    """A world of the mock alone, in which nobody waits."""
    numbers = count()

    async def sleep(seconds: float) -> None:
        """Wait for nothing."""

    return Surroundings(
        open_transport=mock.open,
        environment=environment,
        random=lambda: 0.5,
        identify=lambda: f"mock-{next(numbers)}",
        sleep=sleep,
    )
