"""What a proof requires of later answers, what it remembers of their names, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer, code, items, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request, Response
from unabridged.tools.proving.prove import Proven, prove

pytestmark = pytest.mark.anyio

Change = Callable[[dict[str, Any], str | None], object]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _beside(change: Change) -> Callable[[Request], Outcome]:
    """25 items, or none of status `none`; *change* writes what stands beside them, for the status that was asked for."""

    def script(request: Request) -> Outcome:
        status = query(request).get("status")
        outcome = Service(count=0 if status == "none" else 25)(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        change(body, status)
        return answer(body)

    return script


def _tool(**parts: Any) -> Contract:
    known: dict[str, Any] = {
        "input": {"type": "object", "properties": {"status": {"type": "string"}}},
        "request": {"url": "https://desk.test/items", "query": {"status": "{input.status}"}},
    }
    return Service().contract(**{**known, **parts})


async def _proven(change: Change, tool: Contract, **arguments: Json) -> Contract:
    found = await _found(change, tool, **arguments)
    return replace(tool, proof=found.proof)


async def _found(change: Change, tool: Contract, **arguments: Json) -> Proven:
    return await prove(tool, arguments, surroundings=World(_beside(change)).surroundings(), requests=60)


@pytest.mark.parametrize(
    "name",
    [
        "s3_bucket",
        "total_24h",
        "ipv4_address",
        "2024",
        "sha256_of_page",
        "ada@example.org",
        "cus_9s6XKzkNRiz8i3",
        "a b",
    ],
)
@pytest.mark.requirement("L11")
async def test_a_field_with_an_odd_name_leaves_the_others_locked(name: str) -> None:
    tool = await _proven(lambda body, _: body.update({name: 1, "took": 2}), _tool())
    assert tool.proof is not None
    assert {"/count", "/next", "/items", "/took"} <= set(tool.proof.shape.required)
    assert code(await World(_beside(lambda body, _: body.pop("count"))).call(tool)) == "channel_vanished"


async def test_what_the_contract_reads_is_locked_whatever_it_is_called() -> None:
    def moved(body: dict[str, Any], _: str | None) -> None:
        body["2024 page"] = {"next of 10234": body.pop("next"), "ada": 1}

    walk = {**Service().walk(), "next": "/2024 page/next of 10234"}
    tool = await _proven(moved, _tool(walk=walk))
    assert tool.proof is not None
    assert {"/2024 page", "/2024 page/next of 10234"} <= set(tool.proof.shape.required)


def _filtered(body: dict[str, Any], status: str | None) -> None:
    """Facets of what was found, a map keyed by people, and the filter said back."""
    people = {"open": {"alice": 6, "bob": 5}, "none": {}}.get(status or "", {"carol": 1})
    body.update({"assignees": people, "filter": {} if status is None else {"status": status}})
    if body["items"]:
        body["facets"] = {"priority": 3}
    if status is not None:
        body["filtered"] = True


def _losing(name: str) -> Change:
    def change(body: dict[str, Any], status: str | None) -> None:
        _filtered(body, status)
        del body[name]

    return change


@pytest.mark.parametrize("status", [None, "closed", "none"])
@pytest.mark.requirement("L11")
async def test_sound_answers_to_other_arguments_are_not_refused(status: str | None) -> None:
    tool = await _proven(_filtered, _tool(), status="open")
    arguments: dict[str, Json] = {} if status is None else {"status": status}
    answered = await World(_beside(_filtered)).call(tool, **arguments)
    assert len(items(answered)) == (0 if status == "none" else 25)


@pytest.mark.requirement("L11")
async def test_what_is_asked_for_by_default_is_an_argument_too() -> None:
    """The default is no line that is proven, so another one leaves the proof as it is."""

    def asking(default: str) -> dict[str, Any]:
        return {"type": "object", "properties": {"status": {"type": "string", "default": default}}}

    tool = await _proven(_filtered, _tool(input=asking("open")))
    lost = World(_beside(_losing("facets")))
    assert code(await lost.call(tool)) == "channel_vanished"
    assert code(await lost.call(tool, status="open")) == "channel_vanished"
    other = replace(tool, input=asking("closed"))
    assert len(items(await lost.call(other))) == 25


@pytest.mark.requirement("L11")
async def test_facets_of_nothing_are_not_missed_when_the_collection_became_empty() -> None:
    tool = await _proven(_filtered, _tool(), status="open")
    emptied = replace(tool, request=replace(tool.request, query={"status": "none"}))
    assert items(await World(_beside(_filtered)).call(emptied, status="open")) == []


@pytest.mark.parametrize("status", ["open", "closed", "none"])
@pytest.mark.parametrize("channel", ["next", "count"])
@pytest.mark.requirement("L11")
async def test_a_channel_is_missed_whatever_the_arguments_are(channel: str, status: str) -> None:
    tool = await _proven(_filtered, _tool(), status="open")
    lost = World(_beside(_losing(channel)))
    assert code(await lost.call(tool, status=status)) == "channel_vanished"


@pytest.mark.requirement("L11")
async def test_anything_else_is_missed_with_the_arguments_that_were_proven() -> None:
    tool = await _proven(_filtered, _tool(), status="open")
    lost = World(_beside(_losing("facets")))
    assert code(await lost.call(tool, status="open")) == "channel_vanished"


@pytest.mark.requirement("L11")
async def test_names_of_a_map_keyed_by_data_are_not_kept() -> None:
    def people(body: dict[str, Any], status: str | None) -> None:
        _filtered(body, status)
        body["items"] = [{**item, "votes": {"alice": 1}} for item in body["items"]]

    tool = await _proven(people, _tool(), status="open")
    assert tool.proof is not None
    assert "alice" not in str(tool.proof)
    assert {"/assignees", "/filter"} <= set(tool.proof.shape.envelope)
    assert "/votes" in tool.proof.shape.items


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.requirement("L11")
async def test_names_of_a_map_keyed_by_data_are_not_told_of_what_speaks_of_more(single: bool) -> None:
    def people(body: dict[str, Any], _: str | None) -> None:
        body["by"] = {"alice": {"count": 1234}}

    walk = {"kind": "single"} if single else Service().walk()
    found = await _found(
        people, _tool(walk=walk, complete={"require": "documented_absence" if single else "terminated"})
    )
    assert "alice" not in str(found.proof)
    assert "something in body:/by says 1234" in found.proof.lines["walk"].says


async def test_names_are_kept_where_a_schema_declares_them_and_where_pages_speak_of_themselves() -> None:
    def placed(body: dict[str, Any], _: str | None) -> None:
        body.update({"paging": {"has_more": False, "took": 1}, "by": {"alice": 1}, "host": {"zone": "a"}})

    schema = {"type": "object", "properties": {"host": {"properties": {"zone": {"type": "string"}}}}}
    response = {"items": {"at": "/items", "id": "/id"}, "schema": schema}
    tool = await _proven(placed, _tool(response=response))
    assert tool.proof is not None
    assert {"/paging/has_more", "/paging/took", "/host/zone", "/by"} <= set(tool.proof.shape.required)
    assert "/by/alice" not in tool.proof.shape.envelope
