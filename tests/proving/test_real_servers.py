"""Servers that nobody here wrote: an experiment proves the right definitions and catches the wrong ones."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.proving.aws import authorization, moto
from tests.real_servers.servers import datasette, docker_registry, json_server
from tests.vector_stores.stores import chroma
from unabridged.tools import catalog
from unabridged.tools.proving.prove import Proven, prove
from unabridged.tools.surroundings import surroundings

HERE = Path(__file__).parent / "inferred"
COLLECTIONS = 25
Prove = Callable[[str, str], Proven]


@contextmanager
def aws(home: Path) -> Generator[int]:
    with moto() as port:
        yield port


@contextmanager
def chroma_with_collections(home: Path) -> Generator[int]:
    with chroma(home) as store:
        _reached(store.port)
        path = "/api/v2/tenants/default_tenant/databases/default_database/collections"
        for number in range(COLLECTIONS):
            with closing(http.client.HTTPConnection("127.0.0.1", store.port, timeout=30)) as connection:
                body = json.dumps({"name": f"desk-{number:03d}"})
                connection.request("POST", path, body, {"content-type": "application/json"})
                assert connection.getresponse().status == 200
        yield store.port


def _reached(port: int) -> None:
    """Chroma says that it listens a moment before it does."""
    for _ in range(10_000):
        with closing(socket.socket()) as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError("Chroma does not listen")


SERVERS = {
    "datasette": datasette,
    "json-server": json_server,
    "docker-registry": docker_registry,
    "moto": aws,
    "chroma": chroma_with_collections,
}
SERVICES: Mapping[str, str] = {
    "describe_parameters": "ssm",
    "parameters_by_path": "ssm",
    "log_groups": "logs",
    "keys": "kms",
}


@pytest.fixture(scope="module")
def proving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prove]:
    """Prove a tool of a server's file; a server is started when it is first asked and ends with the module."""
    ports: dict[str, int] = {}
    with ExitStack() as running:

        def ask(server: str, tool: str) -> Proven:
            if server not in ports:
                ports[server] = running.enter_context(SERVERS[server](tmp_path_factory.mktemp(server)))
            environment = {
                f"{server.replace('-', '_').upper()}_PORT": str(ports[server]),
                "MOTO_AUTHORIZATION": authorization(SERVICES.get(tool, "dynamodb")),
            }
            read = catalog.read([HERE / f"{server}.yaml"])
            contract = next(contract for contract in read.contracts if contract.name == tool)
            arguments = {"repository": "desk-000"} if tool == "tags" else {}
            return anyio.run(partial(prove, contract, arguments, surroundings=surroundings(environment)))

        yield ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A tool of a server's file: the lines that are not proven, and what is found out and proposed."""

    server: str
    tool: str
    refuted: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    clamp: int | None = None
    count: str | None = None
    proposed: tuple[str, ...] = ()
    spared: int = 40

    def __str__(self) -> str:
        return f"{self.server}-{self.tool}"


def differential(size: int) -> str:
    return f"complete: {{require: differential, differential: {{page_size: {size}}}}}"


NO_SIZE = "walk: {page_size: null}"
LICENCE = 'walk: {end: {next: {value: continue, absent: end}}, absence: {documented: "https://…"}}'
NOTHING_MORE = ("walk", "walk.start", "complete.total")

CASES = (
    Case(server="datasette", tool="rows", count="walk"),
    Case(
        server="datasette",
        tool="rows_wrong_cursor_parameter",
        refuted=("walk", "walk.send"),
        open=("walk.next", "complete.total", "walk.end"),
    ),
    Case(
        server="datasette",
        tool="rows_wrong_size_parameter",
        refuted=("walk.page_size",),
        count="walk",
        proposed=(NO_SIZE,),
    ),
    Case(
        server="datasette",
        tool="rows_without_witness",
        proposed=(
            "response: {items: {id: /id}}",
            "response: {items: {id: /id}}\ncomplete: {require: counted, total: {at: body:/filtered_table_rows_count}}",
        ),
    ),
    Case(server="datasette", tool="rows_on_one_page", refuted=("walk",), open=("complete.total",)),
    Case(server="json-server", tool="tickets_by_page", count="walk"),
    Case(server="json-server", tool="tickets_by_offset", count="walk"),
    Case(server="json-server", tool="tickets_by_wrong_page_parameter", refuted=("walk.send",), open=NOTHING_MORE),
    Case(
        server="json-server",
        tool="tickets_with_pages_taken_for_offsets",
        refuted=("walk", "walk.send"),
        open=("walk.start", "complete.total"),
    ),
    Case(
        server="json-server",
        tool="tickets_from_page_0",
        refuted=("walk.start",),
        open=("walk", "walk.send", "complete.total"),
        proposed=("walk: {start: 1}",),
    ),
    Case(
        server="json-server",
        tool="tickets_without_witness",
        open=("walk.end",),
        proposed=(
            LICENCE,
            "response: {items: {id: /id}}\ncomplete: {require: counted, total: {at: header:x-total-count}}",
        ),
    ),
    Case(server="docker-registry", tool="repositories", proposed=(differential(50),)),
    Case(
        server="docker-registry",
        tool="repositories_by_key",
        proposed=("complete: {require: past_end, past_end: true}", differential(50)),
    ),
    Case(
        server="docker-registry",
        tool="repositories_by_wrong_parameter",
        refuted=("walk.send",),
        open=("walk", "walk.key"),
    ),
    Case(
        server="docker-registry",
        tool="tags",
        refuted=("walk.page_size",),
        open=("walk", "walk.next"),
        proposed=(NO_SIZE,),
    ),
    Case(server="moto", tool="list_tables", proposed=(differential(5),)),
    Case(server="moto", tool="list_tables_wrong_parameter", refuted=("walk.send",), open=("walk", "walk.next")),
    Case(
        server="moto",
        tool="scan",
        refuted=("complete.total",),
        count="page",
        proposed=("complete: {total: {at: body:/Count, scope: page}}", differential(5)),
    ),
    Case(
        server="moto",
        tool="describe_parameters",
        refuted=("walk.page_size",),
        open=("walk", "walk.end"),
        proposed=(NO_SIZE, LICENCE),
    ),
    Case(
        server="moto",
        tool="parameters_by_path",
        open=("walk.end",),
        clamp=10,
        proposed=("walk: {page_size: {max: 10}}", LICENCE, differential(6)),
    ),
    Case(
        server="moto",
        tool="log_groups",
        clamp=50,
        proposed=("walk: {page_size: {max: 50}}", differential(12)),
    ),
    Case(
        server="moto",
        tool="keys",
        refuted=("walk.page_size",),
        open=("walk", "walk.next", "walk.send", "walk.more", "walk.end"),
        proposed=(NO_SIZE,),
    ),
)
VECTORS = (
    Case(server="chroma", tool="collections"),
    Case(server="chroma", tool="collections_wrong_parameter", refuted=("walk.send",), open=("walk", "walk.start")),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_real_server_shows_which_lines_are_true(proving: Prove, case: Case) -> None:
    shown(proving(case.server, case.tool), case)


@pytest.mark.vectors
@pytest.mark.parametrize("case", VECTORS, ids=str)
def test_a_real_vector_store_shows_which_lines_are_true(proving: Prove, case: Case) -> None:
    shown(proving(case.server, case.tool), case)


def shown(found: Proven, case: Case) -> None:
    lines = found.proof.lines
    assert {place for place, said in lines.items() if said.outcome == "refuted"} == set(case.refuted), lines
    assert {place for place, said in lines.items() if said.outcome == "open"} == set(case.open), lines
    assert found.proof.sizes.clamp == case.clamp
    assert found.proof.count == case.count
    assert tuple(str(proposal) for proposal in found.proposals) == case.proposed
    assert found.requests <= case.spared
