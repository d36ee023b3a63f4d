"""A small API on loopback with its description, for what happens between the two: import, prove, serve, drift.

It holds 23 bookings.  `Api.change` lets it behave otherwise from then on, as services do from one day to the next.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

__all__ = ["BOOKINGS", "Api", "description", "serving"]

BOOKINGS: list[dict[str, Any]] = [
    {
        "id": f"b{number:03}",
        "room": f"room {number % 4}",
        "guests": number % 5 + 1,
        "note": None if number % 3 else "late",
    }
    for number in range(1, 24)
]
CLAMP = 10

Change = Literal["cursor vanishes", "total vanishes", "total is an estimate", "clamp moves", "ids become numbers"]


@dataclass(slots=True)
class Api:
    """The service as it is now; *requests* are all that were made, in order."""

    url: str = ""
    changes: set[Change] = field(default_factory=set[Change])
    requests: list[str] = field(default_factory=list[str])

    def change(self, change: Change) -> None:
        """Behave so from now on."""
        self.changes.add(change)

    def answer(self, target: str) -> tuple[int, Any]:
        """Answer a GET of *target*."""
        split = urlsplit(target)
        asked = dict(parse_qsl(split.query))
        match split.path.split("/")[1:]:
            case ["bookings"]:
                return 200, self._cursor(asked)
            case ["rooms"]:
                return 200, self._pages(asked)
            case ["bookings", known]:
                found = [one for one in BOOKINGS if one["id"] == known]
                return (200, found[0]) if found else (404, {"error": "no such booking"})
            case ["notices"]:
                return 200, [{"id": 1, "text": "closed on Monday"}, {"id": 2, "text": "new sheets"}]
            case _:
                return 404, {"error": "no such path"}

    def _cursor(self, asked: dict[str, str]) -> Any:
        """The bookings by an opaque cursor, with a flag and a total."""
        most = 5 if "clamp moves" in self.changes else CLAMP
        start, size = int(asked.get("page_token") or 0), min(most, int(asked.get("page_size") or most))
        found = BOOKINGS[start : start + size]
        onward = start + size < len(BOOKINGS)
        if "ids become numbers" in self.changes:
            found = [{**one, "id": int(one["id"][1:])} for one in found]
        total = len(BOOKINGS) + (start if "total is an estimate" in self.changes else 0)
        whole = {"bookings": found, "next_page_token": str(start + size) if onward else None, "total": total}
        gone = {"cursor vanishes": "next_page_token", "total vanishes": "total"}
        lost = {member for change, member in gone.items() if change in self.changes}
        return {name: member for name, member in whole.items() if name not in lost}

    def _pages(self, asked: dict[str, str]) -> Any:
        """Seven rooms by page number; `count` is what is on the page, `total_count` all."""
        page, size = int(asked.get("page") or 1), min(CLAMP, int(asked.get("per_page") or 3))
        rooms = [{"id": number, "name": f"room {number}"} for number in range(1, 8)]
        found = rooms[(page - 1) * size : page * size]
        return {"rooms": found, "count": len(found), "total_count": len(rooms)}


def description(url: str) -> dict[str, Any]:
    """The API's description, as its makers would write it: hardly anything is required."""

    def listed(name: str, item: dict[str, Any], *others: str) -> dict[str, Any]:
        kinds = {"next_page_token": {"type": ["string", "null"]}}
        members = {other: kinds.get(other, {"type": "integer"}) for other in others}
        schema = {"type": "object", "properties": {name: {"type": "array", "items": item}, **members}}
        return {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}

    def whole(name: str) -> dict[str, Any]:
        return {"name": name, "in": "query", "schema": {"type": "integer"}}

    booking = {"$ref": "#/components/schemas/Booking"}
    room = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}, "required": ["id"]}
    notice = {"type": "object", "properties": {"id": {"type": "integer"}, "text": {"type": "string"}}}
    token = {"name": "page_token", "in": "query", "schema": {"type": "string"}}
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    found = {"200": {"description": "OK", "content": {"application/json": {"schema": booking}}}}
    notices = {
        "200": {"description": "OK", "content": {"application/json": {"schema": {"type": "array", "items": notice}}}}
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Bookings", "version": "1"},
        "servers": [{"url": url}],
        "paths": {
            "/bookings": {
                "get": {
                    "operationId": "listBookings",
                    "summary": "All bookings",
                    "tags": ["bookings"],
                    "parameters": [token, {**whole("page_size"), "schema": {"type": "integer", "maximum": 100}}],
                    "responses": listed("bookings", booking, "next_page_token", "total"),
                }
            },
            "/bookings/{id}": {
                "get": {"operationId": "getBooking", "tags": ["bookings"], "parameters": [number], "responses": found}
            },
            "/rooms": {
                "get": {
                    "operationId": "listRooms",
                    "tags": ["rooms"],
                    "parameters": [whole("page"), whole("per_page")],
                    "responses": listed("rooms", room, "count", "total_count"),
                }
            },
            "/notices": {"get": {"operationId": "listNotices", "tags": ["rooms"], "responses": notices}},
        },
        "components": {
            "schemas": {
                "Booking": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string"},
                        "room": {"type": "string"},
                        "guests": {"type": "integer"},
                        "note": {"type": ["string", "null"]},
                    },
                    "required": ["id", "room"],
                }
            }
        },
    }


@contextmanager
def serving() -> Generator[Api]:
    """Serve the API on a free port of loopback."""
    api = Api()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            api.requests.append(self.path)
            status, body = (200, description(api.url)) if self.path == "/openapi.json" else api.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
