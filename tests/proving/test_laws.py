"""Laws of proving: of a sound service, what is true is proven; and of no service what is false."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from tests.proving.experiments import outcomes
from tests.proving.services import Kind, Service
from tests.scripted import World
from unabridged.schemas.contract import Contract
from unabridged.tools.proving.prove import Proven, prove

KINDS: tuple[Kind, ...] = ("cursor", "next_url", "link", "keyset", "offset", "page")
SCOPES = ("walk", "remaining", "onward", "page", "pages")

services = st.builds(
    Service,
    kind=st.sampled_from(KINDS),
    count=st.integers(0, 60),
    usual=st.integers(1, 20),
    clamp=st.integers(1, 30),
    total=st.sampled_from((*SCOPES, "estimate", None)),
    flag=st.booleans(),
    end=st.sampled_from(("null", "empty", "absent")),
    first=st.integers(0, 1),
)


def proven(service: Service, contract: Contract, requests: int = 200) -> Proven:
    async def proving() -> Proven:
        return await prove(contract, {}, surroundings=World(service).surroundings(), requests=requests)

    return anyio.run(proving)


def asking(service: Service, size: int, **walk: Any) -> Contract:
    declared = service.parts()["walk"]
    page_size = {**declared["page_size"], "ask": size}
    return service.contract(walk={**declared, "page_size": page_size, **walk})


@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40))
def test_nothing_that_is_true_is_refuted(service: Service, size: int) -> None:
    if service.total == "estimate":
        service.total = None
    ends = service.end == "null" or service.flag or service.kind not in ("cursor", "next_url")
    found = proven(service, asking(service, size))
    refuted = {place for place, outcome in outcomes(found).items() if outcome == "refuted"}
    assert refuted <= (set() if ends else {"walk.end"}), found.proof.lines


@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40))
def test_of_a_service_with_several_pages_all_that_is_true_is_proven(service: Service, size: int) -> None:
    service = replace(service, count=max(service.count, 12), clamp=max(service.clamp, 3), end="null")
    if service.total == "estimate":
        service.total = "walk"
    found = proven(service, asking(service, size))
    assert set(outcomes(found).values()) == {"proven"}, found.proof.lines
    assert found.proof.count == service.total
    clamped = service.count > service.clamp
    event("clamped" if clamped else "not clamped")
    assert found.proof.sizes.clamp == (service.clamp if clamped else None)


@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40), declared=st.sampled_from(SCOPES))
def test_a_total_is_proven_for_what_it_counts_and_for_nothing_else(service: Service, size: int, declared: str) -> None:
    service.total = service.total or "walk"
    parts = asking(service, size)
    contract = service.contract(walk=service.parts()["walk"], complete={"total": {"at": "/count", "scope": declared}})
    found = proven(service, replace(contract, walk=parts.walk))
    if outcomes(found).get("complete.total") == "proven":
        assert service.total == declared
    if found.proof.count is not None:
        assert found.proof.count == service.total


@pytest.mark.requirement("L15")
@settings(max_examples=40, deadline=None)
@given(
    service=services,
    size=st.integers(1, 40),
    wrong=st.sampled_from(("position", "size", "start", "kind")),
    volatile=st.booleans(),
    shuffled=st.booleans(),
    identified=st.booleans(),
)
@example(  # the first page twice, in items that look otherwise each time
    service=Service(kind="page", count=2, usual=1, clamp=1),
    size=1,
    wrong="start",
    volatile=True,
    shuffled=False,
    identified=False,
)
def test_a_wrong_line_is_never_proven(
    *, service: Service, size: int, wrong: str, volatile: bool, shuffled: bool, identified: bool
) -> None:
    # Pages of one item are the same by number and by offset.
    service = replace(
        service, volatile=volatile, shuffled=shuffled, count=max(2, service.count), clamp=service.clamp + 1
    )
    contract = asking(service, size)
    items: dict[str, Any] = {"at": "/items", "id": "/id"} if identified else {"at": "/items"}
    parts: dict[str, Any] = {"response": {"items": items}}
    place = "walk.send"
    match wrong:
        case "position" if service.kind in ("next_url", "link"):
            service, place = replace(service, ignores=("position",)), "walk.next"
        case "position":
            parts["walk"] = {**service.walk(), "send": "query:position"}
        case "size":
            place = "walk.page_size"
            parts["walk"] = {**service.walk(), "page_size": {"send": "query:count", "ask": size}}
        case "start" if service.kind == "page":
            place = "walk.start"
            parts["walk"] = {**service.walk(), "start": 1 - service.first}
        case _ if service.kind == "offset":
            parts["walk"] = {**service.walk(), "kind": "page"}
        case _ if service.kind == "page":
            parts["walk"] = {**service.walk(), "kind": "offset", "start": service.first}
        case _:
            return
    if "walk" in parts:
        contract = service.contract(**parts)
    found = proven(service, contract)
    event(f"{wrong}: {outcomes(found).get(place)}")
    assert outcomes(found).get(place) != "proven", found.proof.lines


@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40))
def test_a_collection_that_moves_is_never_proven(service: Service, size: int) -> None:
    service = replace(service, count=max(service.count, 40), moving=True, total=None)
    found = proven(service, asking(service, size))
    assert outcomes(found).get("walk") != "proven", found.proof.lines


@pytest.mark.requirement("L15")
@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40), requests=st.integers(4, 40))
def test_no_more_is_asked_than_is_allowed(service: Service, size: int, requests: int) -> None:
    service.asked = 0
    found = proven(service, asking(service, size), requests)
    assert service.asked == found.requests <= requests


@settings(max_examples=40, deadline=None)
@given(
    service=services,
    size=st.integers(1, 40),
    wall=st.integers(1, 30),
    flag=st.booleans(),
    total=st.sampled_from(("walk", "remaining", None)),
)
def test_a_walk_that_stops_at_a_wall_that_depends_on_the_page_size_is_never_proven(
    *, service: Service, size: int, wall: int, flag: bool, total: str | None
) -> None:
    """The service lets nobody go beyond a number of pages, and says there that it is over."""
    service = replace(service, count=60, clamp=max(2, service.clamp), flag=flag, total=total, end="null", pages=wall)
    found = proven(service, asking(service, size))
    if found.log.known is not None and len(set(found.log.known)) < service.count:
        event(f"stopped: {outcomes(found).get('walk')}")
        wrong = (
            {"walk", "walk.more", "walk.end", "complete.total"}
            if found.log.trials.keys() >= {"another"}
            else set[str]()
        )
        assert wrong.isdisjoint(place for place, said in outcomes(found).items() if said == "proven")


@settings(max_examples=40, deadline=None)
@given(service=services, past=st.integers(0, 1))
def test_of_a_service_with_pages_of_one_size_nothing_that_is_true_is_refuted(service: Service, past: int) -> None:
    total = None if service.total == "estimate" else service.total
    service = replace(service, ignores=("size",), total=total, end="null", count=service.count + past)
    walk = {name: part for name, part in service.walk().items() if name != "page_size"}
    found = proven(service, service.contract(walk=walk))
    event(f"walk: {outcomes(found).get('walk')}")
    assert "refuted" not in outcomes(found).values(), found.proof.lines


@settings(max_examples=40, deadline=None)
@given(service=services, size=st.integers(1, 40))
def test_a_walk_that_begins_too_late_refutes_only_where_it_begins(service: Service, size: int) -> None:
    service = replace(service, kind="page", first=0, total=None, count=max(2, service.count))
    found = proven(service, asking(service, size, start=1))
    event(f"start: {outcomes(found)['walk.start']}")
    assert {place for place, said in outcomes(found).items() if said == "refuted"} <= {"walk", "walk.start"}
    assert outcomes(found).get("walk") != "proven"
