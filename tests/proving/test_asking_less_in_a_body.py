"""A tool that knows no pages, and asks in a body: what its arguments can ask for there, and what others call it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.proving.services import Service
from tests.scripted import World, answer
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.prove import prove

pytestmark = pytest.mark.anyio

_THERE = 54


async def _walk(
    listing: Callable[[Request], Outcome], content: Mapping[str, Any], arguments: Mapping[str, Json], **response: Any
) -> tuple[str, str]:
    """How the walk was settled of a tool that reads by POST and sends this *content*."""
    tool = Service(total=None).contract(
        input={"type": "object", "properties": dict(arguments), "$defs": {"page": PAGE}},
        effects="read",
        request={"url": "https://desk.test/search", "method": "POST", **content},
        response={"items": {"at": "/items", "id": "/id"}, **response},
        walk={"kind": "single", "absence": {"documented": "https://desk.test/docs"}},
        complete={"require": "documented_absence"},
    )
    found = await prove(tool, {}, surroundings=World(listing).surroundings())
    line = found.proof.lines["walk"]
    return line.outcome, line.says


def _sent(request: Request) -> dict[str, Any]:
    """What a request holds in its body, which may be a form."""
    content = b"" if request.body is None else request.body.content
    form = request.body is not None and "form" in request.body.media
    return dict(parse_qsl(content.decode())) if form else json.loads(content or b"{}")


def _items(count: int) -> Outcome:
    return answer({"items": [{"id": number} for number in range(min(count, _THERE))]})


def _obeying(*way: str, known: frozenset[str] | None = None) -> Callable[[Request], Outcome]:
    """A service that obeys a page size at one place in the body; what it does not know it may refuse."""

    def listing(request: Request) -> Outcome:
        found: Any = _sent(request)
        if known is not None and not found.keys() <= known:
            return answer({"detail": "extra fields are not permitted"}, status=422)
        for step in way:
            found = found.get(step, {})
        return _items(int(found or _THERE))

    return listing


INTEGER: Json = {"type": "integer"}
PAGE: Json = {"type": "object", "properties": {"limit": {"type": "string", "format": "int64"}}}


@pytest.mark.parametrize(
    ("way", "content", "arguments"),
    [
        (("limit",), {"body": {"key": "a", "limit": "{input.limit}"}}, {"limit": INTEGER}),
        (("limit",), {"body": {"limit": "{input.limit}"}}, {"limit": {"type": "string"}}),
        (("page_limit",), {"body": {"page_limit": "{input.page_limit}"}}, {"page_limit": INTEGER}),
        (("max",), {"body": {"max": "{input.page_size}"}}, {"page_size": INTEGER}),
        (("page", "size"), {"body": {"page": {"size": "{input.n}"}}}, {"n": INTEGER}),
        (("limit",), {"body": {"limit": 100}}, {}),
        (("limit",), {"body": {}, "strict": {"body:/limit": 100}}, {}),
        (("limit",), {"form": {"limit": "{input.limit}"}}, {"limit": INTEGER}),
        (("limit",), {"form": {"limit": "100"}}, {}),
        (("limit",), {"body": "{input.body}"}, {"body": PAGE}),
        (("page", "limit"), {"body": {"page": "{input.page}"}}, {"page": PAGE}),
        (("page", "limit"), {"body": "{input.body}"}, {"body": {"allOf": [{"properties": {"page": PAGE}}]}}),
        (
            ("page", "limit"),
            {"body": "{input.body}"},
            {"body": {"properties": {"page": {"$ref": "#/$defs/page"}}}},
        ),
    ],
    ids=str,
)
@pytest.mark.requirement("L10")
async def test_a_page_size_in_a_body_is_tried(
    way: tuple[str, ...], content: Mapping[str, Any], arguments: Mapping[str, Json]
) -> None:
    outcome, says = await _walk(_obeying(*way, known=frozenset({"key", way[0]})), content, arguments)
    assert (outcome, f"asked for {'.'.join(way)}=1, fewer came" in says) == ("refuted", True)


@pytest.mark.requirement("L10")
async def test_an_argument_that_is_a_part_of_a_text_is_tried_too() -> None:
    def listing(request: Request) -> Outcome:
        return _items(int(_sent(request)["query"].rpartition(" ")[2]))

    content = {"body": {"query": "SELECT * FROM items LIMIT {input.limit}"}}
    arguments: Mapping[str, Json] = {"limit": {"type": "integer", "default": 20}}
    outcome, says = await _walk(listing, content, arguments)
    assert (outcome, says) == ("refuted", "asked for limit=1, fewer came, so it comes in pages")


@pytest.mark.parametrize(
    "content", [{"body": {"limit": "{input.limit}"}}, {"form": {"limit": "{input.limit}"}}], ids=str
)
async def test_what_the_service_does_not_obey_shows_nothing(content: Mapping[str, Any]) -> None:
    assert (await _walk(lambda request: _items(_THERE), content, {"limit": INTEGER}))[0] == "proven"


@pytest.mark.requirement("L10")
async def test_to_be_refused_what_the_tool_can_ask_for_proves_nothing() -> None:
    def listing(request: Request) -> Outcome:
        return answer({}, status=400) if _sent(request).get("limit") == 1 else _items(_THERE)

    outcome, says = await _walk(listing, {"body": {"limit": "{input.limit}"}}, {"limit": INTEGER})
    assert (outcome, "to ask for limit=1 was refused" in says) == ("open", True)


async def test_to_fix_that_there_is_no_limit_is_no_page_size() -> None:
    def listing(request: Request) -> Outcome:
        return _items(_sent(request).get("limit") or _THERE)

    assert (await _walk(listing, {"body": {"limit": 0}}, {}))[0] == "proven"


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        ({"body": {"key": "a"}}, {}),
        ({"body": {}}, {}),
        ({"form": {"key": "a"}}, {}),
        ({"body": "{input.body}"}, {"body": {"type": "object"}}),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["limit", "page_limit", "maxResults", "Limit"])
@pytest.mark.requirement("L10")
async def test_common_names_are_tried_in_a_body_too(
    name: str, content: Mapping[str, Any], arguments: Mapping[str, Json]
) -> None:
    outcome, says = await _walk(_obeying(name), content, arguments)
    assert (outcome, says) == (
        "refuted",
        "asked for one item by a common name in the body, fewer came, so it comes in pages",
    )


@pytest.mark.requirement("L10")
async def test_common_names_are_tried_in_the_query_of_a_read_by_post() -> None:
    def listing(request: Request) -> Outcome:
        return _items(1 if "size=1" in request.url else _THERE)

    assert (await _walk(listing, {"body": {"key": "a"}}, {}))[0] == "refuted"


async def test_a_body_that_may_hold_nothing_more_shows_nothing() -> None:
    assert (await _walk(_obeying("limit", known=frozenset({"key"})), {"body": {"key": "a"}}, {}))[0] == "proven"


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"schema": {"type": "object", "required": ["items"]}},
        {"veto": [{"at": "body:/error", "is": "present", "code": "partial_flag"}]},
    ],
    ids=str,
)
async def test_an_error_under_a_status_of_success_is_a_refusal_of_names_that_are_not_the_tools_own(
    response: Mapping[str, Any],
) -> None:
    def calling(request: Request) -> Outcome:
        strange = _sent(request).keys() - {"method"}
        return answer({"error": {"code": -32600}}) if strange else _items(_THERE)

    assert (await _walk(calling, {"body": {"method": "list"}}, {}, **response))[0] == "proven"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"items": []}, "by common names in the body, none came"),
        ({"items": {"id": 0}}, "in the body was not answered: items_missing"),
    ],
    ids=str,
)
@pytest.mark.requirement("L10")
async def test_an_answer_in_which_the_question_was_lost_proves_nothing(body: Json, says: str) -> None:
    def listing(request: Request) -> Outcome:
        return answer(body) if "limit" in _sent(request) else _items(_THERE)

    outcome, said = await _walk(listing, {"body": {"key": "a"}}, {})
    assert (outcome, says in said) == ("open", True)


@pytest.mark.requirement("L10")
async def test_common_names_that_were_not_answered_in_a_body_prove_nothing() -> None:
    def listing(request: Request) -> Outcome:
        return answer({}, status=503) if "limit" in _sent(request) else _items(_THERE)

    outcome, says = await _walk(listing, {"body": {"key": "a"}}, {})
    assert (outcome, "in the body was not answered: unavailable" in says) == ("open", True)
