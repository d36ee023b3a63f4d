"""Places that name an element of a list by one of its members: the way on of OGC, STAC, FHIR, PayPal and others."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mocking.mocked import ran
from tests.mutating.speaking import spoken
from tests.scripted import World, answer, code, content, contract, items, query
from unabridged.schemas.contract import Contract
from unabridged.schemas.location import choice, hideable, location, pointer, steps_of
from unabridged.schemas.wire import Json, Outcome, Request, Response, State
from unabridged.tools.checking import check
from unabridged.tools.mocking.sheet import laid
from unabridged.tools.mutating.editing import put, without
from unabridged.tools.mutating.mutations import mutants
from unabridged.tools.mutating.shaping import demanding
from unabridged.tools.proving.prove import prove
from unabridged.tools.recordings.hiding import places, within
from unabridged.tools.slicing import elements, value
from unabridged.tools.template import MISSING, Missing
from unabridged.validators.reading import at, every, found_at
from unabridged.validators.shape import compiled

pytestmark = pytest.mark.anyio
NEXT = "/links/[rel=next]/href"
SELF: Json = {"rel": "self", "href": "/1"}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# ------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("links", "state", "found"),
    [
        ([SELF, {"rel": "next", "href": "/2"}], State.VALUE, "/2"),
        ([{"rel": "next", "href": "/2"}, {"rel": "next", "href": "/3"}], State.VALUE, "/2"),
        ([SELF, {"rel": ["collection", "next"], "href": "/2"}], State.VALUE, "/2"),
        ([{"rel": "next", "href": None}], State.NULL, None),
        ([{"rel": "next", "href": ""}], State.EMPTY, ""),
        ([{"rel": "next"}, {"rel": "next", "href": "/3"}], State.ABSENT, None),
        ([{"rel": "Next", "href": "/2"}, {"rel": "next ", "href": "/2"}], State.ABSENT, None),
        ([{"rel": None}, {"rel": True}, {"rel": {"next": 1}}, {"rel": [["next"]]}, {}], State.ABSENT, None),
        (["next", None, 7, ["rel", "next"]], State.ABSENT, None),
        ([SELF], State.ABSENT, None),
        ([], State.ABSENT, None),
        ({"rel": "next", "href": "/2"}, State.ABSENT, None),
        ({"next": {"rel": "next", "href": "/2"}}, State.ABSENT, None),
        ("next", State.ABSENT, None),
        (None, State.NULL, None),
    ],
)
def test_a_place_that_chooses_an_element_is_read_alike_by_every_reader(links: Json, state: State, found: Json) -> None:
    body: Json = {"links": links}
    (read,) = found_at(body, NEXT)
    ((_, each),) = every(body, NEXT)
    assert {(one.state, one.value) for one in (at(body, NEXT), read, each)} == {(state, found)}


def test_what_is_found_is_named_by_its_number_and_what_is_not_as_it_was_written() -> None:
    body: Json = {"rows": [{"at": [{"k": "a", "v": 1}]}, {"at": [{"k": "b"}, {"k": "a", "v": 2}]}, {"at": []}]}
    where = "/rows/*/at/[k=a]/v"
    assert [found.value for found in found_at(body, where)] == [1, 2, None]
    assert [named for named, _ in every(body, where)] == ["/rows/0/at/0/v", "/rows/1/at/1/v", "/rows/2/at/[k=a]/v"]


def test_a_member_of_an_object_that_is_called_like_a_choice_is_a_member() -> None:
    assert at({"[rel=next]": 1}, "/[rel=next]").value == 1


def test_what_stands_in_a_name_may_stand_in_a_choice() -> None:
    body: Json = [{"rel": "http://opds/next=1]", "a/b": "~"}]
    assert at(body, "/[rel=http:~1~1opds~1next=1]]/a~1b").value == "~"
    assert at(body, "/[a~1b=~0]/rel").value == "http://opds/next=1]"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("$.links[?(@.rel=='next')].href", NEXT),
        ('$.links[?(@.rel == "next")].href', NEXT),
        ("$.links[?@.rel=='next'].href", NEXT),
        ("$['link'][?(@.relation=='next')]['url']", "/link/[relation=next]/url"),
        ("$[?(@.rel=='http://a/next')].href", "/[rel=http:~1~1a~1next]/href"),
        ("$.items[*].links[?(@.rel=='next')]", "/items/*/links/[rel=next]"),
    ],
)
def test_the_filter_of_jsonpath_that_says_this_is_understood(written: str, read: str) -> None:
    assert pointer(written) == read


@pytest.mark.parametrize(
    "text",
    [
        *("/links/[rel='next']/href", "/links/[rel = next]/href", "/links/[rel==next]/href", "/links/[rel=]/href"),
        *("/links/[=next]/href", "/links/[rel=http://a/next]/href", "/links/[rel=next/href"),
        *("$.links[?(@.rel!='next')].href", "$.links[?(@.rel=='next'].href", "$.links[?@.rel=='next')].href"),
        *("$.links[?(@.rel==next)].href", "$.links[?(@.rel=='')].href", "$.links[?(@.a=='b' && @.c=='d')]"),
    ],
)
def test_a_choice_that_could_never_be_met_is_refused_where_it_is_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"\[name=value\]|a JSON Pointer"):
        location(text)


@pytest.mark.parametrize(
    "text", ["body:/links/[rel=next]/href", "header:x-links:/[rel=next]/href", "event:e:/a/[b=c:d]/e"]
)
def test_such_a_place_is_written_as_it_is_read(text: str) -> None:
    assert str(location(text)) == text


def test_an_ordinary_step_is_no_choice() -> None:
    assert [choice(step) for step in ("rel", "0", "*", "", "[", "[]", "[a]", "a=b", "page[after]", "[a=b")] == [
        None
    ] * 10


def test_no_place_in_a_request_is_an_element_that_is_chosen() -> None:
    problem = "a place in a request"
    with pytest.raises(ValueError, match=problem):
        contract(walk={"kind": "cursor", "next": "/next", "send": "body:/links/[rel=next]"})


def test_such_a_place_hides_every_element_so_that_none_is_shown() -> None:
    hidden = places([hideable("/telecom/[system=phone]/value")]).bodies
    assert within(("telecom", "3", "value"), hidden)
    assert not within(("telecom", "3", "use"), hidden)


# ---------------------------------------------------------------------------------- what is cut out, put in, laid


def test_bytes_are_cut_out_as_they_came() -> None:
    body = b'{"parts": [{"is": "meta", "n": 1}, {"is": ["rows"], "rows": [1.10, {"a":  2}]}]}'
    assert elements(body, "/parts/[is=rows]/rows") == b'1.10, {"a":  2}'
    assert value(body, "/parts/[is=meta]") == b'{"is": "meta", "n": 1}'


_LINK = st.fixed_dictionaries({}, optional={"rel": st.sampled_from(["next", "self", ["next"]]), "href": st.just("/x")})
_EMPTY: dict[str, Json] = {}
_BODIES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional={"links": st.one_of(st.none(), st.just(_EMPTY), st.lists(st.one_of(_LINK, st.integers()), max_size=4))}
)


@given(_BODIES)
def test_what_is_put_at_such_a_place_is_read_there_and_what_is_taken_away_is_absent(body: Any) -> None:
    for made in (put(body, NEXT, "/2"), laid(body, steps_of(NEXT), "/2")):
        assert at(made, NEXT).value == "/2"
    for made in (put(body, NEXT, None), laid(body, steps_of(NEXT), None)):
        assert at(made, NEXT).state is State.NULL
    gone = (State.ABSENT,) if body.get("links", 0) is not None else (State.ABSENT, State.NULL)
    for left in (without(body, NEXT), laid(body, steps_of(NEXT), MISSING), without(body, "/links/[rel=next]")):
        assert at(left, NEXT).state in gone


def test_what_a_mock_takes_away_goes_with_its_element_as_a_service_leaves_it_out() -> None:
    there: Json = {"links": [SELF, {"rel": "next", "href": "/2"}, {"rel": "next", "href": "/3"}]}
    assert laid(there, steps_of(NEXT), MISSING) == {"links": [SELF]}
    assert laid({}, steps_of(NEXT), "/2") == {"links": [{"rel": "next", "href": "/2"}]}


# ------------------------------------------------------------------------------------------------- a service

BASE = "https://desk.test/collections/roads/items"
ROADS: list[Json] = [{"type": "Feature", "id": f"road-{number}"} for number in range(23)]
Change: TypeAlias = "Callable[[list[Json], int], Json | Missing]"


def features(request: Request, change: Change | None = None) -> Outcome:
    """A collection of OGC API Features; *change* writes its links for the page that begins at an offset."""
    start, size = int(query(request).get("offset", 0)), int(query(request).get("limit", 10))
    onward = start + size < len(ROADS)
    following: Json = {
        "rel": "next",
        "type": "application/geo+json",
        "href": f"{BASE}?limit={size}&offset={start + size}",
    }
    links: list[Json] = [{"rel": "self", "href": request.url}, *([following] if onward else [])]
    links.append({"rel": "collection", "href": "https://desk.test/collections/roads"})
    laid_out = links if change is None else change(links, start)
    found: dict[str, Json] = {} if isinstance(laid_out, Missing) else {"links": laid_out}
    return answer(
        {"type": "FeatureCollection", **found, "numberMatched": len(ROADS), "features": ROADS[start : start + size]}
    )


def tool(require: str = "documented_absence", **parts: Any) -> Contract:
    walk: dict[str, Any] = {
        "kind": "next_url",
        "next": "body:/links/[rel=next]/href",
        "end": {"next": {"value": "continue", "absent": "end"}},
        "absence": {"documented": "OGC API - Features, 7.15.4", "liveness": "required"},
        "page_size": {"send": "query:limit", "ask": 10},
    }
    return contract(
        **{
            "request": {"url": BASE},
            "response": {"items": {"at": "/features", "id": "/id"}},
            "walk": walk,
            "complete": {"require": require, **({} if require != "counted" else {"total": {"at": "/numberMatched"}})},
            **parts,
        }
    )


COUNTED = tool("counted")


@pytest.mark.parametrize("promise", [tool(), COUNTED])
async def test_all_pages_are_walked_by_the_link_in_the_list(promise: Contract) -> None:
    world = World(features)
    assert items(await world.call(promise)) == ROADS
    assert [query(request).get("offset") for request in world.sent][:3] == [None, "10", "20"]


def _cut(links: list[Json], start: int) -> Json:
    return links if start != 10 else [link for link in links if link["rel"] != "next"]  # type: ignore[index, call-overload]  # our own


def _missing(links: list[Json], start: int) -> Json | Missing:
    return links if start != 10 else MISSING


def _object(links: list[Json], start: int) -> Json:
    return links if start != 10 else {"next": links}


def _looped(links: list[Json], start: int) -> Json:
    return [{"rel": "next", "href": f"{BASE}?limit=10&offset=10"}] if start == 10 else links


def _no_address(links: list[Json], start: int) -> Json:
    return [{"rel": "next"}, *links] if start == 10 else links


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (_cut, "total_mismatch"),
        (_missing, "total_mismatch"),
        (_object, "total_mismatch"),
        (_no_address, "total_mismatch"),
        (_looped, "cursor_loop"),
    ],
)
async def test_what_leads_nowhere_or_round_is_no_whole_answer(change: Change, why: str) -> None:
    assert code(await World(partial(features, change=change)).call(COUNTED)) == why


async def test_of_two_links_with_one_relation_the_first_is_followed() -> None:
    def twice(links: list[Json], _start: int) -> Json:
        other: Json = {"rel": "next", "type": "text/html", "href": f"{BASE}?f=html"}
        return [*links, other] if any(isinstance(link, dict) and link["rel"] == "next" for link in links) else links

    assert items(await World(partial(features, change=twice)).call(COUNTED)) == ROADS


async def test_a_link_that_was_cut_once_is_found_when_the_end_is_asked_for_again() -> None:
    times: list[int] = []

    def once(links: list[Json], start: int) -> Json:
        times.extend([start] if start == 10 else [])
        return _cut(links, start) if times == [10] else links

    assert items(await World(partial(features, change=once)).call(tool())) == ROADS


async def test_a_list_that_never_has_the_link_is_no_proof_of_the_end() -> None:
    def never(_links: list[Json], _start: int) -> Json:
        return []

    assert code(await World(partial(features, change=never)).call(tool())) == "channel_dead"


async def test_without_a_licence_a_list_without_the_link_is_no_end() -> None:
    walk = {
        "kind": "next_url",
        "next": "body:/links/[rel=next]/href",
        "end": {"next": {"value": "continue", "null": "end"}},
    }
    assert code(await World(features).call(tool("counted", walk=walk))) == "cursor_missing"
    unlicensed = {**walk, "end": {"next": {"value": "continue", "absent": "end"}}}
    assert [str(mistake.way) for mistake in check(tool("counted", walk=unlicensed))] == ["('walk', 'absence')"]


async def test_every_star_beside_a_choice_stays_refused_where_a_place_is_one_thing() -> None:
    walk = {"kind": "next_url", "next": "body:/pages/*/links/[rel=next]/href"}
    assert "`*` is every element" in " ".join(mistake.message for mistake in check(tool("counted", walk=walk)))


async def test_items_and_totals_and_flags_may_stand_in_such_elements() -> None:
    def told(request: Request) -> Outcome:
        page = int(query(request).get("page", 1))
        facts: list[Json] = [{"of": "pages", "is": page < 3}, {"of": ["total"], "is": len(ROADS)}]
        rows: Json = [*ROADS[(page - 1) * 10 : page * 10]]
        return answer({"facts": facts, "parts": [{"is": "meta"}, {"is": "rows", "rows": rows}]})

    promise = contract(
        response={"items": {"at": "/parts/[is=rows]/rows", "id": "/id"}},
        walk={
            "kind": "page",
            "send": "query:page",
            "more": "body:/facts/[of=pages]/is",
            "end": {"more": {"true": "continue", "false": "end"}},
        },
        complete={"require": "counted", "total": {"at": "/facts/[of=total]/is"}},
    )
    assert items(await World(told).call(promise)) == ROADS


async def test_one_thing_may_be_such_an_element() -> None:
    body: Json = {"parts": [{"kind": "meta"}, {"kind": "ticket", "price": 1.5}]}
    promise = contract(
        claim="one",
        response={"data": "/parts/[kind=ticket]"},
        walk={"kind": "single"},
        complete={"require": "terminated"},
    )
    assert json.loads(content(await World(lambda _: answer(body)).call(promise))) == {"kind": "ticket", "price": 1.5}
    assert code(await World(lambda _: answer({"parts": []})).call(promise)) == "data_missing"


# ------------------------------------------------------------------------------------------------- corruptions


async def test_the_link_its_address_and_the_list_are_corrupted() -> None:
    sound = await spoken(COUNTED, features)
    made = [one for one in mutants(sound) if one.mutation == "field_dropped" and one.place.startswith("body:/links")]
    assert {(one.place, one.detail) for one in made} >= {
        ("body:/links", "body:/links"),
        ("body:/links/[rel=next]", "body:/links/1"),
        ("body:/links/[rel=next]/href", "body:/links/1/href"),
    }
    outcome = next(one for one in made if one.place == "body:/links/[rel=next]").outcomes[0]
    assert isinstance(outcome, Response)
    assert [link["rel"] for link in json.loads(outcome.content)["links"]] == ["self", "collection"]


async def test_a_remedy_says_of_such_an_element_what_every_answer_shows() -> None:
    sound = await spoken(COUNTED, features)
    made = next(
        one for one in mutants(sound) if (one.mutation, one.place) == ("field_dropped", "body:/links/[rel=next]/href")
    )
    lines = [response for _, response in demanding(sound, replace(made, place="body:/links/[rel=self]/href"))]
    schema = lines[0].schema or {}
    whole = sound.turns[0].body.value
    assert compiled(schema).is_valid(whole)
    assert not compiled(schema).is_valid(without(whole, "/links/[rel=self]"))
    assert not compiled(schema).is_valid(put(whole, "/links/[rel=self]/href", 7))


# ----------------------------------------------------------------------------------------- a mock, and a proof

_LINK_OF_STAC = {
    "type": "object",
    "required": ["rel", "href", "type"],
    "properties": {"rel": {"type": "string"}, "href": {"type": "string"}, "type": {"const": "application/json"}},
}
_LINK_OF_SIREN = {
    "type": "object",
    "required": ["rel", "href"],
    "properties": {"rel": {"type": "array", "items": {"type": "string"}, "minItems": 1}, "href": {"type": "string"}},
}


@pytest.mark.parametrize("link", [_LINK_OF_STAC, _LINK_OF_SIREN])
@pytest.mark.parametrize("required", [["features"], ["features", "links"]])
@pytest.mark.parametrize("count", [0, 10, 23])
async def test_a_mock_gives_such_links_as_their_schema_wants_them(link: Any, required: Any, count: int) -> None:
    properties = {"features": {"type": "array"}, "links": {"type": "array", "items": link}}
    schema = {"type": "object", "required": required, "properties": properties}
    promise = tool("counted", response={"schema": schema, "items": {"at": "/features", "id": "/id"}})
    told = await ran(promise, items=count)
    assert (told.outcome, told.code) == ("whole", "")


@pytest.mark.parametrize("lie", ["cursor_missing", "cursor_null", "cursor_loop"])
async def test_a_mock_that_lies_about_such_a_link_is_found_out(lie: str) -> None:
    assert (await ran(COUNTED, items=23, lies=[lie])).outcome == "refused"


def summed(request: Request) -> Outcome:
    """As `features`, with the number of all of them in a list of facts."""
    outcome = features(request)
    assert isinstance(outcome, Response)
    body = json.loads(outcome.content)
    return answer({**body, "facts": [{"of": "page", "is": 10}, {"of": "all", "is": body.pop("numberMatched")}]})


_SUMMED = tool("counted", complete={"require": "counted", "total": {"at": "/facts/[of=all]/is"}})


async def test_a_proof_locks_what_stands_in_the_element_and_a_later_answer_without_it_is_refused() -> None:
    proven = await prove(_SUMMED, {}, surroundings=World(summed).surroundings(), requests=60)
    assert proven.proof is not None
    shape = proven.proof.shape
    assert {"/facts", "/facts/[of=all]", "/facts/[of=all]/is", "/links"} <= {*shape.required} & {*shape.channels}
    assert not [place for place in shape.required if place.startswith("/links/[rel=next]")]
    assert {place for place in shape.envelope if place.startswith("/links/[rel=next]/")} >= {"/links/[rel=next]/href"}
    locked = replace(_SUMMED, proof=proven.proof)
    assert items(await World(summed).call(locked)) == ROADS

    def less(request: Request) -> Outcome:
        outcome = summed(request)
        assert isinstance(outcome, Response)
        return answer(without(json.loads(outcome.content), "/facts/[of=all]"))

    assert code(await World(less).call(locked)) == "channel_vanished"
