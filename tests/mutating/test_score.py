"""The score: what counts as caught, what would catch the rest, and the law that a stronger contract never catches less."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mutating.speaking import (
    CURSORS,
    GENERATED,
    NOTHING,
    OFFSETS,
    PROMISING_NOTHING,
    TWICE,
    desk,
    generating,
    spoken,
)
from tests.scripted import answer, contract
from unabridged.schemas.blindness import BlindSpot
from unabridged.schemas.claim import Claim, Grade
from unabridged.schemas.completeness import Completeness, Total
from unabridged.schemas.contract import Contract
from unabridged.schemas.expectation import Items, Veto
from unabridged.schemas.location import location
from unabridged.schemas.wire import Request, Response
from unabridged.tools.laying import under
from unabridged.tools.mutating.judging import Fate, judged, stands
from unabridged.tools.mutating.mutant import Mutant
from unabridged.tools.mutating.mutations import mutants
from unabridged.tools.mutating.score import Advice, Score, score
from unabridged.tools.mutating.sound import Sound
from unabridged.tools.source import parse

pytestmark = pytest.mark.anyio


async def scored(promise: Contract) -> Score:
    return await score(await spoken(promise), environment={})


def advice(found: Score, mutation: str, place: str = "") -> Advice | None:
    (survivors,) = [one for one in found.survivors if one.mutation == mutation and place in one.place]
    return survivors.advice


# ------------------------------------------------------------------------------------------ the score


async def test_a_contract_that_uses_all_that_the_service_offers_lets_only_strangers_through() -> None:
    found = await scored(CURSORS)
    assert {one.mutation for one in found.survivors} == {"item_substituted"}
    assert found.share > 0.9


async def test_a_second_walk_knows_strangers_and_not_a_service_that_gives_up() -> None:
    found = await scored(TWICE)
    assert {one.mutation for one in found.survivors} == {"walk_cut"}
    assert found.share > 0.95


async def test_a_contract_that_promises_nothing_scores_badly() -> None:
    found = await scored(PROMISING_NOTHING)
    assert found.share < 0.8
    lost = {"item_lost", "page_removed", "page_halved", "page_emptied", "error_in_200", "end_early", "cursor_ahead"}
    assert lost - {"error_in_200"} <= {one.mutation for one in found.survivors}


async def test_the_same_conversation_has_the_same_score() -> None:
    assert await scored(OFFSETS) == await scored(OFFSETS)


async def test_no_corruption_makes_the_engine_itself_fail() -> None:
    for promise, script in ((CURSORS, desk), (TWICE, desk), (PROMISING_NOTHING, desk), (GENERATED, generating)):
        assert (await score(await spoken(promise, script), environment={})).crashed == ()


# ------------------------------------------------------------------------------------------ the fates


async def fate(promise: Contract, mutation: str, *, detail: str = "", once: bool = False) -> set[Fate]:
    sound = await spoken(promise)
    chosen = [
        mutant
        for mutant in mutants(sound)
        if mutant.mutation == mutation and mutant.once is once and detail in mutant.detail
    ]
    assert chosen
    return {(await judged(sound, mutant, environment={})).fate for mutant in chosen}


async def test_a_broken_message_is_caught_when_it_stays_and_mended_when_it_passes() -> None:
    assert await fate(CURSORS, "broken_message") == {"caught"}
    assert await fate(CURSORS, "broken_message", once=True) == {"harmless"}


async def test_the_same_items_in_another_order_are_all_of_them() -> None:
    def backwards(sound: Sound) -> Mutant:
        index, turn = sound.walk()[0]
        body = turn.body.value
        assert isinstance(body, dict)
        tickets = body["tickets"]
        assert isinstance(tickets, list)
        other = answer({**body, "tickets": tickets[::-1]}, fields=dict(turn.response.headers))
        return Mutant(mutation="item_exchanged", place="items", turn="page 1", outcomes={index: other})

    sound = await spoken(CURSORS)
    assert (await judged(sound, backwards(sound), environment={})).fate == "harmless"
    first = await spoken(replace(CURSORS, claim=Claim("first", 5), complete=Completeness()))
    assert (await judged(first, backwards(first), environment={})).fate == "silent"


async def test_another_place_to_go_on_from_is_another_answer() -> None:
    """Whoever asks again with the position of an earlier page gets events twice; with that of a later one, some never."""
    feed = contract(
        claim="caught_up_to",
        response={"items": {"at": "/tickets", "id": "/id"}},
        walk={"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after", "trailing_cursor": True},
        complete={"require": "terminated"},
    )

    def following(request: Request) -> Response:
        body = json.loads(desk(request).content)
        return answer({**body, "next": body["next"] or "8"})

    sound = await spoken(feed, following)
    led = [mutant for mutant in mutants(sound) if mutant.mutation == "cursor_after_the_end" and not mutant.once]
    assert {(await judged(sound, mutant, environment={})).fate for mutant in led} == {"silent"}


async def test_a_question_that_was_never_asked_leaves_it_open() -> None:
    sound = await spoken(
        replace(OFFSETS, complete=Completeness(require=Grade.HEURISTIC, total=Total(at=location("/count"))))
    )
    chosen = [mutant for mutant in mutants(sound) if mutant.mutation == "item_lost" and mutant.turn == "page 1"]
    assert {(await judged(sound, mutant, environment={})).fate for mutant in chosen} == {"open"}


async def test_a_refusal_for_want_of_a_witness_that_was_never_asked_before_is_not_caught() -> None:
    absence = {"documented": "https://desk.test/docs", "liveness": "required"}
    asking = under(NOTHING, {"walk": {"absence": absence}, "complete": {"require": "documented_absence"}})
    sound = await spoken(contract(**asking))
    (dropped,) = [
        mutant
        for mutant in mutants(sound)
        if (mutant.mutation, mutant.place, mutant.turn, mutant.once) == ("field_dropped", "body:/next", "page 1", False)
    ]
    found = await judged(sound, dropped, environment={})
    assert (found.fate, found.code) == ("open", "unproven")


async def test_a_write_that_only_a_read_would_settle_which_was_never_asked_is_not_caught() -> None:
    promise = contract(
        claim="one",
        effects="write",
        request={"method": "POST", "url": "/close", "body": {}},
        response={"schema": {"type": "object", "required": ["closed"]}},
        walk={"kind": "single"},
        complete={},
        confirm={"url": "/closed", "applied": {"at": "/closed", "is": True}},
    )
    sound = await spoken(promise, lambda _: answer({"closed": True}))
    failed = [mutant for mutant in mutants(sound) if mutant.detail == "503" and not mutant.once]
    assert [(await judged(sound, mutant, environment={})).fate for mutant in failed] == ["open"]
    alone = replace(promise, confirm=None)
    told = [await judged(sound, mutant, environment={}, contract=alone) for mutant in failed]
    assert [(one.fate, one.code) for one in told] == [("caught", "outcome_unknown")]


async def test_a_failure_of_our_own_is_told_as_such() -> None:
    class Broken(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            raise RuntimeError

        get = __getitem__  # type: ignore[assignment]

    promise = contract(
        provider={
            "name": "desk",
            "base_url": "https://{host}",
            "variables": {"host": {"env": "HOST", "default": "desk.test"}},
        },
        request={"url": "/tickets"},
    )
    sound = await spoken(CURSORS)
    mutant = next(iter(mutants(sound)))
    found = await judged(sound, mutant, environment=Broken(), contract=promise)
    assert (found.fate, found.code) == ("crashed", "internal_error")


# ------------------------------------------------------------------------------------------ what would help


async def test_a_field_without_a_type_is_told_with_the_schema_that_would_see_it() -> None:
    loose = replace(CURSORS, response=replace(CURSORS.response, items=Items(at="/tickets", id=("/id",))))
    found = await scored(loose)
    line = "response: {items: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}"
    assert advice(found, "field_retyped", "/id") == Advice(line=line, tried=True)


async def test_a_total_that_the_contract_does_not_use_is_proposed_and_was_tried() -> None:
    uncounted = replace(CURSORS, complete=Completeness(require=Grade.TERMINATED))
    found = await scored(uncounted)
    assert advice(found, "page_removed") == Advice(line="complete: {total: {at: body:/count}}", tried=True)


async def test_a_flag_for_a_partial_answer_is_proposed_as_a_veto() -> None:
    uncounted = replace(CURSORS, complete=Completeness(require=Grade.TERMINATED))
    found = await scored(uncounted)
    line = "response: {veto: [{at: body:/partial, not: false}]}"
    assert advice(found, "partial_told", "/partial") == Advice(line=line, tried=True)


async def test_a_flag_for_more_is_proposed_where_the_total_is_the_only_mark_of_the_end() -> None:
    found = await scored(OFFSETS)
    line = "walk: {more: body:/more, end: {more: {false: end, true: continue}}}"
    assert advice(found, "total_of_a_page") == Advice(line=line, tried=True)


async def test_what_would_need_other_requests_is_said_to_be_untried() -> None:
    found = await scored(CURSORS)
    assert advice(found, "item_substituted") == Advice(line="complete: {differential: {page_size: 2}}", tried=False)


async def test_what_nothing_would_show_has_no_remedy() -> None:
    def uncounting(request: Request) -> Response:
        body = json.loads(desk(request).content)
        del body["count"]
        return answer(body)

    schema = {"type": "object", "required": ["tickets"]}
    promise = replace(TWICE, response=replace(TWICE.response, schema=schema))
    found = await score(await spoken(promise, uncounting), environment={})
    assert advice(found, "walk_cut") is None


async def test_every_line_can_be_written_into_the_file_and_does_what_is_said_of_it() -> None:
    sound = await spoken(PROMISING_NOTHING)
    found = await score(sound, environment={})
    lines = {one.advice.line: one for one in found.survivors if one.advice is not None and one.advice.tried}
    assert len(lines) >= 4
    for line, survivors in lines.items():
        written = parse(line.encode(), is_json=False).value
        assert isinstance(written, dict)
        stricter = contract(**under(NOTHING, written))
        assert await stands(sound, stricter, environment={}), line
        kind = (survivors.mutation, survivors.place)
        chosen = [mutant for mutant in mutants(sound) if (mutant.mutation, mutant.place) == kind][:20]
        fates = {(await judged(sound, mutant, environment={}, contract=stricter)).fate for mutant in chosen}
        assert "silent" not in fates, line


async def test_a_field_of_an_item_of_a_stream_is_told_with_the_schema_that_would_see_it() -> None:
    promise = contract(
        response={"media": ["application/x-ndjson"], "items": {"at": "", "id": "/id"}},
        walk={"kind": "stream", "terminal": {"at": "body:/done", "is": True}},
        complete={"require": "terminated"},
    )

    def lines(_: Request) -> Response:
        content = b'{"id": 1}\n{"id": 2}\n{"done": true}\n'
        return replace(answer({}, fields={"content-type": "application/x-ndjson"}), content=content)

    found = await score(await spoken(promise, lines), environment={})
    line = "response: {items: {schema: {type: object, required: [id], properties: {id: {type: integer}}}}}"
    assert advice(found, "field_retyped", "event:*:/id") == Advice(line=line, tried=True)
    assert "item_substituted" in {one.mutation for one in found.survivors}


async def test_a_line_is_found_beside_a_schema_that_refers_to_itself() -> None:
    defs = {"ticket": {"type": "object", "required": ["subject"]}}
    loose = Items(at="/tickets", id=("/id",), schema={"$ref": "#/$defs/ticket", "$defs": defs})
    found = await scored(replace(CURSORS, response=replace(CURSORS.response, items=loose)))
    line = "response: {items: {schema: {type: object, required: [subject], properties: {subject: {type: string}}}}}"
    assert advice(found, "field_retyped", "/subject") == Advice(line=line, tried=True)


async def test_a_line_that_catches_all_but_one_is_not_said_to_catch_them() -> None:
    """One subject is a list, so a text in its place is of a type that subjects have."""

    def listing(request: Request) -> Response:
        body = json.loads(desk(request).content)
        for ticket in body["tickets"]:
            if ticket["id"] == 6:
                ticket["subject"] = ["Ticket", "6"]
        return answer(body, fields={"date": "Mon, 12 Jan 1970 13:46:40 GMT"})

    loose = Items(at="/tickets", id=("/id",), schema={"type": "object", "required": ["subject"]})
    sound = await spoken(replace(CURSORS, response=replace(CURSORS.response, items=loose)), listing)
    assert advice(await score(sound, environment={}), "field_retyped", "/subject") is None


async def test_an_empty_list_of_items_is_never_forbidden() -> None:
    found = await scored(PROMISING_NOTHING)
    assert all("minItems" not in one.advice.line for one in found.survivors if one.advice is not None)


async def test_an_error_that_looks_like_an_answer_is_told_with_what_an_answer_consists_of() -> None:
    one = contract(claim="one", walk={"kind": "single"}, response={}, complete={})
    found = await scored(one)
    line = "response: {schema: {type: object, required: [more, next, count, partial]}}"
    assert advice(found, "error_in_200") == Advice(line=line, tried=True)


def _said_of(found: Score, mutation: str, detail: str) -> str | None:
    (line,) = {
        None if one.advice is None else one.advice.line
        for one in found.survivors
        if one.mutation == mutation and (one.place == detail or detail in one.details)
    }
    return line


_LISTLESS = replace(
    PROMISING_NOTHING, response=replace(PROMISING_NOTHING.response, items=Items(at="/tickets", absent="empty"))
)
_ERRORS = ", ".join(
    f"{{when: {{status: 200, at: body:/{name}, state: value}}, as: fatal}}"
    for name in ("error", "errors", "error_code")
)


async def test_no_line_is_proposed_that_would_refuse_a_list_that_the_file_lets_be_absent() -> None:
    sound = await spoken(_LISTLESS)
    found = await score(sound, environment={})
    lines = {one.advice.line for one in found.survivors if one.advice is not None and one.advice.tried}
    assert not {line for line in lines if "tickets" in line or "required: [more" in line}
    assert _said_of(found, "field_dropped", "body:/tickets") == "complete: {total: {at: body:/count}}"
    for place in ("an error object", "an error text", "a list of errors", "an error code"):
        assert _said_of(found, "error_in_200", place) == f"response: {{classify: [{_ERRORS}]}}"
    assert _said_of(found, "error_in_200", "an empty list") == "response: {schema: {type: object}}"
    empty = (await spoken(_LISTLESS, lambda _: answer({}))).payload
    assert json.loads(empty) == []
    for line in ("response: {schema: {type: object}}", f"response: {{classify: [{_ERRORS}]}}"):
        written = parse(line.encode(), is_json=False).value
        assert isinstance(written, dict)
        items = {"response": {"items": {"at": "/tickets", "absent": "empty"}}}
        stricter = contract(**under(under(NOTHING, items), written))
        assert await stands(sound, stricter, environment={}), line
        assert json.loads((await spoken(stricter, lambda _: answer({}))).payload) == []


async def test_what_the_end_table_lets_stand_is_not_forbidden_by_a_line() -> None:
    found = await scored(PROMISING_NOTHING)
    told = {one.mutation: one.advice for one in found.survivors if one.place == "body:/next"}
    assert told
    assert all(one is None or "schema" not in one.line for one in told.values())


async def test_a_member_that_sound_answers_have_tells_no_error() -> None:
    def erring(request: Request) -> Response:
        return answer({**json.loads(desk(request).content), "errors": [], "error_code": None})

    found = await score(await spoken(_LISTLESS, erring), environment={})
    line = "response: {classify: [{when: {status: 200, at: body:/error, state: value}, as: fatal}]}"
    assert _said_of(found, "error_in_200", "an error text") == line
    assert _said_of(found, "error_in_200", "an error code") not in (line, None)


async def test_a_line_that_the_sound_answers_would_not_pass_is_not_proposed() -> None:
    sound = await spoken(CURSORS)
    veto = Veto(at=location("/partial"), is_=False)
    wrong = replace(CURSORS, response=replace(CURSORS.response, veto=(veto,)))
    assert not await stands(sound, wrong, environment={})
    assert await stands(sound, CURSORS, environment={})


async def test_a_blind_spot_that_is_known_does_not_count_and_one_that_is_none_is_named() -> None:
    spots = (
        BlindSpot(mutation="item_substituted", why="a count does not say which"),
        BlindSpot(mutation="item_lost", why="a mistake"),
    )
    found = await scored(replace(CURSORS, blind_spots=spots))
    assert (found.unknown, found.reached) == (0, 1.0)
    assert found.share < 1.0
    assert found.stray == (spots[1],)


async def test_a_blind_spot_at_one_place_is_none_elsewhere() -> None:
    elsewhere = BlindSpot(mutation="item_substituted", at="body:/elsewhere", why="a mistake")
    found = await scored(replace(CURSORS, blind_spots=(elsewhere,)))
    assert found.unknown == found.silent > 0


# ------------------------------------------------------------------------------------------ the law


def stronger(promise: Contract) -> Mapping[str, Contract]:
    """Each way in which the desk lets *promise* be made stronger."""
    response, items = promise.response, promise.response.items or Items()
    schema = {"type": "object", "required": ["tickets", "next"], "properties": {"tickets": {"type": "array"}}}
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    veto = Veto(at=location("/partial"), not_=False)
    return {
        "an id": replace(promise, response=replace(response, items=replace(items, id=("/id",)))),
        "a schema": replace(promise, response=replace(response, schema=schema)),
        "a schema of items": replace(promise, response=replace(response, items=replace(items, schema=item))),
        "a veto": replace(promise, response=replace(response, veto=(veto,))),
        "a total": replace(promise, complete=replace(promise.complete, total=Total(at=location("/count")))),
        "a flag": replace(promise, walk=replace(promise.walk, more=location("/more"))),
        "no licence": replace(promise, walk=replace(promise.walk, end=CURSORS.walk.end, absence=None)),
        "a higher grade": replace(promise, complete=replace(promise.complete, require=Grade.TERMINATED)),
    }


def steps(names: list[str]) -> Iterator[Contract]:
    promise = PROMISING_NOTHING
    yield promise
    for name in names:
        promise = stronger(promise)[name]
        yield promise


_WAYS = sorted(stronger(PROMISING_NOTHING))


@pytest.mark.requirement("L13")
@settings(max_examples=10, deadline=None)
@given(names=st.permutations(_WAYS), length=st.integers(1, len(_WAYS)), offset=st.integers(0, 16))
def test_a_stronger_contract_never_catches_less(names: list[str], length: int, offset: int) -> None:
    anyio.run(_never_less, names[:length], offset)


async def _never_less(names: list[str], offset: int) -> None:
    sound = await spoken(CURSORS)
    chosen = list(mutants(sound))[offset::17]
    before: set[int] = set()
    for promise in steps(names):
        if not await stands(sound, promise, environment={}):
            return
        fates = [(await judged(sound, mutant, environment={}, contract=promise)).fate for mutant in chosen]
        caught = {number for number, one in enumerate(fates) if one == "caught"}
        mended = {number for number, one in enumerate(fates) if one == "harmless"}
        assert before <= caught | mended, [chosen[number] for number in before - caught - mended]
        before = caught


def test_the_weakest_and_the_strongest_contract_are_far_apart() -> None:
    assert anyio.run(_shares) == sorted(anyio.run(_shares))


async def _shares() -> list[float]:
    return [(await scored(promise)).share for promise in (PROMISING_NOTHING, OFFSETS, CURSORS)]
