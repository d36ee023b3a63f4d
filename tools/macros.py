"""Macros: a walk that many APIs share, by one word.  Each is a plain function from its parameters to parts of a tool.

The parts are laid under what the author wrote, so the author wins; what comes out holds primitive kinds only, and that is
what is checked, hashed and run.  Nothing here is known to the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from .laying import under
from .mistake import Mistake, meant
from .shapes import members

__all__ = ["MACROS", "Macro", "Misused", "Parameter", "expand"]

Parts: TypeAlias = dict[str, Any]
Given: TypeAlias = Mapping[str, Any]


class Misused(Exception):  # noqa: N818 - a mistake of the file's author, said in words
    """A macro without what it needs."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(mistake.message)
        self.mistake = mistake


@dataclass(frozen=True, slots=True)
class Parameter:
    """A word that a macro takes beside the fields of its walk; without a *default* it must be given."""

    name: str
    description: str
    default: Any = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Macro:
    """A named walk: the primitive *kind* it becomes, what it takes, and the parts of a tool that it gives."""

    kind: str
    description: str
    parameters: tuple[Parameter, ...]
    parts: Callable[[Given], Parts]


def expand(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Return *tool* with its macro, if its walk is one, replaced by the parts that it stands for.

    Raises `Misused` where a parameter is missing or of a wrong type.

    >>> expand({"walk": "drf", "response": {"items": {"id": "/url"}}})["response"]["items"]
    {'at': '/results', 'id': '/url'}
    """
    written = tool.get("walk")
    walk = {"kind": written} if isinstance(written, str) else members(written)
    kind = walk.get("kind")
    macro = MACROS.get(kind) if isinstance(kind, str) else None
    if macro is None:
        return {**tool, "walk": walk} if isinstance(written, str) else dict(tool)
    names = {parameter.name for parameter in macro.parameters}
    rest = {name: value for name, value in walk.items() if name not in names}
    parts = under({"walk": {"kind": macro.kind}}, macro.parts(_given(macro, {**_said(tool), **walk})))
    return under(parts, {**tool, "walk": {**rest, "kind": macro.kind}})


def _said(tool: Mapping[str, Any]) -> dict[str, Any]:
    """Where the items are may be said in the tool itself as well."""
    items = members(members(tool.get("response")).get("items"))
    return {"items": items["at"]} if isinstance(items.get("at"), str) else {}


def _given(macro: Macro, walk: Mapping[str, Any]) -> Given:
    values: dict[str, Any] = {}
    for parameter in macro.parameters:
        value = walk.get(parameter.name, parameter.default)
        if value is None and parameter.required:
            raise Misused(_missing(parameter, walk))
        if value is not None and not isinstance(value, str | bool | list):
            expected = f"expected a text ({parameter.description}), found {type(value).__name__}"
            raise Misused(Mistake(("walk", parameter.name), expected))
        values[parameter.name] = value
    return values


def _missing(parameter: Parameter, walk: Mapping[str, Any]) -> Mistake:
    message = f"expected `{parameter.name}` for `{walk['kind']}` ({parameter.description}), found nothing"
    close = next((name for name in walk if meant(name, [parameter.name])), None)
    return Mistake(("walk", parameter.name), message, f"`{close}` is not known" if close else "")


# ---------------------------------------------------------------------------------------- what they share

_ITEMS = "where the list is, for example /data"


def _items(default: str | None = None) -> Parameter:
    return Parameter("items", _ITEMS, default, required=default is None)


def _id(default: str | None = "/id") -> Parameter:
    return Parameter("id", "what identifies an item, a pointer into it", default)


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


# -------------------------------------------------------------------------------------------- the macros


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


# --------------------------------------------------------------------------------------------- the table

_TOTAL = Parameter("total", "where the service states how many there are, for example body:/total")
_EMPTY = Parameter(
    "documented", "where the API says that an empty page is the end", "an empty page is the end of numbered pages"
)


def _macro(kind: str, parts: Callable[[Given], Parts], *parameters: Parameter) -> Macro:
    return Macro(kind=kind, description=parts.__doc__ or "", parameters=parameters, parts=parts)


MACROS: Mapping[str, Macro] = {
    "relay": _macro(
        "cursor",
        relay,
        Parameter("connection", "where the connection is, for example /data/repository/issues", required=True),
        Parameter("send", "the variable that takes the cursor", "body:/variables/after"),
        Parameter("nodes", "the member of the connection that holds the items", "nodes"),
        _id(),
    ),
    "odata": _macro(
        "next_url",
        odata,
        _items("/value"),
        _id(),
        Parameter("count", "false where the service does not know `$count`", default=True),
    ),
    "aip158": _macro("cursor", aip158, _items(), _id("/name")),
    "stripe_keyset": _macro("keyset", stripe_keyset, _items("/data"), _id()),
    "zendesk_cbp": _macro("cursor", zendesk_cbp, _items(), _id()),
    "drf": _macro("next_url", drf, _items("/results"), _id()),
    "jsonapi": _macro("next_url", jsonapi, Parameter("size", "the page size's parameter", "query:page[size]")),
    "hal": _macro(
        "next_url",
        hal,
        _items(),
        _id(),
        Parameter("size", "the page size's parameter", "query:size"),
        Parameter("documented", "where the API says that the last page has no next link", "draft-kelly-json-hal-11"),
    ),
    "slack_cursor": _macro("cursor", slack_cursor, _items(), _id()),
    "github_link": _macro("link", github_link, _items(""), _id()),
    "page_number": _macro(
        "page",
        page_number,
        _items(),
        _id(),
        Parameter("page", "the page number's parameter", "query:page"),
        Parameter("size", "the page size's parameter", "query:per_page"),
        _TOTAL,
        _EMPTY,
    ),
    "offset_limit": _macro(
        "offset",
        offset_limit,
        _items(),
        _id(),
        Parameter("offset", "the offset's parameter", "query:offset"),
        Parameter("size", "the page size's parameter", "query:limit"),
        _TOTAL,
        _EMPTY,
    ),
    "salesforce": _macro("next_url", salesforce, _items("/records"), _id("/attributes/url")),
    "mediawiki": _macro(
        "continue",
        mediawiki,
        Parameter("list", "the list module, for example categorymembers", required=True),
        Parameter("limit", "the list's own limit, for example cmlimit", required=True),
        _id("/pageid"),
    ),
    "elasticsearch_pit": _macro("keyset", elasticsearch_pit, Parameter("index", "the index, a template", "{index}")),
}
"""Every macro, by the word that a tool file uses as `walk.kind`."""
