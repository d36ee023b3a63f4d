"""The way on in a list of links, as a description lets one infer it: beside items that come in pages, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importing.described import array, concluded, listed, number, operation, text
from unabridged.tools.importing.description import Operation

LINK = {"type": "object", "properties": {"rel": text(), "href": text()}}


def inside(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def test_the_link_of_a_list_leads_on_where_nothing_else_does_and_pages_can_be_asked_for() -> None:
    found = concluded(operation(listed(links=array(LINK)), query={"limit": number(maximum=1000)}))
    size = {"send": "query:limit", "ask": 1000, "max": 1000}
    assert found.walk == {"kind": "next_url", "next": "body:/links/[rel=next]/href", "page_size": size}
    assert {said["status"] for said in found.provenance.values()} == {"unproven"}


def test_what_says_more_than_a_list_of_links_comes_before_it() -> None:
    asked = {"limit": number(), "offset": number()}
    assert concluded(operation(listed(links=array(LINK)), query=asked)).walk["kind"] == "offset"


@pytest.mark.parametrize(
    "one",
    [
        operation(listed(links=array(LINK))),
        operation(listed(links=array(inside(rel=text(enum=["self", "edit"]), href=text()))), query={"limit": number()}),
        operation(listed(links=array(inside(rel=number(), href=text()))), query={"limit": number()}),
        operation(listed(links=array(inside(rel=text()))), query={"limit": number()}),
        operation(listed(links=inside(rel=text(), href=text())), query={"limit": number()}),
        operation(listed(related=array(LINK)), query={"limit": number()}),
        operation(listed(links=array(LINK), link=array(LINK)), query={"limit": number()}),
        operation(listed(links=array(LINK)), query={"limit": number()}, path="/tickets/{id}"),
    ],
)
def test_a_list_of_links_that_may_be_of_anything_is_no_way_on(one: Operation) -> None:
    assert concluded(one).walk == {"kind": "single"}


def test_a_bundle_of_fhir_leads_on_by_the_relation_of_a_link() -> None:
    link = {"type": "object", "properties": {"relation": text(), "url": text()}}
    found = concluded(operation(listed(link=array(link)), query={"limit": number()}))
    assert found.walk["next"] == "body:/link/[relation=next]/url"
    assert found.provenance["walk.next"]["status"] == "unproven"
