"""What says that there is another page, by whatever name, speaks against a tool that knows no pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.proving.experiments import proven
from tests.proving.services import Service
from tests.scripted import answer
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.prove import Proven

pytestmark = pytest.mark.anyio

URL = "https://desk.test/items?cursor=15"
ANOTHER: tuple[dict[str, Json], ...] = (
    {"next": URL},
    {"next": "/items?cursor=15"},
    {"next": 2},
    {"previous": None, "next": URL},
    {"next_cursor": "abc"},
    {"nextPageToken": "abc"},
    {"nextLink": URL},
    {"@odata.nextLink": URL},
    {"links": {"next": URL}},
    {"links": {"next": {"href": URL, "meta": {}}}},
    {"links": [{"rel": "self", "href": "/"}, {"rel": "next", "href": URL}]},
    {"link": [{"relation": "next", "url": URL}]},
    {"_links": {"next": {"href": URL}}},
    {"paging": {"next": URL}},
    {"paging": {"next": {"after": "15", "link": URL}}},
    {"metadata": {"continue": "abc"}},
    {"meta": {"pagination": {"next_page": 2}}},
    {"data": {"cursor": {"next": "abc"}}},
    {"page": 1, "total_pages": 5},
    {"meta": {"last_page": "5"}},
    {"has_more": True},
    {"pageInfo": {"hasNextPage": True, "endCursor": "abc"}},
    {"has_more": "true"},
    {"truncated": True},
    {"last": False},
    {"page": {"isLast": False}},
    {"done": False, "nextRecordsUrl": URL},
    {"totalElements": 83},
)
ALL: tuple[dict[str, Json], ...] = (
    {"next": None, "previous": None},
    {"next": ""},
    {"next_cursor": 0, "next_cursor_str": "0"},
    {"links": {"self": URL, "first": URL, "last": URL, "next": None}},
    {"links": [{"rel": "self", "href": URL}, {"rel": "next", "href": None}]},
    {"_links": {"next": {"href": None, "templated": False}}},
    {"paging": {"cursors": {"after": "abc", "before": "abc"}}},
    {"pageInfo": {"endCursor": "abc", "hasNextPage": False}},
    {"has_more": False, "next_cursor": "abc"},
    {"iterator": "abc", "done": True},
    {"page": 1, "total_pages": 1, "last": True},
    {"page_count": 3},
    {"schedule": {"next": "2030-01-01", "number": 3}},
    {"schedule": {"next": {"number": 4}}},
    {"metadata": {"continue": ""}},
    {"first": 0, "last": 0},
    {"recordsTotal": 100, "total_size": 8000},
)


def _tool() -> Contract:
    walk = {"kind": "single", "absence": {"documented": "https://desk.test/docs"}}
    return Service(total=None).contract(walk=walk, complete={"require": "documented_absence"})


def _answering(beside: Mapping[str, Json], fields: Mapping[str, str] | None = None) -> Any:
    def listing(request: Request) -> Outcome:
        return answer({"items": [{"id": number, "next": URL} for number in range(3)], **beside}, fields=fields)

    return listing


def _walk(found: Proven) -> tuple[str, str]:
    line = found.proof.lines["walk"]
    return line.outcome, line.says


@pytest.mark.parametrize("beside", ANOTHER, ids=str)
@pytest.mark.requirement("L10")
async def test_a_sign_of_another_page_refutes_a_tool_that_knows_none(beside: dict[str, Json]) -> None:
    outcome, says = _walk(await proven(_answering(beside), _tool()))
    assert (outcome, says.endswith("so there is more than one answer holds")) == ("refuted", True)


@pytest.mark.parametrize("beside", ALL, ids=str)
async def test_what_stands_beside_the_only_page_is_no_sign_of_another_one(beside: dict[str, Json]) -> None:
    assert _walk(await proven(_answering(beside), _tool()))[0] == "proven"


@pytest.mark.parametrize(
    ("name", "value", "outcome"),
    [
        ("X-Next-Page", "2", "refuted"),
        ("X-Next-Page", "", "proven"),
        ("X-Total-Pages", "5", "refuted"),
        ("X-WP-TotalPages", "1", "proven"),
        ("X-WP-Total", "40", "refuted"),
        ("X-Pagination", '{"page": 1, "next_page": 2}', "refuted"),
        ("X-Pagination", '{"CurrentPage": 1, "TotalPages": 5}', "refuted"),
        ("X-Pagination", '{"TotalCount": 40, "PageSize": 20}', "refuted"),
        ("X-Pagination", '{"TotalCount": 3, "TotalPages": 1, "HasNext": false}', "proven"),
    ],
)
async def test_signs_of_another_page_are_read_from_the_header_too(name: str, value: str, outcome: str) -> None:
    assert _walk(await proven(_answering({}, {name: value}), _tool()))[0] == outcome


@pytest.mark.parametrize(
    ("flag", "end", "outcome"),
    [
        (True, None, "refuted"),
        (False, {"false": "continue", "true": "end"}, "refuted"),
        ("NO", {"NO": "continue", "YES": "end"}, "refuted"),
        (False, None, "proven"),
        (True, {"false": "continue", "true": "end"}, "proven"),
    ],
)
@pytest.mark.requirement("L10")
async def test_a_declared_flag_is_read_by_its_own_table(flag: Json, end: Any, outcome: str) -> None:
    table = {} if end is None else {"end": {"more": end}}
    licence = {"absence": {"documented": "https://desk.test/docs"}} if outcome == "proven" else {}
    walk = {"kind": "single", "more": "/page/flag", **table, **licence}
    tool = Service(total=None).contract(walk=walk, complete={"require": "terminated"})
    beside: dict[str, Json] = {"page": {"flag": flag, "next_cursor": "abc"}}
    found = await proven(_answering(beside), tool)
    assert (_walk(found)[0], "body:/page/flag says" in _walk(found)[1]) == (outcome, outcome == "refuted")
    assert not any("absence" in str(one) for one in found.proposals)


@pytest.mark.requirement("L11")
async def test_neither_a_way_to_the_next_page_nor_names_that_are_data_are_told() -> None:
    found = await proven(_answering({"by": {"alice": {"next_cursor": "a-secret"}}}), _tool())
    assert _walk(found)[1].startswith("something in body:/by leads to a next page")
    assert all(data not in str(found.proof) for data in ("alice", "a-secret"))
