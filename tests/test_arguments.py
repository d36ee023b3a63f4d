"""What a caller gives is refused before anything is sent, where no request can say it."""

from __future__ import annotations

import json
from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items
from unabridged.validators.arguments import misfit

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


WRITE: dict[str, Any] = {
    "claim": "one",
    "effects": "write",
    "input": {"type": "object", "properties": {"filter": {}}},
    "request": {"url": "https://desk.test/tickets", "method": "POST", "body": {"filter": "{input.filter}"}},
    "walk": {"kind": "single"},
    "complete": {},
}


@pytest.mark.requirement("M8")
@pytest.mark.parametrize("number", [inf, -inf, nan])
async def test_a_number_that_json_cannot_say_is_refused_before_anything_is_sent(number: float) -> None:
    world = World(lambda _: answer({}))
    arguments: list[dict[str, Any]] = [{"filter": number}, {"filter": {"a": [1, number]}}]
    for given in arguments:
        assert code(await world.call(contract(**WRITE), **given)) == "invalid_arguments"
    assert world.sent == []


def test_the_refusal_names_the_place() -> None:
    found = misfit({"type": "object"}, {"a": [{"b": inf}]})
    assert found is not None
    assert found.where == "arguments:/a/0/b"


LIST: dict[str, Any] = {
    "input": {"type": "object", "properties": {"a": {}, "none": {"default": []}}, "required": ["a"]},
    "walk": {"kind": "single", "absence": {"documented": "https://desk.test/docs"}},
    "complete": {"require": "documented_absence"},
    "response": {"items": {"at": "/tickets"}},
}
PLACES: dict[str, dict[str, Any]] = {
    "query": {"query": {"a": "{input.a}", "b": "{input.none}"}},
    "query in a style": {"query": {"a": "{a}"}, "styles": {"query:a": "comma"}},
    "query of an object": {"query": {"a": "{a}"}, "styles": {"query:a": "deep_object"}},
    "form": {"method": "POST", "form": {"a": "{a}"}},
    "cookie": {"cookies": {"a": "{a}"}},
}


def content(world: World) -> bytes:
    body = world.sent[0].body
    return b"" if body is None else body.content


def asking(place: str) -> Any:
    return contract(**LIST, request={"url": "https://desk.test/tickets", **PLACES[place]})


@pytest.mark.requirement("M8")
@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("value", [None, []], ids=str)
async def test_what_would_not_be_sent_although_it_was_given_is_refused(place: str, value: Any) -> None:
    world = World(lambda _: answer({"tickets": []}))
    assert code(await world.call(asking(place), a=value)) == "invalid_arguments"
    assert world.sent == []


@pytest.mark.parametrize(
    "request_",
    [
        {"headers": {"X-A": "{a}"}},
        {"method": "POST", "multipart": {"a": {"content": "{input.a}"}}},
        {"method": "POST", "raw": {"content": "{input.a}", "media": "text/plain"}},
        {"method": "POST", "body": {"text": "a:{input.a}"}},
    ],
    ids=str,
)
async def test_null_is_refused_where_nothing_can_say_it(request_: dict[str, Any]) -> None:
    world = World(lambda _: answer({"tickets": []}))
    promise = contract(**LIST, request={"url": "https://desk.test/tickets", **request_})
    assert code(await world.call(promise, a=None)) == "invalid_arguments"
    assert world.sent == []


async def test_an_empty_list_and_null_are_sent_where_they_can_be_written() -> None:
    world = World(lambda _: answer({"tickets": []}))
    body = {"method": "POST", "body": {"a": "{input.a}"}, "query": {"b": "{input.b}"}, "styles": {"query:b": "json"}}
    promise = contract(**LIST, request={"url": "https://desk.test/tickets", **body})
    assert items(await world.call(promise, a=None, b=[])) == []
    assert (content(world), world.sent[0].url.partition("?")[2]) == (b'{"a":null}', "b=%5B%5D")


@pytest.mark.parametrize("given", [{}, {"a": None}, {"none": []}], ids=str)
async def test_null_for_an_optional_argument_and_a_default_are_left_out(given: dict[str, Any]) -> None:
    world = World(lambda _: answer({"tickets": []}))
    promise = asking("query")
    optional = replace(promise, input={**promise.input, "required": []})
    assert items(await world.call(optional, **given)) == []
    assert "?" not in world.sent[0].url


async def test_a_list_in_a_body_of_which_nothing_was_given_is_left_out_and_asks_for_nothing() -> None:
    world = World(lambda _: answer({"tickets": []}))
    body = {"state": {"any_": ["{input.a}"]}, "fixed": [], "some": ["{input.a}", 3]}
    promise = contract(**LIST, request={"url": "https://desk.test/tickets", "method": "POST", "body": body})
    assert items(await world.call(replace(promise, input={"type": "object", "properties": {"a": {}}}))) == []
    assert json.loads(content(world)) == {"state": {}, "fixed": [], "some": [3]}
