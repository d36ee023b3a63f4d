"""Contracts by chance: every kind of walk, with places, end tables, totals and witnesses as services have them."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from tests.scripted import contract as built
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.tools.checking import check
from unabridged.tools.reaching import reachable

__all__ = ["SIZE", "contracts"]

SIZE, OTHER = 3, 4
_URL = "https://desk.test/things"
_DOCUMENTED = {"documented": "https://desk.test/docs"}

_MORE = st.sampled_from(
    [
        {"true": "continue", "false": "end"},
        {"true": "end", "false": "continue"},
        {"value": "continue", "null": "end"},
        {"value": "continue", "empty": "end"},
        {"more": "continue", "done": "end"},
        {"1": "continue", "0": "end"},
    ]
)
_NEXT = st.sampled_from(
    [
        {"value": "continue", "null": "end"},
        {"value": "continue", "empty": "end"},
        {"value": "continue", "false": "end"},
        {"value": "continue", "-1": "end"},
        {"value": "continue", "EOF": "end"},
        {"value": "continue", "absent": "end"},
    ]
)
_SENDS = st.sampled_from(["query:cursor", "query:page[after]", "header:X-Cursor", "body:/page/token"])
_LISTS = st.sampled_from(["/items", "/data/things", "/a~1b/rows", "/parts/[is=rows]/rows", ""])
_IDS = st.sampled_from(["/id", "/meta/key", ["/kind", "/id"], "/names/[use=own]/name"])
_ITEM = st.sampled_from(
    [
        None,
        {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}},
        {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
        {"type": "object", "properties": {"state": {"enum": ["open", "closed"]}, "mail": {"type": "string", "format": "email"}}},
        {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]},
    ]
)  # fmt: skip


@st.composite
def _walks(draw: st.DrawFn, body: bool) -> dict[str, Any]:
    """A walk of any kind; *body* says whether the answer is an object, so that places in it can be named."""
    kinds = ["cursor", "link", "keyset", "offset", "page", "single"]
    kind = draw(st.sampled_from([*kinds, "next_url", "continue", "scroll"] if body else kinds))
    walk: dict[str, Any] = {"kind": kind}
    if kind != "single":
        walk["page_size"] = {"send": draw(st.sampled_from(["query:limit", "query:page[size]"])), "ask": SIZE}
    if body and draw(st.booleans()):
        walk["more"] = draw(
            st.sampled_from(
                [
                    "body:/more",
                    "body:/meta/more",
                    "body:/flags/[of=more]/is",
                    "header:X-More",
                    "header:X-Pagination:/more",
                ]
            )
        )
        walk["end"] = {"more": draw(_MORE)}
    walk |= draw(_OWN[kind](body, "more" in walk))
    if "more" not in walk and kind in ("offset", "page", "keyset") and draw(st.booleans()):
        walk["end_on_empty"] = _DOCUMENTED
    if draw(st.booleans()):
        walk["stable"] = ["header:ETag"]
    return walk


def _table(walk: dict[str, Any], more: bool, table: dict[str, str]) -> dict[str, Any]:
    """Say what the continuation means, where no flag does; absence needs its licence."""
    if more:
        return walk
    licence = {"absence": {**_DOCUMENTED, "liveness": "required"}} if "absent" in table else {}
    return {**walk, **licence, "end": {"next": table}}


def _cursor(body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    headers = ["header:X-Next", "header:X-Pagination:/next"]
    places = ["body:/next", "body:/meta/next", "body:/links/[rel=next]/cursor", *headers] if body else headers

    def make(place: str, send: str, table: dict[str, str]) -> dict[str, Any]:
        unsayable = place == "header:X-Next" and not {"empty", "absent", "EOF", "-1"} & table.keys()
        return _table(
            {"next": place, "send": send}, more, {"value": "continue", "empty": "end"} if unsayable else table
        )

    return st.builds(make, st.sampled_from(places), _SENDS, _NEXT)


def _next_url(_body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    tables = st.sampled_from([{"value": "continue", "null": "end"}, {"value": "continue", "absent": "end"}])
    places = st.sampled_from(["body:/links/next", "body:/links/[rel=next]/href"])

    def make(place: str, table: dict[str, str]) -> dict[str, Any]:
        return _table({"next": place}, more, table)

    return st.builds(make, places, tables)


def _link(_body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.just(_table({}, more, {"value": "continue", "absent": "end"}))


def _continue(_body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    tables = st.sampled_from([{"value": "continue", "absent": "end"}, {"value": "continue", "null": "end"}])
    return tables.map(partial(_table, {"next": "body:/continue"}, more))


def _scroll(_body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    step = {"method": "POST", "url": "/scroll", "body": {"keep": "1m"}}
    close = {"method": "DELETE", "url": "/scroll"}
    walk = {"next": "body:/scroll", "send": "body:/scroll_id", "step": step, "close": close}
    return st.just(walk if more else {**walk, "end_on_empty": _DOCUMENTED})


def _keyset(_body: bool, _more: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from([{"key": "/id", "send": "query:after"}, {"key": "/position", "send": "query:after"}])


def _offset(_body: bool, _more: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"send": st.just("query:offset"), "start": st.integers(0, 1)})


def _page(_body: bool, _more: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"send": st.just("query:page"), "start": st.integers(0, 1)})


def _single(_body: bool, more: bool) -> st.SearchStrategy[dict[str, Any]]:
    return st.just({} if more else {"absence": {"documented": "never paged"}})


_OWN = {
    "cursor": _cursor,
    "next_url": _next_url,
    "link": _link,
    "continue": _continue,
    "scroll": _scroll,
    "keyset": _keyset,
    "offset": _offset,
    "page": _page,
    "single": _single,
}


@st.composite
def _streams(draw: st.DrawFn) -> dict[str, Any]:
    marks = st.sampled_from([{"at": "body:/done", "is": True}, {"event": "end"}, {"at": "body:/left", "is": 0}])
    walk: dict[str, Any] = {"kind": "stream", "terminal": [draw(marks)]}
    if draw(st.booleans()):
        walk["numbered"] = "event:*:/line"
    if draw(st.booleans()):
        walk["same"] = ["event:*:/export"]
    return walk


@st.composite
def _complete(draw: st.DrawFn, body: bool, kind: str, at: str) -> dict[str, Any]:
    complete: dict[str, Any] = {}
    headers = ["header:X-Total", "header:X-Pagination:/total"]
    places = ["body:/total", "body:/meta/total", "body:/counts/[of=all]/is", *headers] if body else headers
    if draw(st.booleans()):
        scopes = ["walk", "remaining", "onward", *(["pages"] if kind == "page" else [])]
        total: dict[str, Any] = {"at": draw(st.sampled_from(places)), "scope": draw(st.sampled_from(scopes))}
        complete["total"] = total
        if body and draw(st.booleans()):
            total["relation"] = {"at": "body:/exact", "is": draw(st.sampled_from([True, "eq", 1]))}
        if draw(st.booleans()):
            total["on"] = "first"
    if draw(st.integers(0, 3)) == 0:
        probes = [{"url": "/count"}, {"query": {"count": "true"}}]
        complete["census"] = {"request": draw(st.sampled_from(probes)), "at": "header:X-Count"}
    if kind in ("keyset", "offset", "page") and draw(st.booleans()):
        complete["past_end"] = True
    if kind not in ("single", "stream") and draw(st.booleans()):
        complete["differential"] = {"page_size": OTHER}
    if draw(st.booleans()):
        complete["fresh"] = {"max_age": "1h", "at": "body:/as_of" if body else "header:Date"}
    return complete


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    """A contract that `unabridged check` has nothing against, at the strongest grade that it can reach."""
    at = draw(_LISTS)
    body = at != ""
    streamed = draw(st.integers(0, 5)) == 0
    walk = draw(_streams()) if streamed else draw(_walks(body))
    kind = walk["kind"]
    items: dict[str, Any] = {"at": ("/rows" if at else "") if streamed else at, "id": draw(_IDS), "schema": draw(_ITEM)}
    response: dict[str, Any] = {"items": {name: part for name, part in items.items() if part is not None}}
    if body and not streamed:
        response["veto"] = draw(
            st.sampled_from([[], [{"at": "body:/ok", "not": True}], [{"at": "body:/failed", "not": 0}]])
        )
    if streamed:
        response["media"] = draw(st.sampled_from(["application/x-ndjson", "text/event-stream", "application/json-seq"]))
    complete = draw(_complete(body and not streamed, kind, at))
    if streamed:
        complete = {"total": {"at": "terminal:/count"}} if draw(st.booleans()) else {}
    request: dict[str, Any] = {"url": _URL, "query": draw(st.sampled_from([{}, {"sort": "id"}, {"tag": ["a", "b"]}]))}
    if (str(walk.get("send", "")).startswith("body") and kind == "cursor") or draw(st.integers(0, 3)) == 0:
        request |= {"method": "POST", "body": {"filter": {"state": "open"}}}
    made = built(request=request, response=response, walk=walk, complete={**complete, "require": "heuristic"})
    return built(request=request, response=response, walk=walk, complete={**complete, "require": str(_strongest(made))})


def _strongest(contract: Contract) -> Grade:

    assume(not [one for one in check(contract) if one.severity == "error"])
    grade = reachable(contract)
    assume(grade > Grade.NONE)
    # An empty first page is an end by its licence alone, whatever else the table says, so no more can be required.
    licensed = contract.walk.end_on_empty is not None and grade is Grade.TERMINATED and contract.complete.total is None
    return Grade.DOCUMENTED_ABSENCE if licensed else grade
