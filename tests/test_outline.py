"""The outline of a page: names and types, never a value, whatever the page is."""

from __future__ import annotations

from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted import World, answer, contract, query
from unabridged.schemas.wire import Json, Outcome, Request
from unabridged.server.facts import facts
from unabridged.tools.outline import outline, shape_of

_NAMES = st.text(min_size=0, max_size=6) | st.sampled_from(["id", "meta", "a.b", "x-1", "user@example.org"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(_JSON, _JSON)
def test_any_page_has_an_outline_that_can_be_read(body: Json, item: Json) -> None:
    told = shape_of([outline(body, item, places=("/meta/more",))])
    if isinstance(body, dict) and {"id"} == set(body):
        assert set(told.envelope) == {"/id"}
    assert all(one.seen == one.of == 1 for one in (*told.envelope.values(), *told.items.values()))


def test_an_object_that_is_keyed_by_data_is_not_told() -> None:
    people: dict[str, Any] = {"ada@example.org": 1}
    assert outline({"people": people, "by": {str(n): n for n in range(3)}}, people, places=("/people/x", "/by/x")) == (
        "people=o;by=o|"
    )
    assert outline({f"n{n}": n for n in range(50)}) == ""


def test_one_odd_name_leaves_the_others_told() -> None:
    assert (
        outline({"s3_bucket": 1, "ada@example.org": 2, "count": 3}, {"2024": 1, "id": 1}) == "s3_bucket=i;count=i|id=i"
    )


def test_an_element_that_a_place_chooses_is_told_and_no_other() -> None:
    links: Json = [{"rel": "self", "href": "/1", "ada": 1}, {"rel": "next", "href": "/2"}]
    told = outline({"links": links}, places=("/links/[rel=next]/href", "/links/[rel=last]/href", "/links/[rel=a;b]/x"))
    assert told == "links=a;links/[rel=next]=o;links/[rel=next]/rel=s;links/[rel=next]/href=s"
    assert list(shape_of([told]).envelope) == [
        "/links",
        "/links/[rel=next]",
        "/links/[rel=next]/rel",
        "/links/[rel=next]/href",
    ]


def _page(request: Request) -> Outcome:
    start = int(query(request).get("after", "0"))
    tickets: list[Json] = [{"id": n, "title": "secret words"} for n in range(start, start + 2)]
    more = start < 4
    return answer({"tickets": tickets, "more": more, "next": str(start + 2) if more else None, "count": 6})


def test_a_receipt_holds_the_outline_once_as_long_as_it_stays_the_same() -> None:
    told = anyio.run(lambda: World(_page).call(contract()))
    pages = facts(told.receipt).evidence.pages
    assert [page.outline for page in pages] == [
        "tickets=a;more=b;next=s;count=i|id=i;title=s",
        "",
        "tickets=a;more=b;next=n;count=i|id=i;title=s",
    ]
