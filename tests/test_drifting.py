"""Drift: what a service does otherwise now, found from recordings and receipts, and told with what to do about it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import World, answer, contract, query
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.evidence import Page
from unabridged.schemas.proof import Proof, Seen, Shape, Sizes
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.server.receipts import Receipts
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.drifting.comparing import drifted
from unabridged.tools.drifting.drift import Drift
from unabridged.tools.drifting.sighting import Sighting, of_receipt, of_recording
from unabridged.tools.keeping import MemoryStore
from unabridged.tools.mutating.editing import put
from unabridged.tools.recordings.hiding import Hiding
from unabridged.tools.recordings.recording import Tape
from unabridged.tools.recordings.redacting import redacted

Change = Callable[[dict[str, Any]], object]


def _page(request: Request, change: Change, media: str, status: int, *, size: int, holds: int) -> Outcome:
    start = int(query(request).get("after", "0"))
    here = range(start, min(start + size, holds))
    tickets: list[Json] = [{"id": n, "title": f"t{n}", "by": {"name": "x"}} for n in here]
    more = start + size < holds
    following = str(start + size) if more else None
    body: dict[str, Any] = {"tickets": tickets, "more": more, "next": following, "count": holds}
    change(body)
    return answer(body, status=status, fields={"content-type": media})


def _same(body: dict[str, Any]) -> None:
    """Change nothing."""


def _sighted(
    tool: Contract,
    number: int,
    change: Change = _same,
    *,
    media: str = "application/json",
    status: int = 200,
    size: int = 3,
    holds: int = 7,
    recorded: bool = True,
) -> Sighting:
    async def run() -> Sighting:
        around = World(lambda request: _page(request, change, media, status, size=size, holds=holds)).surroundings()
        tape = Tape(around.open_transport)
        at = 1_000_000.0 + number
        told = await call(
            tool,
            {},
            surroundings=replace(around, open_transport=tape.open, now=lambda: at, identify=lambda: f"r{number}"),
        )
        if not recorded:
            return of_receipt(told.receipt, tool)
        return await of_recording(tape.recording(tool, {}, told, at=at), tool, name=f"r{number}")

    return anyio.run(run)


def _found(tool: Contract, change: Change, **otherwise: Any) -> list[Drift]:
    before = [_sighted(tool, number) for number in range(3)]
    after = [_sighted(tool, 10 + number, change, **otherwise) for number in range(3)]
    return list(drifted(tool, [*after, *before]).drifts)


def _each(change: Callable[[dict[str, Any]], object]) -> Change:
    def changed(body: dict[str, Any]) -> None:
        for ticket in body["tickets"]:
            change(ticket)

    return changed


def test_a_service_that_is_the_same_does_not_drift() -> None:
    assert _found(contract(), _same) == []


_WAYS: list[tuple[Change, str, str, bool]] = [
    (lambda body: body.pop("count"), "field_vanished", "body:/count", True),
    (lambda body: body.update(extra=1), "field_appeared", "body:/extra", False),
    (lambda body: body.update(count="7"), "type_changed", "body:/count", False),
    (lambda body: body.update(count=[7]), "type_changed", "body:/count", True),
    (lambda body: body.update(more=int(body["more"])), "type_changed", "body:/more", True),
    (_each(lambda one: one.update(id=str(one["id"]))), "type_changed", "body:/tickets/*/id", False),
    (_each(lambda one: one.update(id=None)), "type_changed", "body:/tickets/*/id", True),
    (_each(lambda one: one.update(title=None)), "type_changed", "body:/tickets/*/title", False),
    (_each(lambda one: one.pop("title")), "field_vanished", "body:/tickets/*/title", False),
    (_each(lambda one: one.pop("id")), "field_vanished", "body:/tickets/*/id", True),
    (_each(lambda one: one["by"].pop("name")), "field_vanished", "body:/tickets/*/by/name", False),
    (_each(lambda one: one.update(new={"a": 1})), "field_appeared", "body:/tickets/*/new", False),
    (lambda body: body.pop("count"), "total_vanished", "body:/count", True),
    (lambda body: body.update(count=10), "total_inexact", "body:/count", True),
]


@pytest.mark.parametrize(("change", "kind", "where", "breaking"), _WAYS)
def test_each_way_to_drift_is_found(change: Change, kind: str, where: str, breaking: bool) -> None:
    found = [one for one in _found(contract(), change) if (one.kind, one.where) == (kind, where)]
    assert [(one.breaking, one.times, one.of) for one in found] == [(breaking, 3, 3)]
    assert (found[0].first.name, found[0].last.name) == ("r10", "r12")


_TYPED = contract(
    response={
        "items": {"at": "/tickets", "id": "/id", "schema": {"properties": {"title": {"type": "string"}}}},
    }
)


def test_a_type_breaks_where_the_contract_declares_another() -> None:
    found = _found(_TYPED, _each(lambda one: one.update(title=None, by=None)))
    told = {one.where: one.breaking for one in found if one.kind == "type_changed"}
    assert told == {"body:/tickets/*/title": True, "body:/tickets/*/by": False}


def test_a_new_field_breaks_where_a_schema_lets_no_other_names_stand() -> None:
    names = dict.fromkeys(("id", "title", "by"), True)
    shut = {"properties": names, "additionalProperties": False}
    tool = contract(response={"items": {"at": "/tickets", "id": "/id", "schema": shut}})
    told = {one.where: one.breaking for one in _found(tool, _each(lambda one: one.update(new=1)))}
    assert told["body:/tickets/*/new"]
    assert not {one.where: one.breaking for one in _found(tool, lambda body: body.update(new=1))}["body:/new"]
    around = dict.fromkeys(("tickets", "more", "next", "count"), True)
    outer = {"properties": around, "additionalProperties": False}
    tool = contract(response={"items": {"at": "/tickets", "id": "/id"}, "schema": outer})
    assert {one.where: one.breaking for one in _found(tool, lambda body: body.update(new=1))}["body:/new"]


def _absent_next(body: dict[str, Any]) -> None:
    if body["next"] is None:
        del body["next"]


def _inside(body: dict[str, Any]) -> None:
    following, _ = body.pop("next"), body.pop("more")
    if following is not None:
        body["paging"] = {"cursors": {"after": following}}


def _listed(body: dict[str, Any]) -> None:
    following, _ = body.pop("next"), body.pop("more")
    links = [{"rel": "self", "at": "0"}, {"rel": "next", "at": following, "title": "more"}]
    body["links"] = links[: 1 if following is None else 2]


def _facts(last: dict[str, Json]) -> Change:
    return lambda body: body.update(facts=[{"of": "page"}, last])


def _counted_first(body: dict[str, Any]) -> None:
    if body["tickets"] and body["tickets"][0]["id"] > 0:
        del body["count"]


def _text_or_nothing(body: dict[str, Any]) -> None:
    body["more"] = "yes" if body["more"] else None


_LICENCE = {"documented": "The guide says so.", "liveness": "none"}
_CHANNELS: dict[str, tuple[Change, dict[str, Any]]] = {
    "a flag, and a cursor that is null at the end": (_same, {}),
    "a flag, and a cursor that is absent at the end": (_absent_next, {}),
    "a cursor that is null at the end": (_same, {"walk": {"kind": "cursor", "next": "/next", "send": "query:after"}}),
    "a cursor that is absent at the end": (
        _absent_next,
        {
            "walk": {
                "kind": "cursor",
                "next": "/next",
                "send": "query:after",
                "end": {"next": {"value": "continue", "absent": "end"}},
                "absence": _LICENCE,
            }
        },
    ),
    "a cursor deep inside what is absent at the end": (
        _inside,
        {
            "walk": {
                "kind": "cursor",
                "next": "/paging/cursors/after",
                "send": "query:after",
                "end": {"next": {"value": "continue", "absent": "end"}},
                "absence": _LICENCE,
            }
        },
    ),
    "a cursor in an element that is left out of a list at the end": (
        _listed,
        {
            "walk": {
                "kind": "cursor",
                "next": "/links/[rel=next]/at",
                "send": "query:after",
                "end": {"next": {"value": "continue", "absent": "end"}},
                "absence": _LICENCE,
            }
        },
    ),
    "a flag that is a word or null": (
        _text_or_nothing,
        {
            "walk": {
                "kind": "cursor",
                "more": "/more",
                "next": "/next",
                "send": "query:after",
                "end": {"more": {"yes": "continue", "null": "end"}, "next": {"value": "continue"}},
            }
        },
    ),
    "a total on the first page only": (
        _counted_first,
        {"complete": {"require": "counted", "total": {"at": "/count", "on": "first"}}},
    ),
}


@pytest.mark.parametrize("recorded", [True, False], ids=["recordings", "receipts"])
@pytest.mark.parametrize("holds", [(2, 7), (7, 2), (0, 7), (7, 0), (0, 2), (2, 0)], ids=str)
@pytest.mark.parametrize("channel", _CHANNELS)
def test_a_collection_that_grows_or_shrinks_is_no_drift(channel: str, holds: tuple[int, int], recorded: bool) -> None:
    change, parts = _CHANNELS[channel]
    tool = contract(**parts)
    calls = [_sighted(tool, n, change, holds=holds[n // 4], recorded=recorded) for n in range(8)]
    assert {one.code for one in calls} == {None}
    assert drifted(tool, calls).drifts == ()


def test_a_cursor_that_the_end_table_does_not_know_is_drift() -> None:
    tool = contract(walk={"kind": "cursor", "next": "/next", "send": "query:after"})
    found = _found(tool, lambda body: body.update(next=body["next"] or False))
    assert (found[0].kind, found[0].where, found[0].breaking) == ("type_changed", "body:/next", True)
    found = _found(tool, _absent_next)
    assert (found[0].kind, found[0].where, found[0].breaking) == ("field_vanished", "body:/next", True)


@pytest.mark.parametrize(
    ("now", "recorded", "kind", "place"),
    [
        ({}, True, "field_vanished", "/facts/[of=all]"),
        ({"of": "all"}, True, "field_vanished", "/facts/[of=all]/is"),
        ({"of": "all", "is": "7"}, True, "type_changed", "/facts/[of=all]/is"),
        ({"of": "all", "is": "7"}, False, "type_changed", "/facts/[of=all]/is"),
    ],
)
def test_an_element_that_is_chosen_drifts_as_an_object_does(
    now: dict[str, Json], recorded: bool, kind: str, place: str
) -> None:
    tool = contract(complete={"require": "counted", "total": {"at": "/facts/[of=all]/is"}})
    before = [_sighted(tool, number, _facts({"of": "all", "is": 7}), recorded=recorded) for number in range(3)]
    after = [_sighted(tool, 10 + number, _facts(now), recorded=recorded) for number in range(3)]
    assert {one.code for one in before} == {None}
    assert (kind, f"body:{place}") in {(one.kind, one.where) for one in drifted(tool, [*after, *before]).drifts}


def test_a_branch_that_vanished_is_told_once() -> None:
    found = _found(contract(), _each(lambda one: one.pop("by")))
    assert [one.where for one in found] == ["body:/tickets/*/by"]


def test_shorter_pages_with_a_continuation_are_a_clamp_that_moved() -> None:
    [found] = _found(contract(), _same, size=2)
    assert (found.kind, found.breaking, found.edit) == ("clamp_moved", False, "")
    sized = contract(
        walk={
            "kind": "cursor",
            "more": "/more",
            "next": "/next",
            "send": "query:after",
            "page_size": {"send": "query:n", "ask": 100},
        }
    )
    [found] = _found(sized, _same, size=2)
    assert found.edit == "walk: {page_size: {ask: 2}}"
    empty = _found(sized, lambda body: body.update(tickets=[]))
    assert "clamp_moved" not in {one.kind for one in empty}


def _walked(at: int, *counts: int) -> Sighting:
    """A call whose pages held so many items, the last of them said to be the end."""
    walked = (
        Page(
            number=number,
            asked=None,
            offered=None,
            more=None,
            next=None,
            decision="continue" if number < len(counts) else "end",
            count=size,
            ids=(),
        )
        for number, size in enumerate(counts, 1)
    )
    return Sighting(name=f"r{at}", at=float(at), code=None, pages=tuple(walked))


_OFFSETS: Final = contract(
    walk={
        "kind": "offset",
        "send": "query:offset",
        "end_on_empty": {"documented": "x"},
        "page_size": {"send": "query:limit", "ask": 50},
    },
    complete={"require": "past_end", "past_end": True},
)
_PROVEN: Final = Proof(subject="", proven_at="1970-01-01T00:00:00+00:00", until="2100-01-01T00:00:00+00:00")


@pytest.mark.parametrize("counts", [(37, 0), (50, 37, 0), (50, 50, 37), (37,), (0,)], ids=str)
def test_the_last_page_with_items_is_short_anyway_though_an_empty_one_comes_behind_it(counts: tuple[int, ...]) -> None:
    sizes = Sizes(asked=(1, 50, 200), came=(1, 37, 37), clamp=200)
    assert drifted(replace(_OFFSETS, proof=replace(_PROVEN, sizes=sizes)), [_walked(1, *counts)]).drifts == ()
    before = [_walked(number, 50, 50, 20, 0) for number in range(3)]
    assert drifted(_OFFSETS, [*before, *(_walked(10 + number, *counts) for number in range(3))]).drifts == ()


def test_a_page_of_a_proof_is_as_large_as_the_list_was_then_or_as_the_limit_lets_it_be() -> None:
    short = replace(_OFFSETS, proof=replace(_PROVEN, sizes=Sizes(asked=(1, 50, 200), came=(1, 37, 37), clamp=200)))
    assert drifted(short, [_walked(1, 40, 40, 3)]).drifts == ()
    [found] = drifted(short, [_walked(1, 20, 20, 3)]).drifts
    assert found.says == "a page that is not the last one holds 20 items, less than before (37 to 50)"


def test_another_page_size_is_proposed_only_where_the_newest_calls_agree_on_it() -> None:
    before = [_walked(number, 50, 50, 3) for number in range(4)]

    def proposed(*sizes: int) -> list[str]:
        after = [_walked(10 + number, size, 3) for number, size in enumerate(sizes)]
        return [one.edit for one in drifted(_OFFSETS, [*before, *after]).drifts]

    assert proposed(50, 1, 50, 50) == proposed(50, 50, 50, 1) == proposed(1, 7, 1, 20) == [""]
    assert proposed(50, 20, 20, 20) == ["walk: {page_size: {ask: 20}}"]


def test_a_new_media_type_breaks_where_the_contract_does_not_name_it() -> None:
    media = {one.kind: one for one in _found(contract(), _same, media="text/html")}["media_changed"]
    assert (media.breaking, media.edit) == (True, "unabridged prove list_tickets")
    media = {one.kind: one for one in _found(contract(), _same, media="application/vnd.x+json")}["media_changed"]
    assert media.edit == "response: {media: [application/json, application/vnd.x+json]}"
    for other in ("application/problem+json", "application/x-ndjson"):
        media = {one.kind: one for one in _found(contract(), _same, media=other)}["media_changed"]
        assert (media.breaking, media.edit) == (True, "unabridged prove list_tickets")
    named = contract(response={"items": {"at": "/tickets", "id": "/id"}, "media": ["application/json", "text/html"]})
    assert _found(named, _same, media="text/html") == []


def test_another_status_of_pages_is_told() -> None:
    tolerant = contract(response={"items": {"at": "/tickets", "id": "/id"}, "status": [200, 203]})
    assert [(one.kind, one.breaking) for one in _found(tolerant, _same, status=203)] == [("status_changed", False)]


def test_refusals_that_rise_beyond_chance_are_told() -> None:
    tool = contract()
    before = [_sighted(tool, number, recorded=False) for number in range(12)]
    broken = [_sighted(tool, 20 + n, lambda body: body.update(tickets=None), recorded=False) for n in range(6)]
    fine = [_sighted(tool, 40 + n, recorded=False) for n in range(6)]
    [found] = drifted(tool, [*before, *broken, *fine]).drifts
    assert (found.kind, found.where, found.times, found.of, found.breaking) == (
        "refusals_rose",
        "items_missing",
        6,
        12,
        True,
    )
    assert found.says == "50% of the calls are refused for items_missing; it was 0%"
    assert drifted(tool, [*before, *fine, *broken[:1]]).drifts == ()


def _ended(codes: str, first: int = 0) -> list[Sighting]:
    """Calls one after another: each word is a code, and a dot a call that was delivered."""
    words = [None if word == "." else word for word in codes.split()]
    return [Sighting(name=f"r{n}", at=float(n), code=code) for n, code in enumerate(words, first)]


_OUTAGES = [
    ("unexpected_empty_page circuit_open " * 2 + "unexpected_empty_page " * 2, "unexpected_empty_page", 6),
    ("unavailable circuit_open " * 3, "unavailable", 6),
    ("unavailable unreachable attempt_timeout " * 2, "attempt_timeout, unavailable, unreachable", 6),
    ("auth_failed redirected unexpected_status unproven . unreachable", None, 5),
]


@pytest.mark.parametrize(("after", "causes", "times"), _OUTAGES)
def test_refusals_for_several_reasons_are_counted_together(after: str, causes: str | None, times: int) -> None:
    [found] = drifted(contract(), _ended(". " * 6 + after)).drifts
    assert (found.kind, found.times, found.of, found.breaking) == ("refusals_rose", times, 6, True)
    assert causes is None or found.where == causes
    assert "circuit_open" not in found.where


def test_a_few_calls_that_are_all_refused_are_an_outage_though_chance_could_do_it() -> None:
    [found] = drifted(contract(), _ended(". . . unavailable unavailable unavailable")).drifts
    assert (found.times, found.of, found.says) == (3, 3, "100% of the calls are refused for unavailable; it was 0%")
    [found] = drifted(contract(), _ended(". " * 6 + "unavailable " * 4)).drifts
    assert (found.times, found.of, found.breaking) == (4, 5, True)
    assert len(drifted(replace(contract(), proof=_PROVEN), _ended("unavailable " * 3)).drifts) == 1


_SINCE_A_PROOF = [
    ("x . x . x . x . x . " * 2, 10, 20, True),
    ("x . . x x . x . . x", 5, 10, True),
    ("x . . x . x . . x . " + ". . . " * 3, 4, 19, None),
    ("x . . . . x . . . x", 3, 10, None),
    (". " * 30 + "x . x . x x . x", 5, 38, False),
    ("x x", 2, 2, None),
]


@pytest.mark.parametrize(("after", "times", "of", "breaking"), _SINCE_A_PROOF)
def test_a_reason_that_is_new_since_the_proof_is_told_though_good_calls_stand_between(
    after: str, times: int, of: int, breaking: bool | None
) -> None:
    calls = _ended(after.replace("x", "schema_violation"))
    found = drifted(replace(contract(), proof=_PROVEN), calls).drifts
    told = [(one.where, one.times, one.of, one.breaking) for one in found]
    assert told == ([] if breaking is None else [("schema_violation", times, of, breaking)])


def test_a_reason_that_only_newer_calls_have_is_told_without_a_proof_too() -> None:
    [found] = drifted(contract(), _ended(". " * 20 + ". " * 10 + "items_missing . " * 5)).drifts
    assert (found.times, found.of, found.breaking) == (5, 20, False)
    assert drifted(contract(), _ended(". " * 5 + "items_missing . items_missing . items_missing")).drifts == ()


def test_thousands_of_calls_are_compared_with_a_proof() -> None:
    [found] = drifted(replace(contract(), proof=_PROVEN), _ended("unavailable . . . " * 1500)).drifts
    assert (found.times, found.of) == (1500, 6000)


@pytest.mark.parametrize("place", ["/count", "/meta/count"])
def test_a_field_for_want_of_which_answers_are_refused_is_told_from_receipts_alone(place: str) -> None:
    """The page that was refused leaves no shape, and the calls that were held back after it say nothing of it."""

    def inside(body: dict[str, Any]) -> None:
        body["meta"] = {"count": body.pop("count")}

    sound = inside if place == "/meta/count" else _same
    vanishing = place.rpartition("/count")[0] or place
    seen = Seen(types=("integer",), seen=4, of=4)
    fields = {vanishing: replace(seen, types=("object",)), place: seen} if vanishing != place else {place: seen}
    proof = replace(_PROVEN, shape=Shape(envelope=fields, channels=tuple(fields)))
    tool = replace(contract(complete={"require": "counted", "total": {"at": place}}), proof=proof)

    def lacking(body: dict[str, Any]) -> None:
        sound(body)
        del body[vanishing[1:]]

    calls = [_sighted(tool, n, (sound, lacking)[n % 2], recorded=False) for n in range(7)]
    held = [Sighting(name=f"h{n}", at=2_000_000.0 + n, code="circuit_open") for n in range(3)]
    found = {one.kind: one for one in drifted(tool, [*calls, *held]).drifts}
    told = {kind: (one.where, one.times, one.of, one.breaking) for kind, one in found.items() if one.breaking}
    assert told == {
        "field_vanished": (f"body:{vanishing}", 3, 7, True),
        "total_vanished": (f"body:{place}", 3, 7, True),
        "refusals_rose": ("channel_vanished", 6, 10, True),
    }


def test_our_own_restraint_alone_is_no_drift_of_the_service() -> None:
    assert drifted(contract(), _ended(". " * 6 + "overloaded_here circuit_open " * 3)).drifts == ()


def test_a_total_that_does_not_add_up_is_not_explained_away() -> None:
    [found] = _found(contract(), lambda body: body.update(count=10))
    assert found.says == (
        "either items are missing, or the total counts something else: `unabridged prove list_tickets` tells"
    )
    gone = {one.kind: one for one in _found(contract(), lambda body: body.pop("count"))}["total_vanished"]
    assert found.edit == gone.edit == "unabridged prove list_tickets"


def test_refusals_that_are_the_callers_doing_are_no_drift() -> None:
    told = [Sighting(name=str(n), at=float(n), code=None if n < 10 else "invalid_arguments") for n in range(20)]
    assert drifted(contract(), told).drifts == ()


def test_receipts_alone_show_totals_sizes_and_refusals() -> None:
    tool = contract()
    before = [_sighted(tool, number, recorded=False) for number in range(3)]
    after = [
        _sighted(tool, 10 + number, lambda body: body.update(count=1000), size=2, recorded=False) for number in range(3)
    ]
    found = drifted(tool, [*before, *after]).drifts
    assert [(one.kind, one.breaking) for one in found] == [("total_inexact", True), ("clamp_moved", False)]


_SPARE = contract(
    name="spare", provider={"name": "spare", "base_url": "https://spare.test"}, request={"url": "/tickets"}
)
_WAYS_BACK: list[dict[str, Any]] = [
    {"fallback": ["spare"]},
    {"fallback": [{"mirror": {"name": "mirror", "base_url": "https://mirror.test"}}]},
    {"degrade": {"max_stale": "1d"}},
]


@pytest.mark.parametrize("policy", _WAYS_BACK, ids=["fallback", "mirror", "degrade"])
def test_an_outage_that_another_answer_stood_in_for_is_an_outage(policy: dict[str, Any], tmp_path: Path) -> None:
    first = contract(
        digest="d",
        provider={"name": "desk", "base_url": "https://desk.test"},
        request={"url": "/tickets"},
        policy={**policy, "retry": {"attempts": 1}},
    )
    times = iter(range(1_000_000, 2_000_000, 60))
    down: list[str] = []

    def script(request: Request) -> Outcome:
        if down and "desk.test" in request.url:
            return answer({}, status=503)
        return _page(request, _same, "application/json", 200, size=9, holds=2)

    async def run() -> None:
        store = MemoryStore(now=lambda: 1_000_000.0)
        around = replace(World(script).surroundings(), tools={"spare": _SPARE}, store=store)
        for number in range(8):
            down.extend(["down"] if number == 4 else [])
            now, identify = partial(float, next(times)), f"r{number}".__str__
            told = await call(first, {}, surroundings=replace(around, now=now, identify=identify))
            assert isinstance(told, Delivered)
            told.payload.close()
            receipts.keep(told.receipt)

    receipts = Receipts(tmp_path, clock=lambda: 1_000_000.0, warn=pytest.fail)
    anyio.run(run)
    recent = receipts.recent(first.name, 0.0)
    receipts.close()
    [found] = drifted(first, [of_receipt(receipt, first) for receipt in recent]).drifts
    assert (found.kind, found.where, found.times, found.of) == ("refusals_rose", "unavailable", 4, 4)


@pytest.mark.parametrize("place", ["/count", "/next", "/tickets/*/id"])
def test_what_was_redacted_is_no_drift_of_the_service(place: str) -> None:
    tool = contract()

    async def run(number: int) -> Sighting:
        at = 1_000_000.0 + number
        world = World(lambda request: _page(request, _same, "application/json", 200, size=3, holds=7))
        around = replace(world.surroundings(), now=lambda: at)
        tape = Tape(around.open_transport)
        told = await call(tool, {}, surroundings=replace(around, open_transport=tape.open))
        recording = tape.recording(tool, {}, told, at=at)
        places = (place,) if number >= 4 else ()
        kept = redacted(recording, Hiding(key=b"k%d" % number, places=places))
        return await of_recording(kept, tool, name=f"r{number}")

    sightings = [anyio.run(run, number) for number in range(8)]
    assert drifted(tool, sightings).drifts == ()


def test_a_proof_is_what_recent_calls_are_compared_with() -> None:
    seen = Seen(types=("integer",), seen=4, of=4)
    proof = Proof(
        subject="",
        proven_at="1970-01-12T00:00:00+00:00",
        until="2100-01-01T00:00:00+00:00",
        shape=Shape(envelope={"/count": seen, "/gone": seen}, channels=("/gone",)),
        sizes=Sizes(clamp=3),
    )
    tool = replace(contract(), proof=proof)
    found = drifted(tool, [_sighted(tool, 1)])
    assert (found.before, found.after, found.proven) == (0, 1, True)
    [vanished] = [one for one in found.drifts if one.kind == "field_vanished"]
    assert (vanished.where, vanished.breaking) == ("body:/gone", True)
    sized = replace(contract(), proof=replace(proof, shape=Shape()))
    [moved] = drifted(sized, [_sighted(sized, 1, size=2)]).drifts
    assert (moved.kind, moved.where) == ("clamp_moved", "walk.page_size")


def test_one_call_alone_says_nothing() -> None:
    found = drifted(contract(), [_sighted(contract(), 1)])
    assert (found.since, found.drifts) == (None, ())


_CALLS = st.builds(
    Sighting,
    name=st.text("ab", max_size=2),
    at=st.floats(0, 100),
    code=st.sampled_from([None, "total_mismatch", "items_missing", "not_found"]),
    statuses=st.frozensets(st.sampled_from([200, 203])),
    media=st.frozensets(st.sampled_from(["a/b", "application/json"])),
)


@given(st.lists(_CALLS, max_size=30))
def test_what_is_told_is_within_what_was_seen(sightings: list[Sighting]) -> None:
    found = drifted(contract(), sightings)
    for one in found.drifts:
        assert 0 < one.times <= one.of <= found.after
        assert one.first.at <= one.last.at
        assert found.since is not None
        assert one.first.at >= found.since


_OUTER: list[tuple[Change, str, str]] = [
    (_each(lambda one: one.update(id=str(one["id"]))), "type_changed", "body:/tickets/*/id"),
    (_each(lambda one: one.pop("title")), "field_vanished", "body:/tickets/*/title"),
    (lambda body: body.update(extra={"a": 1}), "field_appeared", "body:/extra"),
]


@pytest.mark.parametrize(("change", "kind", "where"), _OUTER)
@pytest.mark.parametrize("recorded", [(False, False), (True, False), (False, True)], ids=str)
def test_receipts_alone_or_beside_recordings_show_the_outer_fields(
    change: Change, kind: str, where: str, recorded: tuple[bool, bool]
) -> None:
    tool = contract()
    before = [_sighted(tool, number, recorded=recorded[0]) for number in range(3)]
    after = [_sighted(tool, 10 + number, change, recorded=recorded[1]) for number in range(3)]
    assert [(one.kind, one.where) for one in drifted(tool, [*before, *after]).drifts] == [(kind, where)]


@pytest.mark.parametrize("recorded", [(True, False), (False, True)], ids=str)
def test_what_receipts_do_not_show_is_not_taken_for_missing(recorded: tuple[bool, bool]) -> None:
    tool = contract()
    before = [_sighted(tool, number, recorded=recorded[0]) for number in range(3)]
    after = [_sighted(tool, 10 + number, recorded=recorded[1]) for number in range(3)]
    assert drifted(tool, [*before, *after]).drifts == ()


_LONG = "/very/long/way/through/all/of/the/envelope/to/the/list/of/tickets"
_DESK = f"""
unabridged: 1
api: {{name: desk, base_url: "http://127.0.0.1:9", network: {{allow: [loopback]}}}}
tools:
  - name: list_tickets
    description: All tickets.
    claim: all
    request: {{url: /tickets}}
    response: {{items: {{at: {_LONG}, id: /id}}}}
    walk: {{kind: single, absence: {{documented: x}}}}
    complete: {{require: documented_absence}}
"""


def _saying(said: Outcome, _: Request) -> Outcome:
    return said


@pytest.mark.parametrize("width", ["120", "80"])
def test_a_long_place_wraps_and_leaves_room_for_what_is_told(width: str, tmp_path: Path) -> None:
    file, now = tmp_path / "desk.yaml", time.time() - 100
    file.write_text(_DESK, "utf-8")
    (tool,) = read([file]).contracts
    receipts = Receipts(tmp_path, clock=time.time, warn=pytest.fail)
    for number in range(8):
        items: list[Json] = [{"id": str(n) if number > 4 else n} for n in range(3)]
        said = answer(put({}, _LONG, items))
        world = World(partial(_saying, said))
        around = replace(world.surroundings(), now=partial(float, now + number), identify=f"r{number}".__str__)
        told = anyio.run(partial(call, tool, {}, surroundings=around))
        assert isinstance(told, Delivered)
        told.payload.close()
        receipts.keep(told.receipt)
    receipts.close()
    done = subprocess.run(
        [Path(sys.executable).with_name("unabridged"), "drift", "--tools", file],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "UNABRIDGED_STATE": str(tmp_path), "COLUMNS": width},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    head, *rows = [
        line for line in done.stdout.splitlines() if "where" in line or line.startswith("      ") or " of " in line
    ]
    start = head.index("where")
    assert "".join(row[start:].split()[0] for row in rows if row[start] != " ") == f"body:{_LONG}/*/id", done.stdout
    assert "it was integer" in done.stdout
    assert rows[0].startswith("  harmless  body:/")
