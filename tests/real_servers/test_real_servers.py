"""Servers that nobody here wrote: 250 records each are walked completely, and the hurried definition of each is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import anyio
import pytest

from tests.real_servers.servers import RECORDS, datasette, docker_registry, json_server
from unabridged.schemas.answer import Answer, Delivered, Withheld
from unabridged.schemas.claim import Grade
from unabridged.schemas.contract import Contract
from unabridged.tools import catalog
from unabridged.tools.call import call
from unabridged.tools.surroundings import surroundings

pytestmark = [pytest.mark.slow, pytest.mark.requirement("G48")]

HERE = Path(__file__).parent
SERVERS = {"datasette": datasette, "json-server": json_server, "docker-registry": docker_registry}
Ask = Callable[[str, str], Answer]


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Call a tool of a server's file; a server is started when it is first asked and ends with the module."""
    ports: dict[str, int] = {}
    with ExitStack() as running:

        def asking(server: str, tool: str) -> Answer:
            if server not in ports:
                ports[server] = running.enter_context(SERVERS[server](tmp_path_factory.mktemp(server)))
            variable = f"{server.replace('-', '_').upper()}_PORT"
            environment = {variable: str(ports[server])}
            arguments = {"repository": "desk-000"} if tool == "tags" else {}
            return anyio.run(partial(call, contracts(server)[tool], arguments, surroundings=surroundings(environment)))

        yield asking


def contracts(server: str) -> dict[str, Contract]:
    return {contract.name: contract for contract in catalog.read([HERE / f"{server}.yaml"]).contracts}


@pytest.mark.parametrize(
    ("server", "tool", "grade"),
    [
        ("datasette", "rows_by_url", Grade.COUNTED),
        ("datasette", "rows_by_token", Grade.COUNTED),
        ("datasette", "rows_by_link", Grade.CENSUSED),
        ("json-server", "tickets_by_link", Grade.COUNTED),
        ("json-server", "tickets_by_page", Grade.COUNTED),
        ("json-server", "tickets_by_offset", Grade.COUNTED),
        ("docker-registry", "repositories_by_link", Grade.DIFFERENTIAL),
        ("docker-registry", "repositories_by_key", Grade.DOCUMENTED_ABSENCE),
    ],
)
def test_every_record_arrives_with_its_proof(ask: Ask, server: str, tool: str, grade: Grade) -> None:
    answer = ask(server, tool)
    assert isinstance(answer, Delivered), answer
    records = json.loads(b"".join(answer.payload.chunks()))
    answer.payload.close()
    assert len({json.dumps(record) for record in records}) == answer.payload.count == RECORDS
    assert answer.receipt.grade == grade


@pytest.mark.parametrize(
    ("server", "tool"),
    [
        ("datasette", "naive_rows"),
        ("json-server", "naive_tickets"),
        ("docker-registry", "naive_repositories"),
        ("docker-registry", "unlicensed_repositories"),
    ],
)
def test_a_hurried_definition_is_refused_when_it_is_read(server: str, tool: str) -> None:
    read = catalog.read([HERE / f"{server}.yaml"])
    written = (HERE / f"{server}.yaml").read_text("utf-8").splitlines()
    blamed = [
        [line for line in written[: problem.line] if "- name:" in line][-1].split()[-1] for problem in read.problems
    ]
    assert tool in blamed
    assert tool not in [contract.name for contract in read.contracts]


@pytest.mark.parametrize(
    ("server", "tool", "code"),
    [
        ("datasette", "naive_rows_counted", "total_mismatch"),
        ("json-server", "naive_tickets_counted", "total_mismatch"),
        ("docker-registry", "tags", "unproven"),  # it ignores `n`: 250 tags came, and nothing proves that these are all
    ],
)
def test_a_hurried_definition_is_refused_when_it_is_called(ask: Ask, server: str, tool: str, code: str) -> None:
    answer = ask(server, tool)
    assert isinstance(answer, Withheld), answer
    assert answer.verdict.findings[0].code == code
