"""Each rule of inference has operations that it reads, and near misses of which it must claim nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.importing.described import ITEM, array, concluded, listed, number, operation, text
from unabridged.tools.importing.description import Description, Operation, Payload, Reply
from unabridged.tools.importing.inference import Inferred, infer

TOKEN = text("The token of the page to return.")
SIZE = number("Items per page.", maximum=100)
NEXT = text("The token of the next page.")
FLAG = {"type": "boolean"}
URL = {"type": ["string", "null"], "format": "uri"}
AFTER = text("A cursor for use in pagination. `starting_after` is an object ID that defines your place in the list.")
PAGING: dict[str, Any] = {"query": {"page": number(default=1), "per_page": SIZE}}


def case(name: str, one: Operation, walk: dict[str, Any], complete: dict[str, Any] | None = None, **more: Any) -> Any:
    return pytest.param(one, walk, complete or {}, more, id=name)


def inside(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def either(*choice: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": list(choice)}


JSON = "application/json"
PART = inside(id=number(), things=array(), next_cursor=text())


def answered(*said: tuple[str, str, dict[str, Any]]) -> Operation:
    """Tickets with other replies: each a status with a schema for one media type, or with none."""
    contents: dict[str, dict[str, dict[str, Any]]] = {}
    for status, media, schema in said:
        contents.setdefault(status, {}).update({media: schema} if media else {})
    replies = tuple(Reply(status=status, content=content) for status, content in contents.items())
    return replace(operation(), replies=replies)


READ = [
    case(
        "a token in and one out",
        operation(listed(nextPageToken=NEXT), query={"pageToken": TOKEN, "pageSize": SIZE}),
        {
            "kind": "cursor",
            "next": "body:/nextPageToken",
            "send": "query:pageToken",
            "page_size": {"send": "query:pageSize", "ask": 100, "max": 100},
        },
        taken={("query", "pageToken"), ("query", "pageSize")},
    ),
    case(
        "a cursor in the envelope's own object",
        operation(listed(response_metadata=inside(next_cursor=text())), query={"cursor": text()}),
        {"kind": "cursor", "next": "body:/response_metadata/next_cursor", "send": "query:cursor"},
    ),
    case(
        "a weak name whose description says what it is",
        operation(
            listed(paging=inside(next=inside(after=text("The paging cursor.")))),
            query={"after": text("The paging cursor token of the last resource that was read.")},
        ),
        {"kind": "cursor", "next": "body:/paging/next/after", "send": "query:after"},
    ),
    case(
        "a cursor that is called the same in and out, and is said to be the next one",
        operation(listed(cursor=text("The cursor of the next page.")), query={"cursor": text()}),
        {"kind": "cursor", "next": "body:/cursor", "send": "query:cursor"},
    ),
    case(
        "a token in a header field",
        operation(array(), query={"pageToken": TOKEN}, headers={"NextPageToken": text()}),
        {"kind": "cursor", "next": "header:nextpagetoken", "send": "query:pageToken"},
        items="",
    ),
    case(
        "an offset and a size that are texts of digits",
        operation(listed(), query={"limit": text(pattern=r"^\d+$"), "offset": text(pattern="^[1-9][0-9]*$")}),
        {"kind": "offset", "send": "query:offset", "page_size": {"send": "query:limit", "ask": 50}},
    ),
    case(
        "a search by POST with its cursor in the body",
        operation(
            listed(next_cursor=text()),
            path="/tickets/search",
            body=inside(text=text(), cursor=text(), limit=number(maximum=50)),
        ),
        {
            "kind": "cursor",
            "next": "body:/next_cursor",
            "send": "body:/cursor",
            "page_size": {"send": "body:/limit", "ask": 50, "max": 50},
        },
        taken={("body", "/cursor"), ("body", "/limit")},
    ),
    case(
        "a flag beside the cursor",
        operation(listed(next_cursor=text(), has_more=FLAG), query={"cursor": text()}),
        {"kind": "cursor", "next": "body:/next_cursor", "send": "query:cursor", "more": "body:/has_more"},
    ),
    case(
        "a field that the cursor's own description names",
        operation(
            listed(next_page=text()), query={"page": text("A cursor: the next_page value of the last response.")}
        ),
        {"kind": "cursor", "next": "body:/next_page", "send": "query:page"},
    ),
    case(
        "Kubernetes",
        operation(
            {"type": "object", "properties": {"items": array(), "metadata": inside(**{"continue": text()})}},
            query={"continue": text(), "limit": number()},
        ),
        {
            "kind": "cursor",
            "next": "body:/metadata/continue",
            "send": "query:continue",
            "page_size": {"send": "query:limit", "ask": 50},
        },
        items="/items",
    ),
    case(
        "Django REST framework",
        operation(inside(count=number(), next=URL, previous=URL, results=array()), query={"page": number()}),
        {"kind": "next_url", "next": "body:/next"},
        {"total": {"at": "body:/count"}},
        taken={("query", "page")},
        items="/results",
    ),
    case(
        "OData", operation(listed(**{"@odata.nextLink": text()})), {"kind": "next_url", "next": "body:/@odata.nextLink"}
    ),
    case(
        "HAL",
        operation(
            {
                "type": "object",
                "properties": {
                    "_embedded": inside(tickets=array()),
                    "_links": inside(next=inside(href=text()), self=inside(href=text())),
                    "page": inside(totalElements=number(), number=number()),
                },
            },
            query={"page": number()},
        ),
        {"kind": "next_url", "next": "body:/_links/next/href"},
        {"total": {"at": "body:/page/totalElements"}},
        items="/_embedded/tickets",
    ),
    case(
        "JSON:API",
        operation(
            inside(data=array(), links=inside(next=text(), prev=text()), meta=inside(total=number())),
            query={"page[number]": number(), "page[size]": number()},
        ),
        {
            "kind": "next_url",
            "next": "body:/links/next",
            "page_size": {"send": "query:page[size]", "ask": 50},
        },
        {"total": {"at": "body:/meta/total"}},
        taken={("query", "page[number]"), ("query", "page[size]")},
        items="/data",
    ),
    case(
        "a Link field",
        operation(array(), headers={"Link": text(), "X-Total-Count": number()}, **PAGING),
        {
            "kind": "link",
            "next": "link:next",
            "page_size": {"send": "query:per_page", "ask": 100, "max": 100},
        },
        {"total": {"at": "header:x-total-count"}},
        items="",
    ),
    case(
        "pages that are counted in the JSON of a header",
        operation(
            array(),
            headers={"X-Pagination": inside(total=number(), total_pages=number(), next_page=number())},
            **PAGING,
        ),
        {
            "kind": "page",
            "send": "query:page",
            "start": 1,
            "page_size": {"send": "query:per_page", "ask": 100, "max": 100},
        },
        {"total": {"at": "header:x-pagination:/total"}},
        items="",
    ),
    case(
        "Stripe",
        operation(
            inside(data=array(), has_more=FLAG),
            query={
                "starting_after": AFTER,
                "ending_before": text("A cursor for use in pagination."),
                "limit": number(),
            },
        ),
        {
            "kind": "keyset",
            "key": "/id",
            "send": "query:starting_after",
            "more": "body:/has_more",
            "page_size": {"send": "query:limit", "ask": 50},
        },
        taken={("query", "starting_after"), ("query", "ending_before"), ("query", "limit")},
        items="/data",
    ),
    case(
        "an offset and a total",
        operation(listed(total=number()), query={"offset": number(), "limit": number("at most 200")}),
        {
            "kind": "offset",
            "send": "query:offset",
            "page_size": {"send": "query:limit", "ask": 200, "max": 200},
        },
        {"total": {"at": "body:/total"}},
    ),
    case(
        "pages and how many there are",
        operation(listed(meta=inside(total_pages=number())), **PAGING),
        {
            "kind": "page",
            "send": "query:page",
            "start": 1,
            "page_size": {"send": "query:per_page", "ask": 100, "max": 100},
        },
        {"total": {"at": "body:/meta/total_pages", "scope": "pages"}},
    ),
    case(
        "pages from 0, as its description says",
        operation(listed(has_more=FLAG), query={"page": number("The page, zero-based.")}),
        {"kind": "page", "send": "query:page", "start": 0, "more": "body:/has_more"},
    ),
    case(
        "Spring",
        operation(
            inside(content=array(), last=FLAG, totalPages=number(), totalElements=number()),
            query={"page": number(default=0), "size": number("The size of the page.")},
        ),
        {
            "kind": "page",
            "send": "query:page",
            "start": 0,
            "more": "body:/last",
            "end": {"more": {"false": "continue", "true": "end"}},
            "page_size": {"send": "query:size", "ask": 50},
        },
        {"total": {"at": "body:/totalElements"}},
        items="/content",
    ),
    case("nothing about pages", operation(), {"kind": "single"}),
    case(
        "nothing about pages, and a count",
        operation(listed(total=number())),
        {"kind": "single"},
        {"total": {"at": "body:/total"}},
    ),
    case(
        "x-ms-pageable",
        operation(inside(value=array(), nextLink=text()), extensions={"x-ms-pageable": {"nextLinkName": "nextLink"}}),
        {"kind": "next_url", "next": "body:/nextLink"},
        items="/value",
        source="extension",
    ),
    case(
        "x-ms-pageable without a next link",
        operation(inside(value=array()), extensions={"x-ms-pageable": {"nextLinkName": None}}),
        {"kind": "single"},
        items="/value",
        source="extension",
    ),
    case(
        "x-speakeasy-pagination by cursor",
        operation(
            listed(more=inside(at=text())),
            query={"from": text()},
            extensions={
                "x-speakeasy-pagination": {
                    "type": "cursor",
                    "inputs": [{"name": "from", "in": "parameters", "type": "cursor"}],
                    "outputs": {"results": "$.tickets", "nextCursor": "$.more.at"},
                }
            },
        ),
        {"kind": "cursor", "next": "body:/more/at", "send": "query:from"},
        source="extension",
    ),
    case(
        "x-speakeasy-pagination by the last item",
        operation(
            listed(),
            query={"since": text()},
            extensions={
                "x-speakeasy-pagination": {
                    "type": "cursor",
                    "inputs": [{"name": "since", "in": "parameters", "type": "cursor"}],
                    "outputs": {"results": "$.tickets", "nextCursor": "$.tickets[-1].title"},
                }
            },
        ),
        {"kind": "keyset", "key": "/title", "send": "query:since"},
        source="extension",
    ),
    case(
        "x-speakeasy-pagination by page",
        operation(
            listed(n=number()),
            query={"p": number()},
            extensions={
                "x-speakeasy-pagination": {
                    "type": "offsetLimit",
                    "inputs": [{"name": "p", "in": "parameters", "type": "page"}],
                    "outputs": {"results": "$.tickets", "numPages": "$.n"},
                }
            },
        ),
        {"kind": "page", "send": "query:p", "start": 1},
        {"total": {"at": "body:/n", "scope": "pages"}},
        source="extension",
    ),
    case(
        "x-speakeasy-pagination by URL",
        operation(
            listed(onward=text()),
            extensions={"x-speakeasy-pagination": {"type": "url", "outputs": {"nextUrl": "$.onward"}}},
        ),
        {"kind": "next_url", "next": "body:/onward"},
        source="extension",
    ),
    case(
        "x-fern-pagination by cursor",
        operation(
            listed(onward=text()),
            query={"from": text()},
            extensions={
                "x-fern-pagination": {
                    "cursor": "$request.from",
                    "next_cursor": "$response.onward",
                    "results": "$response.tickets",
                }
            },
        ),
        {"kind": "cursor", "next": "body:/onward", "send": "query:from"},
        source="extension",
    ),
    case(
        "x-fern-pagination by offset",
        operation(
            listed(mas=FLAG),
            query={"o": number(), "step": number()},
            extensions={
                "x-fern-pagination": {
                    "offset": "$request.o",
                    "step": "$request.step",
                    "results": "$response.tickets",
                    "has-next-page": "$response.mas",
                }
            },
        ),
        {"kind": "offset", "send": "query:o", "more": "body:/mas"},
        source="extension",
    ),
]


@pytest.mark.parametrize(("one", "walk", "complete", "more"), READ)
def test_a_rule_reads_what_is_declared(
    one: Operation, walk: dict[str, Any], complete: dict[str, Any], more: dict[str, Any]
) -> None:
    found = concluded(one)
    assert found.claim == "all"
    assert (found.walk, found.complete) == (walk, complete)
    assert found.items == {"at": more.get("items", "/tickets"), "id": "/id"}
    assert found.taken == more.get("taken", found.taken)
    assert {said["status"] for said in found.provenance.values()} == {"unproven"}
    assert found.provenance["walk"]["source"] == more.get("source", found.provenance["walk"]["source"])


def missed(name: str, one: Operation, *says: str) -> Any:
    return pytest.param(one, says, id=name)


NEARLY = [
    missed("a cursor goes in and none comes out", operation(query={"cursor": text()}), "`cursor` takes a cursor"),
    missed("one comes out and none goes in", operation(listed(next_cursor=text())), "`/next_cursor` gives a cursor"),
    missed(
        "two cursors go in",
        operation(listed(next_cursor=text()), query={"cursor": text(), "pageToken": TOKEN}),
        "no two are surely a pair",
    ),
    missed(
        "two come out",
        operation(listed(next_cursor=text(), nextPageToken=NEXT), query={"cursor": text()}),
        "no two are surely a pair",
    ),
    missed("the cursor that comes out may be the one that went in", operation(listed(cursor=text()), query={"cursor": text()})),
    missed("the cursor is an object", operation(listed(next_cursor=inside(a=text())), query={"cursor": text()})),
    missed("`after` is a date", operation(listed(after=text()), query={"after": text("Created after this date.")})),
    missed("`next` is neither said to be a token nor a URL", operation(listed(next=text("The next page.")))),
    missed("two members are the URL of a next page", operation(listed(next_url=URL, nextLink=URL))),
    missed("the cursor must be sent with the first page", operation(listed(next_cursor=text()), query={"cursor": text()}, required=("cursor",))),
    missed("`start` is a time", operation(listed(total=number()), query={"start": number("Unix time.")})),
    missed("`offset` is a size", operation(query={"offset": number("Number of events to retrieve.")})),
    missed("`page` is a word", operation(listed(total=number()), query={"page": text("The name of the web page.")})),
    missed("there are two offsets", operation(query={"offset": number(), "skip": number()})),
    missed("a page number beside an unpaired cursor", operation(query={"page": number(), "cursor": text()})),
    missed(
        "starting_after is not said to be an item's own",
        operation(listed(has_more=FLAG), query={"starting_after": text("Unix time.")}),
    ),
    missed("an unknown x-speakeasy-pagination", operation(extensions={"x-speakeasy-pagination": {"type": "magic"}})),
    missed(
        "x-speakeasy-pagination that names no parameter of the operation",
        operation(
            extensions={
                "x-speakeasy-pagination": {
                    "type": "cursor",
                    "inputs": [{"name": "gone", "type": "cursor"}],
                    "outputs": {"nextCursor": "$.next"},
                }
            }
        ),
    ),
    missed("x-fern-pagination that is none", operation(extensions={"x-fern-pagination": "yes"})),
]  # fmt: skip


@pytest.mark.parametrize(("one", "says"), NEARLY)
def test_a_near_miss_is_one_answer_of_which_nothing_is_known(one: Operation, says: tuple[str, ...]) -> None:
    found = concluded(one)
    assert (found.claim, found.walk["kind"]) == ("all", "single")
    assert not {"next", "send", "key"} & found.walk.keys()
    assert found.provenance["walk"]["status"] == "unproven"
    assert all(any(word in note for note in found.notes) for word in says), found.notes


def test_a_list_that_is_counted_is_what_the_answer_is_about() -> None:
    answer = inside(total_count=number(), images=array())
    assert concluded(operation(answer, path="/runners/custom")).items == {"at": "/images", "id": "/id"}
    cart = inside(total=number(), lines=array())
    assert concluded(operation(cart, path="/cart")).claim == "one"


ANYTHING: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "object"}, {"type": "array", "items": {}}, {"type": "null"}]
}
ONE_THING = [
    pytest.param(operation(ITEM, path="/tickets/{id}"), False, id="a ticket"),
    pytest.param(
        operation(inside(id=number(), tags=array(text())), path="/tickets/{id}"), False, id="a ticket with tags"
    ),
    pytest.param(
        operation(inside(id=number(), comments=array(), next=URL), path="/tickets/{id}"),
        True,
        id="links around one thing",
    ),
    pytest.param(
        operation(inside(users=array(), groups=array()), path="/settings"), True, id="two lists, neither named"
    ),
    pytest.param(
        operation(inside(users=array(), groups=array()), path="/people", **PAGING), True, id="and both in pages"
    ),
    pytest.param(operation({}), True, id="not described"),
    pytest.param(operation({"type": "object", "additionalProperties": ITEM}), True, id="tickets by name"),
    pytest.param(operation({"type": "object"}, path="/tickets/{id}"), True, id="a ticket that is not described"),
    pytest.param(
        operation(inside(a={}, b=inside(c={})), path="/tickets/{id}"), True, id="a ticket whose members are not"
    ),
    pytest.param(
        operation(inside(id=number(), data={}), path="/tickets/{id}"), True, id="one member that may be a list"
    ),
    pytest.param(
        operation(inside(ok=FLAG, result={"type": "object"}), path="/tickets/{id}"),
        True,
        id="a result that is not described",
    ),
    pytest.param(
        operation(inside(id=number(), author={"type": "object"}), path="/tickets/{id}"),
        False,
        id="an author that is not",
    ),
    pytest.param(operation(inside(replies=array(), total_replies=number())), True, id="a list beside its count"),
    pytest.param(
        operation(inside(id=number(), replies=array(), total_replies=number()), path="/tickets/{id}"),
        True,
        id="a ticket with a list beside its count",
    ),
    pytest.param(
        operation(inside(id=number(), friends=array(), friends_next=text()), path="/users/{id}"),
        True,
        id="a user with friends, and a way to more of them",
    ),
    pytest.param(
        operation(inside(sha=text(), tree=array(), truncated=FLAG), path="/trees/{id}"),
        True,
        id="a tree that may be cut",
    ),
    pytest.param(
        operation(
            inside(user=inside(followers=inside(nodes=array(), pageInfo=inside(totalCount=number())))),
            path="/users/{id}",
        ),
        True,
        id="a user with followers in pages",
    ),
    pytest.param(
        operation(inside(id=number(), replies=array(), next_page=number()), path="/tickets/{id}"),
        True,
        id="a list beside the number of the next page",
    ),
    pytest.param(
        operation(inside(id=number(), replies=array(), page=number(), per_page=number()), path="/tickets/{id}"),
        True,
        id="a list beside the size of its pages",
    ),
    pytest.param(
        operation(inside(id=number(), replies=array()), headers={"X-Total-Count": number()}, path="/tickets/{id}"),
        True,
        id="a list whose count is in a header field",
    ),
    pytest.param(
        operation(ITEM, headers={"X-Total-Count": number()}, path="/tickets/{id}"),
        False,
        id="a header field and no list",
    ),
    pytest.param(
        operation(inside(id=text(), total={"type": "number"}, lines=array()), path="/invoices/{id}"),
        False,
        id="an invoice",
    ),
    pytest.param(
        operation(inside(status_code=number(), message=text(), airports=array()), path="/airport/name/{word}"),
        True,
        id="a search whose word ends the path",
    ),
    pytest.param(
        operation(inside(request_id=text(), meta=inside(name=text()), posts=array()), path="/posts/by/{user}"),
        True,
        id="a list beside what identifies the call",
    ),
    pytest.param(
        operation(inside(status=text(), user=inside(id=number()), posts=array()), path="/users/{id}/posts/{day}"),
        True,
        id="a list that is called as the path is, before its end",
    ),
    pytest.param(
        operation(inside(ok=FLAG, board=inside(name=text(), lanes=array())), path="/boards/{key}"),
        False,
        id="one thing by its name, in an envelope",
    ),
    pytest.param(
        operation(inside(word=text(), uses=array()), path="/uses/of/{word}"),
        True,
        id="a list beside what was asked for",
    ),
    pytest.param(operation(inside(ok=FLAG, tags=array(text())), path="/words/{id}"), False, id="words beside nothing"),
    pytest.param(
        operation(inside(id=text(), value=ANYTHING, tags=array(text())), path="/variables/{id}"),
        False,
        id="a value that may be a list, of one thing",
    ),
    pytest.param(
        operation(inside(value=ANYTHING), path="/variables"), True, id="a value that may be a list, of nothing"
    ),
    pytest.param(operation(inside(value=ANYTHING), path="/variables/{id}"), True, id="the same beside nothing"),
    pytest.param(
        operation(inside(id=number(), labels=array(), view_count=number()), path="/tickets/{id}"),
        False,
        id="a list beside the count of something else",
    ),
    pytest.param(
        operation(inside(id=number(), errors=array(), next=text()), path="/tickets/{id}"),
        False,
        id="errors beside a way to the next ticket",
    ),
    pytest.param(operation({"type": "string"}), False, id="a word"),
    pytest.param(operation(inside(ok=FLAG), query={"cursor": text()}), True, id="not described, and it takes a cursor"),
    pytest.param(operation(ITEM, query={"page": number()}), True, id="a ticket in pages"),
    pytest.param(operation(ITEM, query={"limit": number()}), True, id="a ticket of a size"),
    pytest.param(operation(inside(records=array()), path="/tickets/{id}"), True, id="a list of one thing"),
    pytest.param(operation(either(PART, ITEM)), True, id="a page of things or a ticket"),
    pytest.param(operation({"allOf": [either(PART, ITEM), inside(ok=FLAG)]}), True, id="the same in a part of it"),
    pytest.param(operation({"$ref": "#/$defs/a", "$defs": {"a": either(PART, ITEM)}}), True, id="the same elsewhere"),
    pytest.param(operation(either({"type": "string"}, {})), True, id="a word or anything"),
    pytest.param(operation(either(inside(id=number(), a=FLAG), ITEM)), False, id="one of two things"),
    pytest.param(operation(either(ITEM, {"type": "null"})), False, id="a ticket or null"),
    pytest.param(answered(("200", JSON, ITEM), ("201", JSON, array())), True, id="a list at another status"),
    pytest.param(answered(("200", JSON, ITEM), ("201", JSON, {})), True, id="anything at another status"),
    pytest.param(
        answered(("200", "application/a+json", ITEM), ("200", "application/b+json", array())),
        True,
        id="a list in another media type",
    ),
    pytest.param(
        operation(inside(ok=FLAG, a=inside(b=inside(c=inside(d=inside(people=array())))))), True, id="a list far down"
    ),
    pytest.param(answered(("200", "application/x-ndjson", ITEM)), True, id="a thing on each line"),
    pytest.param(answered(("200", "application/json-seq", ITEM)), True, id="a sequence of things"),
    pytest.param(answered(("200", "application/stream+json", ITEM)), True, id="a stream of things"),
    pytest.param(
        operation(inside(total=number(), owners={"type": "object", "additionalProperties": ITEM})),
        True,
        id="things by their names",
    ),
    pytest.param(
        operation(inside(ok=FLAG, sizes={"type": "object", "additionalProperties": text()})), False, id="words by names"
    ),
    pytest.param(answered(("200", "", {}), ("204", "", {})), True, id="not described, beside nothing"),
    pytest.param(answered(("204", "", {})), False, id="nothing"),
]


def test_a_read_is_what_it_answers_where_it_is_done() -> None:
    found = concluded(answered(("202", JSON, ITEM), ("200", JSON, array())))
    assert found.claim == "all"


def test_of_several_media_types_the_plain_one_says_what_is_answered() -> None:
    found = concluded(answered(("200", "application/x+json", ITEM), ("200", JSON, array())))
    assert found.claim == "all"


@pytest.mark.parametrize(("one", "doubted"), ONE_THING)
def test_one_thing_is_not_walked_and_a_doubt_is_said(one: Operation, doubted: bool) -> None:
    found = concluded(one)
    assert (found.claim, found.items, found.walk) == ("one", None, {"kind": "single"})
    assert bool(found.notes) is doubted
    assert (found.provenance.get("claim", {}).get("status") == "unproven") is doubted


WRITES = [
    pytest.param(listed(next_cursor=text()), inside(cursor=text()), True, id="a cursor goes in and one comes out"),
    pytest.param(
        inside(entries=array(), cursor=text(), has_more=FLAG),
        inside(path=text(), cursor=text(), limit=number()),
        True,
        id="a folder that is listed by POST",
    ),
    pytest.param(inside(entries=array(), has_more=FLAG), inside(path=text()), True, id="a list beside a flag"),
    pytest.param(inside(entries=array(), total=number()), inside(path=text()), True, id="a list beside a count"),
    pytest.param(inside(ok=FLAG), inside(offset=number()), True, id="an offset"),
    pytest.param(listed(), inside(limit=number()), True, id="a size and a list"),
    pytest.param({}, inside(limit=number()), True, id="a size and nothing described"),
    pytest.param(ITEM, inside(limit=number("How often it can be used.")), False, id="a limit of what is made"),
    pytest.param(listed(), inside(count=number("The number of nodes.")), False, id="how many are to be made"),
    pytest.param({**ITEM, "properties": {"labels": array()}}, inside(title=text()), False, id="a ticket with labels"),
    pytest.param({}, inside(title=text()), False, id="not described"),
]


@pytest.mark.parametrize(("answer", "body", "doubted"), WRITES)
def test_a_write_is_one_thing_and_in_doubt_where_that_may_be_a_page(
    answer: dict[str, Any], body: dict[str, Any], doubted: bool
) -> None:
    found = concluded(operation(answer, path="/folder/contents", body=body))
    assert (found.claim, found.items, found.walk) == ("one", None, {"kind": "single"})
    assert bool(found.notes) is doubted
    assert found.provenance.get("claim", {}).get("ambiguous", []) == (["all", "one"] if doubted else [])


def test_of_several_bodies_the_one_that_is_sent_says_what_is_asked_for() -> None:
    asked = operation({}, path="/folder/contents", body=inside(limit=number()))
    others = (Payload(media="multipart/form-data", schema={}), Payload(media="application/x+json", schema={}))
    found = concluded(replace(asked, payloads=(*others, *asked.payloads)))
    assert found.provenance["claim"]["ambiguous"] == ["all", "one"]


NOTE = {"scope": "page", "exact": False}
TOTALS = [
    pytest.param({"total": number()}, "body:/total", {}, (), id="total"),
    pytest.param({"count": number()}, "body:/count", NOTE, ("page", "walk"), id="count"),
    pytest.param({"count": number("Total number of tickets")}, "body:/count", {}, (), id="a count that says of what"),
    pytest.param({"size": number()}, "body:/size", NOTE, ("page", "walk"), id="size"),
    pytest.param(
        {"total": number("Number of items on this page.")}, "body:/total", NOTE, ("page", "walk"), id="total of a page"
    ),
    pytest.param(
        {"total": number("The total number of pages.")}, "body:/total", {"scope": "pages"}, (), id="total of pages"
    ),
    pytest.param(
        {
            "total": number(
                "Count of all objects in the current result set before pagination (limit, offset) is applied."
            )
        },
        "body:/total",
        {},
        (),
        id="total before it is cut into pages",
    ),
    pytest.param(
        {"count": number("Items, regardless of paging.")}, "body:/count", {}, (), id="count whatever the page"
    ),
    pytest.param({"numberMatched": number()}, "body:/numberMatched", {}, (), id="a count of what matches"),
    pytest.param({"numberReturned": number()}, None, {}, (), id="a count of what is here"),
    pytest.param({"total": number("An estimate.")}, None, {}, (), id="an estimate"),
    pytest.param({"total": text()}, None, {}, (), id="a word"),
    pytest.param({"total": number(), "total_count": number()}, None, {}, (), id="two totals"),
    pytest.param({"order": inside(total=number())}, None, {}, (), id="the total of a thing"),
]


@pytest.mark.parametrize(("members", "at", "scope", "ambiguous"), TOTALS)
def test_a_count_is_taken_for_what_it_surely_counts(
    members: dict[str, Any], at: str | None, scope: dict[str, Any], ambiguous: tuple[str, ...]
) -> None:
    found = concluded(operation(listed(**members)))
    total = found.complete.get("total")
    assert total == (None if at is None else {"at": at, **scope})
    assert tuple(found.provenance.get("complete.total", {}).get("ambiguous", ())) == ambiguous


@pytest.mark.parametrize("name", ["Total-Objects", "Total-Records", "X-Total-Count"])
def test_a_header_field_may_count_what_there_is(name: str) -> None:
    found = concluded(operation(array(), headers={name: number()}))
    assert found.complete["total"] == {"at": f"header:{name.lower()}"}


def test_an_ambiguous_count_is_said_to_be_one() -> None:
    found = concluded(operation(listed(count=number())))
    assert any("`body:/count` may count this page or all of them" in note for note in found.notes)


LISTS = [
    pytest.param("/tickets", inside(tickets=array(), users=array()), "/tickets", id="called as the path"),
    pytest.param("/people", inside(data=array(), included=array()), "/data", id="called as lists are"),
    pytest.param("/tickets", inside(tickets=array(), errors=array()), "/tickets", id="beside errors"),
    pytest.param("/people", inside(response=inside(people=array())), "/response/people", id="in an envelope"),
    pytest.param("/people", inside(humans=array()), "/humans", id="all that there is"),
    pytest.param("/people", array(), "", id="the answer itself"),
]


@pytest.mark.parametrize(("path", "answer", "at"), LISTS)
def test_the_items_are_where_the_names_say(path: str, answer: dict[str, Any], at: str) -> None:
    found = concluded(operation(answer, path=path))
    assert found.items is not None
    assert found.items["at"] == at == found.provenance["response.items"]["value"]


def test_other_lists_are_named_in_a_note() -> None:
    found = concluded(operation(inside(tickets=array(), users=array())))
    assert "several lists in the answer: /tickets, /users; `/tickets` was taken" in found.notes


def test_what_was_not_asked_is_worth_a_veto() -> None:
    found = concluded(operation(listed(unreachable=array(text()), nextPageToken=NEXT), query={"pageToken": TOKEN}))
    assert any("`unreachable`" in note and "veto" in note for note in found.notes)


IDENTIFIERS = [
    pytest.param({"properties": {"id": {"type": "string"}}}, "/id", id="id"),
    pytest.param({"required": ["uuid"], "properties": {"uuid": {"type": "string"}}}, "/uuid", id="uuid"),
    pytest.param(
        {"required": ["ticketId"], "properties": {"ticketId": {"type": "integer"}}}, "/ticketId", id="its own name"
    ),
    pytest.param({"properties": {"key": {"type": "string"}}}, None, id="a key that may be missing"),
    pytest.param({"required": ["userId"], "properties": {"userId": {"type": "string"}}}, None, id="that of another"),
    pytest.param(
        {"required": ["key", "uuid"], "properties": {"key": {"type": "string"}, "uuid": {"type": "string"}}},
        None,
        id="two",
    ),
    pytest.param({"properties": {"id": {"type": "object"}}}, None, id="an object"),
    pytest.param({"type": "string"}, None, id="words"),
]


@pytest.mark.parametrize(("item", "place"), IDENTIFIERS)
def test_an_identifier_is_taken_where_there_is_one(item: dict[str, Any], place: str | None) -> None:
    found = concluded(operation(inside(tickets=array(item))))
    assert found.items == {"at": "/tickets"} | ({} if place is None else {"id": place})
    assert found.provenance.get("response.items.id", {}).get("value") == place


BESIDE = [
    pytest.param("/tickets/{dag_id}", ITEM, "/dag_id", id="the path of one"),
    pytest.param("/tickets/{dagId}/", ITEM, "/dag_id", id="the same, written otherwise"),
    pytest.param("/tickets/{other}", ITEM, None, id="of another name"),
    pytest.param("/tickets/{size}", ITEM, None, id="what is no text"),
    pytest.param("/tickets/{dag_id}/runs", ITEM, None, id="a path below it"),
    pytest.param("/people/{dag_id}", ITEM, None, id="one of others"),
    pytest.param("/tickets/{dag_id}", array(), None, id="a list of those that are alike in it"),
]


@pytest.mark.parametrize(("path", "answer", "place"), BESIDE)
def test_the_path_of_one_thing_says_what_tells_those_of_the_list_apart(
    path: str, answer: dict[str, Any], place: str | None
) -> None:
    asked = operation(inside(tickets=array(inside(dag_id=text(), size={"type": "object"}))))
    both = Description(version="3.1.0", operations=(asked, operation(answer, path=path)))
    found = infer(asked, both)
    assert found.items == {"at": "/tickets"} | ({} if place is None else {"id": place})
    assert found.provenance.get("response.items.id", {}).get("rule") == (None if place is None else "id/path")


SEEN_THROUGH = [
    pytest.param({"$ref": "#/$defs/page", "$defs": {"page": listed(next_cursor=text())}}, id="a reference"),
    pytest.param({"allOf": [listed(), inside(next_cursor=text())]}, id="allOf"),
    pytest.param(
        {"oneOf": [listed(next_cursor=text()), listed(next_cursor=text(), other=text())]}, id="branches that agree"
    ),
    pytest.param({"anyOf": [listed(next_cursor=text()), {"type": "null"}]}, id="or nothing"),
]


@pytest.mark.parametrize("answer", SEEN_THROUGH)
def test_a_schema_is_seen_through(answer: dict[str, Any]) -> None:
    found = concluded(operation(answer, query={"cursor": text()}))
    assert found.walk == {"kind": "cursor", "next": "body:/next_cursor", "send": "query:cursor"}


def test_branches_that_disagree_say_nothing() -> None:
    answer = {"oneOf": [listed(next_cursor=text()), inside(people=array())]}
    assert concluded(operation(answer, query={"cursor": text()})).claim == "one"


def test_a_schema_that_contains_itself_ends() -> None:
    answer: dict[str, Any] = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}, listed(inner={"$ref": "#/$defs/a"})]}},
    }
    assert concluded(operation(answer)).items == {"at": "/tickets", "id": "/id"}


def test_where_a_vendor_says_its_default_that_is_taken() -> None:
    one = operation(listed(onward=text()), query={"from": text()}, extensions={"x-fern-pagination": True})
    default = {"cursor": "$request.from", "next_cursor": "$response.onward", "results": "$response.tickets"}
    found = concluded(one, **{"x-fern-pagination": default})
    assert found.walk == {"kind": "cursor", "next": "body:/onward", "send": "query:from"}


def test_the_twin_that_a_converter_added_is_not_a_second_cursor() -> None:
    twins = {
        "nextToken": text("The token."),
        "NextToken": text("Pagination token"),
        "MaxResults": number("Pagination limit"),
    }
    found = concluded(operation(listed(nextToken=text()), query=twins))
    assert found.walk["send"] == "query:nextToken"


def test_a_stream_of_events_is_no_list() -> None:
    one = operation({})
    reply = one.replies[0]
    streamed = Operation(
        pointer=one.pointer,
        method="GET",
        path="/events",
        replies=(type(reply)(status="200", content={"text/event-stream": {"type": "string"}}),),
    )
    found: Inferred = concluded(streamed)
    assert found.claim == "one"
    assert any("stream of events" in note for note in found.notes)


def test_a_size_without_a_way_on_stays_an_argument_and_is_said_to_bound_the_answer() -> None:
    found = concluded(operation(query={"limit": number()}))
    assert found.walk == {"kind": "single"}
    assert found.taken == frozenset()
    assert any("`limit` bounds the answer" in note for note in found.notes)


@pytest.mark.parametrize(
    ("schema", "asked"),
    [
        (number(enum=[5, 50, 10, 20], default=10), {"ask": 50, "max": 50}),
        (text(enum=["10", "25", "all"], default="10"), {"ask": 25, "max": 25}),
        ({"anyOf": [number(enum=[10, 25]), {"type": "null"}]}, {"ask": 25, "max": 25}),
        (number(enum=[-1, 0, 20], maximum=100), {"ask": 20, "max": 20}),
        (number(enum=[100, 5000]), {"ask": 100, "max": 5000}),
        (number(enum=[2000, 5000]), {"ask": 2000, "max": 5000}),
        (text(enum=["few", "many"]), {"ask": 50}),
    ],
)
def test_of_listed_sizes_of_a_page_the_largest_is_asked_for(schema: dict[str, Any], asked: dict[str, int]) -> None:
    found = concluded(operation(query={"page": number(), "per_page": schema}))
    assert found.walk["page_size"] == {"send": "query:per_page", **asked}
