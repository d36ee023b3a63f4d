"""The bundled tools that generate text, pointed at a server on loopback and called by the real engine.

Pauses between attempts take no time, and chance is fixed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.standins.cases import pointed
from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.bundle import bundled
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.shelf import MemoryShelf
from unabridged.tools.surroundings import Surroundings, surroundings

__all__ = ["CONTRACTS", "KEYS", "TOOLS", "Waits", "alone", "asked", "code", "patient", "result", "world"]

TOOLS: Mapping[str, str] = {
    "anthropic": "claude_generate",
    "chat": "openai_chat_generate",
    "responses": "openai_responses_generate",
    "gemini": "gemini_generate",
}
"""The bundled tool of each family."""

CONTRACTS: Mapping[str, Contract] = {
    contract.name: contract
    for contract in read([bundled()[name] for name in ("anthropic", "openai", "gemini")]).contracts
}
KEYS: Mapping[str, str] = dict.fromkeys(("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY"), "none")


@dataclass(slots=True)
class Waits:
    """Pauses that take no time: every clock is put forward instead."""

    seconds: list[float] = field(default_factory=list[float])

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)

    def clock(self) -> float:
        """Monotonic time."""
        return time.monotonic() + sum(self.seconds)

    def now(self) -> float:
        """Unix time."""
        return time.time() + sum(self.seconds)


def world(waits: Waits, tools: Sequence[Contract] = (), *, key: str = "none") -> Surroundings:
    """The real world, but for pauses and chance; every provider takes *key*."""
    return replace(
        surroundings(dict.fromkeys(KEYS, key)),
        sleep=waits.sleep,
        clock=waits.clock,
        now=waits.now,
        random=lambda: 0.5,
        tools={contract.name: contract for contract in tools},
        shelf=MemoryShelf(clock=waits.now),
    )


def alone(contract: Contract) -> Contract:
    """Allow one attempt only."""
    return replace(contract, policy=replace(contract.policy, retry=replace(contract.policy.retry, attempts=1)))


def patient(contract: Contract, seconds: float) -> Contract:
    """Allow each attempt *seconds*."""
    return replace(contract, policy=replace(contract.policy, attempt_timeout=seconds))


async def asked(
    family: str,
    origin: str,
    prompt: str = "When is the harbour open? Answer the whole",
    *,
    change: Callable[[Contract], Contract] = lambda contract: contract,
    waits: Waits | None = None,
    key: str = "none",
    **arguments: Json,
) -> Answer:
    """Call the bundled tool of *family* at *origin*."""
    contract = change(pointed(CONTRACTS[TOOLS[family]], origin))
    return await call(contract, {"prompt": prompt, **arguments}, surroundings=world(waits or Waits(), key=key))


def result(answer: Answer) -> dict[str, Any]:
    """The result that was delivered."""
    assert isinstance(answer, Delivered), answer.verdict.findings
    told: dict[str, Any] = json.loads(b"".join(answer.payload.chunks()))
    answer.payload.close()
    return told


def code(answer: Answer) -> str:
    """The first reason of a withheld answer."""
    assert isinstance(answer, Withheld), result(answer)
    return answer.verdict.findings[0].code
