"""One experiment with a service on a script, and what a test asks of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from tests.proving.services import Service
from tests.scripted import World, answer
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Outcome, Request, Response
from unabridged.tools.proving.prove import Proven, prove

__all__ = ["Script", "lines", "outcomes", "proposed", "proven", "rewriting"]

Script: TypeAlias = Callable[[Request], Outcome]


async def proven(service: Any, definition: Contract, requests: int = 60) -> Proven:
    """Prove *definition* without arguments against *service*."""
    return await prove(definition, {}, surroundings=World(service).surroundings(), requests=requests)


def outcomes(found: Proven) -> dict[str, str]:
    """How each line was settled."""
    return {place: settled.outcome for place, settled in found.proof.lines.items()}


def lines(found: Proven, outcome: str) -> set[str]:
    """The lines that were settled so."""
    return {place for place, settled in found.proof.lines.items() if settled.outcome == outcome}


def proposed(found: Proven) -> dict[str, Grade | None]:
    """The lines that were proposed, with the grade that each reached."""
    return {str(one): one.grade for one in found.proposals}


def rewriting(service: Service, change: Callable[[Request, dict[str, Any]], None]) -> Script:
    """*service*, but for what *change* does to the body of each answer."""

    def changed(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        change(request, body)
        return answer(body)

    return changed
