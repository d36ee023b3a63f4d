"""Whatever is described: nothing is inferred that is not declared, and nothing is an end because it is not there."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.importing.described import array, concluded, listed, operation
from unabridged.tools.importing.inference_facts import facts
from unabridged.tools.importing.outline import outline

INPUTS = [
    *("cursor", "after", "before", "next", "pageToken", "page", "offset", "limit", "per_page", "starting_after", "start"),
    *("size", "token", "continue", "skip", "page[number]", "q"),
]  # fmt: skip
OUTPUTS = [
    *("next_cursor", "nextPageToken", "cursor", "next", "next_url", "links", "href", "paging", "meta", "after", "_links"),
    *("has_more", "isLast", "total", "count", "total_pages", "pages", "size", "errors", "metadata", "continue"),
]  # fmt: skip
WORDS = [*INPUTS, *OUTPUTS, "data", "items", "tickets", "id", "name"]
SAYINGS = [
    "",
    "The cursor of the next page.",
    "A token from the previous response.",
    "Items to skip, zero-based.",
    "The URL of the next page.",
    "Number of items on this page.",
    "A date.",
    "An object ID that defines your place in the list, a cursor for use in pagination.",
    "Maximum 100.",
]
TYPES: list[str | list[str] | None] = ["string", "integer", "number", "boolean", ["string", "null"], None]

Schemas = st.SearchStrategy[dict[str, Any]]


def _leaf(kind: str | list[str] | None, says: str) -> dict[str, Any]:
    return ({} if kind is None else {"type": kind}) | {"description": says}


def _object(properties: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties][:1]}


def _either(branches: list[dict[str, Any]]) -> dict[str, Any]:
    return {"oneOf": branches}


def _all(parts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"allOf": parts}


def _objects(inner: Schemas) -> Schemas:
    some = st.lists(inner, min_size=1, max_size=2)
    members = st.dictionaries(st.sampled_from(WORDS), inner, max_size=5)
    return st.one_of(members.map(_object), inner.map(array), some.map(_either), some.map(_all))


leaves: Schemas = st.builds(_leaf, st.sampled_from(TYPES), st.sampled_from(SAYINGS))
schemas: Schemas = st.recursive(leaves, _objects, max_leaves=10)
queries = st.dictionaries(st.sampled_from(INPUTS), leaves, min_size=1, max_size=3)
lists: Schemas = st.dictionaries(
    st.sampled_from(OUTPUTS),
    st.one_of(leaves, st.dictionaries(st.sampled_from(OUTPUTS), leaves).map(_object)),
    max_size=4,
).map(lambda members: listed(**members))
answers: Schemas = st.one_of(lists, lists, lists, schemas)


@given(answers, queries, st.sampled_from(["/tickets", "/tickets/{id}", "/"]), st.booleans())
def test_nothing_is_inferred_that_is_not_declared(
    answer: dict[str, Any], query: dict[str, Any], path: str, linked: bool
) -> None:
    described = operation(answer, query=query, path=path, headers={"Link": {"type": "string"}} if linked else {})
    found = concluded(described)
    sendable = {str(one) for one in facts(described, {}).inputs}
    given_places = {f"body:{member.pointer}" for member in outline(answer)} | {"link:next"}
    assert {f"{place}:{name}" for place, name in found.taken} <= sendable
    assert {found.walk[name] for name in ("next", "more") if name in found.walk} <= given_places
    assert {found.walk[name] for name in ("send",) if name in found.walk} <= sendable
    assert {found.complete[name]["at"] for name in found.complete} <= given_places


@given(answers, queries)
def test_nothing_is_an_end_because_it_is_not_there(answer: dict[str, Any], query: dict[str, Any]) -> None:
    found = concluded(operation(answer, query=query))
    states = {state for table in found.walk.get("end", {}).values() for state in table}
    assert not states & {"absent", "null", "empty"}
    assert not {"absence", "end_on_empty", "repeat"} & found.walk.keys()
    assert found.complete.keys() <= {"total"}
    assert all(said["status"] == "unproven" for said in found.provenance.values())
