"""Every kind of walk over a service that is honest, at 0, 1, one page, one more than a page, and many items."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.scripted import World, answer, code, contract, items, query
from unabridged.schemas.claim import Claim
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Outcome, Request, Response

pytestmark = pytest.mark.anyio

SIZE = 5
COUNTS = [0, 1, SIZE, SIZE + 1, 23]
DOCS = {"documented": "https://desk.test/docs"}
BASE = "https://desk.test/rows"


def rows(count: int) -> list[Json]:
    return [{"id": number + 1} for number in range(count)]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind is declared, and how a service that speaks it answers."""

    walk: dict[str, Any]
    serve: Callable[[Request, list[Json]], Outcome]
    complete: dict[str, Any]
    request: dict[str, Any] | None = None


def window(
    request: Request, everything: list[Json], *, name: str = "after", size: int = SIZE
) -> tuple[list[Json], int | None]:
    """The rows behind the position that is asked for, and the position behind them where there are more."""
    start = int(query(request).get(name, "0"))
    size = min(size, int(query(request).get("n", str(size))))
    end = start + size
    return everything[start:end], end if end < len(everything) else None


def cursor(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    return answer({"rows": page, "next": None if onward is None else str(onward)})


def empty_cursor(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    return answer({"rows": page, "meta": {"next": "" if onward is None else str(onward)}})


def next_url(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    return answer({"rows": page, "links": {"next": None if onward is None else f"/rows?after={onward}&n=5"}})


def link(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    size = int(query(request)["n"])
    last = -(-len(everything) // size)
    header = f'<{BASE}?after={onward}&n={size}>; rel="next", <{BASE}?page={last}>; rel="last"'
    return answer({"rows": page}, fields={} if onward is None else {"link": header})


def keyset(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    return answer({"rows": page, "has_more": onward is not None})


def keyset_to_empty(request: Request, everything: list[Json]) -> Outcome:
    return answer({"rows": window(request, everything)[0]})


def offset(request: Request, everything: list[Json]) -> Outcome:
    return answer({"rows": window(request, everything, name="offset")[0], "total": len(everything)})


def page_number(request: Request, everything: list[Json]) -> Outcome:
    start = (int(query(request)["page"]) - 1) * SIZE
    return answer({"rows": everything[start : start + SIZE], "pages": -(-len(everything) // SIZE)})


def continuation(request: Request, everything: list[Json]) -> Outcome:
    page, onward = window(request, everything)
    body: dict[str, Json] = {"rows": page}
    return answer(body if onward is None else {**body, "continue": {"after": str(onward), "continue": "-||"}})


def relay(request: Request, everything: list[Json]) -> Outcome:
    assert request.body is not None
    variables = json.loads(request.body.content)["variables"]
    start = int(variables.get("after") or 0)
    end = start + variables["first"]
    info: dict[str, Json] = {"hasNextPage": end < len(everything), "endCursor": str(end)}
    return answer({"data": {"nodes": everything[start:end], "pageInfo": info, "totalCount": len(everything)}})


def scroll(request: Request, everything: list[Json]) -> Outcome:
    if request.url.endswith("/scroll"):
        assert request.body is not None
        start = int(json.loads(request.body.content)["scroll_id"].split(".")[1])
    else:
        start = 0
    return answer({"_scroll_id": f"s.{start + SIZE}", "rows": everything[start : start + SIZE]})


PAGES = {"page_size": {"send": "query:n", "ask": SIZE}}
KINDS: dict[str, Kind] = {
    "cursor, null at the end": Kind({"kind": "cursor", "next": "/next", "send": "query:after"}, cursor, {}),
    "cursor, empty at the end": Kind(
        {
            "kind": "cursor",
            "next": "/meta/next",
            "send": "query:after",
            "end": {"next": {"value": "continue", "empty": "end"}},
        },
        empty_cursor,
        {},
    ),
    "cursor, walked twice": Kind(
        {"kind": "cursor", "next": "/next", "send": "query:after", **PAGES},
        cursor,
        {"require": "differential", "differential": {"page_size": 3}},
    ),
    "next_url": Kind({"kind": "next_url", "next": "/links/next"}, next_url, {}),
    "link, with liveness": Kind(
        {"kind": "link", "end": {"next": {"value": "continue", "absent": "end"}}, "absence": DOCS, **PAGES},
        link,
        {"require": "documented_absence"},
    ),
    "link, with rel=last": Kind(
        {"kind": "link", "end": {"next": {"value": "continue", "absent": "end"}}, "absence": DOCS, **PAGES},
        link,
        {"require": "documented_absence", "rel_last": True},
    ),
    "keyset, past the end": Kind(
        {"kind": "keyset", "more": "/has_more", "key": "/id", "send": "query:after"},
        keyset,
        {"require": "past_end", "past_end": True},
    ),
    "keyset, to an empty page": Kind(
        {"kind": "keyset", "key": "/id", "send": "query:after", "end_on_empty": DOCS},
        keyset_to_empty,
        {"require": "past_end", "past_end": True},
    ),
    "offset, one at a time": Kind(
        {"kind": "offset", "send": "query:offset", **PAGES}, offset, {"require": "counted", "total": {"at": "/total"}}
    ),
    "page": Kind({"kind": "page", "send": "query:page"}, page_number, {"total": {"at": "/pages", "scope": "pages"}}),
    "page, past the end": Kind(
        {"kind": "page", "send": "query:page"},
        page_number,
        {"require": "past_end", "past_end": True, "total": {"at": "/pages", "scope": "pages"}},
    ),
    "continue": Kind(
        {
            "kind": "continue",
            "next": "/continue",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": DOCS,
            **PAGES,
        },
        continuation,
        {"require": "documented_absence"},
    ),
    "relay": Kind(
        {
            "kind": "cursor",
            "more": "/data/pageInfo/hasNextPage",
            "next": "/data/pageInfo/endCursor",
            "send": "body:/variables/after",
            "trailing_cursor": True,
            "page_size": {"send": "body:/variables/first", "ask": SIZE},
        },
        relay,
        {"require": "counted", "total": {"at": "/data/totalCount"}},
        {"method": "POST", "body": {"query": "query { rows { nodes { id } } }", "variables": {}}},
    ),
    "scroll": Kind(
        {
            "kind": "scroll",
            "next": "/_scroll_id",
            "send": "body:/scroll_id",
            "step": {"url": "https://desk.test/scroll", "body": {"scroll": "1m"}},
            "end_on_empty": DOCS,
        },
        scroll,
        {"require": "documented_absence"},
    ),
}


@pytest.mark.requirement("G45")
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_an_honest_walk_is_never_refused(kind: Kind, count: int) -> None:
    at = "/data/nodes" if kind.serve is relay else "/rows"
    promised = contract(
        request={"url": BASE, **(kind.request or {})},
        response={"items": {"at": at, "id": "/id"}},
        walk=kind.walk,
        complete=kind.complete,
    )
    everything = rows(count)
    world = World(lambda request: kind.serve(request, everything))
    assert items(await world.call(promised)) == everything


LINK: dict[str, Any] = {
    "request": {"url": BASE},
    "response": {"items": {"at": "/rows", "id": "/id"}},
    "walk": KINDS["link, with liveness"].walk,
    "complete": {"require": "documented_absence"},
}


@pytest.mark.requirement("G46")
async def test_a_link_that_is_never_given_proves_nothing() -> None:
    """The header is dropped on its way (a proxy, a cache): the probe with page size 1 shows that the channel is dead."""

    def dropped(request: Request) -> Outcome:
        return answer({"rows": window(request, rows(23))[0]})

    assert code(await World(dropped).call(contract(**LINK))) == "channel_dead"


@pytest.mark.requirement("G46")
async def test_a_page_size_that_is_not_obeyed_teaches_nothing_about_the_channel() -> None:
    withheld = await World(lambda request: answer({"rows": rows(4)})).call(contract(**LINK))
    assert code(withheld) == "unproven"


async def test_fewer_pages_than_announced_are_refused() -> None:
    def short(request: Request) -> Outcome:
        page, onward = window(request, rows(23))
        header = f'<{BASE}?after={onward}&n=5>; rel="next", <{BASE}?page=5>; rel="last"'
        ended = len(page) and page[0] == {"id": 11}
        return answer({"rows": page}, fields={} if ended else {"link": header})

    promised = {**LINK, "complete": {"require": "documented_absence", "rel_last": True}}
    assert code(await World(short).call(contract(**promised))) == "page_count_mismatch"


@pytest.mark.requirement("G20", "G35")
@pytest.mark.parametrize(
    "target",
    [
        "https://evil.test/rows?after=5",
        "//evil.test/rows",
        "http://desk.test/rows",
        "https://desk.test:444/rows",
        "file:///etc/passwd",
    ],
)
async def test_a_next_url_to_another_origin_is_never_followed(target: str) -> None:
    world = World(lambda request: answer({"rows": rows(5), "links": {"next": target}}))
    promised = contract(
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}},
        walk=KINDS["next_url"].walk,
        complete={},
    )
    assert code(await world.call(promised)) == "foreign_url"
    assert {request.url for request in world.sent} == {BASE}


async def test_what_lies_behind_the_end_is_found() -> None:
    def early(request: Request) -> Outcome:
        page, _ = window(request, rows(23))
        return answer({"rows": page, "has_more": False})

    kind = KINDS["keyset, past the end"]
    promised = contract(
        request={"url": BASE}, response={"items": {"at": "/rows", "id": "/id"}}, walk=kind.walk, complete=kind.complete
    )
    assert code(await World(early).call(promised)) == "past_end_not_empty"


async def test_a_second_walk_finds_rows_that_the_first_one_lost() -> None:
    def lossy(request: Request) -> Outcome:
        page, onward = window(request, rows(23))
        lost = query(request).get("n") == "5" and query(request).get("after") == "5"
        return answer({"rows": page[1:] if lost else page, "next": None if onward is None else str(onward)})

    kind = KINDS["cursor, walked twice"]
    promised = contract(
        request={"url": BASE}, response={"items": {"at": "/rows", "id": "/id"}}, walk=kind.walk, complete=kind.complete
    )
    assert code(await World(lossy).call(promised)) == "differential_mismatch"


def walked_twice(most: int, *, least: int = 1) -> tuple[Callable[[Request], Outcome], Contract]:
    """24 rows in pages of at most *most* and at least *least*, by a cursor, and a contract that asks for 50 and then for 5."""

    def paged(request: Request) -> Outcome:
        size = max(least, min(most, int(query(request)["n"])))
        start = int(query(request).get("after", "0"))
        onward = start + size if start + size < 24 else None
        return answer({"rows": rows(24)[start : start + size], "next": None if onward is None else str(onward)})

    walk = {**KINDS["cursor, walked twice"].walk, "page_size": {"send": "query:n", "ask": 50}}
    complete = {"require": "differential", "differential": {"page_size": 5}}
    items = {"items": {"at": "/rows", "id": "/id"}}
    return paged, contract(request={"url": BASE}, response=items, walk=walk, complete=complete)


@pytest.mark.parametrize("least", [1, 10])
async def test_a_second_walk_in_other_pages_bears_witness_also_where_they_are_larger_than_was_asked(least: int) -> None:
    service, promised = walked_twice(50, least=least)
    answered = await World(service).call(promised)
    assert items(answered) == rows(24)
    assert str(answered.receipt.grade) == "differential"


@pytest.mark.parametrize("size", [10, 24, 50])
async def test_a_second_walk_that_met_the_same_pages_proves_nothing_more(size: int) -> None:
    service, promised = walked_twice(size, least=size)
    withheld = await World(service).call(promised)
    assert code(withheld) == "unproven"
    assert "obeys no page size" in str(withheld.receipt.witnesses)


@pytest.mark.parametrize("bound", [24, 25, 60])
async def test_a_second_walk_of_the_first_few_that_are_all_bears_witness_where_the_size_is_obeyed(bound: int) -> None:
    service, promised = walked_twice(50)
    counted = replace(promised, claim=Claim("first", bound))
    assert len(items(await World(service).call(counted))) == 24
    service, _ = walked_twice(24, least=24)
    assert code(await World(service).call(counted)) == "unproven"


CENSUS: dict[str, Any] = {
    "request": {"url": BASE, "query": {"state": "open"}},
    "response": {"items": {"at": "/rows", "id": "/id"}},
    "walk": KINDS["cursor, null at the end"].walk,
    "complete": {"require": "censused", "census": {"request": {"url": "https://desk.test/count"}, "at": "/n"}},
}


@pytest.mark.parametrize(
    ("counts", "expected"), [([23, 23], None), ([23, 24], "census_moved"), ([24, 24], "census_mismatch")]
)
async def test_an_independent_count_is_asked_for_before_and_after(counts: list[int], expected: str | None) -> None:
    coming = iter(counts)

    def counted(request: Request) -> Outcome:
        return answer({"n": next(coming)}) if request.url.endswith("/count") else cursor(request, rows(23))

    answered = await World(counted).call(contract(**CENSUS))
    if expected is None:
        assert items(answered) == rows(23)
        assert str(answered.receipt.grade) == "censused"
    else:
        assert code(answered) == expected


async def test_a_census_that_cannot_be_had_withholds() -> None:
    def uncounted(request: Request) -> Outcome:
        return answer({}) if request.url.endswith("/count") else cursor(request, rows(23))

    assert code(await World(uncounted).call(contract(**CENSUS))) == "census_missing"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"total-objects": "23"}, None), ({"total-objects": "22"}, "census_mismatch"), ({}, "census_missing")],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_count_in_the_header_of_an_answer_without_content_is_a_census(
    fields: dict[str, str], expected: str | None, method: str
) -> None:
    def counted(request: Request) -> Outcome:
        if request.method != "HEAD":
            return cursor(replace(request, method="GET"), rows(23))
        assert request.body is None
        media = {"content-type": "text/html"}  # of what GET would bring: there is nothing to be read
        return replace(answer({}, fields={**media, **fields}), content=b"", framing="none")

    census = {"request": {"method": "HEAD"}, "at": "header:total-objects"}
    asked: dict[str, Any] = {**CENSUS["request"], "method": method, "body": {} if method == "POST" else None}
    promised = contract(**CENSUS | {"request": asked, "complete": {"require": "censused", "census": census}})
    answered = await World(counted).call(promised)
    if expected is None:
        assert items(answered) == rows(23)
        assert str(answered.receipt.grade) == "censused"
    else:
        assert code(answered) == expected


PINNED: dict[str, Any] = {
    "request": {"url": BASE, "method": "POST", "body": {"query": {}}},
    "response": {"items": {"at": "/rows", "id": "/id"}},
    "walk": {
        "kind": "keyset",
        "key": "/id",
        "send": "body:/search_after",
        "end_on_empty": DOCS,
        "pin": {
            "open": {"url": "https://desk.test/pit"},
            "at": "/id",
            "send": "body:/pit/id",
            "close": {"method": "DELETE", "url": "https://desk.test/pit"},
            "close_send": "body:/id",
        },
        "restart_on": ["cursor_expired"],
    },
    "complete": {"require": "past_end", "past_end": True},
}


def pinned(opened: list[str], *, expires: int = 0) -> Callable[[Request], Outcome]:
    """A service with snapshots; the first *expires* of them expire on their second page."""

    def serve(request: Request) -> Outcome:
        if request.url.endswith("/pit"):
            if request.method == "POST":
                opened.append(f"pit-{len(opened) + 1}")
            return answer({"id": opened[-1]})
        assert request.body is not None
        body = json.loads(request.body.content)
        assert body["pit"]["id"] == opened[-1]
        start = body.get("search_after", 0)
        if start and len(opened) <= expires:
            return answer({}, status=410)
        return answer({"rows": rows(12)[start : start + SIZE]})

    return serve


async def test_a_pinned_walk_opens_sends_and_closes_its_snapshot() -> None:
    opened: list[str] = []
    world = World(pinned(opened))
    assert items(await world.call(contract(**PINNED))) == rows(12)
    assert opened == ["pit-1"]
    assert [request.method for request in world.sent if request.url.endswith("/pit")] == ["POST", "DELETE"]
    assert world.sent[-1].body is not None
    assert json.loads(world.sent[-1].body.content) == {"id": "pit-1"}


async def test_an_expired_snapshot_starts_the_walk_anew() -> None:
    opened: list[str] = []
    response = {**PINNED["response"], "classify": [{"when": {"status": 410}, "as": "cursor_expired"}]}
    answered = await World(pinned(opened, expires=1)).call(contract(**{**PINNED, "response": response}))
    assert items(answered) == rows(12)
    assert opened == ["pit-1", "pit-2"]
    assert answered.receipt.evidence.restarts == 1


async def test_the_same_cursor_again_is_the_end_where_declared() -> None:
    def tail(request: Request) -> Outcome:
        start = int(query(request).get("after", "0"))
        end = min(start + SIZE, 12)
        return answer({"rows": rows(12)[start:end], "next": str(end)})

    promised = contract(
        claim="caught_up_to",
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}},
        walk={"kind": "cursor", "next": "/next", "send": "query:after", "repeat": "end"},
        complete={},
    )
    answered = await World(tail).call(promised)
    assert items(answered) == rows(12)
    assert answered.receipt.evidence.position == "12"


async def test_a_mark_of_stability_that_changes_is_refused() -> None:
    def moving(request: Request) -> Outcome:
        page, onward = window(request, rows(12))
        return answer(
            {
                "rows": page,
                "next": None if onward is None else str(onward),
                "revision": query(request).get("after", "0"),
            }
        )

    promised = contract(
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}},
        walk={**KINDS["cursor, null at the end"].walk, "stable": ["/revision"]},
        complete={},
    )
    assert code(await World(moving).call(promised)) == "mutated_during_walk"


async def test_a_list_that_is_cut_inside_an_item_is_refused() -> None:
    def nested(request: Request) -> Outcome:
        cut: Json = [{"id": 1, "comments": {"more": False}}, {"id": 2, "comments": {"more": True}}]
        return answer({"rows": cut, "next": None})

    promised = contract(
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}, "nested": [{"at": "$.rows[*].comments.more", "must": False}]},
        walk=KINDS["cursor, null at the end"].walk,
        complete={},
    )
    withheld = await World(nested).call(promised)
    assert code(withheld) == "nested_truncated"
    assert withheld.receipt.findings[0].where == "body:/rows/1/comments/more"


async def test_a_pinned_walk_is_probed_behind_its_end_inside_its_snapshot() -> None:
    def flagged(request: Request) -> Outcome:
        if request.url.endswith("/pit"):
            return answer({"id": "pit-1"})
        assert request.body is not None
        body = json.loads(request.body.content)
        assert body["pit"]["id"] == "pit-1"
        start = body.get("search_after", 0)
        return answer({"rows": rows(10)[start : start + SIZE], "has_more": start + SIZE < 10})

    world = World(flagged)
    walk = {**PINNED["walk"], "more": "/has_more", "end_on_empty": None}
    answered = await world.call(contract(**{**PINNED, "walk": walk}))
    assert items(answered) == rows(10)
    assert world.sent[-1].method == "DELETE"
    assert str(answered.receipt.grade) == "past_end"


@pytest.mark.parametrize(("count", "expected"), [(9, None), (10, "window_cap"), (11, "window_cap")])
async def test_a_walk_that_ends_at_the_service_s_window_may_have_been_cut_there(
    count: int, expected: str | None
) -> None:
    def windowed(request: Request) -> Outcome:
        return cursor(request, rows(min(count, 10)))

    walk = {"kind": "cursor", "next": "/next", "send": "query:after", "limits": {"window": 10}}
    promised = contract(request={"url": BASE}, response={"items": {"at": "/rows", "id": "/id"}}, walk=walk, complete={})
    # A window of 10 that holds 10 is not known to hold all: the walk of exactly as many is refused like that of more.
    answered = await World(windowed).call(promised)
    assert (None if expected is None else code(answered)) == expected
    if expected is None:
        assert items(answered) == rows(count)


def passing(
    serve: Callable[[Request, list[Json]], Outcome],
    lie: Callable[[Outcome], Outcome],
    *,
    at: str | None,
    times: int = 1,
) -> Callable[[Request], Outcome]:
    """An honest service that tells *lie* about the page behind *at*, the first *times* that it is asked for."""
    left = [times]

    def served(request: Request) -> Outcome:
        honest = serve(request, rows(12))
        if query(request).get("after") != at or not left[0] or query(request).get("n") == "1":
            return honest
        left[0] -= 1
        return lie(honest)

    return served


def without_link(honest: Outcome) -> Outcome:
    assert isinstance(honest, Response)
    return replace(honest, headers=tuple(line for line in honest.headers if line[0] != "link"))


def without_rows(honest: Outcome) -> Outcome:
    return answer({"rows": []})


def with_three_rows(honest: Outcome) -> Outcome:
    return answer({"rows": rows(3)})


@pytest.mark.parametrize("at", [None, "5"])
async def test_a_link_that_is_missing_once_is_not_the_end(at: str | None) -> None:
    answered = await World(passing(link, without_link, at=at)).call(contract(**LINK))
    assert items(answered) == rows(12)
    assert str(answered.receipt.grade) == "documented_absence"


async def test_three_of_twelve_without_a_link_are_not_all() -> None:
    assert items(await World(passing(link, with_three_rows, at=None)).call(contract(**LINK))) == rows(12)


async def test_a_page_that_is_empty_once_is_not_the_end() -> None:
    walk = {"kind": "keyset", "key": "/id", "send": "query:after", "end_on_empty": DOCS}
    response = {"items": {"at": "/rows", "id": "/id"}}
    promised = contract(request={"url": BASE}, response=response, walk=walk, complete={"require": "documented_absence"})
    answered = await World(passing(keyset_to_empty, without_rows, at="5")).call(promised)
    assert items(answered) == rows(12)


@pytest.mark.requirement("G20")
@pytest.mark.parametrize("kind", ["offset", "page", "keyset"])
async def test_a_page_that_is_empty_once_is_not_the_end_where_nothing_may_lie_behind_it_either(kind: str) -> None:
    empty_once = iter([True])

    def listing(request: Request) -> Outcome:
        at = int(query(request).get("at", "1" if kind == "page" else "0"))
        start = SIZE * (at - 1) if kind == "page" else at
        lost = start == 2 * SIZE and next(empty_once, False)
        return answer({"rows": [] if lost else rows(12)[start : start + SIZE]})

    walk = {"kind": kind, "send": "query:at", "end_on_empty": DOCS, **({"key": "/id"} if kind == "keyset" else {})}
    complete = {"require": "past_end", "past_end": True}
    response = {"items": {"at": "/rows", "id": "/id"}}
    promised = contract(request={"url": BASE}, response=response, walk=walk, complete=complete)
    assert items(await World(listing).call(promised)) == rows(12)


async def test_a_last_page_that_is_another_each_time_is_refused() -> None:
    changing = iter(range(1, 9))
    withheld = await World(lambda _: answer({"rows": rows(next(changing))})).call(contract(**LINK))
    assert code(withheld) == "mutated_during_walk"


async def test_what_is_not_json_is_asked_for_again_whatever_the_classifier_would_make_of_it() -> None:
    outcomes = iter([replace(answer({}), content=b"{"), answer({"ok": True, "rows": rows(3), "next": None})])
    classify = [{"when": {"at": "/ok", "not": True}, "as": {"from": "/error", "map": {"*": "fatal"}}}]
    promised = contract(
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}, "classify": classify},
        walk=KINDS["cursor, null at the end"].walk,
        complete={},
    )
    assert items(await World(lambda _: next(outcomes)).call(promised)) == rows(3)


async def test_behind_an_empty_page_is_further_than_the_empty_page() -> None:
    """A page in the middle that is lost every time reads as the end; what comes behind it shows that it is none."""

    def lossy(request: Request) -> Outcome:
        start = int(query(request)["offset"])
        return answer({"rows": [] if start == 5 else rows(12)[start : start + SIZE]})

    walk = {"kind": "offset", "send": "query:offset", "end_on_empty": DOCS}
    response = {"items": {"at": "/rows", "id": "/id"}}
    complete = {"require": "past_end", "past_end": True}
    promised = contract(request={"url": BASE}, response=response, walk=walk, complete=complete)
    assert code(await World(lossy).call(promised)) == "past_end_not_empty"


async def test_a_next_url_that_was_not_encoded_is_followed() -> None:
    def sloppy(request: Request) -> Outcome:
        first = "q=" not in request.url
        return answer(
            {"rows": rows(2)[:1] if first else rows(2)[1:], "links": {"next": "/rows?q=a b\u00fc" if first else None}}
        )

    promised = contract(
        request={"url": BASE},
        response={"items": {"at": "/rows", "id": "/id"}},
        walk=KINDS["next_url"].walk,
        complete={},
    )
    world = World(sloppy)
    assert items(await world.call(promised)) == rows(2)
    assert world.sent[-1].url == "https://desk.test/rows?q=a%20b%C3%BC"
