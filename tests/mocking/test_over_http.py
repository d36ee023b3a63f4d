"""The mock over real HTTP on loopback: every kind of walk, every lie, and what it says of itself."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from anyio.abc import SocketStream

from tests.mocking.mocked import ran
from unabridged.schemas.answer import Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.wire import Json
from unabridged.server.mocking.copying import copy
from unabridged.server.mocking.serving import Address, serving
from unabridged.tools.call import call
from unabridged.tools.catalog import read
from unabridged.tools.mocking.faults import BY_NAME, Lie
from unabridged.tools.mocking.honouring import arguments_of, environment_of
from unabridged.tools.mocking.mock import HEADER, Mock, Settings
from unabridged.tools.surroundings import Surroundings, surroundings

pytestmark = pytest.mark.anyio

FILE = Path(__file__).parent / "walks.yaml"
CONTRACTS: Mapping[str, Contract] = {contract.name: contract for contract in read([FILE]).contracts}
ENVIRONMENT = {**environment_of(CONTRACTS.values()), "WALKS_TOKEN": "secret"}
ITEMS = 11


@dataclass(frozen=True, slots=True)
class Served:
    """A mock that is served, and the tools of the copied file that ask it."""

    mock: Mock
    address: Address
    tools: Mapping[str, Contract]


@asynccontextmanager
async def served(directory: Path, **settings: Any) -> AsyncGenerator[Served]:
    """Serve a mock of the walks, and read the copy of their file that points at it."""
    mock = Mock(contracts=tuple(CONTRACTS.values()), settings=replace(Settings(items=ITEMS), **settings))
    async with serving(mock) as address:
        catalog = read([copy(FILE, address.url, directory)])
        assert [str(problem) for problem in catalog.problems] == []
        yield Served(mock, address, {contract.name: contract for contract in catalog.contracts})


async def _at_once(_seconds: float) -> None:
    """Wait for nothing."""


def _world() -> Surroundings:
    return replace(surroundings(ENVIRONMENT), sleep=_at_once, random=lambda: 0.5)


async def asked(contract: Contract) -> tuple[str, Json]:
    """Call *contract* over the network; give the first finding's code, or else what was delivered."""
    answer = await call(contract, arguments_of(contract, 0), surroundings=_world())
    if not isinstance(answer, Delivered):
        return answer.verdict.findings[0].code, None
    value: Json = json.loads(b"".join(answer.payload.chunks()))
    answer.payload.close()
    return "", value


def hasty(contract: Contract) -> Contract:
    """Give up each attempt after a short while."""
    return replace(contract, policy=replace(contract.policy, attempt_timeout=0.2))


def lied_to(contract: Contract, fault: str) -> Contract:
    """Ask for a lie with every request."""
    return replace(contract, request=replace(contract.request, headers={HEADER: fault}))


@pytest.mark.parametrize("name", CONTRACTS)
async def test_every_kind_of_walk_is_delivered_whole(name: str, tmp_path: Path) -> None:
    async with served(tmp_path) as there:
        found = await asked(there.tools[name])
        truth = there.mock.truth(CONTRACTS[name], arguments_of(CONTRACTS[name], 0), ENVIRONMENT)
    assert found == ("", truth)


async def test_every_lie_does_over_http_what_it_does_in_memory(tmp_path: Path) -> None:
    over_http: dict[str, str] = {}
    in_memory: dict[str, str] = {}
    async with served(tmp_path) as there:
        for fault in (name for name in BY_NAME if name != "slow"):
            for name in ("walk_cursor", "walk_stream", "walk_generated", "walk_written"):
                over_http[f"{fault} {name}"] = (await asked(lied_to(hasty(there.tools[name]), fault)))[0]
                twin = await ran(CONTRACTS[name], items=ITEMS, lies=[fault], beside=tuple(CONTRACTS.values()))
                in_memory[f"{fault} {name}"] = twin.code
    assert over_http == in_memory


async def test_an_answer_in_small_pieces_is_whole(tmp_path: Path) -> None:
    async with served(tmp_path, items=2, lies=(Lie(name="slow"),)) as there:
        assert (await asked(there.tools["walk_single"]))[0] == ""
        assert [line.fault for line in there.mock.log] == ["slow"]


async def test_a_lie_that_is_told_for_once_is_mended(tmp_path: Path) -> None:
    async with served(tmp_path, lies=(Lie(name="cut_body"),), rate=0.3, seed=3) as there:
        code, value = await asked(there.tools["walk_cursor"])
        told = [line.fault for line in there.mock.log]
    assert code == ""
    assert isinstance(value, list)
    assert len(value) == ITEMS
    assert "cut_body" in told
    assert None in told


async def test_a_lie_for_one_tool_is_not_told_to_others(tmp_path: Path) -> None:
    async with served(tmp_path, lies=(Lie(name="unavailable", tool="walk_page"),)) as there:
        codes = [(await asked(there.tools[name]))[0] for name in ("walk_page", "walk_offset")]
    assert codes == ["unavailable", ""]


FAR = """
unabridged: 1
api:
  name: far
  base_url: https://{region}.far.example/{version}
  variables: {region: {default: eu}, version: {default: v2}}
  auth:
    kind: oauth2_client_credentials
    token_url: https://{region}.far.example/oauth/token
    client_id: me
    client_secret: {env: FAR_SECRET}
tools:
  - name: far_list
    description: All.
    claim: all
    input: {properties: {ids: {type: array, items: {type: integer}}}}
    request: {url: /things, query: {ids: "{input.ids}"}, styles: {"query:ids": comma}}
    response: {items: {at: /items, id: /id}}
    walk: {kind: page, send: query:page, page_size: {send: query:size, ask: 4}}
    complete: {require: censused, census: {request: {url: /count}, at: body:/n}, total: {at: header:X-Total}}
"""


async def test_variables_tokens_and_styles_work_against_the_mock(tmp_path: Path) -> None:
    file = tmp_path / "far.yaml"
    file.write_text(FAR, "utf-8")
    mock = Mock(contracts=read([file]).contracts, settings=Settings(items=ITEMS))
    async with serving(mock) as address:
        [contract] = read([copy(file, address.url, tmp_path / "mocked")]).contracts
        around = replace(surroundings({"FAR_SECRET": "secret"}), sleep=_at_once)
        answer = await call(contract, {"ids": [1, 2]}, surroundings=around)
    assert isinstance(answer, Delivered)
    assert (answer.payload.count, answer.receipt.grade.name) == (ITEMS, "CENSUSED")
    assert [line.purpose for line in mock.log] == ["token", "census", "page", "page", "page", "census"]


async def test_what_nobody_mocks_is_404_and_says_what_there_is(tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        answer = await client.get(f"{there.address.url}/walks/v1/nowhere")
        body = answer.json()
    assert answer.status_code == 404
    assert "GET /v1/single" in body["routes"]
    assert "/v1/nowhere" in body["message"]


BEFORE_ALL = urlsafe_b64encode(b"item:-5").decode().rstrip("=")


@pytest.mark.parametrize(
    "target",
    [
        "feed?token=made-up",
        "feed?token=5",
        f"feed?token={BEFORE_ALL}",
        f"next_url?cursor={BEFORE_ALL}",
        "offset?skip=three",
        "offset?skip=-3",
        "offset?skip=" + "9" * 5000,
        "page?page=0",
        "page?page=two",
        "keyset?starting_after=nobody",
    ],
)
async def test_a_position_that_was_never_given_is_rejected(target: str, tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        answer = await client.get(f"{there.address.url}/walks/v1/{target}")
    assert answer.status_code == 400


ODD: tuple[tuple[str, Mapping[str, str], bytes], ...] = (
    ("GET single", {"authorization": "Basic A"}, b""),
    ("GET single", {"authorization": "Basic \xe9"}, b""),
    ("POST search", {}, b"[" * 100_000),
    ("POST payments", {}, b'{"amount": NaN, "name": "\\ud800"}'),
    ("GET offset?take=" + "9" * 5000, {}, b""),
    ("GET things/" + "[" * 9000, {}, b""),
)


@pytest.mark.parametrize(("target", "fields", "content"), ODD, ids=[target[:20] for target, _, _ in ODD])
async def test_an_odd_request_is_answered_and_the_next_one_too(
    target: str, fields: Mapping[str, str], content: bytes, tmp_path: Path
) -> None:
    method, _, path = target.partition(" ")
    raw = {name.encode(): value.encode("latin-1") for name, value in fields.items()}
    async with served(tmp_path, credential="none" if fields else None) as there, httpx2.AsyncClient() as client:
        url = f"{there.address.url}/walks/v1"
        odd = await client.request(method, f"{url}/{path}", headers=raw, content=content)
        after = await client.get(f"{url}/single", headers={"authorization": "Bearer none"})
    assert odd.status_code in (200, 400, 401, 404)
    assert after.status_code == 200


async def test_lies_that_are_no_json_are_rejected_however_deep_they_are(tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        url = f"{there.address.url}/__unabridged__/faults"
        told = [(await client.put(url, content=content)).status_code for content in (b"[" * 100_000, b"\xff", b"")]
    assert told == [400, 400, 400]


async def test_the_log_says_which_lie_was_told(tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        url = f"{there.address.url}/walks/v1/single"
        await client.get(url, headers={HEADER: "html_in_200"})
        await client.get(url)
        log = (await client.get(f"{there.address.url}/__unabridged__/log")).json()
        await client.delete(f"{there.address.url}/__unabridged__/log")
        empty = (await client.get(f"{there.address.url}/__unabridged__/log")).json()
    assert [(line["tool"], line["status"], line["fault"]) for line in log] == [
        ("walk_single", 200, "html_in_200"),
        ("walk_single", 200, None),
    ]
    assert empty == []


@pytest.mark.parametrize(("credential", "code"), [("secret", ""), ("another", "auth_failed")])
async def test_a_credential_can_be_required(credential: str, code: str, tmp_path: Path) -> None:
    async with served(tmp_path, credential=credential) as there:
        assert (await asked(there.tools["walk_single"]))[0] == code


async def test_several_clients_are_answered_beside_each_other(tmp_path: Path) -> None:
    codes: list[str] = []

    async def one(contract: Contract) -> None:
        codes.append((await asked(contract))[0])

    async with served(tmp_path) as there, anyio.create_task_group() as tasks:
        for name in ("walk_cursor", "walk_link", "walk_page", "walk_scroll"):
            tasks.start_soon(one, there.tools[name])
    assert codes == [""] * 4


async def _connected(there: Served) -> SocketStream:
    return await anyio.connect_tcp(there.address.host, there.address.port)


async def test_requests_behind_one_another_on_one_connection_are_answered_in_order(tmp_path: Path) -> None:
    request = b"GET /walks/v1/single HTTP/1.1\r\nHost: x\r\n\r\n"
    read = b""
    async with served(tmp_path, items=1) as there, await _connected(there) as stream:
        await stream.send(request + request)
        while read.count(b'"total":1') < 2:
            read += await stream.receive()
    assert read.count(b"HTTP/1.1 200 OK") == 2


@pytest.mark.parametrize("word", ["nope", "early_end, nope", "early_end:walk_nope", ""])
async def test_a_lie_that_is_not_known_is_no_truth_but_a_mistake(word: str, tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        answer = await client.get(f"{there.address.url}/walks/v1/single", headers={HEADER: word})
        put = await client.put(f"{there.address.url}/__unabridged__/faults", json=[word])
        log = (await client.get(f"{there.address.url}/__unabridged__/log")).json()
    assert (answer.status_code, answer.json()["error"]) == (400, "unknown_fault")
    assert {"early_end", "random", "none"} <= set(answer.json()["faults"])
    assert [line["status"] for line in log] == [400]
    assert put.status_code == 400


async def test_none_is_the_truth_in_the_header_and_in_what_is_put(tmp_path: Path) -> None:
    async with served(tmp_path, lies=(Lie(name="html_in_200"),)) as there, httpx2.AsyncClient() as client:
        url = f"{there.address.url}/walks/v1/single"
        lied = await client.get(url)
        spared = await client.get(url, headers={HEADER: "none"})
        put = await client.put(f"{there.address.url}/__unabridged__/faults", json=["none"])
        after = await client.get(url)
    assert [one.headers["content-type"].partition(";")[0] for one in (lied, spared, after)] == [
        "text/html",
        "application/json",
        "application/json",
    ]
    assert (put.status_code, put.json()["faults"]) == (200, [])


async def test_a_request_without_the_name_of_its_api_is_told_what_there_is(tmp_path: Path) -> None:
    async with served(tmp_path) as there, httpx2.AsyncClient() as client:
        answer = await client.get(f"{there.address.url}/v1/single")
        bare = await client.get(there.address.url)
    assert answer.status_code == bare.status_code == 404
    assert "GET /walks/v1/single" in answer.json()["routes"]
    assert "GET /walks/v1/single" in bare.json()["routes"]
    assert "below its own name: /walks" in answer.json()["message"]
