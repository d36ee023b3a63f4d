"""An experiment with a service settles the lines of a definition: what is true is proven, what is false is refuted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proving.services import Service
from tests.scripted import World
from unabridged.schemas.contract import Contract
from unabridged.tools.proving.prove import Proven, prove

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def proven(service: Any, definition: Contract, requests: int = 60) -> Proven:
    return await prove(definition, {}, surroundings=World(service).surroundings(), requests=requests)


def outcomes(found: Proven) -> dict[str, str]:
    return {place: settled.outcome for place, settled in found.proof.lines.items()}


async def test_a_right_definition_is_proven_line_by_line() -> None:
    service = Service(total="walk")
    found = await proven(service, service.contract())
    for place, line in found.proof.lines.items():
        print(place, line)
    print(found.requests, found.proof.sizes, found.proof.count)
    assert set(outcomes(found).values()) == {"proven"}


SOUND: tuple[Service, ...] = tuple(
    Service(kind=kind, total=total, flag=flag, clamp=clamp)
    for kind in ("cursor", "next_url", "link", "keyset", "offset", "page")
    for total in ("walk", None)
    for flag in (False, True)
    for clamp in (10, 100)
)


def named(service: Service) -> str:
    return f"{service.kind}-{service.total}-{'flag' if service.flag else 'bare'}-{service.clamp}"


@pytest.mark.parametrize("service", SOUND, ids=named)
async def test_what_is_true_of_a_sound_service_is_proven(service: Service) -> None:
    found = await proven(service, service.contract())
    for place, line in found.proof.lines.items():
        print(place, line)
    assert set(outcomes(found).values()) == {"proven"}
    assert found.proof.sizes.clamp == (10 if service.clamp == 10 else None)
    assert found.proof.count == service.total


@pytest.mark.parametrize("kind", ["cursor", "keyset", "offset", "page"])
async def test_a_wrong_parameter_for_the_position_is_refuted(kind: Any) -> None:
    service = Service(kind=kind)
    walk = {**service.walk(), "send": "query:position"}
    found = await proven(service, service.contract(walk=walk))
    print(found.proof.lines)
    assert outcomes(found)["walk.send"] == "refuted"
    assert "proven" not in {outcomes(found)[place] for place in ("walk", "complete.total")}


@pytest.mark.parametrize("kind", ["cursor", "keyset", "offset", "page"])
async def test_a_wrong_parameter_for_the_page_size_is_refuted(kind: Any) -> None:
    service = Service(kind=kind)
    walk = {**service.walk(), "page_size": {"send": "query:size", "ask": 10}}
    found = await proven(service, service.contract(walk=walk))
    print(found.proof.lines)
    assert outcomes(found)["walk.page_size"] == "refuted"
    assert outcomes(found)["walk.send"] == "proven"


@pytest.mark.parametrize("declared", ["walk", "page", "remaining", "onward", "pages"])
@pytest.mark.parametrize("total", ["walk", "page", "remaining", "onward", "pages", "estimate"])
async def test_what_a_total_counts_is_found_whatever_is_declared(total: str, declared: str) -> None:
    service = Service(total=total)
    found = await proven(service, service.contract(complete={"total": {"at": "/count", "scope": declared}}))
    print(found.proof.lines["complete.total"])
    assert found.proof.count == total
    assert outcomes(found)["complete.total"] == ("proven" if total == declared else "refuted")


async def test_an_unused_total_is_proposed_and_was_tried() -> None:
    service = Service(kind="offset", total="walk")
    found = await proven(service, service.contract(complete={"require": "documented_absence"}))
    for one in found.proposals:
        print(one, one.because, one.grade)
    print(found.requests, found.log.trials.keys())
    assert any(str(one) == "complete: {require: counted, total: {at: body:/count}}" for one in found.proposals)
