"""A real server on loopback that pages 25 items in every way that the reference of the language shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from unabridged.tools.shapes import members

__all__ = ["COUNT", "serving"]

COUNT = 25
MOST = 10
ITEMS: list[dict[str, Any]] = [
    {"id": number, "_id": str(number), "title": f"item {number}"} for number in range(1, COUNT + 1)
]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the ways below see it."""

    method: str
    origin: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    def size(self, name: str) -> int:
        return max(1, min(MOST, int(self.query.get(name, MOST))))


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def part(start: int, size: int) -> list[dict[str, Any]]:
    return ITEMS[start : start + size]


def onward(position: int) -> str | None:
    return str(position) if position < COUNT else None


def single(asked: Asked) -> Told:
    return Told({"items": ITEMS, "total": COUNT})


def cursor(asked: Asked) -> Told:
    start, size = int(asked.query.get("cursor", 0)), asked.size("limit")
    following = onward(start + size)
    return Told({"items": part(start, size), "next_cursor": following, "next": following})


def count(asked: Asked) -> Told:
    return Told({"count": COUNT})


def header_cursor(asked: Asked) -> Told:
    start, size = int(asked.headers.get("x-page-token", 0)), asked.size("limit")
    following = onward(start + size)
    return Told({"items": part(start, size)}, {} if following is None else {"X-Next-Token": following})


def search(asked: Asked) -> Told:
    start = int(asked.body.get("page", {}).get("token") or 0)
    return Told({"items": part(start, MOST), "page": {"next": onward(start + MOST) or ""}})


def next_url(asked: Asked) -> Told:
    start = int(asked.query.get("from", 0))
    following = onward(start + MOST)
    url = None if following is None else f"?from={following}"
    return Told({"items": part(start, MOST), "links": {"next": url}, "meta": {"total": COUNT}})


def features(asked: Asked) -> Told:
    start, size = int(asked.query.get("from", 0)), asked.size("limit")
    following = onward(start + size)
    links = [{"rel": "self", "href": "?"}, {"rel": "next", "href": f"?limit={size}&from={following}"}]
    given = links[: 1 if following is None else 2]
    return Told({"features": part(start, size), "links": given, "numberMatched": COUNT})


def link(asked: Asked) -> Told:
    page, size = int(asked.query.get("page", 1)), asked.size("per_page")
    url = f'<{asked.origin}/link?per_page={size}&page={page + 1}>; rel="next"'
    headers = {"X-Total-Count": str(COUNT)} | ({"Link": url} if page * size < COUNT else {})
    return Told(part((page - 1) * size, size), headers)


def keyset(asked: Asked) -> Told:
    after, size = int(asked.query.get("starting_after", 0)), asked.size("limit")
    return Told({"items": part(after, size), "has_more": after + size < COUNT})


def offset(asked: Asked) -> Told:
    """A filter, `first`, that the total does not know of."""
    start, there = int(asked.query.get("offset", asked.query.get("skip", 0))), int(asked.query.get("first", COUNT))
    return Told({"items": part(start, min(asked.size("limit"), max(0, there - start))), "total": COUNT})


def page(asked: Asked) -> Told:
    number, size = int(asked.query.get("page", 1)), asked.size("per_page")
    pages = {"meta": {"total_pages": -(-COUNT // size)}}
    return Told({"items": part((number - 1) * size, size), **pages}, {"X-Total": str(COUNT)})


def page_from_0(asked: Asked) -> Told:
    number, size = int(asked.query.get("page", 0)), asked.size("size")
    last = (number + 1) * size >= COUNT
    return Told({"items": part(number * size, size), "last": last, "totalElements": COUNT})


def continuation(asked: Asked) -> Told:
    start, size = int(asked.query.get("cmcontinue", 0)), asked.size("cmlimit")
    following = onward(start + size)
    more = {} if following is None else {"continue": {"cmcontinue": following, "continue": "-||"}}
    return Told({"items": part(start, size), **more})


def scroll(asked: Asked) -> Told:
    known = members(asked.body).get("scroll_id")
    start = 0 if known is None else int(known[1:]) + MOST
    hits = {"total": {"value": COUNT, "relation": "eq"}, "hits": part(start, MOST)}
    return Told({"_scroll_id": f"s{start}", "hits": hits})


def feed(asked: Asked) -> Told:
    start = int(asked.query.get("token", 0))
    return Told({"events": part(start, MOST), "nextToken": str(min(start + MOST, COUNT))})


def graphql(asked: Asked) -> Told:
    given = asked.body["variables"]
    start, size = int(given.get("after") or 0), min(MOST, given["first"])
    information = {"hasNextPage": start + size < COUNT, "endCursor": str(start + size)}
    issues = {"totalCount": COUNT, "nodes": part(start, size), "pageInfo": information}
    return Told({"data": {"repository": {"issues": issues}}})


def export(asked: Asked) -> Told:
    """JSON lines: a heartbeat after each ten items, and at the end how many there were."""
    beats = [line for item in ITEMS for line in ([item, {"type": "heartbeat"}] if item["id"] % MOST == 0 else [item])]
    lines = [*beats, {"done": True, "count": COUNT}]
    return Told("".join(f"{json.dumps(line)}\n" for line in lines).encode(), {"content-type": "application/x-ndjson"})


WAYS: Mapping[str, Callable[[Asked], Told]] = {
    "single": single,
    "cursor": cursor,
    "count": count,
    "header_cursor": header_cursor,
    "search": search,
    "next_url": next_url,
    "features": features,
    "link": link,
    "keyset": keyset,
    "offset": offset,
    "page": page,
    "page_from_0": page_from_0,
    "continuation": continuation,
    "feed": feed,
    "graphql": graphql,
    "logs": scroll,
    "_search": scroll,
    "export": export,
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        asked = Asked(
            method=self.command,
            origin=f"http://{self.headers['host']}",
            query=dict(parse_qsl(url.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=json.loads(self.rfile.read(length)) if length else None,
        )
        told = WAYS[url.path.split("/")[1]](asked)
        content = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        self.send_response(200)
        for name, value in {
            "content-type": "application/json",
            "content-length": str(len(content)),
            **told.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that http.server gives it
        """Say nothing."""


@contextmanager
def serving() -> Generator[str]:
    """Serve for the length of the block; give the origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()
