"""Imported tools against a real web framework: what it understands is what the caller said, in every style."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.scripted import content
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.importing.defining import definitions
from unabridged.tools.importing.filing import pages, text
from unabridged.tools.importing.reading import describe
from unabridged.tools.surroundings import surroundings


async def understood(request: Request) -> Response:
    """Answer with what the framework made of the request."""
    kind = request.headers.get("content-type", "")
    sent: Any = None
    if kind.startswith(("multipart/", "application/x-www-form-urlencoded")):
        async with request.form() as form:
            sent = [[name, await _part(value)] for name, value in form.multi_items()]
    elif kind.endswith("json"):
        sent = await request.json()
    elif kind:
        sent = b64encode(await request.body()).decode()
    found = {
        "path": request.path_params["rest"],
        "query": [list(pair) for pair in request.query_params.multi_items()],
        "ids": request.headers.get("x-ids"),
        "cookies": request.cookies,
        "type": kind.partition(";")[0],
        "sent": sent,
    }
    return JSONResponse(found)


async def _part(value: UploadFile | str) -> object:
    if isinstance(value, str):
        return value
    return [value.filename, value.content_type, b64encode(await value.read()).decode()]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    methods = ["GET", "POST", "PUT", "PATCH"]
    app = Starlette(routes=[Route("/v1/{rest:path}", understood, methods=methods)])
    with socket.create_server(("127.0.0.1", 0)) as listening:  # who asks early waits in its queue
        server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        server.should_exit = True
        thread.join()


STRING, LIST = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
FILTER = {"type": "object", "properties": {"state": STRING, "in": LIST}}
FILE = {"type": "string", "format": "binary"}


def operation(name: str, *parameters: dict[str, Any], **body: Any) -> dict[str, Any]:
    schema = {"type": "object", "required": ["path"], "properties": {"path": STRING}}
    ok = {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}
    sent = {"requestBody": {"required": True, "content": body}} if body else {}
    return {"operationId": name, "parameters": list(parameters), "responses": ok, **sent}


def parameter(name: str, place: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, **more}


def spec(base: str) -> dict[str, Any]:
    form = {"type": "object", "properties": {"name": STRING, "filter": FILTER, "tags": LIST}}
    files = {"type": "object", "properties": {"note": STRING, "file": FILE, "more": {"type": "array", "items": FILE}}}
    encoding = {"filter": {"style": "deepObject", "explode": True}}
    paths: dict[str, Any] = {
        "/query": {
            "get": operation(
                "query",
                parameter("many", "query", LIST),
                parameter("comma", "query", LIST, explode=False),
                parameter("pipe", "query", LIST, style="pipeDelimited", explode=False),
                parameter("filter", "query", FILTER, style="deepObject", explode=True),
                parameter("X-Ids", "header", LIST),
                parameter("theme", "cookie", STRING),
            )
        },
        "/path/{id}/{ids}": {
            "get": operation("path", parameter("id", "path", STRING), parameter("ids", "path", LIST, style="matrix"))
        },
        "/json": {"post": operation("json", **{"application/json": {"schema": form}})},
        "/form": {
            "post": operation("form", **{"application/x-www-form-urlencoded": {"schema": form, "encoding": encoding}})
        },
        "/files": {"post": operation("files", **{"multipart/form-data": {"schema": files}})},
        "/raw": {"put": operation("raw", **{"application/octet-stream": {"schema": FILE}})},
    }
    return {"openapi": "3.0.3", "info": {"title": "Echo", "version": "1"}, "servers": [{"url": base}], "paths": paths}


@pytest.fixture
def tools(service: str, tmp_path: Path) -> dict[str, Contract]:
    description = describe(json.dumps(spec(service)).encode())
    page = pages(definitions(description, description.operations, api="echo"), told=[], form="yaml", split=False)[""]
    (tmp_path / "echo.yaml").write_text(text(page, "yaml"), "utf-8")
    return {contract.name: contract for contract in read([tmp_path / "echo.yaml"]).contracts}


NASTY = "a b&c=d/e?f#g%20;é\"'{input.x}"

CALLS: list[tuple[str, dict[str, Json], dict[str, Json]]] = [
    (
        "echo_query",
        {
            "many": ["x", NASTY],
            "comma": ["x", "y&z"],
            "pipe": ["x", "y"],
            "filter": {"state": NASTY, "in": ["a", "b"]},
            "X-Ids": ["1", "2"],
            "theme": "dark blue; x=1",
        },
        {
            "query": [
                ["many", "x"],
                ["many", NASTY],
                ["comma", "x,y&z"],
                ["pipe", "x|y"],
                ["filter[state]", NASTY],
                ["filter[in][]", "a"],
                ["filter[in][]", "b"],
            ],
            "ids": "1,2",
            "cookies": {"theme": "dark%20blue%3B%20x=1"},
        },
    ),
    ("echo_path", {"id": "a b", "ids": ["3", "4;5"]}, {"path": "path/a b/;ids=3,4;5"}),
    (
        "echo_json",
        {"name": NASTY, "filter": {"state": "open"}, "tags": []},
        {"type": "application/json", "sent": {"name": NASTY, "filter": {"state": "open"}, "tags": []}},
    ),
    (
        "echo_form",
        {"name": NASTY, "filter": {"state": "open"}, "tags": ["a", "b"]},
        {"sent": [["name", NASTY], ["filter[state]", "open"], ["tags", "a"], ["tags", "b"]]},
    ),
    (
        "echo_files",
        {"note": NASTY, "file": "AAEC", "more": ["aGk=", "eW8="]},
        {
            "type": "multipart/form-data",
            "sent": [
                ["note", NASTY],
                ["file", ["file", "application/octet-stream", "AAEC"]],
                ["more", ["more", "application/octet-stream", "aGk="]],
                ["more", ["more", "application/octet-stream", "eW8="]],
            ],
        },
    ),
    ("echo_raw", {"body": "AAEC"}, {"type": "application/octet-stream", "sent": "AAEC"}),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), CALLS, ids=[tool for tool, _, _ in CALLS])
def test_a_web_framework_understands_what_the_caller_said(
    tools: dict[str, Contract], tool: str, arguments: dict[str, Json], expected: dict[str, Json]
) -> None:
    answer = anyio.run(lambda: call(tools[tool], arguments, surroundings=surroundings({})))
    found = json.loads(content(answer))
    assert {name: found[name] for name in expected} == expected
