"""The mutations: each is made somewhere, changes what it says and nothing else, and is the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.mutating.speaking import CURSORS, GENERATED, OFFSETS, TWICE, desk, generating, spoken
from tests.scripted import Script, answer, contract, query
from unabridged.schemas.blindness import MUTATIONS, MutationName
from unabridged.schemas.contract import Contract
from unabridged.schemas.expectation import Items
from unabridged.schemas.wire import Fault, Json, Request, Response
from unabridged.tools.mutating.editing import put, without
from unabridged.tools.mutating.mutant import Mutant
from unabridged.tools.mutating.mutations import mutants
from unabridged.tools.mutating.places import required
from unabridged.tools.mutating.sound import Sound

pytestmark = pytest.mark.anyio

CONVERSATIONS: tuple[tuple[Contract, Script], ...] = (
    (CURSORS, desk),
    (TWICE, desk),
    (OFFSETS, desk),
    (GENERATED, generating),
)


async def made(name: MutationName, promise: Contract = CURSORS, script: Script = desk) -> list[tuple[Sound, Mutant]]:
    sound = await spoken(promise, script)
    return [(sound, mutant) for mutant in mutants(sound) if mutant.mutation == name and not mutant.once]


def before(sound: Sound, mutant: Mutant) -> Any:
    return sound.turns[min(mutant.outcomes)].body.value


def after(mutant: Mutant) -> Any:
    outcome = mutant.outcomes[min(mutant.outcomes)]
    assert isinstance(outcome, Response)
    return json.loads(outcome.content)


def ids(body: Any) -> list[int]:
    return [ticket["id"] for ticket in body["tickets"]]


async def test_every_kind_that_is_documented_is_made_and_no_other() -> None:
    found = {mutant.mutation for promise, script in CONVERSATIONS for mutant in mutants(await spoken(promise, script))}
    assert found == set(MUTATIONS)


@pytest.mark.parametrize(("promise", "script"), CONVERSATIONS)
async def test_no_mutant_is_the_sound_conversation(promise: Contract, script: Script) -> None:
    sound = await spoken(promise, script)
    same = [
        mutant
        for mutant in mutants(sound)
        if all(sound.turns[index].response == outcome for index, outcome in mutant.outcomes.items())
    ]
    assert same == []


@pytest.mark.parametrize(("promise", "script"), CONVERSATIONS)
async def test_the_same_conversation_has_the_same_mutants(promise: Contract, script: Script) -> None:
    assert list(mutants(await spoken(promise, script))) == list(mutants(await spoken(promise, script)))


@pytest.mark.parametrize(("promise", "script"), CONVERSATIONS)
async def test_no_two_mutants_are_the_same_fault_under_one_name(promise: Contract, script: Script) -> None:
    known: list[tuple[object, ...]] = []
    for mutant in mutants(await spoken(promise, script)):
        name = (mutant.mutation, mutant.place, mutant.turn, mutant.detail, mutant.once)
        known.append((*name, tuple(mutant.outcomes.items())))
    assert len(known) == len(set(known))


LISTS: list[tuple[MutationName, Callable[[Sequence[int], Sequence[int]], bool]]] = [
    ("item_lost", lambda was, now: len(now) == len(was) - 1 and set(now) < set(was)),
    ("item_doubled", lambda was, now: len(now) == len(was) + 1 and set(now) == set(was)),
    ("item_substituted", lambda was, now: len(now) == len(was) and len(set(was) - set(now)) == 1),
    ("item_exchanged", lambda was, now: len(now) == len(was) and len(set(was) - set(now)) == 1),
    ("page_emptied", lambda was, now: list(now) == []),
    ("page_halved", lambda was, now: list(now) == list(was[: len(was) // 2])),
    ("items_of_another_page", lambda was, now: max(now) < min(was)),
]


@pytest.mark.parametrize(("name", "holds"), LISTS, ids=[name for name, _ in LISTS])
async def test_a_list_is_changed_as_said_and_the_rest_of_the_page_stays(
    name: MutationName, holds: Callable[[Sequence[int], Sequence[int]], bool]
) -> None:
    found = await made(name)
    assert found
    for sound, mutant in found:
        was, now = before(sound, mutant), after(mutant)
        assert holds(ids(was), ids(now)), (mutant.detail, ids(was), ids(now))
        assert {**was, "tickets": None} == {**now, "tickets": None}


FIELDS: list[tuple[MutationName, str, Callable[[Any], bool]]] = [
    ("field_dropped", "body:/count", lambda body: "count" not in body),
    ("field_nulled", "body:/count", lambda body: body["count"] is None),
    ("field_retyped", "body:/count", lambda body: not isinstance(body["count"], int)),
    ("field_dropped", "body:/tickets/*/id", lambda body: any("id" not in ticket for ticket in body["tickets"])),
    (
        "field_emptied",
        "body:/tickets/*/subject",
        lambda body: any(ticket["subject"] == "" for ticket in body["tickets"]),
    ),
    ("field_nulled", "body:/next", lambda body: body["next"] is None),
    ("field_retyped", "body:/more", lambda body: not isinstance(body["more"], bool)),
]


@pytest.mark.parametrize(("name", "place", "holds"), FIELDS, ids=[f"{name} {place}" for name, place, _ in FIELDS])
async def test_a_field_is_changed_as_said(name: MutationName, place: str, holds: Callable[[Any], bool]) -> None:
    found = [mutant for _, mutant in await made(name) if mutant.place == place]
    assert found
    assert all(holds(after(mutant)) for mutant in found)


LEADING: list[tuple[MutationName, Callable[[int, int], bool]]] = [
    ("cursor_looped", lambda page, leads: leads == page),
    ("cursor_back", lambda page, leads: leads < page),
    ("cursor_ahead", lambda page, leads: leads > page + 1),
    ("cursor_after_the_end", lambda page, leads: page == 3),
]


@pytest.mark.parametrize(("name", "holds"), LEADING, ids=[name for name, _ in LEADING])
async def test_a_cursor_leads_where_it_is_said_to_lead(name: MutationName, holds: Callable[[int, int], bool]) -> None:
    found = await made(name, TWICE) if name == "cursor_back" else await made(name)
    assert found
    for sound, mutant in found:
        turn = sound.turns[min(mutant.outcomes)]
        size = 3 if turn.purpose == "page" else 2
        leads = int(after(mutant)["next"]) // size + 1
        assert holds(turn.number, leads), (turn.name, leads)


async def test_a_cursor_in_a_link_leads_there_as_the_link_of_another_page_does() -> None:
    def linked(request: Request) -> Response:
        number = int(query(request).get("page", "1"))
        link = f'<https://desk.test/tickets?page={number + 1}>; rel="next"'
        page: list[Json] = [{"id": 3 * number + place} for place in range(3)]
        return answer(page, fields={"link": link} if number < 3 else {})

    promise = contract(
        response={"items": {"at": "", "id": "/id"}},
        walk={
            "kind": "cursor",
            "next": "link:next?page",
            "send": "query:page",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {"documented": "https://desk.test/docs"},
        },
        complete={"require": "documented_absence"},
    )

    async def links(name: MutationName) -> list[str | None]:
        outcomes = [mutant.outcomes[min(mutant.outcomes)] for _, mutant in await made(name, promise, linked)]
        return [dict(outcome.headers).get("link") for outcome in outcomes if isinstance(outcome, Response)]

    to = '<https://desk.test/tickets?page={}>; rel="next"'.format
    assert await links("cursor_looped") == [to(2)]
    assert await links("cursor_ahead") == [to(3)]
    assert await links("cursor_after_the_end") == [to(2), to(3)]
    assert await links("end_late") == [to(2)]
    assert await links("end_early") == [None, None]


async def test_a_page_that_ends_early_says_so_as_the_last_one_does() -> None:
    found = [after(mutant) for _, mutant in await made("end_early")]
    assert [(body["more"], body["next"]) for body in found] == [(False, None)] * 2


async def test_a_flag_that_is_a_word_is_turned_to_the_other_word() -> None:
    def worded(request: Request) -> Response:
        body = json.loads(desk(request).content)
        return answer({**body, "more": "Y" if body["more"] else "N"})

    walk = {"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after"}
    promise = contract(walk={**walk, "end": {"more": {"Y": "continue", "N": "end"}}})
    assert [after(mutant)["more"] for _, mutant in await made("flag_turned", promise, worded)] == ["N", "N", "Y"]


async def test_a_total_is_wrong_on_each_page_and_on_all_of_them() -> None:
    found = [mutant for _, mutant in await made("total_one_less")]
    assert [after(mutant)["count"] for mutant in found] == [7] * 4
    assert sorted(len(mutant.outcomes) for mutant in found) == [1, 1, 1, 3]


async def test_a_walk_is_cut_at_the_same_item_in_both_walks() -> None:
    for _, mutant in await made("walk_cut", TWICE):
        first, second = mutant.outcomes.values()
        assert isinstance(first, Response)
        assert isinstance(second, Response)
        assert ids(json.loads(first.content))[-1] == ids(json.loads(second.content))[-1]


async def test_an_answer_that_says_that_it_is_partial_has_lost_an_item() -> None:
    found = await made("partial_told")
    assert {mutant.place for _, mutant in found} == {"body:/partial", "body:/errors"}
    assert all(len(ids(after(mutant))) == len(ids(before(sound, mutant))) - 1 for sound, mutant in found)


@pytest.mark.parametrize(
    ("stated", "old"),
    [
        ("1970-01-12T13:46:40Z", "1970-01-12T12:45:40Z"),
        ("Mon, 12 Jan 1970 13:46:40 GMT", "1970-01-12T12:45:40Z"),
        (1_000_000, 996_340),
    ],
)
async def test_a_time_that_is_stated_is_too_old_in_the_form_that_it_has(stated: Json, old: Json) -> None:
    def dated(request: Request) -> Response:
        return answer({**json.loads(desk(request).content), "as_of": stated})

    fresh = contract(complete={"require": "counted", "fresh": {"max_age": 3600, "at": "/as_of"}}).complete.fresh
    promise = replace(CURSORS, complete=replace(CURSORS.complete, fresh=fresh))
    found = [mutant for _, mutant in await made("too_old", promise, dated) if mutant.place == "body:/as_of"]
    assert [after(mutant)["as_of"] for mutant in found] == [old] * 3


async def test_content_is_cut_before_its_end() -> None:
    for sound, mutant in await made("bytes_cut"):
        (index,) = mutant.outcomes
        outcome, whole = mutant.outcomes[index], sound.turns[index].response.content
        assert isinstance(outcome, Response)
        assert len(outcome.content) < len(whole)
        assert whole.startswith(outcome.content)


async def test_a_broken_message_is_a_fault_and_never_a_response() -> None:
    assert all(isinstance(mutant.outcomes[min(mutant.outcomes)], Fault) for _, mutant in await made("broken_message"))


@pytest.mark.parametrize("name", ["stream_cut", "event_lost", "event_doubled", "events_exchanged", "event_emptied"])
async def test_a_stream_is_changed_by_whole_events(name: MutationName) -> None:
    found = await made(name, GENERATED, generating)
    assert found
    for sound, mutant in found:
        outcome = mutant.outcomes[0]
        assert isinstance(outcome, Response)
        known = {*sound.turns[0].response.content.split(b"\n\n"), b"data: {}"}
        assert set(outcome.content.split(b"\n\n")) <= known


async def test_a_stop_reason_is_each_bad_one_an_unknown_one_and_none() -> None:
    found = await made("stop_reason", GENERATED, generating)
    assert [mutant.detail for _, mutant in found] == ["length", "filter", "a_reason_that_nobody_knows", "None"]


async def test_a_question_that_is_answered_anew_each_time_is_a_turn_each_time() -> None:
    """A scroll keeps its place at the service: the same question brings the next page."""
    promise = contract_of_a_scroll()
    asked = 0

    def scroll(request: Request) -> Response:
        nonlocal asked
        asked = asked + 1 if "cursor" in query(request) else 0
        page: list[Json] = [{"id": f"{asked}-{number}"} for number in range(3 if asked < 3 else 0)]
        return answer({"items": page, "next": "same", "count": 9})

    sound = await spoken(promise, scroll)
    assert [turn.number for turn in sound.turns] == [1, 2, 3, 4]
    assert len({turn.request.url for turn in sound.turns}) == 2


def contract_of_a_scroll() -> Contract:
    return contract(
        response={"items": {"at": "/items", "id": "/id"}},
        walk={
            "kind": "cursor",
            "next": "/next",
            "send": "query:cursor",
            "repeat": "ok",
            "end_on_empty": {"documented": "https://desk.test/docs"},
        },
    )


TOTALS: tuple[MutationName, ...] = ("total_one_more", "total_one_less", "total_zero", "total_of_a_page")
LINES = contract(
    response={"media": ["application/x-ndjson"], "items": {"at": "", "id": "/id"}},
    walk={"kind": "stream", "terminal": {"at": "body:/done", "is": True}},
    complete={"require": "terminated"},
)
COLUMNS = contract(
    response={"items": {"columns": {"id": "/ids", "subject": "/subjects"}, "id": "/id"}},
    walk={"kind": "single", "more": "/more"},
    complete={"require": "terminated"},
)


def lines(_: Request) -> Response:
    content = "".join(json.dumps(line) + "\n" for line in [{"id": 1}, {"id": 2}, {"id": 3}, {"done": True}]).encode()
    return replace(answer({}, fields={"content-type": "application/x-ndjson"}), content=content)


def columns(_: Request) -> Response:
    return answer({"ids": [1, 2, 3], "subjects": ["a", "b", "c"], "more": False})


async def test_an_item_of_a_stream_is_lost_as_a_whole_event() -> None:
    sound = await spoken(LINES, lines)
    lost = [mutant for mutant in mutants(sound) if mutant.mutation == "item_lost" and not mutant.once]
    whole = sound.turns[0].response.content.splitlines()
    said = [
        outcome.content.splitlines()
        for mutant in lost
        for outcome in mutant.outcomes.values()
        if isinstance(outcome, Response)
    ]
    assert said == [[whole[1], *whole[2:]], [whole[0], *whole[2:]], [*whole[:2], whole[3]]]


COUNTED_LINES = replace(
    LINES,
    response=replace(LINES.response, items=Items(at="", id=("/id",), schema={"type": "object", "required": ["name"]})),
    complete=contract(complete={"require": "counted", "total": {"at": "terminal:/count"}}).complete,
)


def counted_lines(request: Request) -> Response:
    said = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"done": True, "count": 2}]
    return replace(lines(request), content="".join(json.dumps(line) + "\n" for line in said).encode())


async def said_in_lines(name: MutationName) -> list[list[Any]]:
    outcomes = [mutant.outcomes[0] for _, mutant in await made(name, COUNTED_LINES, counted_lines)]
    contents = [outcome.content for outcome in outcomes if isinstance(outcome, Response)]
    return [[json.loads(line) for line in content.splitlines()] for content in contents]


async def test_what_an_item_of_a_stream_says_is_corrupted_as_on_a_page() -> None:
    end = {"done": True, "count": 2}
    assert await said_in_lines("item_substituted") == [
        [{"id": 900_000_002, "name": "a"}, {"id": 2, "name": "b"}, end],
        [{"id": 1, "name": "a"}, {"id": 900_000_003, "name": "b"}, end],
    ]
    dropped = await said_in_lines("field_dropped")
    assert [{"name": "a"}, {"id": 2, "name": "b"}, end] in dropped
    assert [{"id": 1, "name": "a"}, {"id": 2}, end] in dropped
    assert len(dropped) == 4


async def test_the_count_in_the_event_that_ends_a_stream_is_wrong_too() -> None:
    counts = [[said[-1]["count"] for said in await said_in_lines(name)] for name in TOTALS]
    assert counts == [[3], [1], [0], []]  # as many as the first page holds: that is right here


async def test_an_item_in_columns_is_lost_from_all_of_them() -> None:
    sound = await spoken(COLUMNS, columns)
    lost = [after(mutant) for mutant in mutants(sound) if mutant.mutation == "item_lost" and not mutant.once]
    assert [(body["ids"], body["subjects"]) for body in lost] == [
        ([2, 3], ["b", "c"]),
        ([1, 3], ["a", "c"]),
        ([1, 2], ["a", "b"]),
    ]


async def test_a_fault_that_was_mended_while_it_was_recorded_is_no_turn() -> None:
    asked = 0

    def troubled(request: Request) -> Response:
        nonlocal asked
        asked += 1
        return replace(desk(request), status=503) if asked in (1, 3) else desk(request)

    sound = await spoken(CURSORS, troubled)
    assert [(turn.name, turn.response.status) for turn in sound.turns] == [
        ("page 1", 200),
        ("page 2", 200),
        ("page 3", 200),
    ]


async def test_of_a_long_walk_a_few_pages_are_corrupted() -> None:
    def long(request: Request) -> Response:
        start = int(query(request).get("after", "0"))
        body: dict[str, Json] = {"tickets": [{"id": start, "subject": "A"}], "count": 40}
        return answer({**body, "more": start < 39, "next": str(start + 1) if start < 39 else None})

    promise = contract(
        response={"items": {"at": "/tickets", "id": "/id"}},
        walk={"kind": "cursor", "more": "/more", "next": "/next", "send": "query:after"},
    )
    sound = await spoken(promise, long)
    assert len(sound.turns) == 40
    assert [turn.number for _, turn in sound.tried] == [1, 9, 17, 24, 32, 40]
    assert sum(1 for _ in mutants(sound)) < 2_000


def test_what_a_schema_requires_is_found_at_any_depth() -> None:
    schema = {
        "required": ["a"],
        "properties": {"a": {"items": {"required": ["b/c"]}}, "d": {"allOf": [{"required": ["e"]}]}},
    }
    assert list(required(schema, [{"a": [{"b/c": 1}], "d": {"e": 2}}])) == ["/a", "/a/*/b~1c", "/d/e"]


def test_what_a_schema_requires_is_found_behind_what_it_refers_to() -> None:
    both = {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}}
    node = {"type": "object", "required": ["id"], "properties": both}
    tree: Json = {"id": 1, "left": {"id": 2, "right": {"id": 3}}}
    schema = {"properties": {"tree": {"$ref": "#/$defs/node"}}, "$defs": {"node": node}}
    assert list(required(schema, [{"tree": tree}])) == ["/tree/id", "/tree/left/id", "/tree/left/right/id"]
    assert list(required({"$ref": "#"}, [{"a": 1}])) == []


async def test_an_independent_count_is_that_of_the_first_page_too() -> None:
    def counting(request: Request) -> Response:
        return answer({"count": 8}) if request.url.endswith("/count") else desk(request)

    promise = replace(
        CURSORS, complete=contract(complete={"census": {"request": {"url": "/count"}, "at": "/count"}}).complete
    )
    assert [after(mutant) for _, mutant in await made("total_of_a_page", promise, counting)] == [{"count": 3}]
    assert [after(mutant) for _, mutant in await made("total_zero", promise, counting)] == [{"count": 0}]


def test_editing_leaves_the_original_as_it_is() -> None:
    value: Any = {"a": [{"b": 1}]}
    assert put(value, "/a/0/b", 2) == {"a": [{"b": 2}]}
    assert without(value, "/a/0/b") == {"a": [{}]}
    assert value == {"a": [{"b": 1}]}


async def test_an_empty_list_that_stands_for_an_empty_object_is_given_the_marks_of_another_page() -> None:
    """PHP writes an object without members as a list."""

    def listing(request: Request) -> Response:
        number = int(query(request).get("page", "1"))
        page: list[Json] = [{"id": 3 * number + place} for place in range(3)]
        paging: Json = {"next": str(number + 1)} if number < 3 else []
        return answer({"items": page, "paging": paging, "count": 9})

    promise = contract(
        response={"items": {"at": "/items", "id": "/id"}},
        walk={
            "kind": "cursor",
            "next": "/paging/next",
            "send": "query:page",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {"documented": "https://desk.test/docs"},
        },
    )
    late = [after(mutant) for _, mutant in await made("end_late", promise, listing)]
    assert [body["paging"] for body in late] == [{"next": "2"}]
    early = [after(mutant) for _, mutant in await made("end_early", promise, listing)]
    assert [body["paging"] for body in early] == [{}, {}]
