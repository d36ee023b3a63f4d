"""What is proposed does what it was tried for: a tool with just the line that is printed delivers, with the grade that was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.proving.experiments import proposed, proven, rewriting
from tests.proving.services import Service
from tests.scripted import World, answer
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Outcome, Request
from unabridged.tools.proving.proposal import Proposal
from unabridged.tools.proving.prove import Proven, prove
from unabridged.tools.shapes import is_object

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def laid(over: Mapping[str, Any], under: Mapping[str, Any]) -> dict[str, Any]:
    """*under* with the lines that stand in *over*."""
    both = dict(under)
    for name, value in over.items():
        both[name] = laid(value, under.get(name) or {}) if is_object(value) else value
    return both


def one(found: Proven, word: str) -> Proposal:
    """The one proposal that speaks of *word*."""
    [proposal] = [proposal for proposal in found.proposals if f"{word}:" in str(proposal)]
    return proposal


@pytest.mark.parametrize("kind", ["offset", "page", "cursor"])
@pytest.mark.parametrize(
    ("total", "word", "reached"),
    [("walk", "total", Grade.COUNTED), (None, "differential", Grade.DIFFERENTIAL)],
)
async def test_a_witness_that_needs_an_identifier_is_printed_with_it(
    kind: Any, total: str | None, word: str, reached: Grade
) -> None:
    service = Service(kind=kind, total=total, flag=kind != "cursor" and total is None)
    parts = {**service.parts(), "response": {"items": {"at": "/items"}}, "complete": {"require": "terminated"}}
    proposal = one(await proven(service, service.contract(**parts)), word)
    assert proposal.line["response"] == {"items": {"id": "/id"}}
    applied = await proven(service, service.contract(**laid(proposal.line, parts)))
    assert applied.stumble is None
    assert applied.log.trials["written"].grade == proposal.grade == reached


async def test_a_census_is_printed_with_the_identifier_that_it_needs() -> None:
    service = Service(kind="cursor", total=None)
    parts = {**service.parts(), "response": {"items": {"at": "/items"}}}
    counting: Contract = Service().contract(
        name="count_tickets",
        claim="one",
        request={"url": "https://desk.test/count"},
        response={"schema": {"type": "object", "properties": {"count": {"type": "integer"}}}},
        walk={"kind": "single"},
        complete={},
    )

    def both(request: Request) -> Outcome:
        return answer({"count": 25}) if request.url.startswith("https://desk.test/count") else service(request)

    around = replace(World(both).surroundings(), tools={"count_tickets": counting})
    found = await prove(service.contract(**parts), {}, surroundings=around, requests=60)
    proposal = one(found, "census")
    assert proposal.line["response"] == {"items": {"id": "/id"}}
    applied = await proven(both, service.contract(**laid(proposal.line, parts)))
    assert applied.stumble is None
    assert applied.log.trials["written"].grade == proposal.grade == Grade.CENSUSED


async def test_a_line_that_only_holds_beside_another_one_says_so() -> None:
    service = Service(kind="cursor", end="absent", total=None)
    proposal = one(await proven(service, service.contract()), "differential")
    assert proposal.because.endswith("where the end reads as it is proposed")
    alone = Service(kind="cursor", total=None)
    assert "proposed" not in one(await proven(alone, alone.contract()), "differential").because


async def test_a_flag_that_is_needed_instead_of_a_wrong_total_is_printed_with_all_that_goes() -> None:
    service = Service(kind="offset", flag=True, total="estimate")
    parts = {**service.parts(), "walk": {name: part for name, part in service.walk().items() if name != "more"}}
    proposal = one(await proven(service, service.contract(**parts)), "more")
    assert proposal.line["complete"] == {"require": "terminated", "total": None}
    assert (await proven(service, service.contract(**laid(proposal.line, parts)))).stumble is None


# ------------------------------------------------------------------------------------------ which identifier


@pytest.mark.parametrize("name", ["id", "_id", "uuid", "key", "dag_id", "dagId", "dagID", "@id"])
async def test_an_identifier_is_preferred_by_its_name(name: str) -> None:
    def renamed(request: Request, body: dict[str, Any]) -> None:
        body["items"] = [
            {
                "display_name": f"Dag {item['id']}",
                "paid": item["id"] * 3,
                "routing_key": f"r{item['id']}",
                name: item["id"],
            }
            for item in body["items"]
        ]

    service = Service(kind="offset")
    listing = rewriting(service, renamed)
    found = await proven(listing, service.contract(response={"items": {"at": "/items"}}))
    pointer = name if name.isidentifier() else f'"/{name}"'
    assert any(f"id: /{name}" in line or f"id: {pointer}" in line for line in proposed(found)), proposed(found)
