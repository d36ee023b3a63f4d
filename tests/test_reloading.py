"""Tool files that change while they are served: what clients are told, and what a broken edit does not do."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.subscriptions import ToolsListChanged
from mcp_types import ToolListChangedNotification

from tests.refunds import COMMAND, environment, over_http
from tests.served import Content, contract, receipt
from unabridged.schemas.answer import Answer, Delivered
from unabridged.schemas.contract import Contract
from unabridged.schemas.proof import Lock, Proof, Settled
from unabridged.schemas.wire import Json
from unabridged.server.app import Service, build
from unabridged.server.audience import Audience
from unabridged.server.offering import Offered, offered, offered_anew, stamp
from unabridged.server.profiles import Wanted
from unabridged.server.reloading import Reading, reloading
from unabridged.server.surface import Offer, Surface
from unabridged.server.usage import UsageError
from unabridged.tools.catalog import read as read_tools
from unabridged.tools.observer import Observer
from unabridged.tools.people import Caller
from unabridged.tools.proof import lock_of, write_lock

Mode = Literal["legacy", "auto"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def written(file: Path, *names: str, **fields: object) -> Path:
    """Write a tool file with one tool for each of *names*, with another time of change than before."""
    tools = [
        {
            "name": name,
            "description": f"The {name} of the desk.",
            "claim": "one",
            "request": {"url": f"/{name}"},
            "response": {"schema": {"type": "object", "required": ["id"]}},
            **fields,
        }
        for name in names
    ]
    api = {"name": "desk", "base_url": "http://127.0.0.1:9", "network": {"allow": ["loopback"]}}
    return put(file, json.dumps({"unabridged": 1, "api": api, "tools": tools}))


def put(file: Path, text: str) -> Path:
    before = file.stat().st_mtime_ns if file.exists() else 0
    file.write_text(text, encoding="utf-8")
    os.utime(
        file, ns=(before + 1_000_000_000, before + 1_000_000_000)
    )  # whatever the clock of the file system counts in
    return file


class Over(Exception):  # noqa: N818 - ends a test
    """There is nothing more to look at."""


@dataclass
class Day:
    """A morning of edits: each sleep lets one of them happen, and the last ends the day."""

    edits: list[Callable[[], object]]
    said: list[str] = field(default_factory=list[str])
    told: int = 0
    time: float = field(default_factory=time.time)

    async def sleep(self, _: float) -> None:
        if not self.edits:
            raise Over
        self.edits.pop(0)()

    async def tell(self) -> None:
        self.told += 1


def nothing() -> None:
    """Let time pass."""


async def lived(wanted: Wanted, *edits: Callable[[], object]) -> tuple[Offer, Day]:
    """Serve what is *wanted* through all *edits*, each with a look between."""
    day = Day([step for edit in edits for step in (edit, nothing)] + [nothing])
    seen = stamp(wanted, {"UNABRIDGED_STATE": "off"})
    first = read(wanted, day.said.append)
    offer = Offer(first.surface)
    offer.on_change(day.tell)
    reading = Reading(
        look=lambda: stamp(wanted, {"UNABRIDGED_STATE": "off"}),
        read=lambda say: offered_anew(wanted, {"UNABRIDGED_STATE": "off"}, say=say),
        say=day.said.append,
        now=lambda: day.time,
    )
    with anyio.fail_after(20), pytest.raises(Over):
        await reloading(offer, first, seen, reading, sleep=day.sleep)
    return offer, day


def read(wanted: Wanted, say: Callable[[str], None]) -> Offered:
    return offered(wanted, {"UNABRIDGED_STATE": "off"}, say=say)


# ------------------------------------------------------------------------------------------- the files


@pytest.mark.anyio
async def test_what_does_not_change_is_not_read_again(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a")
    offer, day = await lived(Wanted(paths=(str(file),)), nothing, nothing)
    assert ([*offer.now.contracts], day.told, day.said) == (["a"], 0, [])


@pytest.mark.requirement("M13")
@pytest.mark.anyio
async def test_a_change_is_taken_and_told(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a", "b")
    offer, day = await lived(Wanted(paths=(str(file),)), lambda: written(file, "b", "c", description="Another."))
    assert [*offer.now.contracts] == ["b", "c"]
    assert (day.told, day.said[-1]) == (
        1,
        "unabridged: what is served has changed: 2 tools; new: c; gone: a; changed: b",
    )


@pytest.mark.requirement("M13")
@pytest.mark.parametrize("text", ["{", "{}", '{"unabridged": 1, "api": {"name": "desk"}, "tools": []}', ""])
@pytest.mark.anyio
async def test_a_broken_edit_changes_nothing_and_says_so(text: str, tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a")
    offer, day = await lived(Wanted(paths=(str(file),)), lambda: put(file, text))
    assert ([*offer.now.contracts], day.told) == (["a"], 0)
    assert any(line.startswith(f"{file}:") for line in day.said)
    assert day.said[-1] == "unabridged: the change was not taken; the tools of before are served"


@pytest.mark.anyio
async def test_an_edit_with_which_a_tool_cannot_be_shown_to_clients_is_not_taken(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a", "b")
    edited = file.read_text().replace('"name": "b"', '"name": "search_tools"')
    offer, day = await lived(Wanted(paths=(str(file),)), lambda: put(file, edited))
    assert ([*offer.now.contracts], day.told) == (["a", "b"], 0)
    assert "search_tools is not served: name" in "".join(day.said)


@pytest.mark.anyio
async def test_a_change_is_taken_also_where_nobody_reads_what_is_said_of_it(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a")
    wanted, day = Wanted(paths=(str(file),)), Day([lambda: written(file, "b"), nothing, nothing])
    first = read(wanted, day.said.append)
    offer = Offer(first.surface)

    def unread(_: str) -> None:
        raise BrokenPipeError

    look = Reading(look=lambda: stamp(wanted, {}), read=lambda say: read(wanted, say), say=unread)
    with pytest.raises(Over):
        await reloading(offer, first, stamp(wanted, {}), look, sleep=day.sleep)
    assert [*offer.now.contracts] == ["b"]


@pytest.mark.anyio
async def test_one_broken_tool_takes_no_other_away(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a", "b")
    broken = file.read_text().replace('"/b"', '"/{input.nobody}"')
    offer, _ = await lived(Wanted(paths=(str(file),)), lambda: put(file, broken))
    assert [*offer.now.contracts] == ["a", "b"]


@pytest.mark.anyio
async def test_a_mended_edit_is_taken(tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a")
    offer, day = await lived(Wanted(paths=(str(file),)), lambda: put(file, "{"), lambda: written(file, "a", "b"))
    assert ([*offer.now.contracts], day.told) == (["a", "b"], 1)


@pytest.mark.anyio
async def test_a_mistake_that_was_there_from_the_start_does_not_hold_up_other_edits(tmp_path: Path) -> None:
    broken, file = put(tmp_path / "broken.json", "{"), written(tmp_path / "desk.json", "a")
    offer, _ = await lived(Wanted(paths=(str(broken), str(file))), lambda: written(file, "a", "b"))
    assert [*offer.now.contracts] == ["a", "b"]


@pytest.mark.anyio
async def test_files_that_come_and_go_in_a_directory_are_seen(tmp_path: Path) -> None:
    first = written(tmp_path / "a.json", "a")
    offer, _ = await lived(Wanted(paths=(str(tmp_path),)), lambda: written(tmp_path / "b.json", "b"), first.unlink)
    assert [*offer.now.contracts] == ["b"]


@pytest.mark.anyio
async def test_files_that_are_all_gone_take_no_tool_away(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a")
    offer, day = await lived(Wanted(paths=(str(file),)), file.unlink)
    assert [*offer.now.contracts] == ["a"]
    assert "there is no tool file" in "".join(day.said)


@pytest.mark.requirement("M13")
@pytest.mark.anyio
async def test_what_is_withdrawn_is_gone_also_where_nothing_is_left(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a", tags=["plain"])
    wanted = Wanted(paths=(str(tmp_path),), tags=("!admin",))
    other = written(tmp_path / "b.json", "b", tags=["admin"])
    offer, day = await lived(wanted, lambda: written(file, "a", tags=["admin"]))
    assert ([*offer.now.contracts], day.told) == ([], 1)
    other.unlink()
    written(file, "a", tags=["admin", "plain"])
    offer, _ = await lived(Wanted(paths=(str(tmp_path),)), file.unlink)
    assert [*offer.now.contracts] == []


@pytest.mark.requirement("M13")
@pytest.mark.anyio
async def test_a_directory_without_a_file_any_more_takes_away_its_own_tools_only(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    gone, stays = written(one / "a.json", "a"), written(other / "b.json", "b")
    wanted = Wanted(paths=(str(one), str(other)))
    offer, _ = await lived(wanted, gone.unlink, lambda: written(stays, "b", "c"))
    assert [*offer.now.contracts] == ["b", "c"]
    written(gone, "a")
    offer, _ = await lived(Wanted(paths=(str(one), str(stays))), gone.unlink)
    assert [*offer.now.contracts] == ["b", "c"]


def test_a_file_that_the_environment_names_and_that_is_gone_takes_no_tool_away(tmp_path: Path) -> None:
    missing = {"UNABRIDGED_STATE": "off", "UNABRIDGED_TOOLS": str(tmp_path / "a.json")}
    with pytest.raises(UsageError, match="there is no tool file"):
        offered_anew(Wanted(), missing, say=lambda _: None)


@pytest.mark.requirement("M13")
@pytest.mark.anyio
async def test_a_tool_goes_when_its_proof_has_run_out(tmp_path: Path) -> None:
    provenance = {"request": {"source": "openapi"}}
    file = written(tmp_path / "a.json", "a", provenance=provenance)
    until = datetime.now(UTC) + timedelta(seconds=1)
    subject = read_tools([file]).contracts[0].subject
    lines = {"request": Settled(outcome="proven", by="an answer")}
    proof = Proof(subject=subject, proven_at=until.isoformat(), until=until.isoformat(), lines=lines)
    write_lock(lock_of(file), Lock(tools={"a": proof}))
    beside = written(tmp_path / "b.json", "b")
    first = offered(Wanted(paths=(str(file), str(beside))), {"UNABRIDGED_STATE": "off"}, say=lambda _: None)
    assert ([*first.surface.contracts], round(first.until)) == (["a", "b"], round(until.timestamp()))
    day = Day([nothing, nothing, nothing], time=until.timestamp() + 1)
    offer, asked = Offer(first.surface), list[int]()

    def anew(say: Callable[[str], None]) -> Offered:
        asked.append(1)
        return replace(first, until=inf, surface=Surface({"b": first.surface.contracts["b"]}))

    look = Reading(look=lambda: "same", read=anew, say=day.said.append, now=lambda: day.time)
    with pytest.raises(Over):
        await reloading(offer, first, "same", look, sleep=day.sleep)
    assert ([*offer.now.contracts], len(asked)) == (["b"], 1)


@pytest.mark.anyio
async def test_a_file_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a")
    whole = file.read_text()
    day = Day(
        [lambda: put(file, whole[:40]), lambda: put(file, whole[:80]), lambda: put(file, whole), nothing, nothing]
    )
    wanted = Wanted(paths=(str(file),))
    first = read(wanted, day.said.append)
    reads: list[int] = []

    def reading(say: Callable[[str], None]) -> Offered:
        reads.append(1)
        return read(wanted, say)

    look = Reading(look=lambda: stamp(wanted, {}), read=reading, say=day.said.append)
    with pytest.raises(Over):
        await reloading(Offer(first.surface), first, stamp(wanted, {}), look, sleep=day.sleep)
    assert (len(reads), [line for line in day.said if "not taken" in line]) == (1, [])


@pytest.mark.anyio
async def test_a_lock_file_that_changes_is_a_change(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a")
    before = stamp(Wanted(paths=(str(file),)), {})
    put(tmp_path / "a.json.lock", "{}")
    assert stamp(Wanted(paths=(str(file),)), {}) != before


@pytest.mark.anyio
async def test_a_profile_that_changes_is_a_change(tmp_path: Path) -> None:
    file, profile = written(tmp_path / "a.json", "a", "b"), put(tmp_path / "p.yaml", "include: [a]")
    offer, _ = await lived(Wanted(paths=(str(file),), profile=str(profile)), lambda: put(profile, "include: [b]"))
    assert [*offer.now.contracts] == ["b"]


@pytest.mark.anyio
async def test_a_change_that_would_serve_what_was_kept_away_is_not_taken(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a", tags=["admin"])
    more = written(tmp_path / "b.json", "b")
    wanted = Wanted(paths=(str(file), str(more)), tags=("!admin",))
    offer, day = await lived(wanted, lambda: written(file, "a", tags=["Admin"]))
    assert ([*offer.now.contracts], day.told) == (["b"], 0)
    assert "no tool has the tag 'admin'" in "".join(day.said)


@pytest.mark.anyio
async def test_clients_are_not_told_of_what_they_cannot_see(tmp_path: Path) -> None:
    file = written(tmp_path / "a.json", "a")
    offer, day = await lived(Wanted(paths=(str(file),)), lambda: written(file, "a", policy={"deadline": 7}))
    assert (offer.now.contracts["a"].policy.deadline, day.told) == (7.0, 0)


# ------------------------------------------------------------------------------------------- the clients


@asynccontextmanager
async def connected(transport: str, mode: Mode, file: Path, told: anyio.Event) -> AsyncGenerator[Client]:
    """A client of `unabridged serve`; *told* is set when the server says by itself that its tools have changed."""

    async def heard(message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            told.set()

    with anyio.fail_after(30):
        if transport == "http":
            with over_http(file.parent / "state", file) as url:
                async with Client(url, mode=mode, message_handler=heard) as client:
                    yield client
        else:
            settings = environment(file.parent / "state")
            command = StdioServerParameters(command=str(COMMAND), args=["serve", str(file)], env=settings)
            async with Client(command, mode=mode, message_handler=heard) as client:
                yield client


async def names(client: Client) -> list[str]:
    return [tool.name for tool in (await client.list_tools()).tools]


@pytest.mark.requirement("M13")
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.anyio
async def test_a_client_of_2025_is_notified(transport: str, tmp_path: Path) -> None:
    file, told = written(tmp_path / "desk.json", "a"), anyio.Event()
    async with connected(transport, "legacy", file, told) as client:
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.tools.list_changed is True
        assert await names(client) == ["a"]
        written(file, "a", "b")
        await told.wait()
        assert await names(client) == ["a", "b"]


@pytest.mark.requirement("M13")
@pytest.mark.parametrize("transport", ["stdio", "http"])
@pytest.mark.anyio
async def test_a_client_of_2026_that_listens_is_told(transport: str, tmp_path: Path) -> None:
    file = written(tmp_path / "desk.json", "a")
    async with connected(transport, "auto", file, anyio.Event()) as client:
        assert await names(client) == ["a"]
        async with client.listen(tools_list_changed=True) as events:
            written(file, "a", "b")
            assert isinstance(await anext(aiter(events)), ToolsListChanged)
        assert await names(client) == ["a", "b"]


@pytest.mark.anyio
async def test_a_call_goes_on_with_the_contract_that_it_began_with() -> None:
    begun, changed, called = anyio.Event(), anyio.Event(), list[str]()

    async def call(promise: Contract, _: Mapping[str, Json], __: Observer, ___: Caller) -> Answer:
        begun.set()
        await changed.wait()
        called.append(promise.description)
        return Delivered(payload=Content(b"[]", 0), receipt=receipt(promise))

    offer = Offer(Surface({"a": contract("a", description="before")}))
    serving = Service(offer=offer, call=call, kept=lambda _: None, version="1")
    with anyio.fail_after(20):
        async with Client(build(serving)) as client, anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "a", dict[str, Any]())
            await begun.wait()
            await offer.change(Surface({"a": contract("a", description="after")}))
            changed.set()
    assert called == ["before"]


class Slow:
    """A session of 2025 whose client takes no message before it is *ready*."""

    def __init__(self) -> None:
        self.ready, self.told = anyio.Event(), 0

    async def send_tool_list_changed(self) -> None:
        await self.ready.wait()
        self.told += 1


@pytest.mark.anyio
async def test_a_client_that_was_slow_once_is_told_of_the_next_change() -> None:
    async def onwards(_: Any) -> None: ...

    audience, session = Audience(patience=0.01), Slow()
    initialized: Any = SimpleNamespace(method="notifications/initialized", session=session, request=None)
    await audience.joining(initialized, onwards)
    await audience.tell()
    session.ready.set()
    await audience.tell()
    assert session.told == 1


@pytest.mark.anyio
async def test_a_client_that_left_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    file, told = written(tmp_path / "desk.json", "a"), anyio.Event()
    with anyio.fail_after(30), over_http(tmp_path / "state", file) as url:
        for _ in range(3):
            async with Client(url, mode="legacy") as gone:
                await gone.list_tools()

        async def heard(message: Any) -> None:
            if isinstance(message, ToolListChangedNotification):
                told.set()

        async with Client(url, mode="legacy", message_handler=heard):
            written(file, "a", "b")
            await told.wait()
