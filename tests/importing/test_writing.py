"""From an operation to a tool: what a description says is what is sent, and what it promises is what is checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.importing.specs import openapi, swagger
from tests.importing.test_hostile_documents import VALUES
from tests.scripted import World, answer, content
from unabridged.schemas.answer import Delivered, Withheld
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json, Request, Response
from unabridged.server.listing import lint, servable
from unabridged.tools.catalog import read
from unabridged.tools.importing.defining import Definitions, definitions
from unabridged.tools.importing.filing import pages, text
from unabridged.tools.importing.reading import describe
from unabridged.tools.importing.refusal import Unimportable
from unabridged.tools.importing.trying import tried
from unabridged.tools.source import parse

BASE = "https://pets.test/v1"
THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}


def document(operation: Mapping[str, Any], *, method: str = "get", path: str = "/pets", **parts: Any) -> dict[str, Any]:
    """A description with one operation."""
    whole = {"operationId": "it", "responses": {"200": answering(THING)}, **operation}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pets", "version": "1"},
        "servers": [{"url": BASE}],
        "paths": {path: {method: whole}},
        **parts,
    }


def answering(schema: Mapping[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {"description": "ok", "content": {media: {"schema": schema}}}


def made(described: Mapping[str, Any], **options: Any) -> Definitions:
    description = describe(json.dumps(described).encode())
    return definitions(description, description.operations, api="pets", **options)


def imported(described: Mapping[str, Any], tmp_path: Path) -> Contract:
    """The one tool of a description, written as YAML and read back."""
    page = pages(made(described), told=["Imported."], form="yaml", split=False)[""]
    file = tmp_path / "pets.yaml"
    file.write_text(text(page, "yaml"), "utf-8")
    catalog = read([file])
    assert [str(problem) for problem in catalog.problems if problem.severity == "error"] == []
    (contract,) = catalog.contracts
    assert lint(contract) == []
    return contract


def sent(described: Mapping[str, Any], tmp_path: Path, **arguments: Json) -> Request:
    """The request that the imported tool makes of *arguments*."""
    world = World(lambda request: answer({}))
    found = anyio.run(lambda: world.call(imported(described, tmp_path), **arguments))
    assert world.sent, found
    return world.sent[0]


def parameter(place: str, schema: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"parameters": [{"name": "p", "in": place, "required": True, "schema": schema, **more}]}


LIST: dict[str, Any] = {"type": "array", "items": {"type": "integer"}}
OBJECT: dict[str, Any] = {"type": "object", "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}}}
TEXT: dict[str, Any] = {"type": "string"}
COLOUR: Json = {"R": 100, "G": 200}

QUERIES = [  # OpenAPI 3.1, 4.8.12.4: style examples
    (parameter("query", TEXT), "a b", "p=a%20b"),
    (parameter("query", LIST), [3, 4], "p=3&p=4"),
    (parameter("query", LIST, explode=False), [3, 4], "p=3,4"),
    (parameter("query", LIST, style="spaceDelimited", explode=False), [3, 4], "p=3%204"),
    (parameter("query", LIST, style="pipeDelimited", explode=False), [3, 4], "p=3%7C4"),
    (parameter("query", OBJECT, explode=False), COLOUR, "p=R,100,G,200"),
    (parameter("query", OBJECT, style="deepObject", explode=True), COLOUR, "p%5BR%5D=100&p%5BG%5D=200"),
    (parameter("query", TEXT, allowReserved=True), "a/b?c", "p=a/b?c"),
    (parameter("query", TEXT, allowReserved=True), "a&b=c#d", "p=a%26b%3Dc%23d"),
]


@pytest.mark.parametrize(("operation", "value", "query"), QUERIES)
def test_a_query_parameter_is_written_in_its_style(
    operation: dict[str, Any], value: Json, query: str, tmp_path: Path
) -> None:
    assert sent(document(operation), tmp_path, p=value).url == f"{BASE}/pets?{query}"


def test_a_query_parameter_can_be_json(tmp_path: Path) -> None:
    operation = {"parameters": [{"name": "p", "in": "query", "content": {"application/json": {"schema": OBJECT}}}]}
    request = sent(document(operation), tmp_path, p=COLOUR)
    assert dict(parse_qsl(urlsplit(request.url).query)) == {"p": '{"R":100,"G":200}'}


def test_the_members_of_an_exploded_object_are_arguments_of_their_own(tmp_path: Path) -> None:
    assert sent(document(parameter("query", OBJECT)), tmp_path, R=1).url == f"{BASE}/pets?R=1"


PATHS = [
    (parameter("path", TEXT), "a/b", "a%2Fb"),
    (parameter("path", LIST), [3, 4], "3,4"),
    (parameter("path", OBJECT), COLOUR, "R,100,G,200"),
    (parameter("path", OBJECT, explode=True), COLOUR, "R=100,G=200"),
    (parameter("path", LIST, style="label"), [3, 4], ".3,4"),
    (parameter("path", LIST, style="label", explode=True), [3, 4], ".3.4"),
    (parameter("path", TEXT, style="matrix"), "a", ";p=a"),
    (parameter("path", LIST, style="matrix"), [3, 4], ";p=3,4"),
    (parameter("path", LIST, style="matrix", explode=True), [3, 4], ";p=3;p=4"),
    (parameter("path", OBJECT, style="matrix", explode=True), COLOUR, ";R=100;G=200"),
    (parameter("path", TEXT) | {"x": 1}, "ü", "%C3%BC"),
]


@pytest.mark.parametrize(("operation", "value", "segment"), PATHS)
def test_a_path_parameter_is_written_in_its_style(
    operation: dict[str, Any], value: Json, segment: str, tmp_path: Path
) -> None:
    described = document(operation, path="/pets/{p}/toys")
    assert sent(described, tmp_path, p=value).url == f"{BASE}/pets/{segment}/toys"


def test_a_path_parameter_with_several_segments_keeps_them_and_nothing_else(tmp_path: Path) -> None:
    operation = parameter("path", TEXT, **{"x-multi-segment": True})
    described = document(operation, path="/files/{p}")
    assert sent(described, tmp_path, p="a/b c").url == f"{BASE}/files/a/b%20c"
    world = World(lambda request: answer({}))
    refused = anyio.run(lambda: world.call(imported(described, tmp_path), p="a/../b"))
    assert isinstance(refused, Withheld)
    assert world.sent == []


NAMES = [
    ("shelves/[^/]+", "shelves/a b", "shelves/a%20b"),
    ("^shelves/[^/]+/books/[^/]+$", "shelves/1/books/2", "shelves/1/books/2"),
    ("shelves\\/[^\\/]+", "shelves/1", "shelves/1"),
    ("files/.+", "files/a/b", "files/a/b"),
    ("[^/]+/[^/]+", "group/project", "group%2Fproject"),
    ("^[^/]+$", "a", "a"),
    ("^https?://.+$", "https://a/b", "https%3A%2F%2Fa%2Fb"),
]


@pytest.mark.parametrize(("pattern", "value", "segments"), NAMES)
def test_the_pattern_of_a_resource_name_says_that_it_is_several_segments(
    pattern: str, value: str, segments: str, tmp_path: Path
) -> None:
    described = document(parameter("path", {"type": "string", "pattern": pattern}), path="/v1/{p}/parts")
    assert sent(described, tmp_path, p=value).url == f"{BASE}/v1/{segments}/parts"


@pytest.mark.parametrize("value", ["shelves/1/books/2", "x/shelves/1", "shelves/..", "shelves/"])
def test_a_resource_name_leads_to_no_other_resource(value: str, tmp_path: Path) -> None:
    described = document(
        parameter("path", {"type": "string", "pattern": "shelves/[^/]+"}), path="/v1/{p}", method="delete"
    )
    world = World(lambda request: answer({}))
    assert isinstance(anyio.run(lambda: world.call(imported(described, tmp_path), p=value)), Withheld)
    assert world.sent == []


def test_a_header_and_a_cookie_are_written_in_their_style(tmp_path: Path) -> None:
    operation = {
        "parameters": [
            {"name": "X-Ids", "in": "header", "schema": LIST},
            {"name": "session", "in": "cookie", "schema": TEXT},
            {"name": "theme", "in": "cookie", "schema": TEXT},
        ]
    }
    arguments: dict[str, Json] = {"X-Ids": [3, 4], "session": "a; b", "theme": "dark"}
    headers = dict(sent(document(operation), tmp_path, **arguments).headers)
    assert headers["x-ids"] == "3,4"
    assert headers["cookie"] == "session=a%3B%20b; theme=dark"


def test_a_parameter_that_the_transport_writes_itself_is_no_argument(tmp_path: Path) -> None:
    names = ("Accept", "Content-Type", "Authorization")
    operation = {"parameters": [{"name": name, "in": "header", "schema": TEXT} for name in names]}
    assert imported(document(operation), tmp_path).input.get("properties", {}) == {}


def body(schema: Mapping[str, Any], media: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media: {"schema": schema, **more}}}}


PET: dict[str, Any] = {
    "type": "object",
    "required": ["name", "id"],
    "properties": {"name": TEXT, "id": {"type": "integer", "readOnly": True}, "tags": {"type": "array", "items": TEXT}},
}


def test_the_members_of_a_json_body_are_arguments(tmp_path: Path) -> None:
    described = document(body(PET), method="post")
    request = sent(described, tmp_path, name="Rex")
    assert request.body is not None
    assert (request.method, request.body.media, json.loads(request.body.content)) == (
        "POST",
        "application/json",
        {"name": "Rex"},
    )
    assert imported(described, tmp_path).input["required"] == ["name"]


def test_a_body_whose_names_are_taken_is_one_argument(tmp_path: Path) -> None:
    described = document(body(PET) | {"parameters": [{"name": "name", "in": "query", "schema": TEXT}]}, method="post")
    request = sent(described, tmp_path, name="q", body={"name": "Rex"})
    assert request.url.endswith("?name=q")
    assert request.body is not None
    assert json.loads(request.body.content) == {"name": "Rex"}


def test_a_body_that_need_not_be_sent_is_not_sent_where_nobody_gives_it(tmp_path: Path) -> None:
    operation = body(PET)
    operation["requestBody"]["required"] = False
    assert sent(document(operation, method="post"), tmp_path).body is None


def test_a_body_of_another_json_type_says_so(tmp_path: Path) -> None:
    described = document(body(PET, "application/merge-patch+json"), method="patch")
    assert ("content-type", "application/merge-patch+json") in sent(described, tmp_path, name="x").headers


def test_a_form_is_written_in_the_styles_of_its_encoding(tmp_path: Path) -> None:
    schema = {
        "type": "object",
        "properties": {"name": TEXT, "expand": {"type": "array", "items": TEXT}, "meta": OBJECT},
    }
    encoding = {"expand": {"style": "deepObject", "explode": True}, "meta": {"style": "deepObject", "explode": True}}
    operation = body(schema, "application/x-www-form-urlencoded", encoding=encoding)
    request = sent(document(operation, method="post"), tmp_path, name="a b", expand=["x", "y"], meta=COLOUR)
    assert request.body is not None
    assert request.body.media == "application/x-www-form-urlencoded"
    assert parse_qsl(request.body.content.decode()) == [
        ("name", "a b"),
        ("expand[]", "x"),
        ("expand[]", "y"),
        ("meta[R]", "100"),
        ("meta[G]", "200"),
    ]


def parts(request: Request) -> list[Message]:
    assert request.body is not None
    head = f"Content-Type: {request.body.media}\r\n\r\n".encode()
    whole = BytesParser().parsebytes(head + request.body.content)
    assert whole.is_multipart()
    return list(whole.walk())[1:]


def test_a_form_with_files_carries_their_bytes(tmp_path: Path) -> None:
    file = {"type": "string", "format": "binary"}
    schema = {"type": "object", "required": ["file"], "properties": {"file": file, "note": TEXT, "meta": OBJECT}}
    operation = body(schema, "multipart/form-data", encoding={"file": {"contentType": "image/png"}})
    request = sent(document(operation, method="post"), tmp_path, file="iVBORw0=", note="hi", meta=COLOUR)
    found = {part.get_param("name", header="content-disposition"): part for part in parts(request)}
    assert found["file"].get_payload(decode=True) == b"\x89PNG\r"
    assert found["file"].get_content_type() == "image/png"
    assert found["note"].get_payload() == "hi"
    assert json.loads(str(found["meta"].get_payload())) == COLOUR


MEDIA = [
    ("image/png, image/jpeg", "image/png"),
    ("image/*, image/jpeg", "image/jpeg"),
    ("image/png; q=0.5 ,image/jpeg", "image/png"),
    ("image/*", "application/octet-stream"),
    ("", "application/octet-stream"),
]


@pytest.mark.parametrize(("said", "media"), MEDIA)
def test_a_file_of_several_media_types_is_sent_as_the_first_that_is_one(said: str, media: str, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    operation = body(schema, "multipart/form-data", encoding={"file": {"contentType": said}})
    described = document(operation, method="post")
    (part,) = parts(sent(described, tmp_path, file="iVBORw0="))
    assert part.get_content_type() == media
    told = "is sent as" in " ".join(made(described).tools[0].notes)
    assert told is ("," in said)


def test_bytes_that_are_no_base64_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    described = document(body(TEXT, "application/octet-stream"), method="put")
    request = sent(described, tmp_path, body="AAEC")
    assert request.body is not None
    assert (request.body.content, request.body.media) == (b"\x00\x01\x02", "application/octet-stream")
    world = World(lambda request: answer({}))
    refused = anyio.run(lambda: world.call(imported(described, tmp_path), body="é"))
    assert isinstance(refused, Withheld)
    assert world.sent == []


def test_a_write_that_answers_with_nothing_is_delivered_as_null(tmp_path: Path) -> None:
    described = document({"responses": {"201": {"description": "made"}}} | body(PET), method="post")
    world = World(lambda request: answer({"id": 1}, status=201))
    contract = imported(described, tmp_path)
    empty = World(lambda request: _nothing(201))
    assert content(anyio.run(lambda: empty.call(contract, name="Rex"))) == b"null"
    assert isinstance(anyio.run(lambda: world.call(contract, name="Rex")), Delivered)


RANGED = [
    pytest.param({"2XX": answering(THING)}, [200, 201, 204], [], id="2XX"),
    pytest.param({"default": answering(THING)}, [200, 201, 204], [], id="default alone"),
    pytest.param(
        {"default": answering(THING), "404": {"description": "no"}}, [200, 201, 204], [], id="beside an error"
    ),
    pytest.param({"2XX": {"description": "done"}}, [200, 201, 204], [200, 201], id="2XX with nothing in it"),
    pytest.param({"201": answering(THING), "default": answering(THING)}, [201], [], id="default beside what is said"),
    pytest.param(
        {"202": answering(THING), "2XX": answering(THING)}, [200, 201, 202, 204], [], id="202 where it is said"
    ),
    pytest.param({"200": answering(THING), "202": {"description": "later"}}, [200, 202], [202], id="several"),
]


@pytest.mark.parametrize(("replies", "status", "empty"), RANGED)
def test_a_write_worked_at_each_status_that_its_description_lets_mean_it(
    replies: dict[str, Any], status: list[int], empty: list[int], tmp_path: Path
) -> None:
    contract = imported(document({"responses": replies} | body(PET), method="post"), tmp_path)
    assert list(contract.response.status) == status
    assert list(contract.response.empty) == empty
    for one in status:
        reply = _nothing(one) if one in (204, *empty) else answer({"id": 1}, status=one)
        assert isinstance(_answered(contract, reply), Delivered)


def _answered(contract: Contract, reply: Response) -> object:
    world = World(lambda request: reply)
    return anyio.run(lambda: world.call(contract, name="Rex"))


@pytest.mark.parametrize("status", ["2XX", "default"])
def test_a_read_is_done_at_200_alone_where_no_other_status_is_said(status: str, tmp_path: Path) -> None:
    assert list(imported(document({"responses": {status: answering(THING)}}), tmp_path).response.status) == [200]


def _nothing(status: int) -> Response:
    return replace(answer({}, status=status), content=b"", headers=(), wire_bytes=0)


def test_an_answer_that_breaks_its_schema_is_withheld(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": ["string", "null"]}}}
    contract = imported(document({"responses": {"200": answering(schema)}}), tmp_path)
    sound = World(lambda request: answer({"name": None, "new": 1}))
    assert isinstance(anyio.run(lambda: sound.call(contract)), Delivered)
    broken = World(lambda request: answer({"name": 5}))
    assert isinstance(anyio.run(lambda: broken.call(contract)), Withheld)


SKIPPED: list[tuple[dict[str, Any], dict[str, str], str]] = [
    ({"responses": {"200": answering(TEXT, "text/csv")}}, {}, "only JSON can be proven"),
    ({"responses": {"302": {"description": "elsewhere"}}}, {}, "no reply says that it worked"),
    ({"servers": [{"url": "https://files.test"}]}, {}, "another origin, files.test"),
    ({}, {"method": "head"}, "its method is HEAD"),
    ({}, {"path": "/pets/../x"}, "dot segments"),
    (body(TEXT), {"method": "get"}, "needs a body with GET"),
]


@pytest.mark.parametrize(("operation", "where", "reason"), SKIPPED)
def test_an_operation_that_cannot_be_a_tool_is_left_out_with_its_reason(
    operation: dict[str, Any], where: dict[str, str], reason: str
) -> None:
    whole = made(document(operation, **where))
    assert [reason in one.reason for one in whole.skipped] == [True]
    assert whole.tools == ()


def test_a_choice_between_an_object_and_a_number_is_written_in_the_style_of_the_object(tmp_path: Path) -> None:
    schema = {"anyOf": [OBJECT, {"type": "integer"}]}
    described = document(parameter("query", schema, style="deepObject", explode=True))
    assert sent(described, tmp_path, p={"R": 1}).url == f"{BASE}/pets?p%5BR%5D=1"
    assert sent(described, tmp_path, p=7).url == f"{BASE}/pets?p=7"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(["2.0", "3.0.3", "3.1.0"]), VALUES, VALUES, VALUES)
def test_whatever_is_described_becomes_a_sound_tool_or_is_left_out(
    version: str, item: Any, named: Any, more: Any
) -> None:
    described = swagger() if version == "2.0" else openapi(version=version)
    described |= more if isinstance(more, dict) else {}
    described["paths"] = {"/tickets": {"get": item, "post": {"parameters": item}}, "/tickets/{id}": item}
    described["components"] = {"schemas": {"Named": named}, "parameters": {"Named": item}}
    try:
        description = describe(json.dumps(described).encode())
        whole = definitions(description, description.operations, api="x", base_url="https://x.test")
    except Unimportable:
        return
    attempt = tried(whole, faults=lambda contracts: servable(contracts)[1])
    assert attempt.wrong == ()
    assert len(attempt.sound.tools) + len(attempt.sound.skipped) == len(description.operations)
    if attempt.sound.tools:
        page = pages(attempt.sound, told=[], form="yaml", split=False)[""]
        assert parse(text(page, "yaml").encode(), is_json=False).value == json.loads(text(page, "json"))


def test_members_of_two_objects_that_have_one_name_are_one_parameter(tmp_path: Path) -> None:
    operation = {"parameters": [{"name": name, "in": "query", "schema": OBJECT} for name in ("a", "b")]}
    assert sent(document(operation), tmp_path, R=1, G=2).url == f"{BASE}/pets?R=1&G=2"


def test_a_body_without_a_media_type_is_json(tmp_path: Path) -> None:
    request = sent(document(body(PET, ""), method="post"), tmp_path, name="Rex")
    assert request.body is not None
    assert request.body.media == "application/json"
