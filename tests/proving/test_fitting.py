"""A description that is wrong: `prove` says what would have to be written, and takes no error for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.proving.experiments import proven
from tests.proving.services import Service
from tests.scripted import answer, contract
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.tools.proving.loosening import loosened
from unabridged.tools.proving.prove import Proven
from unabridged.validators.shape import compiled

pytestmark = pytest.mark.anyio

TEXT = {"type": "string"}
ITEM = {"type": "object", "properties": {"name": {"type": "integer"}}, "required": ["id", "owner"]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _schemas(found: Proven) -> list[Mapping[str, Any]]:
    """The proposals that are about a schema."""
    said = [proposal.line.get("response", {}) for proposal in found.proposals]
    return [line for line in said if "schema" in line or "schema" in line.get("items", {})]


def _listing(**response: Any) -> Contract:
    return Service().contract(response={"items": {"at": "/items", "id": "/id"}, **response})


async def test_a_member_that_is_not_always_there_is_named_and_nothing_is_proven() -> None:
    schema = {"type": "object", "required": ["items", "page"], "properties": {"count": TEXT}}
    found = await proven(Service(), _listing(schema=schema))
    (line,) = _schemas(found)
    assert line == {"schema": {"required": ["items"], "properties": {"count": {"type": ["string", "integer"]}}}}
    assert not found.log.reached
    assert found.refusal is not None


async def test_items_that_are_otherwise_are_named_beside_what_is_proven() -> None:
    found = await proven(Service(), _listing(items={"at": "/items", "id": "/id", "schema": ITEM}))
    (line,) = _schemas(found)
    edits = {"required": ["id"], "properties": {"name": {"type": ["integer", "string"]}}}
    assert line == {"items": {"schema": edits}}
    assert found.proof.lines["walk.next"].outcome == "proven"


@pytest.mark.parametrize("kind", ["cursor", "next_url"])
async def test_what_fits_on_all_pages_but_the_last_is_found(kind: Any) -> None:
    service = Service(kind=kind, count=75)
    schema = {"type": "object", "properties": {"next": TEXT}}
    tool = _listing(schema=schema)
    found = await proven(service, service.contract(response=tool.response))
    (line,) = _schemas(found)
    assert line == {"schema": {"properties": {"next": {"type": ["string", "null"]}}}}
    assert any("/next was null in 1 of 8" in one.because for one in found.proposals)


async def test_with_what_was_proposed_the_tool_delivers() -> None:
    wrong = {"type": "object", "required": ["items", "page"]}
    (line,) = _schemas(await proven(Service(), _listing(schema=wrong)))
    found = await proven(Service(), _listing(schema={**wrong, **line["schema"]}))
    assert (found.stumble, _schemas(found)) == (None, [])


@pytest.mark.parametrize("body", [{"error": "no such desk"}, {"error": "no", "items": None}, []])
async def test_an_error_under_a_status_of_success_is_no_answer_of_another_shape(body: Json) -> None:
    def failing(_: Request) -> Outcome:
        return answer(body)

    schema = {"type": "object", "required": ["items", "count"]}
    assert _schemas(await proven(failing, _listing(schema=schema))) == []


ONE = {"type": "object", "required": ["id", "name", "owner"], "properties": {"name": TEXT}}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({"id": 1, "name": None}, {"required": ["id", "name"], "properties": {"name": {"type": ["string", "null"]}}}),
        ({"id": 1, "error": "gone"}, None),
        ({"message": "no such thing"}, None),
        ("maintenance", None),
    ],
)
async def test_one_thing_is_widened_only_where_most_of_it_came(body: Json, line: Mapping[str, Any] | None) -> None:
    def show(_: Request) -> Outcome:
        return answer(body)

    tool = contract(claim="one", walk={"kind": "single"}, response={"schema": ONE}, complete={})
    assert _schemas(await proven(show, tool)) == ([] if line is None else [{"schema": line}])


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ({"type": "integer"}, [1, 1.0]),
        ({"type": "number"}, [1, 1.5]),
        ({"anyOf": [TEXT, {"type": "null"}]}, ["a", None]),
        ({"required": ["a"]}, [{"a": 1}, 3]),
        ({"pattern": "^a"}, ["b"]),
        ({"enum": ["open"], "type": "string"}, ["closed", None]),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": TEXT}}, [{"a": 1}]),
    ],
)
def test_what_fits_and_what_no_type_makes_fit_is_left(schema: Mapping[str, Any], values: list[Json]) -> None:
    assert loosened(schema, values) is None


def test_a_choice_of_types_takes_one_more() -> None:
    found = loosened({"items": {"anyOf": [TEXT, {"type": "null"}]}}, [["a", 1, None, 2]])
    assert found is not None
    assert found.edits == {"items": {"anyOf": [TEXT, {"type": "null"}, {"type": "integer"}]}}
    assert found.because == ("/* was integer in 2 of 4",)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
_TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])


def _objects(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "type": _TYPES | st.lists(_TYPES, min_size=1, max_size=2, unique=True),
            "required": st.lists(st.sampled_from("abc"), unique=True),
            "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            "items": inner,
        },
    )


@given(st.recursive(_objects(st.just({})), _objects, max_leaves=6), st.lists(_VALUES, max_size=4), _VALUES)
def test_a_wider_schema_takes_all_that_came_and_all_that_the_narrower_took(
    schema: dict[str, Any], values: list[Json], other: Json
) -> None:
    found = loosened(schema, values)
    if found is None:
        assert all(map(compiled(schema).is_valid, values))
        return
    wider = compiled(found.schema)
    assert all(map(wider.is_valid, values))
    assert wider.is_valid(other) or not compiled(schema).is_valid(other)
    assert found.because != ()
