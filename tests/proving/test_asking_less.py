"""A tool that knows no pages, and has an argument of its own for their size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
    walk = {"kind": "single", "absence": {"documented": "https://desk.test/docs"}}
    tool = Service(total=None).contract(
        input={"type": "object", "properties": {"limit": size}},
        request={"url": "https://desk.test/items", "query": {name: sent}},
        walk=walk,
        complete={"require": "documented_absence"},
    )
    found = await prove(tool, {} if given is None else {"limit": given}, surroundings=World(listing).surroundings())
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


async def test_what_the_author_has_fixed_is_not_asked_otherwise() -> None:
    asked: list[str | None] = []

    def listing(request: Request) -> Outcome:
        asked.append(query(request).get("limit"))
        return answer({"items": [{"id": number} for number in range(4)]})

    assert (await _walk(listing, INTEGER, sent=50))[0] == "proven"
    assert set(asked) == {"50"}
