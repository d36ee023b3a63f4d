"""A tool that knows no pages, and has an argument of its own for their size."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer, query
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.prove import prove

pytestmark = pytest.mark.anyio

INTEGER: dict[str, Json] = {"type": "integer"}


async def _walk(
    listing: Callable[[Request], Outcome],
    size: Json,
    name: str = "limit",
    sent: Any = "{input.limit}",
    given: int | None = None,
) -> tuple[str, str]:
    """How the walk was settled of a tool with an argument `limit` of this schema, sent under *name*."""
    request = {"url": "https://desk.test/items", "query": {name: sent}}
    return await _settled(listing, {"limit": size}, request, given={} if given is None else {"limit": given})


async def _settled(
    listing: Callable[[Request], Outcome],
    arguments: Mapping[str, Json],
    request: Mapping[str, Any],
    walk: Mapping[str, Any] = MappingProxyType({}),
    given: Mapping[str, Json] = MappingProxyType({}),
) -> tuple[str, str]:
    """How the walk was settled of a tool with these *arguments* that sends this *request*."""
    tool = Service(total=None).contract(
        input={"type": "object", "properties": dict(arguments), "$defs": {"size": INTEGER}},
        request=dict(request),
        walk={"kind": "single", "absence": {"documented": "https://desk.test/docs"}, **walk},
        complete={"require": "documented_absence"},
    )
    found = await prove(tool, given, surroundings=World(listing).surroundings())
    line = found.proof.lines["walk"]
    return line.outcome, line.says


def _obeying(
    name: str = "limit", *, there: int = 83, usual: int = 10, allowed: tuple[int, ...] = ()
) -> Callable[[Request], Outcome]:
    """A service that obeys one name, and refuses every other one."""

    def listing(request: Request) -> Outcome:
        given = query(request)
        size = int(given.get(name, usual))
        if set(given) - {name} or (allowed and size not in allowed):
            return answer({"detail": "no such parameter"}, status=422)
        return answer({"items": [{"id": number} for number in range(min(size, there))]})

    return listing


@pytest.mark.parametrize("given", [None, 5])
@pytest.mark.requirement("L10")
async def test_an_argument_for_the_page_size_is_tried_whether_or_not_it_was_given(given: int | None) -> None:
    outcome, says = await _walk(_obeying(), INTEGER, given=given)
    assert (outcome, says) == ("refuted", "asked for limit=1, fewer came, so it comes in pages")


@pytest.mark.parametrize(
    ("size", "allowed"),
    [
        ({"type": ["integer", "null"], "minimum": 5}, (5, 10)),
        ({"type": "integer", "exclusiveMinimum": 1}, (2, 10)),
        ({"anyOf": [{"type": "integer", "enum": [10, 5]}, {"type": "null"}]}, (5, 10)),
    ],
    ids=str,
)
async def test_it_is_asked_for_the_least_that_the_argument_takes(size: Json, allowed: tuple[int, ...]) -> None:
    outcome, says = await _walk(_obeying(allowed=allowed), size)
    assert (outcome, f"asked for limit={min(allowed)}" in says) == ("refuted", True)


async def test_a_name_that_few_services_have_is_tried_too() -> None:
    outcome, says = await _walk(_obeying("page[size]"), INTEGER, "page[size]")
    assert (outcome, "page[size]=1" in says) == ("refuted", True)


async def test_an_argument_that_the_service_does_not_obey_shows_nothing() -> None:
    def ignoring(request: Request) -> Outcome:
        return answer({"items": [{"id": number} for number in range(4)]})

    assert (await _walk(ignoring, INTEGER))[0] == "proven"


@pytest.mark.parametrize(
    ("listing", "size", "says"),
    [
        (_obeying(there=4), {"type": "integer", "minimum": 5}, "give arguments under which there are more"),
        (_obeying(allowed=(10, 20)), INTEGER, "to ask for limit=1 was refused"),
    ],
)
@pytest.mark.requirement("L10")
async def test_that_one_answer_is_all_is_not_proven_where_fewer_could_not_be_had(
    listing: Callable[[Request], Outcome], size: Json, says: str
) -> None:
    outcome, said = await _walk(listing, size)
    assert (outcome, says in said) == ("open", True)


@pytest.mark.requirement("L10")
async def test_that_one_answer_is_all_is_not_proven_where_asking_for_less_failed() -> None:
    def failing(request: Request) -> Outcome:
        return answer({}, status=503) if query(request).get("limit") == "1" else _obeying()(request)

    outcome, says = await _walk(failing, INTEGER)
    assert (outcome, "unavailable" in says) == ("open", True)


@pytest.mark.parametrize(
    ("sent", "asked"), [(50, "1"), ("50", "1"), (0, "0"), (1, "1"), (-1, "-1"), (True, "true")], ids=str
)
async def test_a_number_that_the_author_has_fixed_is_asked_otherwise_where_it_may_cut_something_off(
    sent: Json, asked: str
) -> None:
    heard: list[str | None] = []

    def ignoring(request: Request) -> Outcome:
        heard.append(query(request).get("limit"))
        return answer({"items": [{"id": number} for number in range(4)]})

    assert (await _walk(ignoring, INTEGER, sent=sent))[0] == "proven"
    assert set(heard) == {str(sent).lower(), asked}


@pytest.mark.parametrize("name", ["limit", "first"])
@pytest.mark.requirement("L10")
async def test_a_fixed_number_that_cuts_something_off_is_found_out(name: str) -> None:
    outcome, says = await _walk(_obeying(name), INTEGER, name, sent=50)
    assert (outcome, says) == ("refuted", f"asked for {name}=1, fewer came, so it comes in pages")


@pytest.mark.parametrize(
    "request_", [{"url": "https://desk.test/items?limit=50"}, {"strict": {"query:limit": 50}}], ids=str
)
@pytest.mark.requirement("L10")
async def test_a_number_is_found_out_wherever_it_is_fixed(request_: dict[str, Any]) -> None:
    def first_wins(request: Request) -> Outcome:
        size = int(parse_qs(urlsplit(request.url).query).get("limit", ["10"])[0])
        return answer({"items": [{"id": number} for number in range(size)]})

    assert (await _settled(first_wins, {}, {"url": "https://desk.test/items", **request_}))[0] == "refuted"


@pytest.mark.requirement("L10")
async def test_a_page_size_that_the_walk_declares_is_tried() -> None:
    walk = {"page_size": {"send": "query:limit", "ask": 50}}
    assert (await _settled(_obeying(), {}, {"url": "https://desk.test/items"}, walk))[0] == "refuted"


@pytest.mark.parametrize(
    "size",
    [
        {"type": "string"},
        {"type": "string", "format": "int64"},
        {"type": ["string", "null"]},
        {"type": "number", "minimum": 0.5},
        {"description": "How many."},
        {"$ref": "#/$defs/size"},
        {"anyOf": [{"type": "null"}, {"type": "string"}]},
        {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 2}]},
        {"const": 20},
    ],
    ids=str,
)
@pytest.mark.requirement("L10")
async def test_an_argument_that_is_named_like_a_page_size_is_tried_whatever_its_type(size: Json) -> None:
    outcome, says = await _walk(_obeying(usual=30), size)
    assert (outcome, "asked for limit=" in says) == ("refuted", True)


async def test_of_a_choice_of_texts_the_least_number_is_asked_for() -> None:
    outcome, says = await _walk(_obeying(usual=30), {"enum": ["all", "25", "5"]})
    assert (outcome, "asked for limit=5, fewer came" in says) == ("refuted", True)


@pytest.mark.parametrize("size", [{"type": "boolean"}, {"type": "array"}, {"enum": ["all", "few"]}], ids=str)
async def test_an_argument_that_takes_no_number_is_not_tried(size: Json) -> None:
    assert (await _walk(_obeying(), size))[0] == "proven"


@pytest.mark.parametrize(
    ("name", "size"),
    [("size", {"type": "string"}), ("first", {"description": "The first name."}), ("size", None)],
    ids=str,
)
async def test_a_text_under_a_weak_name_that_finds_nothing_is_a_filter_and_shows_nothing(name: str, size: Json) -> None:
    def filtering(request: Request) -> Outcome:
        there = 0 if query(request).get(name) == "1" else 4
        return answer({"items": [{"id": number} for number in range(there)]})

    sent = {name: 42 if size is None else f"{{input.{name}}}"}
    arguments: dict[str, Json] = {} if size is None else {name: size}
    assert (await _settled(filtering, arguments, {"url": "https://desk.test/items", "query": sent}))[0] == "proven"


@pytest.mark.requirement("L10")
async def test_a_weak_name_beside_a_better_one_is_tried_too() -> None:
    def listing(request: Request) -> Outcome:
        size = int(query(request).get("size", 10))
        return answer({"items": [{"id": number} for number in range(size)]})

    sent = {"limit": "{input.limit}", "size": "{input.size}"}
    arguments: dict[str, Json] = {"limit": INTEGER, "size": INTEGER}
    outcome, _ = await _settled(listing, arguments, {"url": "https://desk.test/items", "query": sent})
    assert outcome == "refuted"


@pytest.mark.parametrize(
    ("headers", "limit"),
    [({"X-Page-Size": "{input.limit}"}, "1"), ({"Prefer": "odata.maxpagesize={input.limit}"}, "odata.maxpagesize=1")],
    ids=str,
)
@pytest.mark.requirement("L10")
async def test_a_header_that_carries_a_page_size_is_tried(headers: dict[str, str], limit: str) -> None:
    def listing(request: Request) -> Outcome:
        return answer(
            {"items": [{"id": number} for number in range(1 if limit in dict(request.headers).values() else 10)]}
        )

    request = {"url": "https://desk.test/items", "headers": headers}
    outcome, says = await _settled(listing, {"limit": INTEGER}, request)
    assert (outcome, "=1, fewer came" in says) == ("refuted", True)


@pytest.mark.requirement("L10")
async def test_a_member_of_an_argument_that_is_written_deep_is_tried() -> None:
    page: Json = {"type": "object", "properties": {"size": {"type": "integer"}}}
    request = {
        "url": "https://desk.test/items",
        "query": {"page": "{input.page}"},
        "styles": {"query:page": "deep_object"},
    }
    outcome, says = await _settled(_obeying("page[size]"), {"page": page}, request)
    assert (outcome, "page[size]=1" in says) == ("refuted", True)
