"""An experiment with a service settles the lines of a definition: what is true is proven, what is false is refuted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.proving.experiments import lines, outcomes, proposed, proven, rewriting
from tests.proving.services import Service
from tests.scripted import World, answer, query
from unabridged.schemas.claim import Claim, Grade
from unabridged.schemas.recording import Exchange
from unabridged.schemas.wire import Outcome, Request, Response
from unabridged.tools.proving.prove import prove, unfit
from unabridged.tools.recordings.replaying import Replay

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_a_right_definition_is_proven_line_by_line() -> None:
    service = Service(total="walk")
    found = await proven(service, service.contract())
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
    assert set(outcomes(found).values()) == {"proven"}
    assert found.proof.sizes.clamp == (10 if service.clamp == 10 else None)
    assert found.proof.count == service.total


@pytest.mark.parametrize("kind", ["cursor", "keyset", "offset", "page"])
async def test_a_wrong_parameter_for_the_position_is_refuted(kind: Any) -> None:
    service = Service(kind=kind)
    walk = {**service.walk(), "send": "query:position"}
    found = await proven(service, service.contract(walk=walk))
    assert outcomes(found)["walk.send"] == "refuted"
    assert "proven" not in {outcomes(found)[place] for place in ("walk", "complete.total")}


@pytest.mark.parametrize("kind", ["cursor", "keyset", "offset", "page"])
async def test_a_wrong_parameter_for_the_page_size_is_refuted(kind: Any) -> None:
    service = Service(kind=kind)
    walk = {**service.walk(), "page_size": {"send": "query:size", "ask": 10}}
    found = await proven(service, service.contract(walk=walk))
    assert outcomes(found)["walk.page_size"] == "refuted"
    assert outcomes(found)["walk.send"] == "proven"


@pytest.mark.parametrize("declared", ["walk", "page", "remaining", "onward", "pages"])
@pytest.mark.parametrize("total", ["walk", "page", "remaining", "onward", "pages", "estimate"])
async def test_what_a_total_counts_is_found_whatever_is_declared(total: str, declared: str) -> None:
    service = Service(total=total)
    found = await proven(service, service.contract(complete={"total": {"at": "/count", "scope": declared}}))
    assert found.proof.count == total
    assert outcomes(found)["complete.total"] == ("proven" if total == declared else "refuted")


async def test_an_unused_total_is_proposed_and_was_tried() -> None:
    service = Service(kind="offset", total="walk")
    found = await proven(service, service.contract(complete={"require": "documented_absence"}))
    assert any(str(one) == "complete: {require: counted, total: {at: body:/count}}" for one in found.proposals)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("kind", ["cursor", "next_url", "link", "keyset", "offset", "page"])
async def test_too_little_shows_nothing_and_says_what_would_help(kind: Any, count: int) -> None:
    service = Service(kind=kind, count=count)
    found = await proven(service, service.contract())
    assert lines(found, "refuted") == set()
    assert lines(found, "proven") <= {"response.items"}
    assert "give arguments under which there" in found.proof.lines["walk.page_size"].says


@pytest.mark.requirement("L10")
@pytest.mark.parametrize(("kind", "declared"), [("page", "offset"), ("page", "page"), ("offset", "offset")])
async def test_of_two_items_nobody_can_tell_whether_pages_or_items_are_counted(kind: Any, declared: str) -> None:
    service = Service(kind=kind, count=2, clamp=2, first=0)
    walk = {**service.walk(), "kind": declared, "start": 0, "page_size": {"send": "query:limit", "ask": 1}}
    found = await proven(service, service.contract(walk=walk))
    line = found.proof.lines["walk.send"]
    assert (line.outcome, line.says.partition(",")[0]) == (
        "open",
        "pages of one item are the same by number and by offset",
    )


@pytest.mark.requirement("L10")
@pytest.mark.parametrize("count", [4, 5, 9])
@pytest.mark.parametrize(("kind", "declared"), [("page", "offset"), ("offset", "page")])
async def test_pages_that_leave_out_items_are_not_the_right_ones_although_all_came_on_one(
    kind: Any, declared: str, count: int
) -> None:
    service = Service(kind=kind, count=count, usual=20, clamp=20, first=0)
    walk = {**service.walk(), "kind": declared, "start": 0}
    found = await proven(service, service.contract(walk=walk))
    assert found.proof.lines["walk.send"].outcome in ("open", "refuted")


async def test_a_parameter_that_limits_the_whole_answer_is_no_page_size() -> None:
    """`$top` of OData: pages are as large as the service likes, and it ends when so many items came in all."""

    def listing(request: Request) -> Outcome:
        given = query(request)
        start, most = int(given.get("skip", 0)), min(int(given.get("$top", 25)), 25)
        end = min(start + 10, most)
        more = f"https://desk.test/items?skip={end}&$top={most}" if end < most else None
        return answer({"items": [{"id": number} for number in range(start, end)], "next": more})

    walk = {"kind": "next_url", "next": "/next", "page_size": {"send": "query:$top", "ask": 50}}
    tool = Service(kind="next_url", total=None).contract(
        walk={**walk, "end": {"next": {"value": "continue", "null": "end"}}}
    )
    found = await proven(listing, tool)
    assert {"walk", "walk.page_size"} <= lines(found, "refuted")
    assert "limits the whole answer" in found.proof.lines["walk.page_size"].says
    assert "walk: {page_size: null}" in list(map(str, found.proposals))


async def test_a_service_that_obeys_no_page_size_is_walked_all_the_same() -> None:
    service = Service(ignores=("size",))
    found = await proven(service, service.contract())
    assert lines(found, "refuted") == {"walk.page_size"}
    assert {"walk", "walk.send", "walk.next", "walk.end"} <= lines(found, "proven")


@pytest.mark.parametrize("declared", [True, False])
async def test_a_walk_that_ends_before_the_total_is_reached_is_not_proven_however_often_it_is_walked(
    declared: bool,
) -> None:
    """A service that lets nobody go beyond 20 items ends both walks there."""
    service = Service(kind="offset", window=20, count=25)
    complete: dict[str, Any] = {"total": {"at": "/count"}} if declared else {"require": "documented_absence"}
    found = await proven(service, service.contract(complete=complete))
    assert {"walk", "complete.total", "walk.end"}.isdisjoint(lines(found, "proven"))
    assert lines(found, "refuted") == set()


async def test_a_flag_that_ends_the_walk_early_is_refuted_by_what_lies_behind() -> None:
    service = Service(kind="offset", flag=True, total=None)

    def early(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return answer({**body, "more": False})

    found = await proven(early, service.contract())
    assert "walk.more" in lines(found, "refuted")
    assert {"walk", "walk.end"}.isdisjoint(lines(found, "proven"))


async def test_a_member_that_repeats_is_no_identifier() -> None:
    service = Service(total=None)

    def graded(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return answer({**body, "items": [{**item, "grade": item["id"] % 3} for item in body["items"]]})

    found = await proven(graded, service.contract(response={"items": {"at": "/items", "id": "/grade"}}))
    assert "response.items.id" in lines(found, "refuted")
    assert "response: {items: {id: /id}}" in map(str, found.proposals)


async def test_a_list_that_is_not_there_refutes_its_place() -> None:
    service = Service()
    found = await proven(service, service.contract(response={"items": {"at": "/data", "id": "/id"}}))
    assert "response.items" in lines(found, "refuted")
    assert lines(found, "proven") == set()


async def test_pages_counted_from_the_wrong_number_are_refuted_and_the_right_one_is_proposed() -> None:
    service = Service(kind="page", first=1)
    found = await proven(service, service.contract(walk={**service.walk(), "start": 0}))
    assert "walk.start" in lines(found, "refuted")
    assert "walk: {start: 1}" in map(str, found.proposals)

    service = Service(kind="page", first=0)
    found = await proven(service, service.contract(walk={**service.walk(), "start": 1}))
    assert "walk.start" in lines(found, "refuted")
    assert {"walk", "complete.total"}.isdisjoint(lines(found, "proven"))


@pytest.mark.parametrize("parameter", ["limit", "p"])
async def test_a_parameter_that_is_rejected_is_refuted(parameter: str) -> None:
    service = Service(kind="offset")

    def strict(request: Request) -> Outcome:
        return answer({"error": parameter}, status=400) if parameter in query(request) else service(request)

    found = await proven(strict, service.contract())
    assert ("walk.page_size" if parameter == "limit" else "walk.send") in lines(found, "refuted")


@pytest.mark.parametrize("end", ["null", "empty", "absent"])
async def test_how_the_end_reads_is_found_and_absence_is_never_proven(end: Any) -> None:
    service = Service(kind="cursor", end=end)
    found = await proven(service, service.contract())
    outcome = {"null": "proven", "empty": "refuted", "absent": "open"}[end]
    assert outcomes(found)["walk.end"] == outcome
    proposed = {
        "null": set[str](),
        "empty": {"walk: {end: {next: {value: continue, empty: end}}}"},
        "absent": {'walk: {end: {next: {value: continue, absent: end}}, absence: {documented: "https://…"}}'},
    }
    assert proposed[end] <= set(map(str, found.proposals))


async def test_a_tool_that_knows_no_pages_is_refuted_where_something_speaks_of_more() -> None:
    service = Service(kind="offset")
    found = await proven(service, service.contract(walk={"kind": "single"}, complete={}))
    assert outcomes(found)["walk"] == "refuted"

    service = Service(kind="offset", total=None)
    found = await proven(service, service.contract(walk={"kind": "single"}, complete={}))
    assert outcomes(found)["walk"] == "refuted"
    assert "by a common name" in found.proof.lines["walk"].says

    service = Service(kind="offset", total=None, count=5, ignores=("size",))
    found = await proven(service, service.contract(walk={"kind": "single"}, complete={}))
    assert outcomes(found)["walk"] == "open"
    assert 'walk: {absence: {documented: "https://…"}}' in map(str, found.proposals)

    licensed = {"kind": "single", "absence": {"documented": "https://desk.test/docs"}}
    found = await proven(service, service.contract(walk=licensed, complete={"require": "documented_absence"}))
    assert outcomes(found)["walk"] == "proven"


@pytest.mark.parametrize("kind", ["cursor", "offset", "page", "keyset"])
async def test_witnesses_that_are_not_declared_are_proposed_after_a_trial(kind: Any) -> None:
    service = Service(kind=kind, flag=True)
    bare = {name: part for name, part in service.walk().items() if name != "more"}
    found = await proven(service, service.contract(walk=bare, complete={"require": "documented_absence"}))
    proposed = {str(one): one.grade for one in found.proposals}
    assert proposed["complete: {require: counted, total: {at: body:/count}}"] == Grade.COUNTED
    assert proposed["walk: {more: body:/more}"] == Grade.TERMINATED


async def test_without_anything_that_counts_a_second_walk_is_proposed() -> None:
    service = Service(kind="cursor", total=None)
    found = await proven(service, service.contract())
    assert [(str(one), one.grade) for one in found.proposals if one.grade is not None] == [
        ("complete: {require: differential, differential: {page_size: 5}}", Grade.DIFFERENTIAL)
    ]


async def test_a_collection_too_large_for_the_budget_leaves_open_what_needs_all_of_it() -> None:
    service = Service(kind="offset", count=1000, clamp=10)
    found = await proven(service, service.contract(), requests=40)
    assert found.requests <= 40
    assert {"walk", "complete.total"} <= lines(found, "open")
    assert {"walk.send", "walk.page_size", "response.items"} <= lines(found, "proven")
    assert lines(found, "refuted") == set()


async def test_inferred_lines_that_no_experiment_knows_stay_open() -> None:
    service = Service()
    provenance = {"request.query": {"source": "openapi"}, "walk.page_size.send": {"source": "openapi"}}
    found = await proven(service, service.contract(provenance=provenance))
    assert outcomes(found)["request.query"] == "open"
    assert outcomes(found)["walk.page_size.send"] == "proven"


async def test_a_service_that_refuses_shows_nothing_and_says_why() -> None:
    def closed(_: Request) -> Outcome:
        return answer({}, status=401)

    found = await proven(closed, Service().contract())
    assert found.refusal is not None
    assert found.refusal.code == "auth_failed"
    assert found.requests == 1
    assert not found.whole


@pytest.mark.parametrize("effects", ["write"])
def test_a_tool_that_writes_is_refused(effects: str) -> None:
    assert unfit(Service().contract(effects=effects)) is not None


def test_a_tool_that_generates_is_refused() -> None:
    assert "generated" in str(unfit(replace(Service().contract(), claim=Claim("generation"))))


async def test_the_shape_holds_names_and_types_and_no_value() -> None:
    service = Service()
    found = await proven(service, service.contract())
    shape = found.proof.shape
    assert shape.envelope["/next"].types == ("null", "string")
    assert set(shape.envelope) == {"/items", "/count", "/next"}
    assert shape.items["/id"].types == ("integer",)
    assert "item 3" not in str(found.proof)


async def test_a_field_that_was_missing_once_is_never_required() -> None:
    service = Service(end="absent")
    first = await proven(service, service.contract())
    assert "/next" not in first.proof.shape.required
    assert "/count" in first.proof.shape.required

    whole = Service(end="null")
    again = await proven(whole, replace(service.contract(), proof=first.proof))
    assert "/next" not in again.proof.shape.required
    assert again.proof.shape.envelope["/count"].of > first.proof.shape.envelope["/count"].of


async def test_a_proof_of_another_subject_is_not_added_to() -> None:
    service = Service(end="absent")
    first = await proven(service, service.contract())
    other = replace(first.proof, subject="another")
    again = await proven(service, replace(service.contract(), proof=other))
    assert again.proof.shape == first.proof.shape


async def test_a_recording_of_one_call_settles_what_it_can() -> None:
    service = Service()
    contract = service.contract()
    exchanges: list[Exchange] = []

    def keeping(request: Request) -> Outcome:
        outcome = service(request)
        exchanges.append(Exchange(request=request, outcome=outcome))
        return outcome

    await World(keeping).call(contract)
    around = replace(World(service).surroundings(), open_transport=Replay.of(exchanges).open)
    found = await prove(contract, {}, surroundings=around, source="recording")
    assert found.proof.source == "recording"
    assert lines(found, "refuted") == set()
    assert {"walk.next", "walk.end", "response.items"} <= lines(found, "proven")
    assert "walk.page_size" in lines(found, "open")


async def test_what_a_recording_cannot_show_stays_as_the_service_has_shown_it() -> None:
    service = Service()
    contract = service.contract()
    first = await proven(service, contract)
    around = replace(
        World(service).surroundings(), open_transport=Replay.of(first.log.trials["written"].exchanges).open
    )
    again = await prove(replace(contract, proof=first.proof), {}, surroundings=around, source="recording")
    assert set(outcomes(again).values()) == {"proven"}
    assert again.proof.until == first.proof.until


async def test_another_tool_that_counts_the_same_is_proposed_as_a_census() -> None:
    service = Service(kind="offset", total=None, count=12)

    def counting(request: Request) -> Outcome:
        if request.url.startswith("https://desk.test/count"):
            return answer({"count": service.count}) if "limit" not in query(request) else answer({"count": 1})
        return service(request)

    number = {"type": "object", "properties": {"count": {"type": "integer"}}}
    sibling = service.contract(
        name="count_items",
        claim="one",
        request={"url": "https://desk.test/count"},
        response={"schema": number},
        walk={"kind": "single"},
        complete={},
    )
    around = replace(World(counting).surroundings(), tools={"count_items": sibling})
    contract = service.contract(complete={"require": "documented_absence"})
    found = await prove(contract, {}, surroundings=around, requests=60)
    proposed = {str(one): one.grade for one in found.proposals}
    census = "{request: {url: https://desk.test/count, query: {limit: null, p: null}}, at: body:/count}"
    assert proposed[f"complete: {{require: censused, census: {census}}}"] == Grade.CENSUSED
    assert any("end_on_empty" in line for line in proposed)


async def test_a_member_that_has_the_same_values_on_each_page_casts_no_doubt_where_items_have_identifiers() -> None:
    service = Service(ignores=("size",), usual=4, count=11)

    def ranked(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return answer({**body, "items": [{**item, "rank": rank} for rank, item in enumerate(body["items"])]})

    found = await proven(ranked, service.contract())
    assert {"walk", "walk.send", "walk.next"} <= lines(found, "proven")


async def test_where_no_item_is_known_again_nobody_can_tell_which_page_is_the_first() -> None:
    service = Service(kind="page", count=2, clamp=2, first=1, flag=True, volatile=True)
    walk = {**service.walk(), "start": 0, "page_size": {"send": "query:limit", "ask": 1}}
    found = await proven(service, service.contract(walk=walk, response={"items": {"at": "/items"}}))
    assert found.proof.lines["walk.start"].outcome == "open"


async def test_items_that_look_otherwise_each_time_and_have_no_identifier_prove_nothing() -> None:
    service = Service(kind="offset", volatile=True, ignores=("position",), total=None)
    found = await proven(service, service.contract(response={"items": {"at": "/items"}}))
    assert {"walk", "walk.send"}.isdisjoint(lines(found, "proven"))


async def test_a_continuation_that_is_lost_now_and_then_is_not_refuted() -> None:
    service = Service(total=None)
    asked = 0

    def losing(request: Request) -> Outcome:
        nonlocal asked
        asked += 1
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return answer({name: value for name, value in body.items() if name != "next"}) if asked % 4 == 0 else outcome

    found = await proven(losing, service.contract())
    assert "walk.next" not in lines(found, "refuted")
    assert "/next" not in found.proof.shape.required


async def test_a_flag_that_is_wrong_for_some_page_sizes_is_never_proven() -> None:
    service = Service(kind="cursor", flag=True, total=None)

    def early(request: Request) -> Outcome:
        outcome = service(request)
        assert isinstance(outcome, Response)
        body = json.loads(outcome.content)
        return outcome if query(request).get("limit") != "5" else answer({**body, "more": False, "next": None})

    found = await proven(early, service.contract())
    assert {"walk", "walk.more", "walk.end"}.isdisjoint(lines(found, "proven"))
    assert "walk" in lines(found, "refuted")


@pytest.mark.requirement("L10")
async def test_beside_a_count_of_the_pages_one_of_the_items_is_proposed() -> None:
    """Whoever loses an item of a page still has as many pages."""
    service = Service(total="pages")
    counting = rewriting(service, lambda request, body: body.update(docs=service.count))
    found = await proven(counting, service.contract())
    assert "complete.total" in lines(found, "proven")
    assert proposed(found)["complete: {require: counted, total: {at: body:/docs}}"] == Grade.COUNTED
    alone = await proven(Service(total="pages"), service.contract())
    assert not [line for line in proposed(alone) if "total" in line]


@pytest.mark.parametrize("declared", [{}, {"total": {"at": "/count", "scope": "page"}}])
async def test_where_two_numbers_count_all_both_are_proposed_and_that_of_a_filter_first(
    declared: dict[str, Any],
) -> None:
    service = Service(kind="offset")
    counting = rewriting(service, lambda request, body: body.update(numFound=service.count))
    filtered = {"type": "object", "properties": {"status": {"type": "string"}}}
    found = await proven(counting, service.contract(input=filtered, complete={"require": "terminated", **declared}))
    totals = [one for one in found.proposals if "counts all items" in one.because]
    assert [str(one.line["complete"]["total"]["at"]) for one in totals] == ["body:/numFound", "body:/count"]
    assert all(one.because.endswith("; prove with a filter to tell them apart") for one in totals)
    assert "body:/count counts the same" in totals[0].because


async def test_a_tool_without_arguments_has_no_filter_to_tell_two_totals_apart() -> None:
    service = Service(kind="offset")
    counting = rewriting(service, lambda request, body: body.update(numFound=service.count))
    found = await proven(counting, service.contract(complete={"require": "documented_absence"}))
    assert "body:/numFound counts all items; body:/count counts the same" in {one.because for one in found.proposals}
