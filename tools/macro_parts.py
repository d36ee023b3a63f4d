"""What macros stand for: one plain function each, from parameters to parts of a tool.

A part says no more than the API's own documentation does.  Which parameters there are is said in `macros.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

__all__ = [
    "Given",
    "Parts",
    "aip158",
    "drf",
    "elasticsearch_pit",
    "github_link",
    "hal",
    "jsonapi",
    "mediawiki",
    "odata",
    "offset_limit",
    "page_number",
    "relay",
    "salesforce",
    "slack_cursor",
    "stripe_keyset",
    "zendesk_cbp",
]

Parts: TypeAlias = dict[str, Any]
Given: TypeAlias = Mapping[str, Any]


def _listed(given: Given) -> Parts:
    return {"at": given["items"]} | ({"id": given["id"]} if given["id"] is not None else {})


def _counted(given: Given, total: Parts) -> Parts:
    """A total counts distinct items only where they can be told apart."""
    return {"require": "counted" if given["id"] is not None else "terminated", "total": total}


def _required(*names: str, **properties: Any) -> Parts:
    return {"type": "object", "required": list(names), "properties": properties}


def _through(pointer: str, schema: Parts) -> Parts:
    """Require every step of *pointer*, and *schema* at its end."""
    for step in reversed(pointer.removeprefix("body:").split("/")[1:]):
        schema = _required(step, **{step: schema})
    return schema


_FLAG = {"true": "continue", "false": "end"}
_VALUE = {"value": "continue"}


def relay(given: Given) -> Parts:
    """GraphQL connections: `pageInfo.hasNextPage` must say false, and errors beside data are a veto."""
    at = str(given["connection"]).removeprefix("body:")
    page = _required("hasNextPage", hasNextPage={"type": "boolean"})
    return {
        "request": {"method": "POST"},
        "response": {
            "schema": _through(at, _required("pageInfo", pageInfo=page)),
            "veto": [{"at": "body:/errors", "state": "value"}],
            "items": {"at": f"{at}/{given['nodes']}"} | ({"id": given["id"]} if given["id"] is not None else {}),
        },
        "walk": {
            "more": f"body:{at}/pageInfo/hasNextPage",
            "next": f"body:{at}/pageInfo/endCursor",
            "send": given["send"],
            "end": {"more": _FLAG, "next": _VALUE},
            "trailing_cursor": True,
        },
    }


def odata(given: Given) -> Parts:
    """OData: a partial answer must hold a next link (4.01, part 1, 11.2.6.7); the count comes with `$count=true`."""
    parts: Parts = {
        "response": {"schema": _required("value", value={"type": "array"}), "items": _listed(given)},
        "walk": {
            "next": "body:/@odata.nextLink",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {"documented": "OData 4.01, part 1, 11.2.6.7", "liveness": "seen"},
        },
    }
    if given["count"] is False:
        return parts
    total = {"at": "body:/@odata.count", "on": "first"}
    return parts | {"request": {"query": {"$count": "true"}}, "complete": _counted(given, total)}


def aip158(given: Given) -> Parts:
    """Google's AIP-158: an empty or absent token is the end; AIP-217: `unreachable` says that the answer is partial."""
    return {
        "response": {"items": _listed(given), "veto": [{"at": "body:/unreachable", "state": "value"}]},
        "walk": {
            "next": "body:/nextPageToken",
            "send": "query:pageToken",
            "end": {"next": {"value": "continue", "empty": "end", "absent": "end"}},
            "absence": {"documented": "https://google.aip.dev/158", "liveness": "required"},
            "page_size": {"send": "query:pageSize", "ask": 100},
        },
        "complete": {"require": "documented_absence"},
    }


def stripe_keyset(given: Given) -> Parts:
    """Stripe: the last item's id goes on, `has_more` must say false, and behind the last item there must be nothing."""
    schema = _required("data", "has_more", data={"type": "array"}, has_more={"type": "boolean"})
    return {
        "response": {"schema": schema, "items": _listed(given)},
        "walk": {
            "more": "body:/has_more",
            "key": given["id"],
            "send": "query:starting_after",
            "end": {"more": _FLAG},
            "page_size": {"send": "query:limit", "ask": 100, "max": 100},
        },
        "complete": {"require": "past_end", "past_end": True},
    }


def zendesk_cbp(given: Given) -> Parts:
    """Zendesk's cursor pagination: `meta.has_more` must say false; a cursor may stand beside it."""
    meta = _required("has_more", has_more={"type": "boolean"})
    return {
        "response": {"schema": _required("meta", meta=meta), "items": _listed(given)},
        "walk": {
            "more": "body:/meta/has_more",
            "next": "body:/meta/after_cursor",
            "send": "query:page[after]",
            "end": {"more": _FLAG, "next": _VALUE},
            "trailing_cursor": True,
            "page_size": {"send": "query:page[size]", "ask": 100, "max": 100},
        },
    }


def drf(given: Given) -> Parts:
    """Django REST framework: `next` is null at the end, and `count` is the number of all items."""
    schema = _required("count", "next", "results", count={"type": "integer"}, results={"type": "array"})
    return {
        "response": {"schema": schema, "items": _listed(given)},
        "walk": {"next": "body:/next", "end": {"next": {"value": "continue", "null": "end"}}},
        "complete": _counted(given, {"at": "body:/count"}),
    }


def jsonapi(given: Given) -> Parts:
    """JSON:API 1.1: `links.next` is omitted or null at the end; an `errors` member is a veto."""
    return {
        "request": {"headers": {"accept": "application/vnd.api+json"}},
        "response": {
            "media": ["application/vnd.api+json"],
            "schema": _required("data", data={"type": "array"}),
            "veto": [{"at": "body:/errors", "state": "value"}],
            "items": {"at": "/data", "id": ["/type", "/id"]},
        },
        "walk": {
            "next": "body:/links/next",
            "end": {"next": {"value": "continue", "null": "end", "absent": "end"}},
            "absence": {"documented": "https://jsonapi.org/format/1.1/#fetching-pagination", "liveness": "required"},
            "page_size": {"send": given["size"], "ask": 100},
        },
        "complete": {"require": "documented_absence"},
    }


def hal(given: Given) -> Parts:
    """HAL: `_links.next` is absent at the end."""
    return {
        "response": {"media": ["application/hal+json", "application/json"], "items": _listed(given)},
        "walk": {
            "next": "body:/_links/next/href",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {"documented": given["documented"], "liveness": "required"},
            "page_size": {"send": given["size"], "ask": 100},
        },
        "complete": {"require": "documented_absence"},
    }


def slack_cursor(given: Given) -> Parts:
    """Slack: an empty `next_cursor` is the end; `ok: false` in a 200 is an error."""
    metadata = _required("next_cursor", next_cursor={"type": "string"})
    return {
        "response": {
            "schema": _required("ok", "response_metadata", response_metadata=metadata),
            "classify": [{"when": {"status": 200, "at": "body:/ok", "not": True}, "as": "fatal"}],
            "items": _listed(given),
        },
        "walk": {
            "next": "body:/response_metadata/next_cursor",
            "send": "query:cursor",
            "end": {"next": {"value": "continue", "empty": "end"}},
            "page_size": {"send": "query:limit", "ask": 200},
        },
    }


def github_link(given: Given) -> Parts:
    """GitHub: the Link header holds the next page; without it a probe with one item a page must show one."""
    return {
        "response": {"schema": {"type": "array"}, "items": _listed(given)},
        "walk": {
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {
                "documented": "https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api",
                "liveness": "required",
            },
            "page_size": {"send": "query:per_page", "ask": 100, "max": 100},
        },
        "complete": {"require": "documented_absence"},
    }


def _numbered(given: Given, send: str) -> Parts:
    parts: Parts = {
        "response": {"items": _listed(given)},
        "walk": {"send": given[send], "page_size": {"send": given["size"], "ask": 100}},
    }
    if given["total"] is not None:
        return parts | {"complete": _counted(given, {"at": given["total"]})}
    parts["walk"]["end_on_empty"] = {"documented": given["documented"]}
    return parts | {"complete": {"require": "past_end", "past_end": True}}


def page_number(given: Given) -> Parts:
    """Numbered pages: as many items as the total says or, where there is no total, an empty page as the end."""
    return _numbered(given, "page")


def offset_limit(given: Given) -> Parts:
    """Offsets: as many items as the total says or, where there is no total, an empty page as the end."""
    return _numbered(given, "offset")


def salesforce(given: Given) -> Parts:
    """Salesforce queries: `done` must say true, and `totalSize` is the number of all records."""
    schema = _required("totalSize", "done", "records", totalSize={"type": "integer"}, done={"type": "boolean"})
    return {
        "response": {"schema": schema, "items": _listed(given)},
        "walk": {
            "more": "body:/done",
            "next": "body:/nextRecordsUrl",
            "end": {"more": {"true": "end", "false": "continue"}, "next": _VALUE},
        },
        "complete": _counted(given, {"at": "body:/totalSize"}),
    }


def mediawiki(given: Given) -> Parts:
    """MediaWiki: `continue` is absent at the end; warnings (an ignored limit, an unknown parameter) are a veto."""
    return {
        "request": {"query": {"action": "query", "list": given["list"], "format": "json", "formatversion": 2}},
        "response": {
            "schema": _required("batchcomplete", "query", query=_required(given["list"])),
            "classify": [{"when": {"status": 200, "at": "body:/error", "state": "value"}, "as": "fatal"}],
            "veto": [{"at": "body:/warnings", "state": "value"}],
            "items": {"at": f"/query/{given['list']}"} | ({"id": given["id"]} if given["id"] is not None else {}),
        },
        "walk": {
            "next": "body:/continue",
            "end": {"next": {"value": "continue", "absent": "end"}},
            "absence": {"documented": "https://www.mediawiki.org/wiki/API:Continue", "liveness": "required"},
            "page_size": {"send": f"query:{given['limit']}", "ask": 500, "max": 500},
        },
        "complete": {"require": "documented_absence"},
    }


def elasticsearch_pit(given: Given) -> Parts:
    """Elasticsearch: `search_after` over a point in time; no partial shards, no time out, an exact total."""
    documented = "https://www.elastic.co/docs/reference/elasticsearch/rest-apis/paginate-search-results"
    total = _required("value", "relation")
    hits = _required("total", "hits", total=total, hits={"type": "array"})
    return {
        "request": {
            "method": "POST",
            "url": "/_search",
            "strict": {"query:allow_partial_search_results": False, "body:/track_total_hits": True},
            "body": {"sort": [{"_shard_doc": "asc"}], "pit": {"keep_alive": "1m"}},
        },
        "response": {
            "schema": _required("timed_out", "_shards", "hits", "pit_id", hits=hits),
            "classify": [{"when": {"status": 404}, "as": "cursor_expired"}],
            "veto": [
                {"at": "body:/timed_out", "not": False},
                {"at": "body:/_shards/failed", "not": 0},
                {"at": "body:/terminated_early", "is": True},
            ],
            "items": {"at": "/hits/hits", "id": ["/_index", "/_id"]},
        },
        "walk": {
            "key": "/sort",
            "send": "body:/search_after",
            "end_on_empty": {"documented": documented},
            "page_size": {"send": "body:/size", "ask": 1000, "max": 10000},
            "pin": {
                "open": {"url": f"/{given['index']}/_pit", "query": {"keep_alive": "1m"}},
                "at": "body:/id",
                "send": "body:/pit/id",
                "close": {"method": "DELETE", "url": "/_pit"},
                "close_send": "body:/id",
            },
            "restart_on": ["cursor_expired"],
        },
        "complete": {
            "require": "counted",
            "total": {"at": "body:/hits/total/value", "relation": {"at": "body:/hits/total/relation", "is": "eq"}},
        },
    }
